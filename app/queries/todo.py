"""What waits for an account: all lines of the left panel as one UNION ALL (R24, R28, invariant I11).

Each line counts exactly the rows behind its link: the conditions here are those of the queues.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, String, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import AccountKind, Actor, Permission
from app.domain.states import Status
from app.domain.text import N_
from app.models.application import Application
from app.models.employer import Employer, EmployerChange
from app.models.person import Person
from app.models.programme import Programme
from app.models.roster import Roster
from app.queries import desks as at
from app.queries.paging import counting
from app.queries.sets import AnySelect


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of work: its code, how many rows wait, and what its link needs to show just these.

    `title` is a msgid; `params` fill it and the link (programme: its code; name: its short name; desk: a
    role).
    """

    code: str
    count: int
    title: str
    params: Mapping[str, str]


TITLES: Mapping[str, str] = {
    "registration": N_("Your employer's registration has to be completed"),
    "registration_returned": N_("Your employer's registration was returned; correct it and submit it again"),
    "persons": N_("%(n)s personal accounts to review"),
    "employers": N_("%(n)s employers' registrations to review"),
    "changes": N_("%(n)s employers' change requests to review"),
    "applications": N_("%(n)s applications for %(name)s to review"),
    "roster_wanted": N_("%(n)s approved applicants for %(name)s without a roster"),
    "rosters": N_("%(n)s rosters to stamp and upload"),
    "printing": N_("%(n)s cards of %(name)s to print"),
    "drafts": N_("Your application for %(name)s has not been submitted"),
    "returned": N_("Your application for %(name)s was returned to you"),
    "own_person": N_("Your registration was returned to you"),
}
ONE: Mapping[str, str] = {
    "persons": N_("%(n)s personal account to review"),
    "employers": N_("%(n)s employer's registration to review"),
    "changes": N_("%(n)s employer's change request to review"),
    "applications": N_("%(n)s application for %(name)s to review"),
    "roster_wanted": N_("%(n)s approved applicant for %(name)s without a roster"),
    "rosters": N_("%(n)s roster to stamp and upload"),
    "printing": N_("%(n)s card of %(name)s to print"),
}
"""The titles that say how many, for one."""


def lines(session: Session, actor: Actor, *, desks: Collection[str] | None = None) -> tuple[Line, ...]:
    """The lines of `actor` with at least one row behind them, in one statement.

    `desks`: those of his roles that hold a desk in some programme, where the caller knows; looking for cases at
    the others would read all there are. Anonymous visitors have none.
    """
    held = actor.roles if desks is None else actor.roles & frozenset(desks)
    parts = _parts(actor, held)
    if not parts:
        return ()
    rows = session.execute(union_all(*parts) if len(parts) > 1 else parts[0]).all()
    return tuple(Line(row.code, row.n, _title(row.code, row.n), _params(row)) for row in rows if row.n)


def _title(code: str, count: int) -> str:
    return ONE.get(code, TITLES[code]) if count == 1 else TITLES[code]


def _params(row: Any) -> dict[str, str]:
    params = {"n": str(row.n)}
    if row.programme is not None:
        params |= {"programme": row.programme, "name": row.name}
    if row.desk is not None:
        params["desk"] = row.desk
    return params


def _parts(actor: Actor, held: frozenset[str]) -> list[AnySelect]:
    if actor.kind is AccountKind.EMPLOYER:
        return _employer(actor, held)
    if actor.kind is AccountKind.OFFICER:
        return _officer(actor, held)
    return _person(actor) if actor.kind is AccountKind.PERSON else []


def _line(code: str, model: type[Any], actor: Actor, *conditions: Any) -> AnySelect:
    counted = select(
        literal(code).label("code"),
        cast(null(), String).label("programme"),
        cast(null(), String).label("name"),
        cast(null(), String).label("desk"),
        cast(func.count(), BigInteger).label("n"),
    ).select_from(model)
    return visible(counted.where(*conditions), actor, model)


def _cases(code: str, actor: Actor, *conditions: Any, role: str | None = None) -> AnySelect:
    """Applications counted for each programme; no further than a list counts, so that a full desk costs no more."""
    a, p = Application, Programme
    at_desk = () if role is None else (a.desk_role == role,)
    rows = visible(select(a.id).where(a.programme_id == p.id, *conditions, *at_desk), actor, a)
    return select(
        literal(code).label("code"),
        p.code.label("programme"),
        p.short_name.label("name"),
        cast(literal(role) if role else null(), String).label("desk"),
        cast(counting(rows, beside=p), BigInteger).label("n"),
    ).select_from(p)


def _waiting(actor: Actor, held: frozenset[str]) -> list[AnySelect]:
    """What waits on the actor's desks, one part for each role he may hold one in."""
    return [_cases("applications", actor, *at.ready(actor), role=role) for role in sorted(held)]


def _employer(actor: Actor, held: frozenset[str]) -> list[AnySelect]:
    parts: list[AnySelect] = []
    if actor.may(Permission.EMPLOYER_EDIT):
        parts.append(_line("registration", Employer, actor, Employer.state == "draft"))
        parts.append(_line("registration_returned", Employer, actor, Employer.state == "returned"))
    if actor.may(Permission.PERSON_REVIEW):
        parts.append(_line("persons", Person, actor, Person.state == "registered"))
    if actor.may(Permission.APPLICATION_REVIEW):
        parts += _waiting(actor, held)
    if actor.may(Permission.ROSTER_EXPORT):
        parts.append(
            _cases("roster_wanted", actor, *at.waiting_for_roster(), Application.roster_id.is_(None))
        )
    if actor.may(Permission.ROSTER_UPLOAD):
        parts.append(_line("rosters", Roster, actor, Roster.state.in_(("exported", "scan_returned"))))
    return parts


def _officer(actor: Actor, held: frozenset[str]) -> list[AnySelect]:
    parts: list[AnySelect] = []
    if actor.may(Permission.EMPLOYER_REVIEW):
        parts.append(_line("employers", Employer, actor, Employer.state == "submitted"))
    if actor.may(Permission.EMPLOYER_CHANGE_REVIEW):
        parts.append(_line("changes", EmployerChange, actor, EmployerChange.state == "submitted"))
    if actor.may(Permission.APPLICATION_REVIEW):
        parts += _waiting(actor, held)
    if actor.may(Permission.CARD_PRINT):
        parts.append(_cases("printing", actor, *at.printing(actor)))
    return parts


def _person(actor: Actor) -> list[AnySelect]:
    a = Application
    return [
        _line("own_person", Person, actor, Person.state == "returned"),
        _cases("drafts", actor, a.status == Status.DRAFT),
        _cases("returned", actor, a.status == Status.RETURNED),
    ]
