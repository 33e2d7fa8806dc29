"""Append-only history: one hash chain per subject, and the log of reads and denials (D14)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Digest, Id, Json, Model, Utc, known

SUBJECT_KINDS = (
    "application",
    "employer",
    "person",
    "account",
    "roster",
    "programme",
    "card",
    "system",
    "access_log",
)


class AuditEvent(Model):
    """An accepted command on one subject, chained by hash; insert-only, codes and digests only."""

    __tablename__ = "audit_event"
    __table_args__ = (
        known("subject_kind", SUBJECT_KINDS),
        Index("ix_audit_event_at", "at"),
        Index("ix_audit_event_actor", "actor_id", "at"),
    )
    subject_kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    subject_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Utc)
    actor_id: Mapped[int] = mapped_column(Id)
    party: Mapped[str] = mapped_column(String(12))
    role: Mapped[str | None] = mapped_column(String(64))
    payload: Mapped[Any] = mapped_column(Json)
    prev_hash: Mapped[str] = mapped_column(Digest)
    hash: Mapped[str] = mapped_column(Digest)


class AccessEvent(Model):
    """A read that matters, a reveal, an export or a denial; insert-only."""

    __tablename__ = "access_event"
    __table_args__ = (
        Index("ix_access_event_object", "object_kind", "object_id", "id"),
        Index("ix_access_event_actor", "actor_id", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Utc)
    actor_id: Mapped[int] = mapped_column(Id)
    session: Mapped[str | None] = mapped_column(Digest)
    ip: Mapped[str | None] = mapped_column(String(45))
    kind: Mapped[str] = mapped_column(String(20))
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int | None] = mapped_column(Id)
    detail: Mapped[str | None] = mapped_column(String(200))
    result: Mapped[str] = mapped_column(String(40))
    request_id: Mapped[str | None] = mapped_column(String(40))
