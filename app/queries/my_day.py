"""What the home of whoever decides says beside the to-do lines: load of the desks, one's own decisions (I4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor
from app.models.application import Application, Review
from app.models.person import Person
from app.models.programme import Programme as ProgrammeRow
from app.queries import desks
from app.queries.applications import TODAY, Filters, conditions, handled
from app.queries.paging import counting

LATEST = 6


@dataclass(frozen=True, slots=True)
class Load:
    """What waits at one desk of a programme: how many, how many overdue, since when the oldest."""

    waiting: int
    overdue: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """One of the actor's decisions; an undo is one too."""

    application_id: int
    no: str
    name: str
    verdict: str
    at: datetime


def loads(
    session: Session, actor: Actor, now: datetime, roles: Collection[str]
) -> dict[tuple[str, str], Load]:
    """The cases the actor can decide now by programme and role, of those in `roles`: what his to-do lines count
    and as far as they do, in one statement.
    """
    a, p = Application, ProgrammeRow
    if not roles:
        return {}
    parts = []
    for role in sorted(roles):
        ready = visible(
            select(a.id).where(a.programme_id == p.id, *desks.ready(actor), a.desk_role == role), actor, a
        )
        oldest = ready.with_only_columns(a.entered_at).order_by(a.entered_at, a.id).limit(1)
        counts: list[Any] = [counting(part, beside=p) for part in (ready, ready.where(a.due_at < now))]
        parts.append(
            select(p.code, literal(role).label("role"), *counts, oldest.correlate(p).scalar_subquery())
        )
    rows = session.execute(union_all(*parts)).all()
    return {(row[0], row[1]): Load(row[2], row[3], row[4]) for row in rows if row[2]}


def handled_today(session: Session, actor: Actor, now: datetime) -> int:
    """On how many cases the actor gave a verdict today: the rows that the query page shows for “today”."""
    asked = Filters(handled=handled(TODAY, actor.account_id, now))
    statement = select(func.count()).select_from(Application).where(*conditions(asked))
    return session.scalar(visible(statement, actor, Application)) or 0


def latest(session: Session, actor: Actor) -> tuple[Decided, ...]:
    """The actor's last decisions, on cases he still sees."""
    r, a = Review, Application
    statement = (
        select(a.id, a.no, Person.name, r.verdict, r.at)
        .select_from(r)
        .join(a, a.id == r.application_id)
        .join(Person, Person.id == a.person_id)
        .where(r.actor_id == actor.account_id)
        .order_by(r.id.desc())
        .limit(LATEST)
    )
    return tuple(
        Decided(row[0], row[1] or "", *row[2:]) for row in session.execute(visible(statement, actor, a))
    )
