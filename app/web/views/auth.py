"""Sign-in at the three entries and log-out (R16, R17, R40; D24).

A sign-in clears the visitor's session before the account enters it, so that nothing planted before it
survives; the session interface then makes a row with a new token.
"""

from flask import redirect, render_template, request, session, url_for
from flask_appbuilder import AppBuilder, expose
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.views import AuthDBView
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from app.commands import sign_in
from app.commands.sign_in import SignedIn
from app.domain.sign_in import Entry
from app.extensions import db
from app.models.account import Account
from app.web import shell
from app.web.base import attempt, page_response
from app.web.console.gate import prove
from app.web.current import current_actor, current_sign_in, engine, ports, utc_now
from app.web.forms.auth import SignInForm
from app.web.views.landing import FACES

KEPT = ("locale",)
"""What of a visitor's session may follow into the sign-in."""


def enter(account_id: int) -> None:
    """Make the account the one of this session: a new session with a new token."""
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)
    db.session.rollback()  # what this request has read so far is older than a new account
    account = db.session.get(Account, account_id, populate_existing=True)
    login_user(account, remember=False)
    prove()


class PortalAuthView(AuthDBView):
    """FAB builds `PortalAuthView.login` in its decorators; the entries are `/login/<entry>`."""

    @expose("/login/")
    @no_cache
    def login(self) -> Response:
        """To the entries, which keep `next`."""
        return redirect(url_for("IndexView.index", next=request.args.get("next")))

    @expose("/login/<any(employer,person,officer):entry>", methods=["GET", "POST"])
    @no_cache
    def entry(self, entry: str) -> Response | str:
        """One entry: the form, and who is signed in already goes on."""
        target = request.args.get("next", "")
        if current_sign_in() is not None:
            return redirect(after_sign_in(target))
        form = SignInForm(request.form)
        if request.method == "POST":
            found = attempt(form, lambda: _authenticate(Entry(entry), form))
            if found is not None:
                enter(found.account_id)
                return redirect(after_sign_in(target))
        face = next(face for face in FACES if face.code == entry)
        page = render_template(
            "views/auth/sign_in.html", form=form, face=face, faces=FACES, target=target or None
        )
        return page_response(page, 422) if request.method == "POST" else page

    @expose("/logout", methods=["POST"])
    @no_cache
    def logout(self) -> Response:
        """End the sign-in; its row is revoked, so a copied cookie is dead (R40)."""
        logout_user()
        session.clear()
        return redirect(url_for("IndexView.index"))


def _authenticate(entry: Entry, form: SignInForm) -> SignedIn:
    return sign_in.authenticate(
        engine(),
        entry=entry,
        name=form.text("username"),
        password=form.text("password"),
        actor=current_actor(),
        cipher=ports().cipher,
        hasher=ports().hasher,
        now=utc_now(),
    )


def after_sign_in(target: str) -> str:
    """Where a sign-in leads: the page the visitor wanted, if it is ours, else home."""
    return shell.safe_next(target) if target else url_for("HomeView.index")


def register(appbuilder: AppBuilder) -> None:
    """FAB's security manager registers the sign-in view itself."""
    del appbuilder
