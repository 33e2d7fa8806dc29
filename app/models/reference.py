"""Reference data that superusers keep through generated forms: notices, code lists, phrases, the site."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Digest, Id, Json, Model, Utc, known
from app.models.work import Holiday

__all__ = ["Code", "CodeList", "Holiday", "Notice", "Phrase", "Site"]

NOTICE_KINDS = ("employer", "person", "sensitive", "announcement")


class Notice(Model):
    """One version of a notice shown before a form; consents name it (R6)."""

    __tablename__ = "notice"
    __table_args__ = (
        known("kind", NOTICE_KINDS),
        UniqueConstraint("kind", "version", name="uq_notice_version"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[str] = mapped_column(Digest)
    effective_from: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime | None] = mapped_column(Utc)


class CodeList(Model):
    """A list of codes that fields choose from."""

    __tablename__ = "code_list"
    __table_args__ = (UniqueConstraint("code", name="uq_code_list_code"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(100))

    def __repr__(self) -> str:
        """What FAB shows in selects."""
        return self.title


class Code(Model):
    """One entry of a code list; entries out of use stay for old data. `checker`: of a document type."""

    __tablename__ = "code"
    __table_args__ = (
        UniqueConstraint("list_id", "code", name="uq_code_code"),
        Index("ix_code_position", "list_id", "position"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    list_id: Mapped[int] = mapped_column(Id, ForeignKey("code_list.id"))
    code: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(100))
    title_en: Mapped[str | None] = mapped_column(String(100))
    checker: Mapped[str | None] = mapped_column(String(30))
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))

    list: Mapped[CodeList] = relationship(lazy="joined")


class Phrase(Model):
    """A common opinion of a stage, offered on the desk; no stage means all."""

    __tablename__ = "phrase"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    stage_code: Mapped[str | None] = mapped_column(String(40))
    verdict: Mapped[str] = mapped_column(String(12), server_default="approve")
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    text: Mapped[str] = mapped_column(String(200))


class Site(Model):
    """One JSON document: name, contact, employers' registration fields and materials, age limits."""

    __tablename__ = "site"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    document: Mapped[Any] = mapped_column(Json)
    updated: Mapped[datetime] = mapped_column(Utc)
