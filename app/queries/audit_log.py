"""The lists of the auditor: events of all audit chains, and the access log (D14, model 8).

Codes, business numbers, who and when; no content of applications and no numbers of people. Both page by key,
newest first, and cost two statements, a third when a business number is searched for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, tuple_
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.errors import FieldError, InvalidInput
from app.domain.roles import Actor
from app.domain.text import N_
from app.domain.worktime import SHANGHAI
from app.models.account import Account
from app.models.audit import AccessEvent, AuditEvent
from app.queries import subjects
from app.queries.paging import MAX_PAGE, Order, Page, capped_count, page_of
from app.queries.sets import AnySelect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PARTS = 4
"""Moment, kind, id and number of an event: what a cursor of the chains consists of."""


@dataclass(frozen=True, slots=True)
class LogFilters:
    """What an auditor asks for; empty means any. Days are Shanghai days, both included.

    `kind` is the event or the kind of access, `name` a business number or user name of the subject, `actor` the
    user name or full name of who acted.
    """

    subject_kind: str = ""
    kind: str = ""
    name: str = ""
    actor: str = ""
    result: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event of a chain. `subject` is None where nothing is called by a number, or a draft has none yet."""

    subject_kind: str
    subject_id: int
    seq: int
    event: str
    at: datetime
    party: str
    role: str | None
    actor: str | None
    username: str | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One line of the access log."""

    id: int
    at: datetime
    kind: str
    object_kind: str
    object_id: int | None
    detail: str | None
    result: str
    ip: str | None
    request_id: str | None
    actor: str | None
    username: str | None
    subject: str | None


def audit_events(
    session: Session, actor: Actor, filters: LogFilters, *, cursor: str | None = None, limit: int = 25
) -> Page[AuditRow]:
    """Events of all chains, newest first. Raises InvalidInput for a cursor that is none."""
    e = AuditEvent
    key = (e.at, e.subject_kind, e.subject_id, e.seq)
    conditions = _conditions(session, filters, e, subject=(e.subject_kind, e.subject_id), kind=e.event)
    columns: AnySelect = select(*key, e.event, e.party, e.role, e.actor_id)
    statement = visible(columns.where(*conditions), actor, e)
    size = max(1, min(limit, MAX_PAGE))
    wanted = statement.where(_before(cursor)) if cursor else statement
    newest = wanted.order_by(*(column.desc() for column in key)).limit(size + 1).subquery()
    rows = session.execute(_worded(newest)).all()
    more = _cursor(rows[size - 1]) if len(rows) > size else None
    made = tuple(AuditRow(*row) for row in rows[:size])
    return Page(made, more, capped_count(session, statement))


def access_events(
    session: Session, actor: Actor, filters: LogFilters, *, cursor: str | None = None, limit: int = 25
) -> Page[AccessRow]:
    """The access log, newest first. Raises InvalidInput for a cursor that is none."""
    e = AccessEvent
    conditions = [*_conditions(session, filters, e, subject=(e.object_kind, e.object_id), kind=e.kind)]
    if filters.result:
        conditions.append(e.result == filters.result)
    named = subjects.named(e.object_kind, e.object_id)
    who = (subjects.actor_name().label("actor"), Account.username, named.label("subject"))
    columns = (e.id, e.at, e.kind, e.object_kind, e.object_id, e.detail, e.result, e.ip, e.request_id)
    rows: AnySelect = select(*columns, *who).outerjoin(Account, Account.id == e.actor_id)
    statement = visible(rows.where(*conditions), actor, e)
    return page_of(
        session,
        statement,
        lambda row: AccessRow(*row),
        order=Order(e.id, ascending=False),
        cursor=cursor,
        limit=limit,
    )


def _worded(newest: Any) -> AnySelect:
    c = newest.c
    named = subjects.named(c.subject_kind, c.subject_id)
    columns = (c.subject_kind, c.subject_id, c.seq, c.event, c.at, c.party, c.role)
    return (
        select(*columns, subjects.actor_name(), Account.username, named.label("subject"))
        .outerjoin(Account, Account.id == c.actor_id)
        .order_by(c.at.desc(), c.subject_kind.desc(), c.subject_id.desc(), c.seq.desc())
    )


def _conditions(
    session: Session, filters: LogFilters, model: Any, *, subject: tuple[Any, Any], kind: Any
) -> Iterator[ColumnElement[bool]]:
    if filters.subject_kind:
        yield subject[0] == filters.subject_kind
    if filters.kind:
        yield kind == filters.kind
    if filters.name:
        pairs = subjects.found(session, filters.name)
        yield or_(false(), *(and_(subject[0] == one, subject[1] == key) for one, key in pairs))
    if filters.actor:
        who = or_(Account.username == filters.actor, Account.full_name == filters.actor)
        yield model.actor_id.in_(select(Account.id).where(who).correlate(None))
    if filters.first:
        yield model.at >= _midnight(filters.first)
    if filters.last:
        yield model.at < _midnight(filters.last + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def _cursor(row: Any) -> str:
    return f"{(row.at - _EPOCH) // _MICROSECOND}.{row.subject_kind}.{row.subject_id}.{row.seq}"


def _before(cursor: str) -> ColumnElement[bool]:
    e = AuditEvent
    parts = cursor.split(".")
    try:
        at, key, seq = _EPOCH + int(parts[0]) * _MICROSECOND, int(parts[2]), int(parts[3])
    except (ValueError, OverflowError, IndexError):
        raise InvalidInput(FieldError("cursor", "not_a_cursor", N_("This page does not exist."))) from None
    if len(parts) != _PARTS or not 0 <= key < 1 << 63 or not 0 <= seq < 1 << 31:
        raise InvalidInput(FieldError("cursor", "not_a_cursor", N_("This page does not exist.")))
    earlier = tuple_(e.subject_kind, e.subject_id, e.seq) < tuple_(parts[1], key, seq)
    return and_(e.at <= at, or_(e.at < at, earlier))
