"""A person's own cards."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor
from app.models.card import Card, CardPrint
from app.models.programme import Programme


@dataclass(frozen=True, slots=True)
class OwnCard:
    """One card as its holder sees it."""

    id: int
    no: str
    state: str
    valid_from: date
    valid_to: date | None
    token: str | None
    """Of the newest print, for the public check."""
    handed_at: datetime | None
    """When that print was handed over."""
    programme: str
    """The code of its programme."""


def own_cards(session: Session, actor: Actor) -> tuple[OwnCard, ...]:
    """The cards of the actor's person, newest first; none for anyone else. Source: I1, I7."""
    if actor.person_id is None:
        return ()
    c = Card
    newest = select(func.max(CardPrint.id)).where(CardPrint.card_id == c.id).correlate(c).scalar_subquery()
    statement = (
        select(
            c.id,
            c.no,
            c.state,
            c.valid_from,
            c.valid_to,
            CardPrint.token,
            CardPrint.handed_at,
            Programme.code,
        )
        .join(Programme, Programme.id == c.programme_id)
        .outerjoin(CardPrint, CardPrint.id == newest)
        .where(c.person_id == actor.person_id)
    )
    return tuple(OwnCard(*row) for row in session.execute(visible(statement, actor, c).order_by(c.id.desc())))
