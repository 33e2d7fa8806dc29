"""Accounts of all parties in FAB's user table (D2), identity claims (D7), consents."""

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.roles import AccountKind
from app.models.agency import Agency
from app.models.base import Digest, Id, Json, Model, Utc, known, plain
from app.models.employer import Employer
from app.models.person import Person

CLAIM_KINDS = ("mobile", "cn18", "passport", "hkmacau_permit", "taiwan_permit", "resident_card_old", "other")

ONE_OWNER = (
    "(kind = 'employer') = (employer_id IS NOT NULL) AND (kind = 'person') = (person_id IS NOT NULL) "
    "AND (kind = 'officer') = (agency_id IS NOT NULL)"
)


class Account(User):
    """A sign-in account: employer staff, person, officer or superuser.

    Single table with FAB's `User`; relate to Account, never to User. FAB's name and e-mail columns are
    filled with placeholders, people see `full_name`.
    """

    __tablename__ = "ab_user"
    __table_args__ = (
        known("kind", AccountKind),
        CheckConstraint(ONE_OWNER, name="account_one_owner"),
        Index("ix_ab_user_employer", "employer_id", "id"),
        Index("ix_ab_user_person_key", "person_key"),
        # SQLite looks for accounts of every new person, because the key below is deferred.
        Index("ix_ab_user_person", "person_id"),
        Index("ix_ab_user_full_name", "full_name"),
        {"extend_existing": True},
    )
    kind: Mapped[str] = mapped_column(String(12), server_default="superuser")
    employer_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("employer.id", name="fk_ab_user_employer", use_alter=True)
    )
    # Deferred: account and person name each other and are inserted in one transaction.
    person_id: Mapped[int | None] = mapped_column(
        Id,
        ForeignKey(
            "person.id", name="fk_ab_user_person", use_alter=True, deferrable=True, initially="DEFERRED"
        ),
    )
    agency_id: Mapped[int | None] = mapped_column(Id, ForeignKey("agency.id", name="fk_ab_user_agency"))
    full_name: Mapped[str] = mapped_column(plain(60), server_default="")
    doc_type: Mapped[str | None] = mapped_column(String(4))
    doc_no_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("secret_value.id", name="fk_ab_user_doc_no", use_alter=True)
    )
    doc_no_masked: Mapped[str | None] = mapped_column(String(40))
    mobile_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("secret_value.id", name="fk_ab_user_mobile", use_alter=True)
    )
    mobile_masked: Mapped[str | None] = mapped_column(String(40))
    person_key: Mapped[str | None] = mapped_column(Digest)
    preferences: Mapped[Any] = mapped_column(Json, server_default="{}")
    password_changed_at: Mapped[datetime | None] = mapped_column(Utc)
    closed_at: Mapped[datetime | None] = mapped_column(Utc)
    lock: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    employer: Mapped[Employer | None] = relationship(foreign_keys=[employer_id], lazy="raise")
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id], lazy="raise")
    agency: Mapped[Agency | None] = relationship(foreign_keys=[agency_id], lazy="raise")

    def __repr__(self) -> str:
        """What FAB shows where it prints an account."""
        return self.full_name or self.username


class IdentityClaim(Model):
    """An ID number or mobile in use, once over all parties (D7): the primary key is the rule."""

    __tablename__ = "identity_claim"
    __table_args__ = (known("kind", CLAIM_KINDS), Index("ix_identity_claim_account", "account_id"))
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    digest: Mapped[str] = mapped_column(Digest, primary_key=True)
    key_version: Mapped[int]
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    claimed_at: Mapped[datetime] = mapped_column(Utc)


class Consent(Model):
    """Consent of an account to one version of a notice (R6)."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_account", "account_id", "id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    notice_id: Mapped[int] = mapped_column(Id, ForeignKey("notice.id"))
    scope: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Utc)
    ip: Mapped[str | None] = mapped_column(String(45))
    agent: Mapped[str | None] = mapped_column(String(200))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Utc)
