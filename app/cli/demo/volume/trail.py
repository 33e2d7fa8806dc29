"""The chains of everything loaded: heads kept in memory, events collected for the bulk insert."""

from collections.abc import Mapping
from datetime import datetime

from app.cli.demo.volume.tables import Tables
from app.commands.chain import COLUMNS, Entry, linked
from app.domain.audit import GENESIS, canonical
from app.domain.roles import Actor
from app.models.audit import AuditEvent


class Trail:
    """Appends events of employers, persons, accounts, rosters and cards; applications keep their own heads."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._heads: dict[tuple[str, int], tuple[int, str]] = {}

    def note(
        self,
        kind: str,
        subject_id: int,
        event: str,
        payload: Mapping[str, object],
        *,
        actor: Actor,
        at: datetime,
        role: str | None = None,
    ) -> None:
        """Append one event."""
        seq, head = self._heads.get((kind, subject_id), (0, GENESIS))
        entry = Entry(subject_id, seq, head, event, role, canonical(payload), kind)
        rows = linked([entry], actor=actor, now=at)
        self._tables.extend(AuditEvent, COLUMNS, rows)
        self._heads[kind, subject_id] = (seq + 1, rows[0][-1])
