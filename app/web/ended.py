"""A sign-in that ended under a page: what needs one, and the entry at which to sign in again."""

from flask import current_app, request, url_for
from sqlalchemy import select

from app.domain.roles import AccountKind
from app.domain.sign_in import Entry
from app.extensions import db
from app.models.account import Account
from app.models.work import LoginSession
from app.web.session import RowSessionInterface, digest

_ENTRIES = {
    AccountKind.EMPLOYER: Entry.EMPLOYER,
    AccountKind.PERSON: Entry.PERSON,
    AccountKind.OFFICER: Entry.OFFICER,
    AccountKind.SUPERUSER: Entry.OFFICER,
}


def needs_sign_in() -> bool:
    """Whether this request goes to a page that nobody sees without a sign-in."""
    handler = current_app.view_functions.get(request.endpoint or "")
    if getattr(handler, "signed_in_only", False):
        return True
    view = getattr(handler, "__self__", None)
    method = getattr(view, getattr(handler, "__name__", ""), None)
    return getattr(method, "_permission_name", None) is not None


def sign_in_url(target: str) -> str:
    """Where the browser signed in before, leading on to `target`; the three entries if that is not known."""
    kind = _kind_before()
    if kind is None:
        return url_for("IndexView.index", next=target or None)
    return url_for("PortalAuthView.entry", entry=_ENTRIES[kind].value, next=target or None)


def _kind_before() -> AccountKind | None:
    """The party of the ended sign-in that the cookie names; it opens nothing any more."""
    interface = current_app.session_interface
    name = interface.cookie if isinstance(interface, RowSessionInterface) else ""
    token = request.cookies.get(name, "")
    key = LoginSession.__table__.c.token_hash == digest(token)
    rows = LoginSession.__table__
    found = db.session.scalar(select(Account.kind).join(rows, rows.c.account_id == Account.id).where(key))
    return AccountKind(found) if found else None
