"""Accounts in the superuser's hands; a registrar frees a number (I4, R8).

Lists are FAB's (`admin`); everything that changes an account is a command.
"""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext

from app.commands import account_changes, claims
from app.commands import accounts as making
from app.domain.roles import AccountKind
from app.queries import accounts
from app.queries.accounts import AccountRow
from app.queries.bureaus import bureaus
from app.web import labels, menu
from app.web.attempts import accepted
from app.web.base import attempt, page_response
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.forms.officer import OfficerForm, PasswordForm, ReleaseForm, RolesForm
from app.web.forms.review import ReasonForm
from app.web.keys import key_of
from app.web.menu import Entry, Group
from app.web.numbers import document_choices
from app.web.views.register import passwords

_ = lazy_gettext
OFFICER = frozenset({AccountKind.OFFICER})


def _role_titles() -> dict[str, str]:
    return {name: labels.label("role", name) for name in accounts.officer_roles(read_session())}


def _documents() -> dict[str, str]:
    return dict(document_choices(read_session()))


def _state(account: AccountRow) -> str:
    if account.closed:
        return "closed"
    return "active" if account.active else "disabled"


class OfficerView(BaseView):
    """Superusers make and manage accounts; nobody does it to himself."""

    route_base = "/officers"
    class_permission_name = "Account"
    default_view = "create"

    @expose("/new", methods=["GET", "POST"])
    @has_access
    @permission_name("manage")
    def create(self) -> Any:
        """A new officer at a bureau with his roles; his document is on file from the start (D8)."""
        form = OfficerForm(request.form)
        form.offer(agencies=bureaus(read_session()).items(), documents=_documents(), roles=_role_titles())
        if request.method != "POST":
            return self.render_template("views/officers/create.html", form=form)
        made = attempt(form, lambda: self._create(form))
        if made is None:
            return page_response(self.render_template("views/officers/create.html", form=form), 422)
        flash(gettext("The officer's account was made."), "success")
        return redirect(url_for(".detail", key=made.account_id))

    def _create(self, form: OfficerForm) -> making.AccountCreated:
        return making.create_officer(
            engine(),
            actor=current_actor(),
            form=form.values,
            agency_id=form.agency_id,
            roles=form.roles.data or (),
            cipher=ports().cipher,
            passwords=passwords(),
            now=utc_now(),
        )

    @expose("/<string:key>")
    @has_access
    @permission_name("manage")
    def detail(self, key: str) -> str:
        """One account and what can be done with it."""
        return self._detail(key_of(key))

    @expose("/<string:key>/roles", methods=["POST"])
    @has_access
    @permission_name("manage")
    def roles(self, key: str) -> Any:
        """The roles of an officer; he is signed out and has the new rights at the next sign-in."""
        form = RolesForm(request.form)
        form.offer_roles(_role_titles())
        return self._done(key, form, self._set_roles, gettext("The roles were saved."))

    @expose("/<string:key>/password", methods=["POST"])
    @has_access
    @permission_name("manage")
    def password(self, key: str) -> Any:
        """A new first password; all sign-ins of the account end."""
        return self._done(
            key,
            PasswordForm(request.form),
            self._reset,
            gettext("The password was set. Its owner chooses another one at the next sign-in."),
        )

    @expose("/<string:key>/disable", methods=["POST"])
    @has_access
    @permission_name("manage")
    def disable(self, key: str) -> Any:
        """No sign-in any more; running ones end at once."""
        return self._done(key, ReasonForm(request.form), self._disable, gettext("The account was disabled."))

    @expose("/<string:key>/enable", methods=["POST"])
    @has_access
    @permission_name("manage")
    def enable(self, key: str) -> Any:
        """Sign-in is possible again."""
        return self._done(key, ReasonForm(request.form), self._enable, gettext("The account was enabled."))

    def _set_roles(self, account_id: int, form: RolesForm) -> None:
        chosen = form.roles.data or ()
        account_changes.set_officer_roles(
            engine(), actor=current_actor(), account_id=account_id, roles=chosen, now=utc_now()
        )

    def _reset(self, account_id: int, form: PasswordForm) -> None:
        account_changes.reset_password(
            engine(),
            actor=current_actor(),
            account_id=account_id,
            password=form.password.data or "",
            passwords=passwords(),
            now=utc_now(),
        )

    def _disable(self, account_id: int, form: ReasonForm) -> None:
        why = form.reason.data or ""
        account_changes.disable(
            engine(), actor=current_actor(), account_id=account_id, reason=why, now=utc_now()
        )

    def _enable(self, account_id: int, form: ReasonForm) -> None:
        why = form.reason.data or ""
        account_changes.enable(
            engine(), actor=current_actor(), account_id=account_id, reason=why, now=utc_now()
        )

    def _done(self, key: str, form: Any, change: Callable[[int, Any], None], said: str) -> Any:
        account_id = key_of(key)
        if not accepted(form, change, account_id, form):
            return page_response(self._detail(account_id, form), 422)
        flash(said, "success")
        return redirect(url_for(".detail", key=account_id))

    def _detail(self, account_id: int, form: Any = None) -> str:
        account = accounts.detail(read_session(), current_actor(), account_id)
        roles = form if isinstance(form, RolesForm) else RolesForm(data={"roles": list(account.roles)})
        roles.offer_roles(_role_titles())
        return str(
            self.render_template(
                "views/officers/detail.html",
                account=account,
                refused=form,
                roles=roles,
                password=form if isinstance(form, PasswordForm) else PasswordForm(),
                is_officer=account.kind == AccountKind.OFFICER,
                state=_state(account),
            )
        )


class ClaimView(BaseView):
    """A registrar frees a number that someone else needs, with a reason; never a superuser (R8, A7)."""

    route_base = "/registrations/release"
    class_permission_name = "Registration"
    default_view = "release"

    @expose("", methods=["GET", "POST"])
    @has_access
    @permission_name("release_claim")
    def release(self) -> Any:
        """The number goes by POST only and is shown nowhere afterwards (I18)."""
        form = ReleaseForm(request.form)
        form.offer(_documents())
        if request.method != "POST":
            return self.render_template("views/officers/release.html", form=form)
        if attempt(form, lambda: self._release(form)) is None:
            return page_response(self.render_template("views/officers/release.html", form=form), 422)
        flash(
            gettext("The number is free again. The account that held it has to give another one."), "success"
        )
        return redirect(url_for(".release"))

    def _release(self, form: ReleaseForm) -> int:
        return claims.release_claim(
            engine(),
            actor=current_actor(),
            kind=form.kind.data or "",
            number=form.number.data or "",
            reason=form.reason.data or "",
            cipher=ports().cipher,
            now=utc_now(),
        )


def register(appbuilder: AppBuilder) -> None:
    """Register the views; the list of accounts links here."""
    appbuilder.add_view_no_menu(OfficerView())
    appbuilder.add_view_no_menu(ClaimView())
    menu.add(
        Entry(
            "ClaimView.release",
            _("Release a number"),
            Group.SYSTEM,
            icon="lock-open",
            order=40,
            kinds=OFFICER,
        ),
    )


__all__ = ["ClaimView", "OfficerView", "register"]
