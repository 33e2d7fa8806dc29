"""What the home of whoever decides says beside the to-do lines: load of the desks, one's own decisions (I4)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor
from app.models.application import Application, Review
from app.models.person import Person
from app.models.programme import Programme as ProgrammeRow
from app.queries import desks
from app.queries.applications import TODAY, Filters, conditions, handled

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


def loads(session: Session, actor: Actor, now: datetime) -> dict[tuple[str, str], Load]:
    """The cases the actor can decide now by programme and role: those his to-do lines count, in one statement."""
    a, p = Application, ProgrammeRow
    overdue = func.coalesce(func.sum(case((a.due_at < now, 1), else_=0)), 0)
    statement = (
        select(p.code, a.desk_role, func.count(), overdue, func.min(a.entered_at))
        .select_from(a)
        .join(p, p.id == a.programme_id)
        .where(*desks.ready(actor))
        .group_by(p.code, a.desk_role)
    )
    rows = session.execute(visible(statement, actor, a))
    return {(row[0], row[1]): Load(row[2], row[3], row[4]) for row in rows}


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
