"""“Everything the list shows” as of the moment it was shown: rows nobody saw are named, never decided (D12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.domain.blocks import Block
from app.domain.errors import Blocked
from app.domain.results import refuse_too_many
from app.models.application import Application
from app.models.audit import AuditEvent
from app.queries.sets import AnySelect

NAMED = 1000
"""So many rows that came later are named in the answer; whoever loads the list again sees them all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """When a list was shown and how many rows it named; None where the count was capped."""

    at: datetime
    count: int | None

    def request(self) -> list[object]:
        """What an idempotency key covers."""
        return [self.at.isoformat(), self.count]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows a list showed (id → lock), and those that arrived or changed after it was shown."""

    rows: Mapping[int, int] = field(default_factory=dict)
    later: tuple[int, ...] = ()

    def blocks(self) -> dict[int, tuple[Block, ...]]:
        """Why the later ones are not decided."""
        return dict.fromkeys(self.later, (Block("arrived_later"),))


def choose(session: Session, listed: AnySelect, shown: Shown, *, maximum: int) -> Chosen:
    """Split `listed` (ids of applications, narrowed to filter and scope) by whether it was seen as it is now.

    A row counts as seen if its newest event is not younger than the list: every change of a lock is one.
    Raises InvalidInput above `maximum` rows, Blocked(list_changed) if more rows claim to have been seen than
    the list named (a change under way while it was read). Source: model section 3 (Batch).
    """
    a, e = Application, AuditEvent
    newest = and_(e.subject_kind == "application", e.subject_id == a.id, e.seq == a.audit_seq)
    joined = listed.add_columns(a.lock).outerjoin(e, newest).order_by(a.id)
    moment = func.coalesce(e.at, a.entered_at)
    seen = joined.where(moment <= shown.at)
    found = session.execute(seen.limit(maximum + 1)).tuples().all()
    if len(found) > maximum:
        every = select(func.count()).select_from(seen.order_by(None).subquery())
        refuse_too_many(session.scalar(every) or 0, maximum)
    if shown.count is not None and len(found) > shown.count:
        raise Blocked(Block("list_changed", {"shown": shown.count, "now": len(found)}))
    later = session.execute(joined.where(moment > shown.at).limit(NAMED)).tuples().all()
    return Chosen(dict(found), tuple(row[0] for row in later))
