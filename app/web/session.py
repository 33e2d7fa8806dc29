"""Sign-in state in the database (D24): the cookie holds only a token, the row its SHA-256.

One SELECT makes a signed-in request: session, account, role ids, permission epoch and the party's state.
Anonymous visitors have a small signed cookie that is never carried over a sign-in.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import Executable, String, bindparam, cast, func, insert, or_, select, update
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import CallbackDict

from app.domain.roles import AccountKind
from app.extensions import db, utc_now
from app.models.account import Account
from app.models.agency import Agency
from app.models.employer import Employer
from app.models.person import Person
from app.models.work import LoginSession, PermissionEpoch

log = logging.getLogger(__name__)
IDLE = timedelta(minutes=30)
IDLE_OFFICER = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=8)
TOUCH = timedelta(minutes=1)
TOKEN_LENGTH = 43
BEARER_ONLY, BUT_DOCUMENT = "/api/v1/", "/api/v1/_openapi"
"""The API knows no cookie: a page of another site could send it. Swagger UI reads the document with its page's."""

_rows: Any = LoginSession.__table__
_tagged = TaggedJSONSerializer()  # FAB flashes lazy strings, which plain JSON refuses


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the one SELECT of a signed-in request found."""

    account: Account
    key: str
    data: str
    last_seen: datetime
    role_ids: tuple[int, ...]
    epoch: int
    agency_path: str | None
    agency_level: str | None
    agency_name: str | None
    employer_state: str | None
    employer_name: str | None
    person_state: str | None


_OFFICERS = (AccountKind.OFFICER.value, AccountKind.SUPERUSER.value)
_ROLE_IDS = (
    select(func.aggregate_strings(cast(assoc_user_role.c.role_id, String), ","))
    .where(assoc_user_role.c.user_id == Account.id)
    .scalar_subquery()
)
_SIGNED_IN = (
    select(
        Account,
        _rows.c.data,
        _rows.c.last_seen,
        _ROLE_IDS.label("role_ids"),
        select(PermissionEpoch.n).scalar_subquery().label("epoch"),
        Agency.path,
        Agency.level,
        Agency.name,
        Employer.state,
        Employer.name,
        Person.state,
    )
    .join(_rows, _rows.c.account_id == Account.id)
    .outerjoin(Agency, Agency.id == Account.agency_id)
    .outerjoin(Person, Person.id == Account.person_id)
    .outerjoin(Employer, Employer.id == func.coalesce(Account.employer_id, Person.employer_id))
    .where(
        _rows.c.token_hash == bindparam("key"),
        _rows.c.revoked_at.is_(None),
        _rows.c.last_seen > bindparam("seen_after"),
        or_(Account.kind.not_in(_OFFICERS), _rows.c.last_seen > bindparam("officer_seen_after")),
        _rows.c.created > bindparam("made_after"),
        Account.active.is_(True),
    )
)
"""Built once: every request asks it."""


def digest(token: str) -> str:
    """What the table holds of a token: a copy of the table opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def signed_in(key: str) -> SignedIn | None:
    """The live sign-in with this token hash; it also becomes `g.signed_in`."""
    moment = utc_now()
    limits = {
        "seen_after": moment - IDLE,
        "officer_seen_after": moment - IDLE_OFFICER,
        "made_after": moment - ABSOLUTE,
    }
    row = db.session.execute(_SIGNED_IN, {"key": key, **limits}).first()
    if row is None:
        return None
    account, data, last_seen, role_ids, epoch, *party = row
    ids = tuple(int(part) for part in (role_ids or "").split(",") if part)
    found = SignedIn(account, key, data, last_seen, ids, epoch or 0, *party)
    g.signed_in = found
    if last_seen < moment - TOUCH:  # one write a minute, not one a request
        _write_if_possible(update(_rows).where(_rows.c.token_hash == key).values(last_seen=moment))
    return found


def _write(statement: Executable) -> None:
    with db.engine.execution_options(write=True).begin() as connection:
        connection.execute(statement)


def _write_if_possible(statement: Executable) -> None:
    """Write what a page can do without: nobody is refused a page, or told a lie about a decision, for it."""
    try:
        _write(statement)
    except OperationalError as error:
        log.warning("sign-in not noted: %s", type(error.orig).__name__)


def start_session(account_id: int, data: dict[str, Any]) -> str:
    """Make the row of a new sign-in and return its token."""
    token, moment = secrets.token_urlsafe(32), utc_now()
    _write(
        insert(_rows).values(
            token_hash=digest(token),
            account_id=account_id,
            data=_tagged.dumps(data),
            created=moment,
            last_seen=moment,
            ip=request.remote_addr,
            agent=(request.user_agent.string or "")[:200],
        )
    )
    return token


class RowSession(CallbackDict[str, Any], SessionMixin):
    """The session of one request; `token` is None for a visitor."""

    def __init__(
        self, initial: dict[str, Any] | None = None, token: str | None = None, *, is_kept: bool = True
    ) -> None:
        self.modified = False
        self.token = token
        self.is_kept = is_kept
        super().__init__(initial, lambda mine: setattr(mine, "modified", True))

    def clear(self) -> None:
        """Forget everything; the sign-in view calls it before the account signs in (fixation)."""
        super().clear()
        self.modified = True


class RowSessionInterface(SessionInterface):
    """Flask's session in `login_session` rows; visitors keep a signed cookie."""

    def __init__(self, *, secure: bool) -> None:
        self.cookie = "__Host-sid" if secure else "sid"
        self.anonymous = SecureCookieSessionInterface()

    def open_session(self, app: Flask, request: Request) -> RowSession:
        """The session of the sign-in named by the cookie, or a visitor's; none at all for bearer calls."""
        if request.path.startswith(BEARER_ONLY) and request.path != BUT_DOCUMENT:
            return RowSession(is_kept=False)
        token = request.cookies.get(self.cookie, "")
        if len(token) == TOKEN_LENGTH and request.endpoint != "static":
            found = signed_in(digest(token))
            if found is not None:
                return RowSession(_tagged.loads(found.data), token)
        data = dict(self.anonymous.open_session(app, request) or {})
        data.pop("_user_id", None)
        return RowSession(data)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed: a new row with a new token at sign-in, a revocation at log-out."""
        assert isinstance(session, RowSession)  # noqa: S101 - made by open_session
        if not session.is_kept:
            return
        options: dict[str, Any] = {
            "path": "/",
            "secure": bool(app.config["SESSION_COOKIE_SECURE"]),
            "httponly": True,
            "samesite": "Lax",
        }
        response.vary.add("Cookie")
        if "_user_id" not in session:
            self._save_visitor(app, session, response, options)
        elif session.token is None:
            response.set_cookie(
                self.cookie, start_session(int(session["_user_id"]), dict(session)), **options
            )
            response.delete_cookie(app.config["SESSION_COOKIE_NAME"])
        elif session.modified:
            mine = _rows.c.token_hash == digest(session.token)
            _write_if_possible(update(_rows).where(mine).values(data=_tagged.dumps(dict(session))))

    def _save_visitor(
        self, app: Flask, session: RowSession, response: Response, options: dict[str, Any]
    ) -> None:
        if session.token:
            mine = _rows.c.token_hash == digest(session.token)
            _write(update(_rows).where(mine).values(revoked_at=utc_now()))
            response.delete_cookie(self.cookie, **options)
        plain = self.anonymous.session_class(dict(session))
        plain.modified = session.modified
        self.anonymous.save_session(app, plain, response)
