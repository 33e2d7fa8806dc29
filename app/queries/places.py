"""Where applications are now, in few columns: for the answer to a batch of thousands (D12)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor
from app.models.application import Application
from app.models.card import Card
from app.queries.sets import among


@dataclass(frozen=True, slots=True)
class CasePlace:
    """Number, lock, status and stage of a case."""

    id: int
    no: str | None
    lock: int
    status: str
    stage_code: str | None


def _rows() -> Any:
    a = Application
    return select(a.id, a.no, a.lock, a.status, a.stage_code)


def places(
    session: Session, actor: Actor, ids: Collection[int], *, moved: Collection[int] = ()
) -> dict[int, CasePlace]:
    """These cases as the actor sees them, and those he has just moved, even out of his sight. Source: D12, D13."""
    seen = visible(_rows().where(among(session, Application.id, ids)), actor, Application)
    found = {row.id: CasePlace(*row) for row in session.execute(seen)}
    gone = [row_id for row_id in moved if row_id not in found]
    if gone:
        own = session.execute(_rows().where(among(session, Application.id, gone)))
        found |= {row.id: CasePlace(*row) for row in own}
    return found


def card_numbers(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, str]:
    """Application → number of its card, within the scope."""
    statement = select(Card.application_id, Card.no).where(among(session, Card.application_id, ids))
    return {row.application_id: row.no for row in session.execute(visible(statement, actor, Card))}
