"""My account: what it is, password, mobile, and where it is signed in (D24, T27)."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from app.commands import own_account, sign_in, sign_ins
from app.queries import sign_ins as running_sign_ins
from app.web import menu, shell
from app.web.base import attempt, page_response
from app.web.console.gate import prove
from app.web.current import current_actor, current_sign_in, engine, ports, read_session, utc_now
from app.web.devices import device_name
from app.web.forms.account import ConfirmForm, MobileForm, PasswordForm
from app.web.menu import Entry, Group
from app.web.views.register import passwords
from app.web.visitors import signed_in

OPEN_TO_ALL = frozenset({"AccountView.password", "PortalAuthView.logout", "LanguageView.switch", "static"})
"""What an account may do whose password was set by somebody else."""


def must_change_password() -> bool:
    """Whether somebody else set this account's password: its owner then chooses another one first (T27)."""
    found = current_sign_in()
    return found is not None and found.account.password_changed_at is None


class AccountView(BaseView):
    """The pages of the account menu, open to every party."""

    route_base = "/account"
    default_view = "overview"

    @expose("")
    @signed_in
    def overview(self) -> str:
        """The account's own data and its running sign-ins."""
        return self._page(MobileForm())

    @expose("/mobile", methods=["POST"])
    @signed_in
    def mobile(self) -> Response | str:
        """Change one's mobile; the number is unique over all parties (D7)."""
        form = MobileForm(request.form)
        done = attempt(form, lambda: self._change_mobile(form))
        if done is None:
            return page_response(self._page(form), 422)
        flash(gettext("The mobile number was changed."), "success")
        return redirect(url_for(".overview"))

    def _change_mobile(self, form: MobileForm) -> bool:
        own_account.change_mobile(
            engine(),
            actor=current_actor(),
            password=form.text("password"),
            mobile=form.text("mobile"),
            cipher=ports().cipher,
            hasher=ports().hasher,
            now=utc_now(),
        )
        return True

    def _page(self, form: MobileForm) -> str:
        found = current_sign_in()
        return render_template(
            "views/account/overview.html",
            form=form,
            account=found.account if found else None,
            roles=sorted(current_actor().roles),
            sign_ins=[
                (device_name(row.agent), row)
                for row in running_sign_ins.running(read_session(), current_actor(), utc_now())
            ],
        )

    @expose("/password", methods=["GET", "POST"])
    @signed_in
    def password(self) -> Response | str:
        """Change one's password; every other sign-in ends."""
        form = PasswordForm(request.form)
        if request.method == "POST" and attempt(form, lambda: self._change_password(form)):
            flash(gettext("The password was changed; sign-ins on other devices have ended."), "success")
            return redirect(url_for("HomeView.index"))
        page = render_template(
            "views/account/password.html", form=form, rule=passwords().rule, forced=must_change_password()
        )
        return page_response(page, 422) if request.method == "POST" else page

    def _change_password(self, form: PasswordForm) -> bool:
        own_account.change_password(
            engine(),
            actor=current_actor(),
            old=form.text("old"),
            new=form.text("new"),
            passwords=passwords(),
            now=utc_now(),
        )
        return True

    @expose("/confirm", methods=["GET", "POST"])
    @signed_in
    def confirm(self) -> Response | str:
        """Prove the password again before a page that asks for a fresh sign-in; then on to that page."""
        form = ConfirmForm(request.form)
        target = request.args.get("next", "")
        if request.method == "POST" and attempt(form, lambda: self._confirm(form)):
            prove()
            return redirect(shell.safe_next(target))
        page = render_template("views/account/confirm.html", form=form, target=target or None)
        return page_response(page, 422) if request.method == "POST" else page

    def _confirm(self, form: ConfirmForm) -> bool:
        sign_in.confirm(
            engine(),
            actor=current_actor(),
            password=form.text("password"),
            hasher=ports().hasher,
            now=utc_now(),
        )
        return True

    @expose("/sign-out-others", methods=["POST"])
    @signed_in
    def sign_out_others(self) -> Response:
        """End one's sign-ins on all other devices."""
        sign_ins.sign_out_others(engine(), actor=current_actor(), now=utc_now())
        flash(gettext("You are signed out on all other devices."), "success")
        return redirect(url_for(".overview"))


def first_choose_password() -> Response | None:
    """Before every page: an account whose password somebody else set chooses its own first (T27)."""
    if not must_change_password() or request.endpoint in OPEN_TO_ALL:
        return None
    return redirect(url_for("AccountView.password"))


def register(appbuilder: AppBuilder) -> None:
    """The pages, their lines in the account menu, and the forced change."""
    appbuilder.add_view_no_menu(AccountView())
    current_app.before_request(first_choose_password)
    menu.add(
        Entry("AccountView.overview", lazy_gettext("My account"), Group.ACCOUNT, icon="user", order=10),
        Entry("AccountView.password", lazy_gettext("Change password"), Group.ACCOUNT, icon="key", order=20),
    )
