"""The conditions of the queues, shared by lists, counts and to-do lines so that they cannot differ (I11).

All stand on `ix_application_desk` or `ix_application_employer_desk`, whose columns they fix up to the moment that
lists are ordered by; scope comes on top, through `visible`.
"""

from typing import Any

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.roles import AccountKind, Actor
from app.domain.states import Status
from app.models.application import Application
from app.models.programme import Programme

Conditions = tuple[ColumnElement[bool] | InstrumentedAttribute[bool], ...]
_a = Application


def of_programme(code: str, column: Any = _a.programme_id) -> ColumnElement[bool]:
    """`column` is the id of the programme `code`: a value to the planner, as a join is not, so that a list comes in
    the order of its index.
    """
    named = select(Programme.id).where(Programme.code == code).correlate(None)
    found: ColumnElement[bool] = column == named.scalar_subquery()
    return found


def place_of(actor: Actor) -> int | None:
    """The employer or bureau at whose desks the actor decides."""
    return actor.employer_id if actor.kind is AccountKind.EMPLOYER else actor.agency_id


def at_desk(actor: Actor) -> Conditions:
    """Cases on a desk whose role the actor holds, at his employer or his bureau."""
    if not actor.roles:
        return (false(),)
    held: ColumnElement[bool] = _a.desk_role.in_(sorted(actor.roles))
    if actor.kind is AccountKind.EMPLOYER:
        return (_a.employer_id == actor.employer_id, _a.desk_agency_id.is_(None), held)
    if actor.kind is AccountKind.OFFICER:
        return (_a.desk_agency_id == actor.agency_id, held)
    return (false(),)


def ready(actor: Actor) -> Conditions:
    """What the actor can decide: in review on his desk, everything from outside there."""
    return (*at_desk(actor), _a.status == Status.IN_REVIEW, _a.is_ready)


def unready(actor: Actor) -> Conditions:
    """On his desk but waiting for the roster (tab 待汇总表)."""
    return (*at_desk(actor), _a.status == Status.IN_REVIEW, ~_a.is_ready)


def printing(actor: Actor) -> Conditions:
    """Approved and on his printing desk."""
    return (*at_desk(actor), _a.status == Status.APPROVED, ~_a.is_ready)


def waiting_for_roster() -> Conditions:
    """Approved by the employer and waiting for its stamped roster, whatever desk."""
    return (_a.desk_role.is_not(None), _a.status == Status.IN_REVIEW, ~_a.is_ready)
