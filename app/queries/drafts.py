"""What the applicant fills in: the form under the present answers, what is unlocked, what was returned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain import form
from app.domain.errors import FieldError, NotFound
from app.domain.form import Content, Form, Target, Unlocked
from app.domain.identity import age_on
from app.domain.measures import PageMeasures, from_json
from app.domain.predicates import Facts
from app.domain.programme import CATEGORIES_LIST, FieldKind, Programme
from app.domain.roles import Actor, Role
from app.domain.states import Status
from app.domain.values import Value
from app.domain.worktime import local_day
from app.models.account import Account
from app.models.agency import Agency
from app.models.application import Application, Draft, Submission
from app.models.card import Card
from app.models.employer import Employer
from app.models.file import Blob
from app.models.person import Person
from app.models.programme import ProgrammeVersion
from app.queries.programmes import lists_of, programme_of
from app.queries.returns import Flagged, last_return
from app.queries.sets import among


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a material; `size` and `pages` are None where the stored file is gone."""

    slot: str
    blob_id: int
    file_name: str
    sha256: str
    size: int | None = None
    type: str | None = None
    pages: int | None = None
    preview_state: str | None = None
    measures: tuple[PageMeasures, ...] = ()


@dataclass(frozen=True, slots=True)
class Background:
    """What conditions and snapshots need beside the answers."""

    person_id: int
    account_id: int
    person_name: str
    sex: str
    birth: date | None
    doc_type: str
    employer_id: int
    employer_name: str
    credit_code: str
    agency_id: int
    agency_code: str
    agency_level: str
    agency_path: str
    card_active: bool
    service_account_id: int | None
    doc_no_masked: str


@dataclass(frozen=True, slots=True)
class DraftView:
    """Everything the form shows, and what its check says now."""

    id: int
    no: str | None
    lock: int
    status: Status
    version_no: int
    frozen_reason: str | None
    programme: Programme
    version_id: int
    kind: str
    facts: Facts
    files: tuple[FileRow, ...]
    form: Form
    unlocked: Unlocked
    flagged: tuple[Flagged, ...]
    previous: Content | None
    changed: frozenset[Target]
    lists: Mapping[str, Mapping[str, str]]
    staff: Mapping[str, str]
    prefilled_staff: str | None
    saved_at: datetime | None
    errors: tuple[FieldError, ...]
    background: Background

    @property
    def values(self) -> Mapping[str, object]:
        """The present answers by field."""
        return self.facts.values


def draft(
    session: Session, actor: Actor, application_id: int, *, now: datetime, answered: Sequence[Target] = ()
) -> DraftView:
    """The applicant's form. `answered` are returned items he answers in words. Raises NotFound.

    Only the applicant sees a draft's content (model: Scope); a constant number of statements.
    """
    row = _row(session, actor, application_id)
    programme = programme_of(row.document, row.digest)
    back = background(
        session, row.Application.person_id, row.Application.programme_id, row.Application.employer_id
    )
    files = file_rows(session, row.files or [])
    values: Mapping[str, Any] = row.data or {}
    facts = facts_of(programme, row.Application.kind, values, back, files=files, day=local_day(now))
    lists, staff = lists_of(session, programme), staff_choices(session, back.employer_id)
    previous = _previous(session, row.Application)
    flagged = (
        last_return(session, application_id, programme) if row.Application.status == Status.RETURNED else ()
    )
    free, changed = _unlocked(
        programme,
        previous,
        flagged,
        facts,
        files=files,
        back=back,
        lists=lists,
        staff=staff,
        day=local_day(now),
    )
    asked = form.form_of(programme, facts)
    errors = _errors(programme, facts, files, lists=lists, staff=staff)
    if previous is not None and flagged:
        targets = [item.target for item in flagged]
        errors += form.check_resubmission(changed, targets, free=free, answered=answered, asked=asked)
    a = row.Application
    return DraftView(
        id=a.id,
        no=a.no,
        lock=a.lock,
        status=Status(a.status),
        version_no=a.version_no,
        frozen_reason=a.frozen_reason,
        programme=programme,
        version_id=a.programme_version_id,
        kind=a.kind,
        facts=facts,
        files=files,
        form=asked,
        unlocked=free,
        flagged=flagged,
        previous=previous,
        changed=changed,
        lists=lists,
        staff=staff,
        prefilled_staff=prefilled(back, staff),
        saved_at=row.saved_at,
        errors=tuple(errors),
        background=back,
    )


def _row(session: Session, actor: Actor, application_id: int) -> Any:
    a, d, v = Application, Draft, ProgrammeVersion
    statement = (
        select(a, d.data, d.files, d.saved_at, v.document, v.digest)
        .join(d, d.application_id == a.id)
        .join(v, v.id == a.programme_version_id)
        .where(a.id == application_id)
    )
    if actor.person_id is None:
        raise NotFound
    row = session.execute(visible(statement, actor, a)).first()
    if row is None:
        raise NotFound
    return row


def background(session: Session, person_id: int, programme_id: int, employer_id: int) -> Background:
    """Person, account, employer and bureau of an application, and whether an active card exists."""
    p, e, g = Person, Employer, Agency
    active = exists().where(
        Card.person_id == person_id, Card.programme_id == programme_id, Card.state == "active"
    )
    row = session.execute(
        select(p.account_id, p.name, p.sex, p.birth, p.doc_type, p.service_account_id, e.id, e.name,
        e.credit_code,
               g.id, g.code, g.level, g.path, active, Account.doc_no_masked)
        .select_from(p)
        .join(Account, Account.id == p.account_id)
        .join(e, e.id == employer_id)
        .join(g, g.id == e.agency_id)
        .where(p.id == person_id)
    ).one()  # fmt: skip
    return Background(
        person_id=person_id,
        account_id=row[0],
        person_name=row[1],
        sex=row[2],
        birth=row[3],
        doc_type=row[4],
        employer_id=row[6],
        employer_name=row[7],
        credit_code=row[8] or "",
        agency_id=row[9],
        agency_code=row[10],
        agency_level=row[11],
        agency_path=row[12],
        card_active=row[13],
        service_account_id=row[5],
        doc_no_masked=row[14] or "",
    )


def category_of(programme: Programme, values: Mapping[str, object]) -> str | None:
    """The category chosen in the field whose list is the document's categories."""
    for entry in programme.fields:
        if entry.list == CATEGORIES_LIST:
            value = values.get(entry.code)
            return value if isinstance(value, str) else None
    return None


def facts_of(
    programme: Programme,
    kind: str,
    values: Mapping[str, object],
    back: Background,
    *,
    files: Sequence[FileRow],
    day: date,
) -> Facts:
    """What the conditions of the form and of the route are judged on."""
    return Facts(
        kind=kind,
        category=category_of(programme, values),
        document_type=back.doc_type,
        values=values,
        age=age_on(back.birth, day) if back.birth else None,
        agency_code=back.agency_code,
        agency_level=back.agency_level,
        credit_code=back.credit_code,
        materials=frozenset(file.slot for file in files),
        card_active=back.card_active,
    )


def file_rows(session: Session, stored: Sequence[Mapping[str, Any]]) -> tuple[FileRow, ...]:
    """The files of a draft or submission with what is known of them."""
    ids = {int(file["blob_id"]) for file in stored}
    known: dict[int, Any] = {}
    if ids:
        rows = session.execute(
            select(Blob.id, Blob.size, Blob.type, Blob.pages, Blob.preview_state, Blob.measures).where(
                among(session, Blob.id, ids)
            )
        )
        known = {row.id: row for row in rows}
    return tuple(_file(file, known.get(int(file["blob_id"]))) for file in stored)


def _file(stored: Mapping[str, Any], blob: Any) -> FileRow:
    return FileRow(
        slot=str(stored["slot"]),
        blob_id=int(stored["blob_id"]),
        file_name=str(stored.get("file_name", "")),
        sha256=str(stored["sha256"]),
        size=blob.size if blob else None,
        type=blob.type if blob else None,
        pages=blob.pages if blob else None,
        preview_state=blob.preview_state if blob else None,
        measures=from_json(blob.measures) if blob else (),
    )


def by_slot(files: Sequence[FileRow]) -> dict[str, tuple[str, ...]]:
    """Digests of the files of each slot, in order."""
    slots: dict[str, list[str]] = {}
    for file in files:
        slots.setdefault(file.slot, []).append(file.sha256)
    return {slot: tuple(digests) for slot, digests in slots.items()}


def staff_choices(session: Session, employer_id: int) -> dict[str, str]:
    """Account id → name of the employer's active service staff, with none its administrators (R29).

    Whose numbers were released cannot be reached and is not offered.
    """
    links = assoc_user_role
    rows = session.execute(
        select(Account.id, Account.full_name, RoleRow.name)
        .join(links, links.c.user_id == Account.id)
        .join(RoleRow, RoleRow.id == links.c.role_id)
        .where(
            Account.employer_id == employer_id,
            Account.active,
            Account.doc_no_id.is_not(None),
            Account.mobile_id.is_not(None),
            Account.person_key.is_not(None),
            RoleRow.name.in_((Role.SERVICE_STAFF.value, Role.EMPLOYER_ADMIN.value)),
        )
        .order_by(Account.id)
    ).all()
    for role in (Role.SERVICE_STAFF, Role.EMPLOYER_ADMIN):
        found = {str(row.id): row.full_name for row in rows if row.name == role.value}
        if found:
            return found
    return {}


def prefilled(back: Background, staff: Mapping[str, str]) -> str | None:
    """The member of staff offered first: the person's own service account, else the first choice (R29)."""
    own = str(back.service_account_id)
    return own if own in staff else next(iter(staff), None)


def staff_fields(programme: Programme) -> tuple[str, ...]:
    """The codes of the fields that name a member of staff."""
    return tuple(entry.code for entry in programme.fields if entry.kind is FieldKind.STAFF_MEMBER)


def _previous(session: Session, application: Application) -> Content | None:
    if not application.version_no:
        return None
    row = session.execute(
        select(Submission.data, Submission.files).where(
            Submission.application_id == application.id, Submission.n == application.version_no
        )
    ).one()
    return content_of(row.data, row.files)


def content_of(data: Mapping[str, Value] | None, files: Sequence[Mapping[str, Any]]) -> Content:
    """Values and file digests as they are compared between versions."""
    slots: dict[str, list[str]] = {}
    for file in files:
        slots.setdefault(str(file["slot"]), []).append(str(file["sha256"]))
    return Content(data or {}, {slot: tuple(digests) for slot, digests in slots.items()})


def _unlocked(
    programme: Programme,
    previous: Content | None,
    flagged: Sequence[Flagged],
    facts: Facts,
    *,
    files: Sequence[FileRow],
    back: Background,
    lists: form.Lists,
    staff: Mapping[str, str],
    day: date,
) -> tuple[Unlocked, frozenset[Target]]:
    """What may be changed and what has been, against the last submission."""
    if previous is None:
        return Unlocked(everything=True), frozenset()
    old_files = [
        FileRow(slot, 0, "", digest) for slot, digests in previous.files.items() for digest in digests
    ]
    before = facts_of(programme, facts.kind, previous.values, back, files=old_files, day=day)
    targets = [item.target for item in flagged]
    free = form.unlocked(programme, targets, before=before, after=facts, lists=lists, staff=staff)
    now_values = {
        code: value for code, value in facts.values.items() if isinstance(value, str | int | float | bool)
    }
    return free, form.changes(previous, Content(now_values, by_slot(files)), programme)


def _errors(
    programme: Programme,
    facts: Facts,
    files: Sequence[FileRow],
    *,
    lists: form.Lists,
    staff: Mapping[str, str],
) -> list[FieldError]:
    wrong = form.check_values(programme, facts, lists=lists, staff=staff)
    return wrong + form.check_materials(programme, facts, by_slot(files))
