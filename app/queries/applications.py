"""Lists of applications: the queues of desks and employers with their tabs, one's own, the query page.

A page costs three statements at most: rows with joined names, capped count, tab counts as one UNION ALL.
The conditions of the tabs are those of the to-do lines (`desks`), so that a count equals its rows (I11).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from app.access.scope import visible
from app.domain.programme import Programme, Verdict
from app.domain.roles import AccountKind, Actor
from app.domain.roster_members import waits_for_roster
from app.domain.states import OPEN, Status, Waiting
from app.domain.workflow import waits_for
from app.domain.worktime import SHANGHAI, local_day
from app.models.account import CLAIM_KINDS, Account, IdentityClaim
from app.models.application import Application, Approval, Review, Submission
from app.models.employer import Employer
from app.models.person import Person
from app.models.programme import ProgrammeVersion
from app.models.roster import Roster
from app.queries import desks
from app.queries.listed import Chosen, Shown
from app.queries.listed import choose as choose_of
from app.queries.paging import CAP, Order, Page, capped_count, page_of
from app.queries.persons import named
from app.queries.prefixes import begins
from app.queries.programmes import Known
from app.queries.sets import AnySelect, among

ANY_OPEN = "open"
"""As a status filter: everything that is not final."""


class Tab(StrEnum):
    """The tabs of a desk. `waiting` is 待汇总表.

    At the employer 待审核, 已通过, 已退回 are ready, passed, returned.
    """

    READY = "ready"
    WAITING = "waiting"
    PASSED = "passed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Handled:
    """Only cases on which this account gave a verdict, since a moment or ever."""

    by: int
    since: datetime | None = None


TODAY, EVER = "today", "ever"


def handled(when: str, account_id: int, now: datetime) -> Handled | None:
    """The filter that `when` (`today`, `ever`) means for an account; None for anything else."""
    starts = {TODAY: day_start(local_day(now)), EVER: None}
    return Handled(account_id, starts[when]) if when in starts else None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the query page (and an export, and “select all”) asks for; empty means any.

    Days are Shanghai days.
    """

    programme: str = ""
    status: str = ""
    stage: str = ""
    category: str = ""
    submitted_from: date | None = None
    submitted_to: date | None = None
    q: str = ""
    digests: tuple[str, ...] = ()
    ready: bool | None = None
    without_roster: bool = False
    due_before: datetime | None = None
    """Only cases whose time limit ended before."""
    handled: Handled | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One application in a list; numbers are masked, titles come from its document."""

    id: int
    lock: int
    no: str | None
    name: str
    sex: str
    doc_type: str
    doc_no_masked: str | None
    employer_id: int
    employer_name: str
    service_name: str | None
    service_phone_masked: str | None
    kind: str
    category: str | None
    category_title: str
    programme_code: str
    programme_name: str
    status: str
    stage_code: str | None
    stage_title: str
    public_stage_title: str
    """The same as applicants read it."""
    is_ready: bool
    waits_for: Waiting
    frozen_reason: str | None
    roster_id: int | None
    roster_no: str | None
    lacks_roster: bool
    """Whether it can be put on a new roster."""
    claimed_by: int | None
    claimed_until: datetime | None
    submitted_at: datetime | None
    entered_at: datetime
    due_at: datetime | None


def rows() -> AnySelect:
    """The rows of a list, for `maker`."""
    a, s, p = Application, Submission, Person
    return (
        select(
            a.id, a.lock, a.no, p.name, p.sex, p.doc_type, Account.doc_no_masked, a.employer_id,
            Employer.name.label("employer_name"),
            s.service_name, s.service_phone_masked, s.person_name,
            s.doc_no_masked.label("frozen_doc_no"), a.kind,
            a.category, ProgrammeVersion.digest, a.programme_version_id, a.status, a.stage_code, a.is_ready,
            a.frozen_reason, a.roster_id, Roster.no.label("roster_no"), a.claimed_by, a.claimed_until,
            a.submitted_at, a.reached_agency_at,
            a.entered_at, a.due_at,
        )
        .select_from(a)
        .join(p, p.id == a.person_id)
        .join(Account, Account.id == p.account_id)
        .join(Employer, Employer.id == a.employer_id)
        .join(ProgrammeVersion, ProgrammeVersion.id == a.programme_version_id)
        .outerjoin(s, and_(s.application_id == a.id, s.n == a.version_no))
        .outerjoin(Roster, Roster.id == a.roster_id)
    )  # fmt: skip


def maker(session: Session) -> Callable[[Any], Row]:
    """What turns selected rows into those of a list, each in the words of its own document."""
    known = Known(session)
    return lambda row: _made(row, known.programme(row.programme_version_id, row.digest))


def _made(row: Any, programme: Programme) -> Row:
    """A selected row in the words of its document."""
    stage = programme.stage(row.stage_code) if row.stage_code else None
    status = Status(row.status)
    return Row(
        id=row.id,
        lock=row.lock,
        no=row.no,
        name=row.person_name or row.name,
        sex=row.sex,
        doc_type=row.doc_type,
        doc_no_masked=row.frozen_doc_no or row.doc_no_masked,
        employer_id=row.employer_id,
        employer_name=row.employer_name,
        service_name=row.service_name,
        service_phone_masked=row.service_phone_masked,
        kind=row.kind,
        category=row.category,
        category_title=_title(programme, row.category),
        programme_code=programme.code,
        programme_name=programme.short_name,
        status=row.status,
        stage_code=row.stage_code,
        stage_title=stage.title if stage else programme.issue.title if status is Status.APPROVED else "",
        public_stage_title=stage.public_title or stage.title if stage else "",
        is_ready=row.is_ready,
        waits_for=waits_for(status, stage, is_ready=row.is_ready),
        frozen_reason=row.frozen_reason,
        roster_id=row.roster_id,
        roster_no=row.roster_no,
        lacks_roster=row.roster_id is None and waits_for_roster(row, programme),
        claimed_by=row.claimed_by,
        claimed_until=row.claimed_until,
        submitted_at=row.submitted_at,
        entered_at=row.entered_at,
        due_at=row.due_at,
    )


def _title(programme: Programme, category: str | None) -> str:
    return next((entry.title for entry in programme.categories if entry.code == category), "")


_OLDEST = Order(Application.id, Application.entered_at, ascending=True)
_NEWEST = Order(Application.id, Application.entered_at, ascending=False)
_LAST_PASSED = Order(Approval.review_id, ascending=False)


def queue(
    session: Session,
    actor: Actor,
    *,
    programme: str,
    role: str,
    tab: Tab = Tab.READY,
    filters: Filters | None = None,
    cursor: str | None = None,
    limit: int = 50,
    count: int | None = None,
) -> Page[Row]:
    """One tab of the desk that `role` holds in a programme (its code): what waits oldest first, what it passed
    and what was returned newest first.

    `count`: that of `tab_counts`, which need not be counted again. Source: R28, R29, R31; the county sees 待汇总表 at once (D5).
    """
    order = order_of(tab)
    selected = rows() if order is not _LAST_PASSED else rows().add_columns(Approval.review_id)
    statement = in_tab(actor, selected, Which(programme, role, tab), filters)
    return page_of(session, statement, maker(session), order=order, cursor=cursor, limit=limit, count=count)


def order_of(tab: Tab) -> Order:
    """What waits comes oldest first, what was passed by its approval, the last one first."""
    if tab is Tab.PASSED:
        return _LAST_PASSED
    return _NEWEST if tab is Tab.RETURNED else _OLDEST


@dataclass(frozen=True, slots=True)
class Which:
    """One tab of one desk."""

    programme: str
    role: str
    tab: Tab


def in_tab(actor: Actor, statement: AnySelect, which: Which, filters: Filters | None = None) -> AnySelect:
    """`statement` narrowed to one tab of a desk in the actor's scope."""
    if which.tab is Tab.PASSED:
        statement = statement.join(Approval, Approval.application_id == Application.id)
    narrowed = statement.where(desks.of_programme(which.programme), *_tab(actor, which))
    if filters is not None:
        narrowed = narrowed.where(*conditions(filters))
    return visible(narrowed, actor, Application)


def _tab(actor: Actor, which: Which) -> desks.Conditions:
    a, role, tab = Application, which.role, which.tab
    if tab is Tab.READY:
        return (*desks.ready(actor), a.desk_role == role)
    if tab is Tab.WAITING and actor.kind is AccountKind.EMPLOYER:
        return desks.waiting_for_roster()
    if tab is Tab.WAITING:
        return (*desks.unready(actor), a.desk_role == role)
    if tab is Tab.RETURNED:
        return (a.status == Status.RETURNED,)
    return (
        desks.of_programme(which.programme, Approval.programme_id),
        *_approved_at(desks.place_of(actor), role),
        a.status.in_((Status.IN_REVIEW, Status.APPROVED, Status.ISSUED)),
    )


def _approved_at(place: int | None, role: str) -> desks.Conditions:
    """The last live approval that the desk of `role` at an employer or bureau gave a case, whatever version it
    follows.
    """
    later = aliased(Approval)
    is_last = ~exists().where(
        later.application_id == Approval.application_id,
        later.place_id == place,
        later.role == role,
        later.review_id > Approval.review_id,
    )
    return (Approval.place_id == place, Approval.role == role, is_last)


HISTORY_CAP = 1_001
"""So far a tab is counted that is not looked at and where nothing waits."""


def cap_of(tab: Tab, chosen: Tab) -> int:
    """Where counting `tab` stops while `chosen` is shown."""
    return CAP if tab is chosen or tab in (Tab.READY, Tab.WAITING) else HISTORY_CAP


def tab_counts(
    session: Session,
    actor: Actor,
    *,
    programme: str,
    role: str,
    chosen: Tab = Tab.READY,
    filters: Filters | None = None,
) -> Mapping[Tab, int]:
    """The number of rows of every tab of a desk, at most `cap_of` each, in one statement."""
    parts = []
    for tab in Tab:
        narrowed = in_tab(actor, counted(), Which(programme, role, tab), filters)
        one = narrowed.limit(cap_of(tab, chosen)).subquery()
        parts.append(select(literal(tab.value).label("tab"), func.count().label("n")).select_from(one))
    return {Tab(row.tab): row.n for row in session.execute(union_all(*parts))}


def counted() -> AnySelect:
    """Rows without their columns, and without what these would be joined from."""
    return select(Application.id)


@dataclass(frozen=True, slots=True)
class Listed:
    """Everything that a tab of a desk showed at one moment, for “select all”."""

    programme: str
    role: str
    tab: Tab
    filters: Filters
    shown: Shown

    def request(self) -> list[object]:
        """What an idempotency key covers (the filters that “select all” can carry)."""
        filters = [self.filters.q, self.filters.without_roster, self.filters.due_before is not None]
        return ["listed", self.programme, self.role, self.tab.value, *filters, *self.shown.request()]


def choose(session: Session, actor: Actor, listed: Listed, *, maximum: int) -> Chosen:
    """The rows of the list as it was shown, under the actor's scope now. Raises as `listed.choose`."""
    which = Which(listed.programme, listed.role, listed.tab)
    statement = in_tab(actor, counted(), which, listed.filters)
    return choose_of(session, statement, listed.shown, maximum=maximum)


def search(
    session: Session, actor: Actor, filters: Filters, *, cursor: str | None = None, limit: int = 50
) -> Page[Row]:
    """The query page (单位端申报信息查询, and officers'): every status, newest first. Source: R38, R39."""
    statement = visible(rows().where(*conditions(filters)), actor, Application)
    order = Order(Application.id, ascending=False)
    count = how_many(session, actor, filters)
    return page_of(session, statement, maker(session), order=order, cursor=cursor, limit=limit, count=count)


def how_many(session: Session, actor: Actor, filters: Filters) -> int:
    """The number that a search shows, at most to the cap."""
    return capped_count(session, visible(counted().where(*conditions(filters)), actor, Application))


def own(session: Session, actor: Actor) -> tuple[Row, ...]:
    """A person's own applications, newest first."""
    if actor.person_id is None:
        return ()
    statement = visible(rows(), actor, Application).where(Application.person_id == actor.person_id)
    found = session.execute(statement.order_by(Application.id.desc()).limit(200)).all()
    return tuple(map(maker(session), found))


def rows_by_id(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, Row]:
    """These rows as the actor sees them now; foreign ones are missing."""
    statement = visible(rows().where(among(session, Application.id, ids)), actor, Application)
    return {row.id: row for row in map(maker(session), session.execute(statement).all())}


def names_by_id(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, str]:
    """Name and number of these cases, for the result of a batch of thousands; foreign ones are missing."""
    a, s = Application, Submission
    statement = (
        select(a.id, a.no, func.coalesce(s.person_name, Person.name))
        .join(Person, Person.id == a.person_id)
        .outerjoin(s, and_(s.application_id == a.id, s.n == a.version_no))
        .where(among(session, a.id, ids))
    )
    found = session.execute(visible(statement, actor, a))
    return {key: f"{name} {no or ''}".strip() for key, no, name in found}


def conditions(filters: Filters) -> desks.Conditions:
    """The filters as conditions on applications."""
    a = Application
    found: list[Any] = [column == wanted for column, wanted in _equalities(filters) if wanted]
    if filters.programme:
        found.append(desks.of_programme(filters.programme))
    if filters.status == ANY_OPEN:
        found.append(a.status.in_([status.value for status in OPEN]))
    if filters.ready is not None:
        found.append(a.is_ready if filters.ready else ~a.is_ready)
    if filters.without_roster:
        found.append(a.roster_id.is_(None))
    if filters.due_before:
        found.append(a.due_at < filters.due_before)
    if filters.handled:
        found.append(_handled(filters.handled))
    return (*found, *within(a.submitted_at, filters), *_words(filters))


def within(moment: Any, filters: Filters) -> desks.Conditions:
    """The days of the filters as conditions on a column of moments."""
    found: list[Any] = []
    if filters.submitted_from:
        found.append(moment >= day_start(filters.submitted_from))
    if filters.submitted_to:
        found.append(moment < day_start(filters.submitted_to + timedelta(days=1)))
    return tuple(found)


def _handled(handled: Handled) -> ColumnElement[bool]:
    """By the verdicts of the account, which an index finds; not by a look at every case."""
    given = select(Review.application_id).where(
        Review.actor_id == handled.by, Review.verdict != Verdict.UNDO.value
    )
    if handled.since:
        given = given.where(Review.at >= handled.since)
    decided: ColumnElement[bool] = Application.id.in_(given)
    return decided


def _equalities(filters: Filters) -> tuple[tuple[Any, str], ...]:
    a = Application
    status = "" if filters.status == ANY_OPEN else filters.status
    return (
        (a.status, status),
        (a.stage_code, filters.stage),
        (a.category, filters.category),
    )


def _words(filters: Filters) -> desks.Conditions:
    if filters.digests:
        return (_has_number(filters.digests),)
    return (_matches(filters.q.strip()),) if filters.q.strip() else ()


def day_start(day: date) -> datetime:
    """The moment a Shanghai day begins."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def _has_number(digests: Sequence[str]) -> ColumnElement[bool]:
    """Applications of the account that claims one of these numbers (blind index; never by URL).

    By the person, of whom there is one: looking among the cases of a desk would read them all.
    """
    claims, person = IdentityClaim, aliased(Person)
    holders = select(claims.account_id).where(claims.kind.in_(CLAIM_KINDS), claims.digest.in_(digests))
    held: ColumnElement[bool] = Application.person_id.in_(
        select(person.id).where(person.account_id.in_(holders))
    )
    return held


def _matches(q: str) -> ColumnElement[bool]:
    """The beginning of a name in any of its spellings, or of an application number."""
    number = q.upper()
    if number[:2].isalnum() and any(character.isdigit() for character in number):
        numbered: ColumnElement[bool] = begins(Application.no, number[:40])
        return numbered
    named_so: ColumnElement[bool] = Application.person_id.in_(named(q))
    return named_so
