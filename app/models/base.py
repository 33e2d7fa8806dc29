"""What every table shares: 63-bit ids, aware UTC, JSON, constraint names. Imported first by every model.

It must run before anything imports FAB's security models: the listener below widens the integer keys of
FAB's `ab_*` tables, which are 32 bits on PostgreSQL otherwise, and lets user names be found by their beginning.
"""

from datetime import UTC, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    String,
    Table,
    TypeDecorator,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

__all__ = ["Digest", "Id", "Json", "Model", "Utc", "known", "plain"]

Id = BigInteger().with_variant(Integer(), "sqlite")
"""Keys: 63-bit integers made by the application (D15); SQLite's INTEGER is 64 bits wide."""

Json = JSON().with_variant(JSONB(), "postgresql")
Digest = String(64)
"""SHA-256 or HMAC-SHA-256 in lower-case hex."""


def plain(length: int) -> String:
    """Text compared byte by byte on both databases, so that prefixes are ranges an index serves."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


Model.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


@event.listens_for(Column, "before_parent_attach")
def _fit_fab_columns(column: Column[Any], table: object) -> None:
    if not isinstance(table, Table):
        return
    if table.name.startswith("ab_") and type(column.type) is Integer:
        column.type = Id
    elif (table.name, column.name) == ("ab_user", "username"):
        column.type = plain(128)


class Utc(TypeDecorator[datetime]):
    """A moment, always aware UTC in Python (D16); SQLite keeps it without the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def known(column: str, values: type | tuple[str, ...]) -> CheckConstraint:
    """The CHECK that a status or kind column holds a known code (model: `ck_<table>_<column>_known`)."""
    codes = [str(value) for value in values]  # type: ignore[union-attr]
    listed = ", ".join(f"'{code}'" for code in codes)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
