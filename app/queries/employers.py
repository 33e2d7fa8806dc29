"""Employers as bureaus, their own staff and visitors see them (R4, R11–R14, R21). Numbers are masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.blocks import Block
from app.domain.errors import FieldError, NotFound
from app.domain.identity import fold
from app.domain.names import unit_key_text
from app.domain.programme import Material
from app.domain.registration import EmployerState, Finding, RegistrationVerb, SubjectKind, judge, step_of
from app.domain.roles import Actor
from app.domain.site import Site
from app.models.account import Account
from app.models.agency import Agency
from app.models.employer import Employer, EmployerChange, EmployerSubmission
from app.queries.employer_facts import attached_files, changed_since, incomplete, last_findings, snapshot
from app.queries.paging import CAP, Order, Page, page_of
from app.queries.prefixes import begins
from app.queries.reference import current_site, path_name
from app.queries.registration_history import HistoryEntry, history
from app.queries.registrations import load

SHORTEST_SEARCH = 2
CHOICES = 10
SIMILAR = 5


@dataclass(frozen=True, slots=True)
class EmployerChoice:
    """An active employer as the registration of persons offers it (R4)."""

    id: int
    name: str
    credit_code: str | None


@dataclass(frozen=True, slots=True)
class EmployerRow:
    """A line of the bureau's list of registrations."""

    id: int
    lock: int
    name: str
    credit_code: str | None
    state: str
    version_no: int
    agency_name: str
    contact_name: str | None
    mobile_masked: str | None
    created: datetime
    submitted_at: datetime | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class EmployerFile:
    """A registration file; `id` is the attachment's."""

    slot: str
    blob_id: int
    file_name: str
    id: int


@dataclass(frozen=True, slots=True)
class MaterialStatus:
    """A material of the site's list with its files; `flagged` is the open remark of the bureau, if any."""

    material: Material
    files: tuple[EmployerFile, ...]
    findings: tuple[Finding, ...]
    changed: bool

    @property
    def waits_for_correction(self) -> bool:
        """Whether it was returned and its files are still those that were returned."""
        return bool(self.findings) and not self.changed

    @property
    def is_missing(self) -> bool:
        """Whether a required material has no file."""
        return self.material.required and not self.files


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that changed between the last two submissions."""

    code: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A frozen submission as the bureau reads it."""

    n: int
    data: Mapping[str, object]
    files: tuple[EmployerFile, ...]
    answers: Mapping[str, str]
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class EmployerDetail:
    """An employer with everything its readers need; present values in `data` by field code.

    `differences`, `changed_materials` and `earlier_files` compare the last submission with the one before.
    """

    id: int
    lock: int
    state: str
    name: str
    credit_code: str | None
    agency_id: int
    agency_name: str
    agency_path_name: str
    version_no: int
    contact_account_id: int | None
    created: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    data: Mapping[str, object]
    materials: tuple[MaterialStatus, ...]
    findings: tuple[Finding, ...]
    submission: SubmissionView | None
    differences: tuple[Difference, ...]
    changed_materials: frozenset[str]
    earlier_files: tuple[EmployerFile, ...]
    history: tuple[HistoryEntry, ...]
    open_change_id: int | None


@dataclass(frozen=True, slots=True)
class EmployerStatus:
    """An employer's own page: its data, and whether 提交申请 is possible and if not why."""

    employer: EmployerDetail
    may_edit: bool
    blocks: tuple[Block, ...]
    errors: tuple[FieldError, ...]
    unanswered: frozenset[str]


@dataclass(frozen=True, slots=True)
class SimilarEmployer:
    """Another employer with nearly the same name, flagged to the reviewer (domain facts, section 3)."""

    id: int
    name: str
    credit_code: str | None
    state: str


def search_active(session: Session, text: str) -> tuple[EmployerChoice, ...]:
    """Return at most ten active employers by a part of the name or the beginning of the credit code (R4).

    Public: no scope, but only active ones, only name and code, only from two characters on.
    """
    if len(unit_key_text(text)) < SHORTEST_SEARCH:
        return ()
    rows = session.execute(
        select(Employer.id, Employer.name, Employer.credit_code)
        .where(Employer.state == EmployerState.ACTIVE.value, _matches(text))
        .order_by(Employer.name_key, Employer.id)
        .limit(CHOICES)
    )
    return tuple(EmployerChoice(*row) for row in rows)


def active_employer(session: Session, employer_id: int) -> EmployerChoice | None:
    """Return an active employer by id, for invitation links; None for any other."""
    row = session.execute(
        select(Employer.id, Employer.name, Employer.credit_code).where(
            Employer.id == employer_id, Employer.state == EmployerState.ACTIVE.value
        )
    ).first()
    return EmployerChoice(*row) if row else None


def _rows() -> Any:
    return (
        select(
            Employer.id,
            Employer.lock,
            Employer.name,
            Employer.credit_code,
            Employer.state,
            Employer.version_no,
            Agency.name.label("agency_name"),
            Account.full_name.label("contact_name"),
            Account.mobile_masked,
            Employer.created,
            Employer.submitted_at,
            Employer.decided_at,
        )
        .join(Agency, Agency.id == Employer.agency_id)
        .outerjoin(Account, Account.id == Employer.contact_account_id)
    )


def queue(
    session: Session,
    actor: Actor,
    *,
    tab: str = EmployerState.SUBMITTED,
    q: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[EmployerRow]:
    """Return a page of the employers the actor sees; `tab` is a state, "" is all of them.

    What waits comes oldest first, the rest newest first. `q`: part of the name or start of the code.
    """
    statement = visible(_rows(), actor, Employer)
    if tab:
        statement = statement.where(Employer.state == tab)
    if q.strip():
        statement = statement.where(_matches(q))
    waiting = tab == EmployerState.SUBMITTED
    order = (
        Order(Employer.id, Employer.submitted_at, ascending=True)
        if waiting
        else Order(Employer.id, ascending=False)
    )
    return page_of(session, statement, lambda row: EmployerRow(*row), order=order, cursor=cursor, limit=limit)


def _matches(q: str) -> ColumnElement[bool]:
    """A part of the name or the beginning of the credit code.

    Names of units begin with the place, alike for a whole city, so a beginning finds too many; employers are
    few enough to look through (docs/performance.md).
    """
    text = q.strip()[:100]
    return or_(
        Employer.name_key.contains(unit_key_text(text), autoescape=True),
        begins(Employer.credit_code, fold(text)),
    )


def tab_counts(session: Session, actor: Actor) -> Mapping[str, int]:
    """Return the capped number of employers per state the actor sees; states without rows are missing."""
    rows = visible(select(Employer.state, func.count()), actor, Employer).group_by(Employer.state)
    return {state: min(n, CAP) for state, n in session.execute(rows)}


def detail(session: Session, actor: Actor, employer_id: int) -> EmployerDetail:
    """Return one employer with submission, differences and history; raises NotFound outside the scope."""
    employer = session.scalar(visible(select(Employer).where(Employer.id == employer_id), actor))
    if employer is None:
        raise NotFound
    return _detail(session, actor, employer, current_site(session))


def _detail(session: Session, actor: Actor, employer: Employer, site: Site) -> EmployerDetail:
    data, files = snapshot(session, employer), attached_files(session, employer.id)
    submissions = _submissions(session, employer.id)
    newest, older = (
        (submissions[0] if submissions else None),
        (submissions[1] if len(submissions) > 1 else None),
    )
    changed = changed_since(older, newest.data, newest.files) if newest and older else frozenset()
    findings = last_findings(session, SubjectKind.EMPLOYER, employer.id)
    since = changed_since(newest, data, files) if newest else frozenset()
    agency_name, agency_path_name = _agency(session, employer.agency_id)
    return EmployerDetail(
        id=employer.id,
        lock=employer.lock,
        state=employer.state,
        name=employer.name,
        credit_code=employer.credit_code,
        agency_id=employer.agency_id,
        agency_name=agency_name,
        agency_path_name=agency_path_name,
        version_no=employer.version_no,
        contact_account_id=employer.contact_account_id,
        created=employer.created,
        submitted_at=employer.submitted_at,
        decided_at=employer.decided_at,
        data=data,
        materials=_materials(site, _files(files), findings, since),
        findings=findings,
        submission=_submission(newest) if newest else None,
        differences=_differences(older, newest),
        changed_materials=frozenset(code for kind, code in changed if kind == "material"),
        earlier_files=_files(older.files) if older else (),
        history=history(session, actor, SubjectKind.EMPLOYER, employer.id),
        open_change_id=_open_change(session, employer.id),
    )


def _submissions(session: Session, employer_id: int) -> Sequence[EmployerSubmission]:
    newest = select(EmployerSubmission).where(EmployerSubmission.employer_id == employer_id)
    return session.scalars(newest.order_by(EmployerSubmission.n.desc()).limit(2)).all()


def _agency(session: Session, agency_id: int) -> tuple[str, str]:
    names = {row.id: row for row in session.execute(select(Agency.id, Agency.name, Agency.path))}
    agency = names[agency_id]
    return agency.name, path_name(agency.path, {key: row.name for key, row in names.items()})


def _files(files: Sequence[Mapping[str, str]]) -> tuple[EmployerFile, ...]:
    return tuple(EmployerFile(f["slot"], int(f["blob_id"]), f["file_name"], int(f["id"])) for f in files)


def _materials(
    site: Site,
    files: Sequence[EmployerFile],
    findings: Sequence[Finding],
    changed: frozenset[tuple[str, str]],
) -> tuple[MaterialStatus, ...]:
    return tuple(
        MaterialStatus(
            material,
            tuple(file for file in files if file.slot == material.code),
            tuple(finding for finding in findings if finding.material == material.code),
            ("material", material.code) in changed,
        )
        for material in site.materials
    )


def _submission(row: EmployerSubmission) -> SubmissionView:
    return SubmissionView(row.n, row.data, _files(row.files), row.answers or {}, row.submitted_at)


def _differences(
    older: EmployerSubmission | None, newest: EmployerSubmission | None
) -> tuple[Difference, ...]:
    if older is None or newest is None:
        return ()
    changed = sorted(code for kind, code in changed_since(older, newest.data, []) if kind == "field")
    return tuple(
        Difference(code, older.data.get(code), newest.data.get(code))
        for code in changed
        if older.data.get(code) != newest.data.get(code)
    )


def _open_change(session: Session, employer_id: int) -> int | None:
    return session.scalar(
        select(EmployerChange.id).where(
            EmployerChange.employer_id == employer_id, EmployerChange.state == EmployerState.SUBMITTED.value
        )
    )


def own_status(session: Session, actor: Actor) -> EmployerStatus:
    """Return the actor's employer with the checklist and why 提交申请 is not possible yet (R11–R14)."""
    employer = session.scalar(visible(select(Employer).where(Employer.id == actor.employer_id), actor))
    if employer is None:
        raise NotFound
    site = current_site(session)
    facts = load(session, actor, SubjectKind.EMPLOYER, [employer.id])[0].facts
    files = attached_files(session, employer.id)
    left = incomplete(session, employer, site, data=snapshot(session, employer), files=files)
    blocks = judge(step_of(SubjectKind.EMPLOYER, RegistrationVerb.SUBMIT), facts, actor=actor)
    return EmployerStatus(
        employer=_detail(session, actor, employer, site),
        may_edit=not judge(step_of(SubjectKind.EMPLOYER, RegistrationVerb.EDIT), facts, actor=actor),
        blocks=blocks or left.missing,
        errors=left.errors,
        unanswered=frozenset(str(block.params["item"]) for block in left.unanswered(frozenset())),
    )


def similar(session: Session, actor: Actor, employer_id: int) -> tuple[SimilarEmployer, ...]:
    """Return other employers whose folded name is the same, for the reviewer; scope of the actor (R7)."""
    own = select(Employer.name_key).where(Employer.id == employer_id).scalar_subquery()
    statement = select(Employer.id, Employer.name, Employer.credit_code, Employer.state).where(
        Employer.name_key == own, Employer.id != employer_id
    )
    rows = session.execute(visible(statement, actor, Employer).order_by(Employer.id).limit(SIMILAR))
    return tuple(SimilarEmployer(*row) for row in rows)
