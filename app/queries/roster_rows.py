"""The printed rows of a roster: from the present submissions of its members, column by column (R32)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.domain.programme import Field, FieldKind, Programme
from app.domain.roster import Cell, MemberRow
from app.domain.values import kept_id, kept_text
from app.models.application import Application, Submission
from app.models.person import Person
from app.models.work import SecretValue
from app.queries.programmes import code_lists, lists_of

SEX_LIST, DOCUMENT_LIST = "GB2261", "document_types"
YES = "✓"

WIDTHS: Mapping[str, float] = {
    "seq": 9,
    "name": 21,
    "sex": 9,
    "birth": 20,
    "doc_type": 22,
    "doc_no": 38,
    "mobile": 25,
    "employer": 40,
    "employer_position": 45,
    "education_degree": 24,
    "service_name": 18,
    "service_phone": 25,
    "remark": 14,
}
"""Relative widths of the fixed columns; a field of the programme gets `FIELD_WIDTH`."""
FIELD_WIDTH = 22.0


def width_of(source: str) -> float:
    """The relative width of a column."""
    return WIDTHS.get(source, FIELD_WIDTH)


class Frozen(Protocol):
    """The part of a submission that is printed: a row of `submission`, or what will become one."""

    data: Any
    person_name: str
    person_sex: str
    doc_type: str
    employer_name: str
    doc_no_id: int
    doc_no_masked: str
    mobile_id: int
    mobile_masked: str
    service_name: str | None
    service_phone_id: int | None
    service_phone_masked: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """What the columns of one member are made of; `digests` are the blind indexes of its numbers by id."""

    position: int
    submission: Frozen
    kind: str
    birth: str
    digests: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Page:
    """What all rows share: the programme and the titles of its codes."""

    programme: Programme
    lists: Mapping[str, Mapping[str, str]]


def member_rows(
    session: Session, programme: Programme, application_ids: Sequence[int]
) -> dict[int, MemberRow]:
    """The row of each application at its present version, positions as in `application_ids`.

    Applications without a submission are left out. A constant number of statements.
    """
    if programme.roster is None:
        return {}
    page = page_of(session, programme)
    found = {row.Submission.application_id: row for row in session.execute(_statement(application_ids))}
    rows = {}
    for position, application_id in enumerate(application_ids, 1):
        if application_id not in found:
            continue
        row = found[application_id]
        digests = {row.Submission.doc_no_id: row.doc_digest, row.Submission.mobile_id: row.mobile_digest}
        if row.Submission.service_phone_id is not None:
            digests[row.Submission.service_phone_id] = row.phone_digest
        birth = row.birth.isoformat() if row.birth else ""
        member = Member(
            position, row.Submission, row.kind, birth, {key: d or "" for key, d in digests.items()}
        )
        cells = cells_of(member, page)
        rows[application_id] = MemberRow(application_id, row.Submission.n, cells)
    return rows


def page_of(session: Session, programme: Programme) -> Page:
    """The programme with the titles of all codes that its columns print."""
    titles = lists_of(session, programme, also_inactive=True)
    return Page(programme, titles | code_lists(session, (SEX_LIST, DOCUMENT_LIST), also_inactive=True))


def cells_of(member: Member, page: Page) -> tuple[Cell, ...]:
    """The printed cells of a member, in the order of the programme's columns."""
    columns = page.programme.roster.columns if page.programme.roster else ()
    return tuple(_cell(column.source, member, page) for column in columns)


def _statement(application_ids: Sequence[int]) -> Any:
    document, mobile, phone = aliased(SecretValue), aliased(SecretValue), aliased(SecretValue)
    return (
        select(
            Submission,
            Application.kind,
            Person.birth,
            document.digest.label("doc_digest"),
            mobile.digest.label("mobile_digest"),
            phone.digest.label("phone_digest"),
        )
        .join(
            Application,
            (Application.id == Submission.application_id) & (Application.version_no == Submission.n),
        )
        .join(Person, Person.id == Application.person_id)
        .join(document, document.id == Submission.doc_no_id)
        .join(mobile, mobile.id == Submission.mobile_id)
        .outerjoin(phone, phone.id == Submission.service_phone_id)
        .where(Application.id.in_(application_ids))
    )


def _cell(source: str, member: Member, page: Page) -> Cell:
    fixed = _FIXED.get(source)
    if fixed is not None:
        return fixed(member, page)
    field = page.programme.field(source)
    value = (member.submission.data or {}).get(field.code)
    if field.kind is FieldKind.PHONE and (secret_id := kept_id(value)) is not None:
        return Cell(kept_text(value), secret_id, str(secret_id))  # every change of the number is another row
    return Cell(_field_text(field, member, page))


def _field_text(field: Field, member: Member, page: Page) -> str:
    value = (member.submission.data or {}).get(field.code)
    if field.kind is FieldKind.STAFF_MEMBER:
        return member.submission.service_name or ""
    if value is None or value == "":
        return ""
    if field.kind is FieldKind.YES_NO:
        return YES if value is True else ""
    if field.kind is FieldKind.SELECT:
        return page.lists.get(field.list or "", {}).get(str(value), str(value))
    return str(value)


def _secret(member: Member, secret_id: int | None, masked: str | None) -> Cell:
    return Cell("") if secret_id is None else Cell(masked or "", secret_id, member.digests.get(secret_id, ""))


def _asked(code: str, member: Member, page: Page) -> str:
    """The text of a field; of one that the programme does not ask for, none."""
    field = next((field for field in page.programme.fields if field.code == code), None)
    return _field_text(field, member, page) if field else ""


def _employer_position(member: Member, page: Page) -> Cell:
    """Employer and position in one column; without a field `position` the employer alone."""
    parts = (member.submission.employer_name, _asked("position", member, page))
    return Cell(" ".join(part for part in parts if part))


def _education_degree(member: Member, page: Page) -> Cell:
    """学历（学位）: the fields `education` and `degree` in one column, as far as the programme asks for them."""
    education, degree = _asked("education", member, page), _asked("degree", member, page)
    return Cell(f"{education}（{degree}）" if education and degree else education or degree)


_FIXED: Mapping[str, Callable[[Member, Page], Cell]] = {
    "seq": lambda member, _: Cell(str(member.position)),
    "name": lambda member, _: Cell(member.submission.person_name),
    "sex": lambda member, page: Cell(_title(page, SEX_LIST, member.submission.person_sex)),
    "birth": lambda member, _: Cell(member.birth),
    "doc_type": lambda member, page: Cell(_title(page, DOCUMENT_LIST, member.submission.doc_type)),
    "doc_no": lambda member, _: _secret(member, member.submission.doc_no_id, member.submission.doc_no_masked),
    "mobile": lambda member, _: _secret(member, member.submission.mobile_id, member.submission.mobile_masked),
    "employer": lambda member, _: Cell(member.submission.employer_name),
    "employer_position": _employer_position,
    "education_degree": _education_degree,
    "service_name": lambda member, _: Cell(member.submission.service_name or ""),
    "service_phone": lambda member, _: _secret(
        member, member.submission.service_phone_id, member.submission.service_phone_masked
    ),
    "kind": lambda member, page: Cell(page.programme.kind(member.kind).title),
    "remark": lambda _member, _page: Cell(""),
}


def _title(page: Page, name: str, code: str) -> str:
    return page.lists.get(name, {}).get(code, code)


def names_by_id(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """The submitted name of each application's applicant."""
    rows = session.execute(
        select(Application.id, Submission.person_name)
        .join(
            Submission,
            (Submission.application_id == Application.id) & (Submission.n == Application.version_no),
        )
        .where(Application.id.in_(ids))
    )
    found = dict(row.tuple() for row in rows)
    return {application_id: found.get(application_id, "") for application_id in ids}
