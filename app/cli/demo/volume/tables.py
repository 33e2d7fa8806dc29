"""Rows collected per table and written in bulk, in an order that keys allow."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import JSON, Table
from sqlalchemy.orm import Session

from app.commands.bulk import insert_rows, update_rows
from app.models.account import Account, Consent, IdentityClaim
from app.models.application import Application, Approval, Draft, Review, ReviewItem, Submission
from app.models.audit import AuditEvent
from app.models.card import Card, CardPrint
from app.models.employer import Employer, EmployerSubmission, RegistrationReview
from app.models.file import Attachment, Blob, BlobPage
from app.models.person import Person
from app.models.roster import Roster, RosterItem, RosterScan
from app.models.work import Message, SecretValue

Row = tuple[Any, ...]
_ORDER: tuple[Table, ...] = (
    Employer.__table__, Account.__table__, Person.__table__, SecretValue.__table__, assoc_user_role,
    IdentityClaim.__table__, Consent.__table__, Blob.__table__, BlobPage.__table__,
    EmployerSubmission.__table__, RegistrationReview.__table__, Roster.__table__, Application.__table__,
    Draft.__table__, Submission.__table__, Attachment.__table__, Review.__table__, ReviewItem.__table__,
    Approval.__table__, RosterItem.__table__, RosterScan.__table__, Card.__table__, CardPrint.__table__,
    Message.__table__, AuditEvent.__table__,
)  # fmt: skip


class Tables:
    """What will be written: rows by table, and columns of rows that are set once all of them are there."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[tuple[str, ...], list[Row]]] = {}
        self._updates: dict[str, tuple[Table, tuple[str, ...], list[Row]]] = {}

    def add(self, table: Any, values: Mapping[str, Any]) -> None:
        """One row; all rows of a table have the same columns."""
        columns, rows = self._of(table, tuple(values))
        rows.append(tuple(values[name] for name in columns))

    def extend(self, table: Any, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Rows with their values in the order of `columns`."""
        known, stored = self._of(table, tuple(columns))
        if known != tuple(columns):
            raise ValueError(f"{known} is not {tuple(columns)}")
        stored.extend(rows)

    def update(self, table: Any, key: int, values: Mapping[str, Any]) -> None:
        """Set columns of the row `key` after everything is inserted."""
        found: Table = getattr(table, "__table__", table)
        _, columns, rows = self._updates.setdefault(found.name, (found, tuple(values), []))
        rows.append((key, *(values[name] for name in columns)))

    def _of(self, table: Any, columns: tuple[str, ...]) -> tuple[tuple[str, ...], list[Row]]:
        name = getattr(table, "__tablename__", None) or table.name
        return self._rows.setdefault(name, (columns, []))

    def column(self, table: Any, name: str) -> list[Any]:
        """The values of one column, in the order they were added."""
        columns, rows = self._rows.get(table.__tablename__, ((name,), []))
        at = columns.index(name)
        return [row[at] for row in rows]

    @property
    def size(self) -> int:
        """How many rows there are."""
        return sum(len(rows) for _, rows in self._rows.values())

    def write(self, session: Session) -> None:
        """Insert everything in the open transaction."""
        for table in _ORDER:
            columns, rows = self._rows.pop(table.name, ((), []))
            insert_rows(session, table, columns, _texts(table, columns, rows))
        for table, names, changes in self._updates.values():
            update_rows(session, table, keys=("id",), columns=names, rows=changes)
        if self._rows:
            raise ValueError(f"no place in the order for {sorted(self._rows)}")


def _texts(table: Table, columns: Sequence[str], rows: list[Row]) -> list[Row]:
    """The rows with JSON columns as text; what is text already stays."""
    places = [at for at, name in enumerate(columns) if isinstance(table.c[name].type, JSON)]
    places = [at for at in places if any(not isinstance(row[at], str) for row in rows)]
    if not places:
        return rows
    dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    done = []
    for row in rows:
        values = list(row)
        for at in places:
            if values[at] is not None and not isinstance(values[at], str):
                values[at] = dumps(values[at])
        done.append(tuple(values))
    return done
