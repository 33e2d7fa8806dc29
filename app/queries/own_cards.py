"""A person's own cards."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor
from app.models.card import Card, CardPrint


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


def own_cards(session: Session, actor: Actor) -> tuple[OwnCard, ...]:
    """The cards of the actor's person, newest first; none for anyone else. Source: I1, I7."""
    if actor.person_id is None:
        return ()
    c = Card
    newest = select(CardPrint.token).where(CardPrint.card_id == c.id).order_by(CardPrint.id.desc()).limit(1)
    statement = select(
        c.id, c.no, c.state, c.valid_from, c.valid_to, newest.correlate(c).scalar_subquery()
    ).where(c.person_id == actor.person_id)
    return tuple(OwnCard(*row) for row in session.execute(visible(statement, actor, c).order_by(c.id.desc())))
