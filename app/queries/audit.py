"""Reading the hash chains: verification and the timeline of any subject (D14)."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.audit import Broken, Event, first_broken
from app.models.application import Application
from app.models.audit import AuditEvent

BATCH = 5_000


def broken_chains(session: Session) -> Iterator[Broken]:
    """The first broken entry of every chain that does not hold, and applications whose head differs from it."""
    ordered = select(AuditEvent).order_by(AuditEvent.subject_kind, AuditEvent.subject_id, AuditEvent.seq)
    rows = session.scalars(ordered.execution_options(yield_per=BATCH))
    for _subject, chain in groupby(rows, key=lambda row: (row.subject_kind, row.subject_id)):
        found = first_broken((_event(row), row.hash) for row in chain)
        if found is not None:
            yield found
    yield from _stray_heads(session)


def _event(row: AuditEvent) -> Event:
    return Event(
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        seq=row.seq,
        event=row.event,
        at=row.at,
        actor_id=row.actor_id,
        party=row.party,
        role=row.role,
        payload=row.payload,
        prev_hash=row.prev_hash,
    )


def _stray_heads(session: Session) -> Iterator[Broken]:
    """Applications whose head is not the last event of their chain (rows cut off at the end)."""
    a, e = Application, AuditEvent
    statement = (
        select(a.id, a.audit_seq)
        .outerjoin(e, (e.subject_kind == "application") & (e.subject_id == a.id) & (e.seq == a.audit_seq))
        .where(a.audit_seq > 0, (e.hash.is_(None)) | (e.hash != a.audit_head))
        .order_by(a.id)
    )
    for row in session.execute(statement):
        yield Broken(
            "application", row.id, row.audit_seq, "the head on the application is not its last event"
        )
