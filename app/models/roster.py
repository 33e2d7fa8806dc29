"""Rosters (汇总表), their frozen items and the stamped scans."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Digest, Id, Json, Model, Utc, known, plain
from app.models.employer import Employer

ROSTER_STATES = ("exported", "sealed", "scan_returned", "void")


class Roster(Model):
    """A list of approved applicants that the employer prints, stamps and uploads (D5)."""

    __tablename__ = "roster"
    __table_args__ = (
        known("state", ROSTER_STATES),
        CheckConstraint(
            "(state = 'sealed') = (sealed_at IS NOT NULL AND verified_by IS NOT NULL)", name="sealed_facts"
        ),
        CheckConstraint("verified_by IS NULL OR verified_by IN ('code', 'typed')", name="verified_by_known"),
        UniqueConstraint("no", name="uq_roster_no"),
        Index("ix_roster_employer", "employer_id", "state", "id"),
        Index("ix_roster_county", "county_id", "state", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    no: Mapped[str] = mapped_column(plain(40))
    employer_id: Mapped[int] = mapped_column(Id, ForeignKey("employer.id"))
    county_id: Mapped[int] = mapped_column(Id, ForeignKey("agency.id"))
    agency_path: Mapped[str] = mapped_column(plain(200))
    programme_version_id: Mapped[int] = mapped_column(Id, ForeignKey("programme_version.id"))
    state: Mapped[str] = mapped_column(String(14), server_default="exported")
    digest: Mapped[str] = mapped_column(Digest)
    pages: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(Integer)
    exported_by: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    exported_at: Mapped[datetime] = mapped_column(Utc)
    verified_by: Mapped[str | None] = mapped_column(String(10))
    sealed_at: Mapped[datetime | None] = mapped_column(Utc)
    sealed_by: Mapped[int | None] = mapped_column(Id, ForeignKey("ab_user.id"))
    seal_hint: Mapped[str | None] = mapped_column(String(20))
    return_reason: Mapped[str | None] = mapped_column(Text)
    lock: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    employer: Mapped[Employer] = relationship(lazy="raise")

    def __repr__(self) -> str:
        """What FAB shows where it prints a roster."""
        return self.no


class RosterItem(Model):
    """A member with its printed row, insert-only; numbers in `row` are secret ids and masked texts."""

    __tablename__ = "roster_item"
    __table_args__ = (Index("ix_roster_item_application", "application_id", "roster_id"),)
    roster_id: Mapped[int] = mapped_column(Id, ForeignKey("roster.id"), primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(
        Id, ForeignKey("application.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(Integer)
    version_no: Mapped[int] = mapped_column(Integer)
    row: Mapped[Any | None] = mapped_column(Json)


class RosterScan(Model):
    """One uploaded page or file of the stamped roster; a file is used once, ever (R35)."""

    __tablename__ = "roster_scan"
    __table_args__ = (
        UniqueConstraint("sha256", name="uq_roster_scan_sha256"),
        Index("ix_roster_scan_roster", "roster_id", "position"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    roster_id: Mapped[int] = mapped_column(Id, ForeignKey("roster.id"))
    position: Mapped[int] = mapped_column(Integer)
    pages: Mapped[Any] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(Digest)
    blob_id: Mapped[int] = mapped_column(Id, ForeignKey("blob.id"))
    file_name: Mapped[str] = mapped_column(String(120))
    uploaded_by: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    uploaded_at: Mapped[datetime] = mapped_column(Utc)
    superseded_at: Mapped[datetime | None] = mapped_column(Utc)
