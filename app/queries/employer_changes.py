"""Requested changes of approved employers: the bureau's queue and the old beside the new (R21)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.errors import NotFound
from app.domain.registration import ChangeState
from app.domain.roles import Actor
from app.models.agency import Agency
from app.models.employer import Employer, EmployerChange
from app.queries.paging import Order, Page, page_of


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One value: `name`, `credit_code` or `agency` (as the bureau's name)."""

    code: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change request with its values side by side."""

    id: int
    lock: int
    state: str
    employer_id: int
    employer_name: str
    agency_id: int
    values: tuple[ChangedValue, ...]
    reason: str | None
    requested_at: datetime
    decided_at: datetime | None


def _rows() -> Any:
    return select(
        EmployerChange.id,
        EmployerChange.lock,
        EmployerChange.state,
        EmployerChange.employer_id,
        Employer.name.label("employer_name"),
        EmployerChange.agency_id,
        EmployerChange.before,
        EmployerChange.after,
        EmployerChange.reason,
        EmployerChange.requested_at,
        EmployerChange.decided_at,
    ).join(Employer, Employer.id == EmployerChange.employer_id)


def queue(
    session: Session,
    actor: Actor,
    *,
    tab: str = ChangeState.SUBMITTED,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ChangeRow]:
    """Return a page of change requests the actor sees; `tab`: a state, "" all; waiting ones oldest first."""
    statement = visible(_rows(), actor, EmployerChange)
    if tab:
        statement = statement.where(EmployerChange.state == tab)
    order = Order(EmployerChange.id, ascending=tab == ChangeState.SUBMITTED)
    names = _agency_names(session)
    return page_of(session, statement, lambda row: _row(row, names), order=order, cursor=cursor, limit=limit)


def detail(session: Session, actor: Actor, change_id: int) -> ChangeRow:
    """Return one change request; raises NotFound outside the scope."""
    row = session.execute(
        visible(_rows().where(EmployerChange.id == change_id), actor, EmployerChange)
    ).first()
    if row is None:
        raise NotFound
    return _row(row, _agency_names(session))


def of_employer(session: Session, actor: Actor, employer_id: int) -> tuple[ChangeRow, ...]:
    """Return the change requests of an employer that the actor sees, newest first."""
    wanted = (
        _rows().where(EmployerChange.employer_id == employer_id).order_by(EmployerChange.id.desc()).limit(20)
    )
    names = _agency_names(session)
    return tuple(_row(row, names) for row in session.execute(visible(wanted, actor, EmployerChange)))


def _agency_names(session: Session) -> dict[str, str]:
    return {str(row.id): row.name for row in session.execute(select(Agency.id, Agency.name))}


def _row(row: Any, names: dict[str, str]) -> ChangeRow:
    values = tuple(_value(code, row.before.get(code), row.after.get(code), names) for code in row.after)
    return ChangeRow(
        id=row.id,
        lock=row.lock,
        state=row.state,
        employer_id=row.employer_id,
        employer_name=row.employer_name,
        agency_id=row.agency_id,
        values=values,
        reason=row.reason,
        requested_at=row.requested_at,
        decided_at=row.decided_at,
    )


def _value(code: str, before: str | None, after: str | None, /, names: dict[str, str]) -> ChangedValue:
    if code != "agency_id":
        return ChangedValue(code, before, after)
    return ChangedValue("agency", names.get(before or ""), names.get(after or ""))
