"""Employers, their frozen submissions and requested changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.agency import Agency
from app.models.base import Digest, Id, Json, Model, Utc, known, plain

EMPLOYER_STATES = ("draft", "submitted", "returned", "active", "suspended")
CHANGE_STATES = ("submitted", "approved", "returned", "withdrawn")


class Employer(Model):
    """An employing unit (单位). `data` holds the site's extra registration fields."""

    __tablename__ = "employer"
    __table_args__ = (
        known("state", EMPLOYER_STATES),
        UniqueConstraint("credit_code", name="uq_employer_credit_code"),
        Index("ix_employer_queue", "agency_id", "state", "submitted_at", "id"),
        Index("ix_employer_name_key", "name_key"),
        Index("ix_employer_agency_path", "agency_path", "state", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    agency_id: Mapped[int] = mapped_column(Id, ForeignKey("agency.id"))
    agency_path: Mapped[str] = mapped_column(plain(200))
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(plain(100))
    credit_code: Mapped[str | None] = mapped_column(plain(18))
    state: Mapped[str] = mapped_column(String(12), server_default="draft")
    version_no: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    address: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(40))
    data: Mapped[Any] = mapped_column(Json, server_default="{}")
    contact_account_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("ab_user.id", name="fk_employer_contact_account", use_alter=True)
    )
    created: Mapped[datetime] = mapped_column(Utc)
    submitted_at: Mapped[datetime | None] = mapped_column(Utc)
    decided_at: Mapped[datetime | None] = mapped_column(Utc)
    lock: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    agency: Mapped[Agency] = relationship(lazy="raise")

    def __repr__(self) -> str:
        """What FAB shows in selects."""
        return self.name


class EmployerSubmission(Model):
    """What an employer submitted for review, frozen (R12, R14)."""

    __tablename__ = "employer_submission"
    employer_id: Mapped[int] = mapped_column(Id, ForeignKey("employer.id"), primary_key=True)
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    data: Mapped[Any] = mapped_column(Json)
    files: Mapped[Any] = mapped_column(Json)
    answers: Mapped[Any] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(Digest)
    submitted_at: Mapped[datetime] = mapped_column(Utc)
    submitted_by: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))


class EmployerChange(Model):
    """A requested new name, credit code or bureau; the old values stay valid until approval (R21)."""

    __tablename__ = "employer_change"
    __table_args__ = (
        known("state", CHANGE_STATES),
        Index(
            "uq_employer_change_open",
            "employer_id",
            unique=True,
            sqlite_where=text("state = 'submitted'"),
            postgresql_where=text("state = 'submitted'"),
        ),
        Index("ix_employer_change_queue", "agency_id", "state", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    employer_id: Mapped[int] = mapped_column(Id, ForeignKey("employer.id"))
    agency_id: Mapped[int] = mapped_column(Id, ForeignKey("agency.id"))
    before: Mapped[Any] = mapped_column(Json)
    after: Mapped[Any] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(12), server_default="submitted")
    reason: Mapped[str | None] = mapped_column(Text)
    requested_by: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    requested_at: Mapped[datetime] = mapped_column(Utc)
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Utc)
    lock: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    employer: Mapped[Employer] = relationship(lazy="raise")


class RegistrationReview(Model):
    """A verdict on an employer's or a person's registration, with its items; insert-only."""

    __tablename__ = "registration_review"
    __table_args__ = (
        known("subject_kind", ("employer", "person")),
        known("verdict", ("approve", "send_back", "suspend", "resume")),
        UniqueConstraint("subject_kind", "subject_id", "lock_seen", name="uq_registration_review_lock"),
        Index("ix_registration_review_subject", "subject_kind", "subject_id", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    subject_kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int] = mapped_column(Id)
    version_no: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    actor_key: Mapped[str | None] = mapped_column(Digest)
    actor_name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str | None] = mapped_column(String(64))
    lock_seen: Mapped[int] = mapped_column(Integer)
    text: Mapped[str | None] = mapped_column(Text)
    items: Mapped[Any] = mapped_column(Json, server_default="[]")
    batch_id: Mapped[int | None] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Utc)
