"""Cards and their prints."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Id, Json, Model, Utc, known, plain
from app.models.employer import Employer
from app.models.person import Person

CARD_STATES = ("active", "lost", "void", "expired")


class Card(Model):
    """A card; its number is never reused. `face` holds the printed values, frozen."""

    __tablename__ = "card"
    __table_args__ = (
        known("state", CARD_STATES),
        UniqueConstraint("no", name="uq_card_no"),
        UniqueConstraint("application_id", name="uq_card_application"),
        Index(
            "uq_card_live",
            "person_id",
            "programme_id",
            unique=True,
            sqlite_where=text("state IN ('active', 'lost')"),
            postgresql_where=text("state IN ('active', 'lost')"),
        ),
        Index("ix_card_person", "person_id", "id"),
        Index("ix_card_employer", "employer_id", "state"),
        Index("ix_card_agency", "agency_path", "id"),
        Index("ix_card_county", "county_id", "state", "issued_at", "id"),
        Index("ix_card_city", "city_id", "state", "issued_at", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    no: Mapped[str] = mapped_column(plain(40))
    application_id: Mapped[int] = mapped_column(Id, ForeignKey("application.id"))
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"))
    programme_id: Mapped[int] = mapped_column(Id, ForeignKey("programme.id"))
    programme_version_id: Mapped[int] = mapped_column(Id, ForeignKey("programme_version.id"))
    employer_id: Mapped[int] = mapped_column(Id, ForeignKey("employer.id"))
    county_id: Mapped[int | None] = mapped_column(Id, ForeignKey("agency.id"))
    city_id: Mapped[int | None] = mapped_column(Id, ForeignKey("agency.id"))
    agency_path: Mapped[str] = mapped_column(plain(200))
    state: Mapped[str] = mapped_column(String(10), server_default="active")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    face: Mapped[Any] = mapped_column(Json)
    issued_at: Mapped[datetime] = mapped_column(Utc)
    state_reason: Mapped[str | None] = mapped_column(Text)
    lock: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    person: Mapped[Person] = relationship(lazy="raise")
    employer: Mapped[Employer] = relationship(lazy="raise")

    def __repr__(self) -> str:
        """What FAB shows where it prints a card."""
        return self.no


class CardPrint(Model):
    """One print of a card; a reprint adds a row with its reason and a token of its own (I3)."""

    __tablename__ = "card_print"
    __table_args__ = (
        UniqueConstraint("token", name="uq_card_print_token"),
        Index("ix_card_print_card", "card_id", "id"),
        Index(
            "ix_card_print_waiting",
            "card_id",
            sqlite_where=text("handed_at IS NULL"),
            postgresql_where=text("handed_at IS NULL"),
        ),
        Index("ix_card_print_batch", "batch_no"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    card_id: Mapped[int] = mapped_column(Id, ForeignKey("card.id"))
    batch_no: Mapped[int] = mapped_column(Id)
    token: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Utc)
    by: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    handed_to: Mapped[str | None] = mapped_column(String(60))
    handed_at: Mapped[datetime | None] = mapped_column(Utc)

    card: Mapped[Card] = relationship(lazy="raise")
