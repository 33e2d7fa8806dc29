"""单位用户管理: list, create, functions, disable and enable, reset password (R22, A19)."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import Form

from app.commands import account_changes, accounts
from app.domain.roles import AccountKind
from app.queries import accounts as account_queries
from app.web import menu
from app.web.base import attempt, page_response
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.forms.employer_users import FunctionsForm, ResetForm, StaffForm
from app.web.keys import key_of
from app.web.menu import Entry, Group
from app.web.numbers import document_choices
from app.web.views.register import passwords


class EmployerUsersView(BaseView):
    """Sub-accounts of the administrator's own employer; another employer's account does not exist here."""

    route_base = "/employer/users"
    class_permission_name = "Account"
    default_view = "directory"

    @expose("")
    @has_access
    @permission_name("manage_employer")
    def directory(self) -> str:
        """Every account of the employer."""
        rows = account_queries.staff(read_session(), current_actor())
        return render_template("views/employer_users/list.html", rows=rows)

    @expose("/new", methods=["GET", "POST"])
    @has_access
    @permission_name("manage_employer")
    def create(self) -> Response | str:
        """A new sub-account with some of the administrator's functions."""
        form = StaffForm(request.form).offer()
        form.doc_type.choices = document_choices(read_session())
        if request.method == "POST" and attempt(form, lambda: self._create(form)):
            flash(
                gettext("The account was created. Its owner chooses a new password at the first sign-in."),
                "success",
            )
            return redirect(url_for(".directory"))
        page = render_template("views/employer_users/create.html", form=form, passwords=passwords().rule)
        return page_response(page, 422) if request.method == "POST" else page

    def _create(self, form: StaffForm) -> Any:
        wanted = accounts.AccountForm(
            form.text("username"),
            form.text("password"),
            form.text("full_name"),
            form.text("doc_type"),
            form.text("doc_no"),
            form.text("mobile"),
        )
        return accounts.create_staff(
            engine(),
            actor=current_actor(),
            form=wanted,
            functions=form.chosen,
            cipher=ports().cipher,
            passwords=passwords(),
            now=utc_now(),
        )

    @expose("/<string:key>")
    @has_access
    @permission_name("manage_employer")
    def detail(self, key: str) -> str:
        """One account with everything that can be done to it."""
        return self._page(key_of(key), FunctionsForm(), ResetForm())

    @expose("/<string:key>/functions", methods=["POST"])
    @has_access
    @permission_name("manage_employer")
    def functions(self, key: str) -> Response | str:
        """Assign functions; the account's sign-ins end."""
        form = FunctionsForm(request.form).offer()
        account_id = key_of(key)

        def change() -> None:
            account_changes.set_functions(
                engine(), actor=current_actor(), account_id=account_id, functions=form.chosen, now=utc_now()
            )

        if self._done(form, change):
            flash(gettext("The functions were changed; the account has to sign in again."), "success")
            return redirect(url_for(".detail", key=key))
        return page_response(self._page(account_id, form, ResetForm()), 422)

    @expose("/<string:key>/password", methods=["POST"])
    @has_access
    @permission_name("manage_employer")
    def password(self, key: str) -> Response | str:
        """Set a new password; its owner chooses another one at the next sign-in."""
        form = ResetForm(request.form)
        account_id = key_of(key)

        def reset() -> None:
            account_changes.reset_password(
                engine(),
                actor=current_actor(),
                account_id=account_id,
                password=form.text("password"),
                passwords=passwords(),
                now=utc_now(),
            )

        if self._done(form, reset):
            flash(
                gettext("The password was reset; its owner chooses a new one at the next sign-in."), "success"
            )
            return redirect(url_for(".detail", key=key))
        return page_response(self._page(account_id, FunctionsForm(), form), 422)

    @expose("/<string:key>/disable", methods=["POST"])
    @has_access
    @permission_name("manage_employer")
    def disable(self, key: str) -> Response:
        """Disable an account; its sign-ins end at once."""
        reason = request.form.get("reason", "")
        account_changes.disable(
            engine(), actor=current_actor(), account_id=key_of(key), reason=reason, now=utc_now()
        )
        flash(gettext("The account was disabled and is signed out everywhere."), "success")
        return redirect(url_for(".directory"))

    @expose("/<string:key>/enable", methods=["POST"])
    @has_access
    @permission_name("manage_employer")
    def enable(self, key: str) -> Response:
        """Enable a disabled account again."""
        account_changes.enable(engine(), actor=current_actor(), account_id=key_of(key), now=utc_now())
        flash(gettext("The account was enabled."), "success")
        return redirect(url_for(".directory"))

    def _done(self, form: Form, call: Callable[[], None]) -> bool:
        def run() -> bool:
            call()
            return True

        return attempt(form, run) is not None

    def _page(self, account_id: int, functions: FunctionsForm, reset: ResetForm) -> str:
        account = account_queries.detail(read_session(), current_actor(), account_id)
        functions.offer()
        if not functions.functions.raw_data:
            functions.functions.data = list(account.roles)
        return render_template(
            "views/employer_users/detail.html",
            account=account,
            form=functions if functions.errors else reset,
            functions=functions,
            reset=reset,
            passwords=passwords().rule,
        )


def register(appbuilder: AppBuilder) -> None:
    """The pages and their line in 系统管理."""
    appbuilder.add_view_no_menu(EmployerUsersView())
    menu.add(
        Entry(
            "EmployerUsersView.directory",
            lazy_gettext("Users of the employer"),
            Group.SYSTEM,
            icon="users",
            order=20,
            kinds=frozenset({AccountKind.EMPLOYER}),
            business=True,
            tile=True,
            note=lazy_gettext("Sub-accounts and their functions"),
        )
    )
