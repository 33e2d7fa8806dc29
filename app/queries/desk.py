"""Everything of one case that the desk (and the page of a case) shows, under the actor's scope.

A resubmission is shown as a difference: what was returned beside its new value or file, the rest with who
looked at it before (model: Per-item verdicts). Reading never opens the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain import form
from app.domain.checks import Finding
from app.domain.errors import NotFound
from app.domain.form import Form, Target
from app.domain.predicates import Facts
from app.domain.programme import Programme, Stage
from app.domain.roles import Actor
from app.domain.states import Case, Verb, Waiting
from app.domain.workflow import waits_for
from app.models.account import Account
from app.models.application import Application, MaterialView, Submission
from app.models.employer import Employer
from app.models.person import Person
from app.models.reference import Phrase
from app.models.roster import Roster
from app.queries import cases, desks
from app.queries.checks import findings
from app.queries.decisions import Action, actions_on
from app.queries.drafts import FileRow, content_of, file_rows
from app.queries.history import Moment, timeline
from app.queries.offices import office_saw
from app.queries.paging import counting
from app.queries.programmes import lists_of
from app.queries.returns import Flagged, last_return


@dataclass(frozen=True, slots=True)
class Version:
    """One frozen submission; numbers are ids of secrets beside their masks."""

    n: int
    submitted_at: datetime
    person_name: str
    person_sex: str
    doc_type: str
    doc_no_masked: str
    doc_no_id: int
    mobile_masked: str
    mobile_id: int
    employer_name: str
    service_name: str | None
    service_phone_masked: str | None
    service_phone_id: int | None
    category: str | None
    values: Mapping[str, Any]
    files: tuple[FileRow, ...]
    answers: tuple[tuple[Target, str], ...]
    digest: str


@dataclass(frozen=True, slots=True)
class View:
    """Someone opened a material of a version."""

    slot: str
    version_no: int
    actor_id: int
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """The roster the case stands on."""

    id: int
    no: str
    state: str
    verified_by: str | None
    sealed_at: datetime | None
    seal_hint: str | None


@dataclass(frozen=True, slots=True)
class DeskCase:
    """One case as a whole. `current` is None for a draft that was never submitted."""

    case: Case
    programme: Programme
    stage: Stage | None
    waits_for: Waiting
    person_id: int
    person_name: str
    employer_name: str
    current: Version | None
    previous: Version | None
    form: Form
    lists: Mapping[str, Mapping[str, str]]
    returned: tuple[Flagged, ...]
    changed: frozenset[Target]
    views: tuple[View, ...]
    findings: tuple[Finding, ...]
    roster: RosterFacts | None
    actions: tuple[Action, ...]
    phrases: tuple[str, ...]
    history: tuple[Moment, ...]
    office_saw_previous: bool
    """Whether somebody of the actor's office opened or decided the version before."""

    def seen_by(self, actor: Actor) -> frozenset[str]:
        """The slots whose present version this account has opened."""
        mine = (view for view in self.views if view.actor_id == actor.account_id)
        return frozenset(view.slot for view in mine if view.version_no == self.case.version_no)


def case(session: Session, actor: Actor, application_id: int, *, now: datetime) -> DeskCase:
    """Everything about one application the actor sees, in a constant number of statements.

    Raises NotFound.
    """
    loaded = cases.load(session, actor, [application_id], verbs={Verb.UNDO})
    if not loaded.cases:
        raise NotFound
    found = loaded.cases[0]
    programme = loaded.programmes[found.version_id]
    stage = programme.stage(found.stage_code) if found.stage_code else None
    names = session.execute(
        select(Person.name, Employer.name)
        .select_from(Application)
        .join(Person, Person.id == Application.person_id)
        .join(Employer, Employer.id == Application.employer_id)
        .where(Application.id == application_id)
    ).one()
    versions = _versions(session, found)
    current, previous = versions.get(found.version_no), versions.get(found.version_no - 1)
    facts = _facts(found, current)
    return DeskCase(
        case=found,
        programme=programme,
        stage=stage,
        waits_for=waits_for(found.status, stage, is_ready=found.is_ready),
        person_id=found.person_id,
        person_name=current.person_name if current else names[0],
        employer_name=current.employer_name if current else names[1],
        current=current,
        previous=previous,
        form=form.form_of(programme, facts),
        lists=lists_of(session, programme, also_inactive=True),
        returned=last_return(session, application_id, programme) if found.version_no else (),
        changed=_changed(programme, previous, current),
        views=_views(session, application_id),
        findings=findings(session, [application_id])[application_id] if current else (),
        roster=_roster(session, found),
        actions=actions_on(found, programme, actor, now=now),
        phrases=_phrases(session, found.stage_code),
        history=timeline(session, actor, application_id),
        office_saw_previous=previous is not None and office_saw(session, actor, application_id, previous.n),
    )


def _versions(session: Session, found: Case) -> dict[int, Version]:
    s = Submission
    wanted = (found.version_no, found.version_no - 1)
    rows = session.scalars(select(s).where(s.application_id == found.id, s.n.in_(wanted))).all()
    return {row.n: _version(session, row) for row in rows}


def _version(session: Session, row: Submission) -> Version:
    answers = tuple(
        (Target(form.TargetKind(said["kind"]), said["code"]), str(said["text"]))
        for said in row.answers or ()
        if said["kind"] in form.TARGET_KINDS  # frozen for good: one odd row must not hide its case
    )
    return Version(
        n=row.n,
        submitted_at=row.submitted_at,
        person_name=row.person_name,
        person_sex=row.person_sex,
        doc_type=row.doc_type,
        doc_no_masked=row.doc_no_masked,
        doc_no_id=row.doc_no_id,
        mobile_masked=row.mobile_masked,
        mobile_id=row.mobile_id,
        employer_name=row.employer_name,
        service_name=row.service_name,
        service_phone_masked=row.service_phone_masked,
        service_phone_id=row.service_phone_id,
        category=row.category,
        values=row.data or {},
        files=file_rows(session, row.files or []),
        answers=answers,
        digest=row.digest,
    )


def _facts(found: Case, current: Version | None) -> Facts:
    if current is None:
        return Facts(kind=found.kind)
    slots = frozenset(file.slot for file in current.files)
    return Facts(
        kind=found.kind,
        category=current.category,
        document_type=current.doc_type,
        values=current.values,
        materials=slots,
    )


def _changed(programme: Programme, previous: Version | None, current: Version | None) -> frozenset[Target]:
    if previous is None or current is None:
        return frozenset()
    old, new = (
        content_of(v.values, [{"slot": f.slot, "sha256": f.sha256} for f in v.files])
        for v in (previous, current)
    )
    return form.changes(old, new, programme)


def _views(session: Session, application_id: int) -> tuple[View, ...]:
    v = MaterialView
    rows = session.execute(
        select(v.slot, v.version_no, v.actor_id, Account.full_name, v.at)
        .join(Account, Account.id == v.actor_id)
        .where(v.application_id == application_id)
        .order_by(v.at)
    )
    return tuple(View(*row) for row in rows)


def _roster(session: Session, found: Case) -> RosterFacts | None:
    if found.roster is None:
        return None
    row = session.execute(
        select(
            Roster.id, Roster.no, Roster.state, Roster.verified_by, Roster.sealed_at, Roster.seal_hint
        ).where(Roster.id == found.roster.id)
    ).one()
    return RosterFacts(*row)


def _phrases(session: Session, stage_code: str | None) -> tuple[str, ...]:
    fits = or_(Phrase.stage_code.is_(None), Phrase.stage_code == stage_code)
    return tuple(session.scalars(select(Phrase.text).where(fits).order_by(Phrase.position, Phrase.id)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands in the queue of its desk: `at` of `of` (both capped), and its neighbours."""

    at: int
    of: int
    previous_id: int | None
    next_id: int | None


def place(
    session: Session, actor: Actor, *, programme: str, role: str, entered_at: datetime, application_id: int
) -> Place:
    """The place of a case (also of one that has just left) in the ready queue of a desk, in one statement."""
    queue = _ready(actor, programme, role)
    before, after = _sides(queue, entered_at, application_id)
    row = session.execute(
        select(counting(before), counting(queue), _nearest_before(before), _nearest_after(after))
    ).one()
    return Place(row[0] + 1, row[1], row[2], row[3])


def next_case(
    session: Session, actor: Actor, *, programme: str, role: str, after: tuple[datetime, int]
) -> int | None:
    """The case to show after a decision: the next one of the queue, at its end the one before."""
    before, following = _sides(_ready(actor, programme, role), *after)
    found: int | None = session.scalar(
        select(func.coalesce(_nearest_after(following), _nearest_before(before)))
    )
    return found


def _ready(actor: Actor, programme: str, role: str) -> Select[int]:
    a = Application
    return visible(
        select(a.id).where(desks.of_programme(programme), *desks.ready(actor), a.desk_role == role), actor, a
    )


def _sides(queue: Select[int], entered_at: datetime, application_id: int) -> tuple[Select[int], Select[int]]:
    """The part of a queue before a case, and the part after it."""
    a = Application
    here = tuple_(a.entered_at, a.id)
    key = tuple_(literal(entered_at, a.entered_at.type), literal(application_id, a.id.type))
    return queue.where(here < key), queue.where(here > key)


def _nearest_before(queue: Select[int]) -> ScalarSelect[int]:
    a = Application
    return queue.order_by(a.entered_at.desc(), a.id.desc()).limit(1).scalar_subquery()


def _nearest_after(queue: Select[int]) -> ScalarSelect[int]:
    return queue.order_by(Application.entered_at, Application.id).limit(1).scalar_subquery()
