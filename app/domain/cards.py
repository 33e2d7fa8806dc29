"""Cards: states and what may follow, the public check, the printed face (model 4: Card; I3, I7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.blocks import Block


class CardState(StrEnum):
    """States of a card; `expired` is also read from the date."""

    ACTIVE = "active"
    LOST = "lost"
    VOID = "void"
    EXPIRED = "expired"


LIVE = (CardState.ACTIVE, CardState.LOST)
"""A person has at most one of these in a programme (I5)."""


class CardVerb(StrEnum):
    """What can be done with a card."""

    REPRINT = "reprint"
    REPORT_LOST = "report_lost"
    FOUND = "found"
    CANCEL = "cancel"
    HAND_OVER = "hand_over"


NEXT: Mapping[CardVerb, Mapping[CardState, CardState]] = {
    CardVerb.REPRINT: {CardState.ACTIVE: CardState.ACTIVE, CardState.LOST: CardState.ACTIVE},
    CardVerb.REPORT_LOST: {CardState.ACTIVE: CardState.LOST},
    CardVerb.FOUND: {CardState.LOST: CardState.ACTIVE},
    CardVerb.CANCEL: {CardState.ACTIVE: CardState.VOID, CardState.LOST: CardState.VOID},
    CardVerb.HAND_OVER: {CardState.ACTIVE: CardState.ACTIVE},
}
"""verb -> state -> state. A reprint of a lost card puts the new print into force (补发)."""


def state_on(state: CardState, valid_to: date | None, day: date) -> CardState:
    """The state people see on `day`: a live card past its end is expired without any clock writing it."""
    if state in (CardState.ACTIVE, CardState.LOST) and valid_to is not None and valid_to < day:
        return CardState.EXPIRED
    return state


def after(verb: CardVerb, state: CardState) -> CardState | Block:
    """The state that follows, or the block that says why not."""
    following = NEXT[verb].get(state)
    return Block("card_wrong_state", {"state": state}) if following is None else following


def ended_by_renewal(state: CardState, valid_to: date | None, day: date) -> CardState:
    """What becomes of a live card when its holder is issued a new one: expired if past its end, else void."""
    return CardState.EXPIRED if state_on(state, valid_to, day) is CardState.EXPIRED else CardState.VOID


def masked_name(name: str) -> str:
    """A name for the public check: the first character (of a compound surname too) and stars for the rest."""
    return name[:1] + "*" * min(max(len(name) - 1, 1), 3)


@dataclass(frozen=True, slots=True)
class CardFace:
    """The printed values of one card, frozen at issue; `photo` is an image, `verify_url` what the QR says."""

    card_no: str
    name: str
    sex: str
    category: str
    employer: str
    valid_to: str
    programme: str
    verify_url: str
    photo: bytes | None = None

    @property
    def printed_text(self) -> str:
        """All text that needs glyphs."""
        numbers = self.card_no + self.valid_to
        return numbers + self.name + self.sex + self.category + self.employer + self.programme
