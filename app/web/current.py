"""From the signed-in session to the values that commands and queries take."""

from typing import TYPE_CHECKING, cast

from flask import current_app, g, has_request_context, request
from flask_babel import get_locale
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.ports import Ports
from app.domain.roles import SUPERUSER_PERMISSIONS, AccountKind, Actor, Permission
from app.extensions import db, utc_now

if TYPE_CHECKING:
    from app.web.security import SecurityManager
    from app.web.session import SignedIn

__all__ = [
    "current_actor",
    "current_sign_in",
    "engine",
    "language",
    "ports",
    "public_url",
    "read_session",
    "submission_key",
    "utc_now",
]

PENDING_EMPLOYER_MAY = frozenset({Permission.EMPLOYER_EDIT.value, Permission.EMPLOYER_SHOW.value})
"""All that an employer may do before its registration is approved (R3)."""


def ports() -> Ports:
    """The adapters wired by `create_app`."""
    return cast("Ports", current_app.extensions["yingcai.ports"])


def engine() -> Engine:
    """The engine commands open their own sessions on."""
    return db.engine


def read_session() -> Session:
    """The request's session; it only reads (D10)."""
    return cast("Session", db.session())


def current_sign_in() -> "SignedIn | None":
    """The live sign-in of this request."""
    return cast("SignedIn | None", g.get("signed_in"))


def current_actor() -> Actor:
    """Who acts in this request; an anonymous Actor for visitors."""
    if "actor" not in g:
        g.actor = _actor()
    return cast("Actor", g.actor)


def _actor() -> Actor:
    ip = request.remote_addr if has_request_context() else None
    request_id = g.get("request_id")
    found = current_sign_in()
    if found is None:
        return Actor.anonymous(ip=ip, request_id=request_id)
    account = found.account
    manager = cast("SecurityManager", current_app.appbuilder.sm)  # type: ignore[attr-defined]
    kind = AccountKind(account.kind)
    names, granted = manager.roles_and_rights(found)
    if kind is AccountKind.SUPERUSER:
        granted |= {permission.value for permission in SUPERUSER_PERMISSIONS}
    elif kind is AccountKind.EMPLOYER and found.employer_state != "active":
        granted &= PENDING_EMPLOYER_MAY
    return Actor(
        account_id=account.id,
        kind=kind,
        full_name=account.full_name,
        username=account.username,
        person_key=account.person_key,
        employer_id=account.employer_id,
        person_id=account.person_id,
        agency_id=account.agency_id,
        agency_path=found.agency_path,
        agency_level=found.agency_level,
        roles=names,
        permissions=frozenset(granted),
        session_key=found.key,
        ip=ip,
        request_id=request_id,
    )


def language() -> str:
    """The language of this request, for work that goes on after it."""
    return str(get_locale() or "zh")


def public_url() -> str:
    """Where the code on a printed card leads, for years: the first of the trusted hosts, whoever prints it.

    An installation without them (development) takes the address that was asked.
    """
    named = (host for host in current_app.config["TRUSTED_HOSTS"] or () if not host.startswith("."))
    first = next(named, None)
    return f"https://{first}/" if first else request.host_url


def submission_key() -> str | None:
    """The idempotency key of a posted form: one per rendered form, so a double click is one effect (T7)."""
    return request.form.get("submission_key") or None
