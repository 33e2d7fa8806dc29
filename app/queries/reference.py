"""Reference data that anybody may read: the site, document types, notices, bureaus open for employers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.identity import CHECKERS, DocumentType
from app.domain.site import Site, parse_site
from app.models.agency import Agency
from app.models.reference import Code, CodeList, Notice
from app.models.reference import Site as SiteRow

DOCUMENT_TYPES = "document_types"
TEMPLATES_LIST = "sms_templates"
"""The code list that holds the texts of messages; they have a page of their own."""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The notice now in force of a kind, as shown before a form (R6)."""

    id: int
    kind: str
    version: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class AgencyChoice:
    """A bureau that reviews employers; `path_name` is its full path for people (A3)."""

    id: int
    name: str
    path_name: str


def current_site(session: Session) -> Site:
    """Return the site document as values; an empty one as long as none is stored."""
    document = session.scalar(select(SiteRow.document))
    parsed = parse_site(document).site if document is not None else None
    return parsed or Site()


def document_types(session: Session) -> Mapping[str, DocumentType]:
    """Return the active document types by code, in their order; rows with an unknown checker are left out."""
    rows = session.execute(
        select(Code.code, Code.title, Code.checker)
        .join(CodeList, CodeList.id == Code.list_id)
        .where(CodeList.code == DOCUMENT_TYPES, Code.active.is_(True))
        .order_by(Code.position, Code.id)
    )
    return {
        code: DocumentType(code, title, checker)
        for code, title, checker in rows
        if checker and checker in CHECKERS
    }


def code_choices(session: Session, list_code: str) -> Mapping[str, str]:
    """Return code → title of the active entries of a code list, in their order."""
    rows = session.execute(
        select(Code.code, Code.title)
        .join(CodeList, CodeList.id == Code.list_id)
        .where(CodeList.code == list_code, Code.active.is_(True))
        .order_by(Code.position, Code.id)
    )
    return dict(row.tuple() for row in rows)


def current_notice(session: Session, kind: str, now: datetime) -> NoticeText | None:
    """Return the newest version of a notice that is in force at `now` (R6)."""
    row = session.scalar(
        select(Notice)
        .where(
            Notice.kind == kind,
            Notice.effective_from <= now,
            or_(Notice.expires_at.is_(None), Notice.expires_at > now),
        )
        .order_by(Notice.version.desc())
        .limit(1)
    )
    return NoticeText(row.id, row.kind, row.version, row.title, row.body) if row else None


def open_agencies(session: Session) -> tuple[AgencyChoice, ...]:
    """Return the active bureaus open for employers, each with its full path (R7, A3)."""
    names = {a.id: a.name for a in session.scalars(select(Agency))}
    rows = session.scalars(
        select(Agency)
        .where(Agency.open_for_employers.is_(True), Agency.active.is_(True))
        .order_by(Agency.path)
    )
    return tuple(AgencyChoice(a.id, a.name, path_name(a.path, names)) for a in rows)


def path_name(path: str, names: Mapping[int, str]) -> str:
    """Return the names along a path `/1/7/`, joined for people."""
    return " / ".join(names[int(part)] for part in path.strip("/").split("/") if part and int(part) in names)
