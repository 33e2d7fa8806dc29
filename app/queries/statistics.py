"""Figures about cases, counted by the database in the actor's scope: steps, ages, returns, officers, employers (I4).

All but the ages are about the cases that were submitted in the time of the filters (officers: reviewed in it), so
that the parts of a page fit together; ages are about what is open at a given moment, whenever it came.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.access.scope import agency_subtree, visible
from app.domain.programme import Programme, Verdict
from app.domain.roles import AccountKind, Actor
from app.domain.states import Status, Verb
from app.models.account import Account
from app.models.agency import Agency
from app.models.application import Application, Approval, Review, ReviewItem
from app.models.employer import Employer
from app.models.programme import Programme as ProgrammeRow
from app.queries import desks
from app.queries.applications import Filters, conditions, within
from app.queries.programmes import Known
from app.queries.sets import AnySelect

YOUNG, MIDDLE, OLD = timedelta(days=3), timedelta(days=7), timedelta(days=15)
"""Where one group of waiting cases ends and the next begins."""
_DONE = (Status.APPROVED, Status.ISSUED)
_WAITS = (Status.IN_REVIEW, Status.APPROVED)
_GIVEN_UP = (Status.WITHDRAWN, Status.CANCELLED)
_NO_VERDICTS = (Verdict.UNDO.value, Verb.CANCEL.value)
"""What stands among the reviews and decides nothing at a step."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """Of the cases submitted: how many have passed each stage, in order of the document, and have a card."""

    programme: Programme
    submitted: int
    passed: Sequence[tuple[str, int]]
    issued: int


@dataclass(frozen=True, slots=True)
class Ages:
    """Cases waiting at one step by the days since they came there; the last is how many are overdue."""

    programme: Programme
    stage_code: str | None
    is_ready: bool
    counts: tuple[int, int, int, int]
    overdue: int


@dataclass(frozen=True, slots=True)
class Returned:
    """How often one reason was given when a case was returned, and for how many cases."""

    programme: Programme
    reason_code: str | None
    times: int
    cases: int


@dataclass(frozen=True, slots=True)
class Load:
    """What one officer decided in one function, without what was taken back."""

    name: str
    role: str
    verdicts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Applicants:
    """The cases of one employer: submitted, right at the first time, returned at present, finished, open."""

    name: str
    submitted: int
    at_first: int
    returned: int
    done: int
    waiting: int


def funnels(session: Session, actor: Actor, filters: Filters) -> Iterator[Funnel]:
    """One per programme with cases, in order of their codes."""
    a = Application
    rows = session.execute(
        _cases(actor, filters, a.programme_id, _newest(), func.count(), _sum(a.status == Status.ISSUED))
        .group_by(a.programme_id, ProgrammeRow.code)
        .order_by(ProgrammeRow.code)
    ).all()
    passed = _passed(session, actor, filters)
    known = Known(session)
    for programme_id, version_id, submitted, issued in rows:
        programme = known.programme(version_id)
        steps = [(stage.code, passed.get((programme_id, stage.code), 0)) for stage in programme.stages]
        yield Funnel(programme, submitted, steps, issued)


def _passed(session: Session, actor: Actor, filters: Filters) -> dict[tuple[int, str], int]:
    a = Application
    statement = _cases(actor, filters, a.programme_id, Approval.stage_code, func.count())
    joined = statement.join(Approval, Approval.application_id == a.id)
    rows = session.execute(joined.group_by(a.programme_id, Approval.stage_code))
    return {(row[0], row[1]): row[2] for row in rows}


def ages(session: Session, actor: Actor, filters: Filters, *, now: datetime) -> Iterator[Ages]:
    """One per step where something waits at `now`, in order of the documents; printing comes last."""
    a = Application
    bounds = [now - span for span in (YOUNG, MIDDLE, OLD)]
    groups = [a.entered_at > bounds[0]]
    groups += [and_(a.entered_at <= newer, a.entered_at > older) for newer, older in pairwise(bounds)]
    groups += [a.entered_at <= bounds[-1]]
    counts = [*map(_sum, groups), _sum(a.due_at < now)]
    keys = (a.programme_id, ProgrammeRow.code, a.stage_code, a.is_ready)
    statement = _cases(actor, filters, *keys, _newest(), *counts).where(a.status.in_(_WAITS)).group_by(*keys)
    known = Known(session)
    found = [
        Ages(known.programme(row[4]), row.stage_code, row.is_ready, (row[5], row[6], row[7], row[8]), row[9])
        for row in session.execute(statement.order_by(ProgrammeRow.code))
    ]
    return iter(sorted(found, key=_place))


def _place(one: Ages) -> tuple[str, int, bool]:
    codes = [stage.code for stage in one.programme.stages]
    at = codes.index(one.stage_code) if one.stage_code in codes else len(codes)
    return one.programme.code, at, one.is_ready


def returned(session: Session, actor: Actor, filters: Filters) -> Iterator[Returned]:
    """One per programme and reason, most frequent first; None is what was said in own words."""
    a, item = Application, ReviewItem
    times = func.count().label("times")
    statement = (
        _cases(
            actor, filters, a.programme_id, _newest(), item.reason_code, times, func.count(a.id.distinct())
        )
        .join(Review, Review.application_id == a.id)
        .join(item, and_(item.application_id == a.id, item.review_id == Review.id))
        .where(Review.verdict == "send_back", _stands())
        .group_by(a.programme_id, item.reason_code)
        .order_by(times.desc(), a.programme_id, item.reason_code)
    )
    known = Known(session)
    for row in session.execute(statement):
        yield Returned(known.programme(row[1]), row.reason_code, row.times, row[4])


def loads(session: Session, actor: Actor, filters: Filters) -> Iterator[Load]:
    """One per officer of the actor's bureau and those below it, and function; names in order."""
    r = Review
    statement = (
        select(r.actor_id, func.max(r.actor_name), r.role, r.verdict, func.count())
        .join(Account, Account.id == r.actor_id)
        .join(Agency, Agency.id == Account.agency_id)
        .where(Account.kind == AccountKind.OFFICER.value, _stands(), r.verdict.not_in(_NO_VERDICTS))
        .where(agency_subtree(actor, Agency.path), *within(r.at, filters))
        .group_by(r.actor_id, r.role, r.verdict)
    )
    if filters.programme:
        of_programme = select(Application.id).where(desks.of_programme(filters.programme))
        statement = statement.where(r.application_id.in_(of_programme))
    found: dict[tuple[int, str], Load] = {}
    for actor_id, name, role, verdict, n in session.execute(visible(statement, actor, Review)):
        found.setdefault((actor_id, role), Load(name, role, {})).verdicts[verdict] = n
    return iter(sorted(found.values(), key=lambda load: (load.name, load.role)))


def applicants(session: Session, actor: Actor, filters: Filters) -> Iterator[Applicants]:
    """One per employer with cases, most cases first."""
    a = Application
    submitted = func.count().label("submitted")
    given_up = and_(a.status.in_(_GIVEN_UP), _was_returned())  # a return that no second version followed
    first = and_(a.version_no == 1, a.status != Status.RETURNED, ~given_up)
    statement = (
        _cases(
            actor, filters, Employer.id, Employer.name, submitted,
            _sum(first), _sum(a.status == Status.RETURNED), _sum(a.status.in_(_DONE)), _sum(a.status == Status.IN_REVIEW),
        )
        .join(Employer, Employer.id == a.employer_id)
        .group_by(Employer.id, Employer.name)
        .order_by(submitted.desc(), Employer.name, Employer.id)
    )  # fmt: skip
    for row in session.execute(statement).yield_per(500):
        yield Applicants(*row[1:])


def _cases(actor: Actor, filters: Filters, *columns: Any) -> AnySelect:
    """Submitted cases in scope under the filters."""
    statement = select(*columns).select_from(Application)
    joined = statement.join(ProgrammeRow, ProgrammeRow.id == Application.programme_id)
    return visible(joined.where(Application.version_no > 0, *conditions(filters)), actor, Application)


def _newest() -> Any:
    """The version whose words name the codes of a group."""
    return func.max(Application.programme_version_id)


def _sum(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _was_returned() -> ColumnElement[bool]:
    return exists().where(
        Review.application_id == Application.id, Review.verdict == Verdict.SEND_BACK.value, _stands()
    )


def _stands() -> ColumnElement[bool]:
    """A verdict that nobody took back."""
    undo = aliased(Review)
    taken_back = select(undo.id).where(
        undo.application_id == Review.application_id, undo.undoes_id == Review.id
    )
    return ~taken_back.exists()
