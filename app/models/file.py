"""Stored files: encrypted blobs, what they are attached to, and their page images."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Digest, Id, Json, Model, Utc, known

OWNER_KINDS = ("employer", "application", "roster", "job", "person")
PREVIEW_STATES = ("none", "waiting", "done", "failed")


class Blob(Model):
    """Encrypted content (D22): `sha256` of the plaintext, `key` in the store, wrapped `data_key`.

    `measures` is what decoding measured per page (`domain.measures`); NULL where nothing was.
    """

    __tablename__ = "blob"
    __table_args__ = (
        known("preview_state", PREVIEW_STATES),
        UniqueConstraint("sha256", name="uq_blob_sha256"),
        UniqueConstraint("key", name="uq_blob_key"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(Digest)
    size: Mapped[int] = mapped_column(Id)
    type: Mapped[str] = mapped_column(String(60))
    pages: Mapped[int | None] = mapped_column(Integer)
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    measures: Mapped[Any | None] = mapped_column(Json)
    key: Mapped[str] = mapped_column(String(200))
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(20))
    preview_state: Mapped[str] = mapped_column(String(10), server_default="none")
    created: Mapped[datetime] = mapped_column(Utc)


class BlobPage(Model):
    """A page image of a blob, itself a blob (re-encoded, without metadata)."""

    __tablename__ = "blob_page"
    blob_id: Mapped[int] = mapped_column(Id, ForeignKey("blob.id"), primary_key=True, autoincrement=False)
    page: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(Id, ForeignKey("blob.id"))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)


class Attachment(Model):
    """A file in a slot of its owner; removed ones keep the row until the retention job."""

    __tablename__ = "attachment"
    __table_args__ = (
        known("owner_kind", OWNER_KINDS),
        Index("ix_attachment_owner", "owner_kind", "owner_id", "slot"),
        Index("ix_attachment_blob", "blob_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    owner_kind: Mapped[str] = mapped_column(String(12))
    owner_id: Mapped[int] = mapped_column(Id)
    slot: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    blob_id: Mapped[int] = mapped_column(Id, ForeignKey("blob.id"))
    file_name: Mapped[str] = mapped_column(String(120))
    uploaded_by: Mapped[int | None] = mapped_column(Id, ForeignKey("ab_user.id"))
    uploaded_at: Mapped[datetime] = mapped_column(Utc)
    removed_at: Mapped[datetime | None] = mapped_column(Utc)
