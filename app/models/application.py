"""Applications, drafts, frozen submissions, reviews and the live approvals of the current round."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Digest, Id, Json, Model, Utc, known, plain
from app.models.employer import Employer
from app.models.person import Person
from app.models.programme import Programme

STATUSES = ("draft", "in_review", "returned", "approved", "issued", "rejected", "withdrawn", "cancelled")
VERDICTS = ("approve", "send_back", "back", "reject", "undo", "cancel")
TARGET_KINDS = ("field", "material", "general")

_OPEN = "status IN ('draft', 'in_review', 'returned', 'approved')"
_AT_DESK = "desk_role IS NOT NULL"


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class Application(Model):
    """A case: narrow row of the workflow; its content stands in draft and submissions.

    Agencies are copied at submission and do not follow a later move of the employer (T2).
    """

    __tablename__ = "application"
    __table_args__ = (
        known("status", STATUSES),
        CheckConstraint("(status = 'in_review') = (stage_code IS NOT NULL)", name="stage_iff_in_review"),
        CheckConstraint(
            "(status IN ('in_review', 'approved')) = (desk_role IS NOT NULL)", name="desk_iff_waiting"
        ),
        CheckConstraint("NOT is_ready OR status = 'in_review'", name="ready_in_review"),
        CheckConstraint("(no IS NOT NULL) = (version_no > 0)", name="no_iff_submitted"),
        CheckConstraint(
            "version_no > 0 OR status IN ('draft', 'withdrawn', 'cancelled')", name="version_when_submitted"
        ),
        CheckConstraint(
            "roster_id IS NULL OR status IN ('in_review', 'approved', 'issued')", name="roster_in_flow"
        ),
        CheckConstraint(
            "(status IN ('issued', 'rejected', 'withdrawn', 'cancelled')) = (closed_at IS NOT NULL)",
            name="closed_iff_final",
        ),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim_pair"),
        _partial("uq_application_no", "no", where="no IS NOT NULL", unique=True),
        _partial("uq_application_open", "person_id", "programme_id", where=_OPEN, unique=True),
        _partial(
            "ix_application_desk",
            "desk_agency_id",
            "programme_id",
            "desk_role",
            "status",
            "is_ready",
            "entered_at",
            "id",
            "due_at",
            where=_AT_DESK,
        ),
        _partial(
            "ix_application_employer_desk",
            "employer_id",
            "programme_id",
            "status",
            "is_ready",
            "desk_role",
            "entered_at",
            "id",
            "due_at",
            "desk_agency_id",
            where=_AT_DESK,
        ),
        Index(
            "ix_application_employer", "employer_id", "status", "stage_code", "is_ready", "entered_at", "id"
        ),
        Index("ix_application_agency", "agency_path", "status", "submitted_at", "id"),
        Index("ix_application_county", "county_id", "status", "entered_at", "id"),
        Index("ix_application_city", "city_id", "status", "entered_at", "id"),
        Index("ix_application_person", "person_id", "id"),
        Index("ix_application_applicant_key", "applicant_key", "id"),
        _partial("ix_application_due", "desk_agency_id", "due_at", where=_AT_DESK),
        _partial("ix_application_roster", "roster_id", where="roster_id IS NOT NULL"),
        _partial("ix_application_batch", "decision_batch_id", where="decision_batch_id IS NOT NULL"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    no: Mapped[str | None] = mapped_column(plain(40))
    kind: Mapped[str] = mapped_column(String(40))
    programme_id: Mapped[int] = mapped_column(Id, ForeignKey("programme.id"))
    programme_version_id: Mapped[int] = mapped_column(Id, ForeignKey("programme_version.id"))
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"))
    applicant_key: Mapped[str] = mapped_column(Digest)
    employer_id: Mapped[int] = mapped_column(Id, ForeignKey("employer.id"))
    county_id: Mapped[int | None] = mapped_column(Id, ForeignKey("agency.id"))
    city_id: Mapped[int | None] = mapped_column(Id, ForeignKey("agency.id"))
    agency_path: Mapped[str | None] = mapped_column(plain(200))
    category: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(12), server_default="draft")
    stage_code: Mapped[str | None] = mapped_column(String(40))
    is_ready: Mapped[bool] = mapped_column(server_default=text("false"))
    desk_role: Mapped[str | None] = mapped_column(String(64))
    desk_agency_id: Mapped[int | None] = mapped_column(Id, ForeignKey("agency.id"))
    version_no: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    roster_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("roster.id", name="fk_application_roster", use_alter=True)
    )
    lock: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    created: Mapped[datetime] = mapped_column(Utc)
    submitted_at: Mapped[datetime | None] = mapped_column(Utc)
    reached_agency_at: Mapped[datetime | None] = mapped_column(Utc)
    entered_at: Mapped[datetime] = mapped_column(Utc)
    due_at: Mapped[datetime | None] = mapped_column(Utc)
    opened_at: Mapped[datetime | None] = mapped_column(Utc)
    undo_until: Mapped[datetime | None] = mapped_column(Utc)
    claimed_by: Mapped[int | None] = mapped_column(Id, ForeignKey("ab_user.id"))
    claimed_until: Mapped[datetime | None] = mapped_column(Utc)
    frozen_reason: Mapped[str | None] = mapped_column(String(40))
    closed_at: Mapped[datetime | None] = mapped_column(Utc)
    decision_batch_id: Mapped[int | None] = mapped_column(Id)
    audit_seq: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    audit_head: Mapped[str] = mapped_column(Digest, server_default="0" * 64)

    person: Mapped[Person] = relationship(lazy="raise")
    employer: Mapped[Employer] = relationship(lazy="raise")
    programme: Mapped[Programme] = relationship(lazy="raise")

    def __repr__(self) -> str:
        """What FAB shows where it prints a case."""
        return self.no or str(self.id)


class Draft(Model):
    """The only editable content of a case; autosaved per field. `files` as in Submission, with names."""

    __tablename__ = "draft"
    application_id: Mapped[int] = mapped_column(
        Id, ForeignKey("application.id"), primary_key=True, autoincrement=False
    )
    data: Mapped[Any] = mapped_column(Json, server_default="{}")
    files: Mapped[Any] = mapped_column(Json, server_default="[]")
    saved_at: Mapped[datetime] = mapped_column(Utc)


class Submission(Model):
    """What was submitted, frozen; insert-only. `data`: values by field code; `files`: slot, digest, blob, name."""

    __tablename__ = "submission"
    application_id: Mapped[int] = mapped_column(
        Id, ForeignKey("application.id"), primary_key=True, autoincrement=False
    )
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    data: Mapped[Any | None] = mapped_column(Json)
    files: Mapped[Any] = mapped_column(Json)
    chain: Mapped[Any] = mapped_column(Json)
    person_name: Mapped[str] = mapped_column(String(50))
    person_sex: Mapped[str] = mapped_column(String(1))
    doc_type: Mapped[str] = mapped_column(String(4))
    employer_name: Mapped[str] = mapped_column(String(100))
    doc_no_id: Mapped[int] = mapped_column(Id, ForeignKey("secret_value.id"))
    doc_no_masked: Mapped[str] = mapped_column(String(40))
    mobile_id: Mapped[int] = mapped_column(Id, ForeignKey("secret_value.id"))
    mobile_masked: Mapped[str] = mapped_column(String(40))
    service_account_id: Mapped[int | None] = mapped_column(Id, ForeignKey("ab_user.id"))
    service_name: Mapped[str | None] = mapped_column(String(60))
    service_phone_id: Mapped[int | None] = mapped_column(Id, ForeignKey("secret_value.id"))
    service_phone_masked: Mapped[str | None] = mapped_column(String(40))
    category: Mapped[str | None] = mapped_column(String(40))
    answers: Mapped[Any | None] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(Digest)
    submitted_at: Mapped[datetime] = mapped_column(Utc)


class Review(Model):
    """A verdict, its undo or why a case was cancelled, insert-only.

    Database key (application_id, id), mapper key `id` (D26).
    """

    __tablename__ = "review"
    __table_args__ = (
        known("verdict", VERDICTS),
        CheckConstraint("(verdict = 'undo') = (undoes_id IS NOT NULL)", name="undoes_iff_undo"),
        UniqueConstraint("application_id", "lock_seen", name="uq_review_lock"),
        UniqueConstraint("application_id", "undoes_id", name="uq_review_undoes"),
        Index("ix_review_actor", "actor_id", "id"),
        Index("ix_review_actor_at", "actor_id", "at"),
        Index("ix_review_batch", "batch_id"),
    )
    application_id: Mapped[int] = mapped_column(
        Id, ForeignKey("application.id"), primary_key=True, autoincrement=False
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    version_no: Mapped[int] = mapped_column(Integer)
    stage_code: Mapped[str] = mapped_column(String(40))
    verdict: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    actor_key: Mapped[str] = mapped_column(Digest)
    actor_name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(64))
    lock_seen: Mapped[int] = mapped_column(Integer)
    text: Mapped[str | None] = mapped_column(Text)
    before: Mapped[Any | None] = mapped_column(Json)
    undoes_id: Mapped[int | None] = mapped_column(Id)
    batch_id: Mapped[int | None] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Utc)

    __mapper_args__ = {"primary_key": [id]}

    application: Mapped[Application] = relationship(lazy="raise")


class ReviewItem(Model):
    """One returned item of a review, insert-only."""

    __tablename__ = "review_item"
    __table_args__ = (
        known("target_kind", TARGET_KINDS),
        Index("ix_review_item_application", "application_id", "review_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(Id, ForeignKey("application.id"))
    review_id: Mapped[int] = mapped_column(Id)
    target_kind: Mapped[str] = mapped_column(String(10))
    target_code: Mapped[str | None] = mapped_column(String(60))
    reason_code: Mapped[str | None] = mapped_column(String(40))
    text: Mapped[str | None] = mapped_column(Text)


class Approval(Model):
    """The live approvals of the current round, derived from reviews: the database keeps four-eyes (D8).

    `role`, `place_id` (the employer or bureau) and the programme of the case say at whose desk one was given: what
    a desk passed is found by them.
    """

    __tablename__ = "approval"
    __table_args__ = (
        Index("ix_approval_desk", "place_id", "role", "programme_id", "review_id"),
        UniqueConstraint("application_id", "actor_key", name="uq_approval_person"),
        CheckConstraint("actor_key <> applicant_key", name="not_applicant"),
    )
    application_id: Mapped[int] = mapped_column(
        Id, ForeignKey("application.id"), primary_key=True, autoincrement=False
    )
    stage_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    version_no: Mapped[int] = mapped_column(Integer)
    actor_key: Mapped[str] = mapped_column(Digest)
    applicant_key: Mapped[str] = mapped_column(Digest)
    review_id: Mapped[int] = mapped_column(Id)
    role: Mapped[str] = mapped_column(String(64))
    place_id: Mapped[int] = mapped_column(Id)
    programme_id: Mapped[int] = mapped_column(Id, ForeignKey("programme.id"))


class MaterialView(Model):
    """Who opened which material of which version."""

    __tablename__ = "material_view"
    application_id: Mapped[int] = mapped_column(
        Id, ForeignKey("application.id"), primary_key=True, autoincrement=False
    )
    version_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    slot: Mapped[str] = mapped_column(String(60), primary_key=True)
    actor_id: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Utc)
