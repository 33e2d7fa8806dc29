"""Reading the hash chains: verification and the timeline of any subject (D14)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.audit import STRAY_HEAD, Broken, Event, first_broken
from app.domain.errors import NotFound
from app.domain.roles import Actor
from app.models.account import Account
from app.models.application import Application
from app.models.audit import AuditEvent
from app.queries import subjects

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Link:
    """One event of a chain as an auditor reads it; `payload` holds codes and digests."""

    seq: int
    event: str
    at: datetime
    party: str
    role: str | None
    actor: str | None
    username: str | None
    payload: Mapping[str, object]
    hash: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of one subject: some of its events in order, how many there are, and whether it holds now."""

    subject_kind: str
    subject_id: int
    subject: str | None
    links: tuple[Link, ...]
    length: int
    broken: Broken | None

    @property
    def next_after(self) -> int | None:
        """After which event the next page begins; None at the end."""
        last = self.links[-1].seq if self.links else 0
        return last if last < self.length else None


def chain(
    session: Session, actor: Actor, kind: str, subject_id: int, *, after: int = 0, limit: int = 100
) -> Chain:
    """The events of one subject after number `after`, verified from the first to the last, in two statements.

    Raises NotFound for a subject without a chain, and for whoever may not see the chains.
    """
    e = AuditEvent
    mine = (e.subject_kind == kind, e.subject_id == subject_id)
    statement = select(e, subjects.actor_name(), Account.username).outerjoin(
        Account, Account.id == e.actor_id
    )
    scoped = visible(statement.where(*mine), actor, e).order_by(e.seq)
    links: list[Link] = []
    events: list[tuple[Event, str]] = []
    for row in session.execute(scoped.execution_options(yield_per=BATCH)):
        events.append((_event(row[0]), row[0].hash))
        if row[0].seq > after and len(links) < limit:
            links.append(_link(*row))
    if not events:
        raise NotFound
    name, head = _head(session, kind, subject_id)
    broken = first_broken(events) or _stray(head, events[-1], subject_id)
    return Chain(kind, subject_id, name, tuple(links), events[-1][0].seq, broken)


def _link(event: AuditEvent, actor: str | None, username: str | None) -> Link:
    return Link(
        seq=event.seq,
        event=event.event,
        at=event.at,
        party=event.party,
        role=event.role,
        actor=actor,
        username=username,
        payload=event.payload or {},
        hash=event.hash,
    )


def _head(session: Session, kind: str, subject_id: int) -> tuple[str | None, Any]:
    """What the subject is called, and for an application the head that stands on it."""
    a = Application
    named = subjects.named(literal(kind), literal(subject_id))
    one = select(named.label("subject"), a.audit_seq, a.audit_head)
    on = (a.id == subject_id) & (literal(kind) == "application")
    row = session.execute(one.select_from(select(literal(1)).subquery()).outerjoin(a, on)).one()
    return row.subject, (row.audit_seq, row.audit_head) if row.audit_seq else None


def _stray(head: Any, last: tuple[Event, str], subject_id: int) -> Broken | None:
    """Events cut off at the end leave a head that is not the last event."""
    if head is None or head == (last[0].seq, last[1]):
        return None
    return Broken("application", subject_id, head[0], STRAY_HEAD)


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
        yield Broken("application", row.id, row.audit_seq, STRAY_HEAD)
