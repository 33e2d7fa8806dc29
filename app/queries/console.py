"""What the data console reads beside a row: the frozen versions of a case side by side, and the row's chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.application import Application, Submission
from app.models.programme import ProgrammeVersion
from app.queries.programmes import programme_of

SHOWN_VERSIONS = 6


@dataclass(frozen=True, slots=True)
class Versions:
    """The last frozen versions of a case: `rows` are (title, one text per version), oldest version first."""

    numbers: tuple[int, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def versions(session: Session, application_id: int) -> Versions | None:
    """The last versions side by side, in two statements; None before the first submission.

    For the superuser's console only, which shows every case (D8); numbers stand masked in a version (D23).
    """
    newest = (
        select(Submission)
        .where(Submission.application_id == application_id)
        .order_by(Submission.n.desc())
        .limit(SHOWN_VERSIONS)
    )
    found = list(reversed(session.scalars(newest).all()))
    if not found:
        return None
    v = ProgrammeVersion
    document = session.execute(
        select(v.document, v.digest)
        .join(Application, Application.programme_version_id == v.id)
        .where(Application.id == application_id)
    ).one()
    programme = programme_of(document.document, document.digest)
    names = [(field.code, field.title) for field in programme.fields]
    materials = [(material.code, material.title) for material in programme.materials]
    rows = [
        *_rows(names, [row.data or {} for row in found]),
        *_rows(materials, [_files(row.files) for row in found]),
        *_rows(SNAPSHOT, [{code: getattr(row, code) for code, _ in SNAPSHOT} for row in found]),
    ]
    return Versions(tuple(row.n for row in found), tuple(rows))


SNAPSHOT = tuple(
    (name, name)
    for name in (
        "person_name", "person_sex", "doc_type", "doc_no_masked", "mobile_masked", "employer_name",
        "service_name", "service_phone_masked", "chain", "digest", "submitted_at",
    )
)  # fmt: skip
"""Columns of a version beside its answers, under their own names."""


def _rows(
    names: Sequence[tuple[str, str]], values: Sequence[Mapping[str, Any]]
) -> list[tuple[str, tuple[str, ...]]]:
    return [(title, tuple(_text(value.get(code)) for value in values)) for code, title in names]


def _files(files: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in files or ():
        found.setdefault(file["slot"], []).append(f"{file.get('name', '')} ({file['sha256'][:12]})")
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return str(value)
