"""Persons (人才): employer-bound profiles; their numbers live on the account."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Id, Model, Utc, known, plain
from app.models.employer import Employer

PERSON_STATES = ("registered", "returned", "active", "unbound", "closed")


class Person(Model):
    """A person of an employer.

    `return_reason` is the employer's last reason while returned, `return_answer` what the person said to it when
    submitting again; the next decision takes both away.
    """

    __tablename__ = "person"
    __table_args__ = (
        known("state", PERSON_STATES),
        CheckConstraint(
            "employer_id IS NOT NULL OR state IN ('unbound', 'closed')", name="employer_when_bound"
        ),
        Index("ix_person_queue", "employer_id", "state", "registered_at", "id"),
        Index("ix_person_name_key", "name_key"),
        Index("ix_person_name_py", "name_py"),
        Index("ix_person_name_initials", "name_initials"),
        Index(
            "ix_person_readings",
            "name_py",
            "name_initials",
            sqlite_where=text("name_py LIKE '% %'"),
            postgresql_where=text("name_py LIKE '% %'"),
        ),
        Index("ix_person_service", "service_account_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(
        Id, ForeignKey("ab_user.id", name="fk_person_account", use_alter=True), unique=True
    )
    employer_id: Mapped[int | None] = mapped_column(Id, ForeignKey("employer.id"))
    state: Mapped[str] = mapped_column(String(12), server_default="registered")
    name: Mapped[str] = mapped_column(String(50))
    name_py: Mapped[str] = mapped_column(plain(300), server_default="")
    name_initials: Mapped[str] = mapped_column(plain(60), server_default="")
    name_key: Mapped[str] = mapped_column(plain(50), server_default="")
    doc_type: Mapped[str] = mapped_column(String(4))
    sex: Mapped[str] = mapped_column(String(1))
    birth: Mapped[date | None]
    service_account_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("ab_user.id", name="fk_person_service_account", use_alter=True)
    )
    return_reason: Mapped[str | None] = mapped_column(Text)
    return_answer: Mapped[str | None] = mapped_column(Text)
    version_no: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    registered_at: Mapped[datetime] = mapped_column(Utc)
    decided_at: Mapped[datetime | None] = mapped_column(Utc)
    lock: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    employer: Mapped[Employer | None] = relationship(lazy="raise")

    def __repr__(self) -> str:
        """What FAB shows where it prints a person."""
        return self.name
