"""Stored files as their owners' rights allow: what a reference means, page images, content (D22, R30).

Who may not see the owner, or asks for a file the owner does not have, gets the answer for a missing one.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import require
from app.access.scope import visible
from app.domain.errors import NotFound, Unavailable
from app.domain.file_ref import FileOwner, FileRef
from app.domain.materials import FileRefused, type_of_content
from app.domain.ports import BlobRef, ImageTools, Vault
from app.domain.programme import FileType
from app.domain.roles import AccountKind, Actor, Permission
from app.models.application import Application, Draft, Submission
from app.models.employer import Employer
from app.models.file import Attachment, Blob, BlobPage
from app.models.person import Person
from app.models.roster import Roster, RosterScan


@dataclass(frozen=True, slots=True)
class Owned:
    """A file as its owner names it: the object the access log knows it by, the slot, the name."""

    blob_id: int
    file_name: str
    object_kind: str
    object_id: int
    slot: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file within the actor's scope."""

    ref: FileRef
    owned: Owned
    type: str
    size: int
    pages: int
    preview_state: str
    blob: BlobRef

    @property
    def file_name(self) -> str:
        """The name it was uploaded under."""
        return self.owned.file_name


def find(session: Session, actor: Actor, ref: FileRef | None) -> FoundFile:
    """Return the file of a reference; NotFound for foreign and missing alike, NotAllowed without the right.

    Source: R30, D13, D22.
    """
    owned = _OWNERS[ref.owner](session, actor, ref) if ref is not None else None
    blob = session.get(Blob, owned.blob_id) if owned is not None else None
    if ref is None or owned is None or blob is None:
        raise NotFound
    return FoundFile(
        ref,
        owned,
        type=blob.type,
        size=blob.size,
        pages=blob.pages or 1,
        preview_state=blob.preview_state,
        blob=BlobRef(blob.id, blob.sha256, blob.key, blob.data_key),
    )


def _attachment(session: Session, actor: Actor, ref: FileRef) -> Owned | None:
    row = session.get(Attachment, ref.id)
    if row is None or row.owner_kind not in _ATTACHED_TO:
        return None
    permission, model = _ATTACHED_TO[row.owner_kind]
    if not actor.may(permission):  # a 403 would tell that the file exists
        return None
    if session.scalar(visible(select(model.id).where(model.id == row.owner_id), actor, model)) is None:
        return None
    return Owned(row.blob_id, row.file_name, row.owner_kind, row.owner_id, row.slot)


_ATTACHED_TO: Mapping[str, tuple[Permission, Any]] = {
    "employer": (Permission.EMPLOYER_SHOW, Employer),
    "person": (Permission.PERSON_SHOW, Person),
}


def _case(session: Session, actor: Actor, ref: FileRef) -> Owned | None:
    require(actor, Permission.APPLICATION_SHOW)
    seen = session.scalar(visible(select(Application.id).where(Application.id == ref.id), actor))
    if seen is None:
        return None
    files = _draft_files(session, actor, ref.id) if ref.version == 0 else _frozen_files(session, ref)
    found = next((item for item in files if int(item["blob_id"]) == ref.blob_id), None)
    if found is None:
        return None
    name = str(found.get("file_name") or found["slot"])
    return Owned(ref.blob_id, name, "application", ref.id, str(found["slot"]), ref.version)


def _draft_files(session: Session, actor: Actor, application_id: int) -> list[dict[str, Any]]:
    """A draft's content is the applicant's alone (model 3, Scope)."""
    if actor.kind is not AccountKind.PERSON:
        return []
    return session.scalar(select(Draft.files).where(Draft.application_id == application_id)) or []


def _frozen_files(session: Session, ref: FileRef) -> list[dict[str, Any]]:
    chosen = select(Submission.files).where(Submission.application_id == ref.id, Submission.n == ref.version)
    return session.scalar(chosen) or []


def _scan(session: Session, actor: Actor, ref: FileRef) -> Owned | None:
    require(actor, Permission.ROSTER_SHOW)
    row = session.get(RosterScan, ref.id)
    if (
        row is None
        or session.scalar(visible(select(Roster.id).where(Roster.id == row.roster_id), actor)) is None
    ):
        return None
    return Owned(row.blob_id, row.file_name, "roster", row.roster_id, f"scan {row.position}")


_OWNERS: Mapping[FileOwner, Callable[[Session, Actor, FileRef], Owned | None]] = {
    FileOwner.ATTACHMENT: _attachment,
    FileOwner.CASE: _case,
    FileOwner.SCAN: _scan,
}


def page_counts(session: Session, blob_ids: Collection[int]) -> Mapping[int, int]:
    """Return blob id → pages, for the addresses of page images; the caller has checked the owner."""
    rows = session.execute(select(Blob.id, Blob.pages).where(Blob.id.in_(blob_ids)))
    return {row.id: row.pages or 1 for row in rows}


def page_image(session: Session, found: FoundFile, page: int, *, vault: Vault) -> bytes | None:
    """Return the image of one page, None while it is not there. Raises NotFound, Unavailable."""
    if not 1 <= page <= found.pages:
        raise NotFound
    image = session.scalar(
        select(Blob)
        .join(BlobPage, BlobPage.image_id == Blob.id)
        .where(BlobPage.blob_id == found.blob.id, BlobPage.page == page)
    )
    return (
        None if image is None else opened(vault, BlobRef(image.id, image.sha256, image.key, image.data_key))
    )


def content(found: FoundFile, *, vault: Vault, images: ImageTools) -> bytes:
    """Return the file for download; a PDF without scripts and attachments (T14). Raises Unavailable."""
    data = opened(vault, found.blob)
    if type_of_content(found.type) is not FileType.PDF:
        return data
    try:
        return images.clean_pdf(data)
    except FileRefused as refused:
        raise Unavailable from refused


def opened(vault: Vault, ref: BlobRef) -> bytes:
    """Return stored content; raises Unavailable for a lost or changed object, never a wrong file."""
    try:
        return vault.open(ref)
    except (FileNotFoundError, ValueError) as lost:
        raise Unavailable from lost
