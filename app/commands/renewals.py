"""A new card ends the live ones of the same human being in the same programme (invariant I5)."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from sqlalchemy import or_, select, update

from app.commands.unit_of_work import Work
from app.domain.cards import LIVE, CardState, ended_by_renewal
from app.domain.states import Case
from app.models.application import Application
from app.models.card import Card
from app.queries.card_rows import Holder


def end_live(work: Work, cases: Sequence[Case], people: Mapping[int, Holder], day: date) -> None:
    """End the live cards of these persons in these programmes, before the new ones (invariant I5)."""
    pairs: set[tuple[object, int]] = set()
    for case in cases:  # the number as well as the row: an account may have been closed and made anew
        pairs |= {(who, people[case.id].programme_id) for who in (case.person_id, case.applicant_key)}
    a, people_ids, keys = Application, {c.person_id for c in cases}, {c.applicant_key for c in cases}
    rows = work.session.execute(
        select(Card, a.applicant_key)
        .join(a, a.id == Card.application_id)
        .where(or_(Card.person_id.in_(people_ids), a.applicant_key.in_(keys)))
        .where(Card.state.in_(LIVE))
        .order_by(Card.id)
        .with_for_update(of=Card)
    ).all()
    ended = [
        card for card, key in rows if pairs & {(card.person_id, card.programme_id), (key, card.programme_id)}
    ]
    for state, cards in groupby(
        sorted(ended, key=lambda card: _end_state(card, day)), key=lambda card: _end_state(card, day)
    ):
        ids = [card.id for card in cards]
        work.session.execute(update(Card).where(Card.id.in_(ids)).values(state=state, lock=Card.lock + 1))
        work.audit_many("card", [(card_id, f"end_{state}", {"by": "renewal"}) for card_id in ids])


def _end_state(card: Card, day: date) -> CardState:
    return ended_by_renewal(CardState(card.state), card.valid_to, day)
