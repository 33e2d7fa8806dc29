"""Programmes and their versions: one JSON document each (D3)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Digest, Id, Json, Model, Utc, known

VERSION_STATES = ("draft", "checked", "published", "retired")


class Programme(Model):
    """A programme by code; names are those of its newest published version, for lists."""

    __tablename__ = "programme"
    __table_args__ = (UniqueConstraint("code", name="uq_programme_code"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(100))
    short_name: Mapped[str] = mapped_column(String(60))
    created: Mapped[datetime] = mapped_column(Utc)

    def __repr__(self) -> str:
        """What FAB shows in selects."""
        return self.name


class ProgrammeVersion(Model):
    """One version of the document; a published one never changes."""

    __tablename__ = "programme_version"
    __table_args__ = (
        known("state", VERSION_STATES),
        UniqueConstraint("programme_id", "n", name="uq_programme_version"),
        Index(
            "uq_programme_published",
            "programme_id",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    programme_id: Mapped[int] = mapped_column(Id, ForeignKey("programme.id"))
    n: Mapped[int] = mapped_column(Integer)
    document: Mapped[Any] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(Digest)
    state: Mapped[str] = mapped_column(String(12), server_default="draft")
    created: Mapped[datetime] = mapped_column(Utc)
    published_at: Mapped[datetime | None] = mapped_column(Utc)
    retired_at: Mapped[datetime | None] = mapped_column(Utc)
    lock: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    programme: Mapped[Programme] = relationship(lazy="raise")
