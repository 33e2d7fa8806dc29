"""What may be done with a card (model 4: Card)."""

from datetime import date

import pytest

from app.domain.blocks import Block
from app.domain.cards import CardState, CardVerb, after, ended_by_renewal, masked_name, state_on

A, L, V, E = CardState.ACTIVE, CardState.LOST, CardState.VOID, CardState.EXPIRED
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("verb", "results"),
    [
        (CardVerb.REPRINT, {A: A, L: A, V: None, E: None}),
        (CardVerb.REPORT_LOST, {A: L, L: None, V: None, E: None}),
        (CardVerb.FOUND, {A: None, L: A, V: None, E: None}),
        (CardVerb.CANCEL, {A: V, L: V, V: None, E: None}),
        (CardVerb.HAND_OVER, {A: A, L: None, V: None, E: None}),
    ],
)
def test_every_verb_in_every_state(verb: CardVerb, results: dict[CardState, CardState | None]) -> None:
    for state, expected in results.items():
        blocked = Block("card_wrong_state", {"state": state})
        assert after(verb, state) == (blocked if expected is None else expected)


@pytest.mark.parametrize(
    ("state", "valid_to", "seen"),
    [
        (A, None, A),
        (A, TODAY, A),
        (A, date(2026, 11, 22), E),
        (L, date(2026, 11, 22), E),
        (V, date(2026, 11, 22), V),
    ],
)
def test_a_live_card_past_its_last_day_is_expired(
    state: CardState, valid_to: date | None, seen: CardState
) -> None:
    assert state_on(state, valid_to, TODAY) is seen


def test_a_renewal_ends_a_card_as_what_it_is() -> None:
    assert [ended_by_renewal(A, day, TODAY) for day in (TODAY, date(2026, 1, 1), None)] == [V, E, V]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张伟", "张*"), ("欧阳娜娜", "欧***"), ("阿卜杜拉·买买提", "阿***"), ("𠮷", "𠮷*"), ("", "*")],
)
def test_the_public_sees_the_first_character_of_a_name(name: str, shown: str) -> None:
    assert masked_name(name) == shown
