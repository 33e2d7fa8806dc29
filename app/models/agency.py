"""The tree of HR bureaus (D1)."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Id, Model, plain


class Agency(Model):
    """A bureau: a node of the tree. `path` (`/1/7/`) serves scope by prefix."""

    __tablename__ = "agency"
    __table_args__ = (
        UniqueConstraint("code", name="uq_agency_code"),
        UniqueConstraint("path", name="uq_agency_path"),
        Index("ix_agency_parent", "parent_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("agency.id"))
    level: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(20))
    division_code: Mapped[str | None] = mapped_column(String(6))
    name: Mapped[str] = mapped_column(String(100))
    path: Mapped[str] = mapped_column(plain(200))
    open_for_employers: Mapped[bool] = mapped_column(server_default=text("false"))
    phone: Mapped[str | None] = mapped_column(String(40))
    active: Mapped[bool] = mapped_column(server_default=text("true"))

    parent: Mapped["Agency | None"] = relationship(remote_side=[id], lazy="raise")

    def __repr__(self) -> str:
        """What FAB shows in selects."""
        return self.name
