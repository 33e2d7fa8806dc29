"""Automatic checks of submissions: what a machine can find, as findings on the desk and for `checks_clean`.

They only inform; they refuse nothing unless a stage asks for `checks_clean` (model: Automatic checks).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.domain.document import as_day
from app.domain.form import form_of
from app.domain.predicates import Facts
from app.domain.programme import CARD_YEARS, FieldKind, Programme
from app.domain.text import N_
from app.domain.worktime import local_day
from app.models.account import Account
from app.models.application import Application, Submission
from app.models.file import Attachment, Blob
from app.models.person import Person
from app.models.programme import ProgrammeVersion
from app.queries.programmes import programme_of
from app.queries.sets import among

CONTRACT_ENDED = N_("%(field)s has passed already.")
NUMBER_CHANGED = N_("The ID number differs from the one of the account now.")
MATERIAL_UNREADABLE = N_("%(material)s cannot be shown; look at the file.")
MATERIAL_SMALL = N_("%(material)s is a small picture; it may not be legible.")
SHARED_FILE = N_("%(material)s is the same file as in the case of another person.")
PHOTO_RATIO = N_("%(material)s is not upright as a photo should be.")
_SMALL_PX = 600
_PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a reviewer should look at."""

    application_id: int
    code: str
    message: str
    target_kind: str
    target_code: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Checked:
    application_id: int
    person_id: int
    programme: Programme
    facts: Facts
    files: tuple[tuple[str, int, str], ...]
    number_differs: bool
    day: date


def unclean(session: Session, ids: Collection[int]) -> frozenset[int]:
    """The cases with at least one finding."""
    return frozenset(finding.application_id for finding in findings(session, ids))


def findings(session: Session, ids: Collection[int]) -> tuple[Finding, ...]:
    """Every finding on the present versions of these cases, in a constant number of statements."""
    checked = _checked(session, ids)
    blobs = _blobs(session, {blob_id for case in checked for _, blob_id, _ in case.files})
    shared = _shared(session, {digest for case in checked for _, _, digest in case.files})
    found: list[Finding] = []
    for case in checked:
        found += _numbers(case)
        found += _dates(case)
        found += _files(case, blobs)
        found += _reused(case, shared)
    return tuple(found)


def _checked(session: Session, ids: Collection[int]) -> list[_Checked]:
    a, s, v = Application, Submission, ProgrammeVersion
    rows = session.execute(
        select(
            a.id, a.person_id, a.kind, s.data, s.files, s.category, s.doc_type, s.doc_no_id, s.submitted_at,
            Account.doc_no_id.label("now_doc_no_id"), v.document, v.digest,
        )
        .join(s, and_(s.application_id == a.id, s.n == a.version_no))
        .join(v, v.id == a.programme_version_id)
        .join(Person, Person.id == a.person_id)
        .join(Account, Account.id == Person.account_id)
        .where(among(session, a.id, ids))
    )  # fmt: skip
    return [
        _Checked(
            application_id=row.id,
            person_id=row.person_id,
            programme=programme_of(row.document, row.digest),
            facts=Facts(
                kind=row.kind, category=row.category, document_type=row.doc_type, values=row.data or {}
            ),
            files=tuple((str(f["slot"]), int(f["blob_id"]), str(f["sha256"])) for f in row.files),
            number_differs=row.doc_no_id != row.now_doc_no_id,
            day=local_day(row.submitted_at),
        )
        for row in rows
    ]


def _numbers(case: _Checked) -> list[Finding]:
    if not case.number_differs:
        return []
    return [Finding(case.application_id, "number_changed", NUMBER_CHANGED, "general", "")]


def _dates(case: _Checked) -> list[Finding]:
    """Dates that end the card's validity and had passed when the case was submitted: an ended contract."""
    ends = {source for source in case.programme.card.earliest if source != CARD_YEARS}
    found = []
    for field in form_of(case.programme, case.facts).fields:
        day = as_day(case.facts.values.get(field.code))
        if field.kind is FieldKind.DATE and field.code in ends and day is not None and day < case.day:
            params = (("field", field.title),)
            found.append(
                Finding(case.application_id, "date_passed", CONTRACT_ENDED, "field", field.code, params)
            )
    return found


@dataclass(frozen=True, slots=True)
class _Picture:
    type: str
    pages: int | None
    width: int | None
    height: int | None


def _blobs(session: Session, ids: Collection[int]) -> dict[int, _Picture]:
    if not ids:
        return {}
    rows = session.execute(
        select(Blob.id, Blob.type, Blob.pages, Blob.width, Blob.height).where(among(session, Blob.id, ids))
    )
    return {row.id: _Picture(row.type, row.pages, row.width, row.height) for row in rows}


def _files(case: _Checked, blobs: dict[int, _Picture]) -> list[Finding]:
    titles = {material.code: material.title for material in case.programme.materials}
    photos = {str(part.what) for part in case.programme.card.face if part.what == _PHOTO}
    found = []
    for slot, blob_id, _ in case.files:
        picture = blobs.get(blob_id)
        params = (("material", titles.get(slot, slot)),)
        if picture is None or picture.pages == 0:
            found.append(
                Finding(case.application_id, "unreadable", MATERIAL_UNREADABLE, "material", slot, params)
            )
        elif picture.width is not None and picture.height is not None:
            if slot in photos:
                if not 1.1 <= picture.height / max(picture.width, 1) <= 1.7:  # noqa: PLR2004 - upright portrait
                    found.append(
                        Finding(case.application_id, "photo_ratio", PHOTO_RATIO, "material", slot, params)
                    )
            elif max(picture.width, picture.height) < _SMALL_PX:
                found.append(Finding(case.application_id, "small", MATERIAL_SMALL, "material", slot, params))
    return found


def _shared(session: Session, digests: Collection[str]) -> dict[str, set[int]]:
    """Persons whose cases hold each file, by its digest; asked through the attachments of applications."""
    if not digests:
        return {}
    rows = session.execute(
        select(Blob.sha256, Application.person_id)
        .join(Attachment, Attachment.blob_id == Blob.id)
        .join(
            Application, and_(Attachment.owner_kind == "application", Application.id == Attachment.owner_id)
        )
        .where(Blob.sha256.in_(digests))
        .distinct()
    )
    found: dict[str, set[int]] = {}
    for digest, person_id in rows:
        found.setdefault(digest, set()).add(person_id)
    return found


def _reused(case: _Checked, shared: dict[str, set[int]]) -> list[Finding]:
    titles = {material.code: material.title for material in case.programme.materials}
    return [
        Finding(
            case.application_id,
            "shared_file",
            SHARED_FILE,
            "material",
            slot,
            (("material", titles.get(slot, slot)),),
        )
        for slot, _, digest in case.files
        if shared.get(digest, set()) - {case.person_id}
    ]
