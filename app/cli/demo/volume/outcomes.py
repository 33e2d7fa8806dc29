"""Where an application ends up: a deck of outcomes made from the programme, dealt again and again."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from app.domain.programme import Programme, Stage, Verdict


class End(StrEnum):
    """What happens to an application last."""

    DRAFT = "draft"
    DROPPED = "dropped"
    WAITS = "waits"
    UNLISTED = "unlisted"
    EXPORTED = "exported"
    SCAN_RETURNED = "scan_returned"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    APPROVED = "approved"
    ISSUED = "issued"


FINAL = frozenset({End.DROPPED, End.REJECTED, End.WITHDRAWN, End.CANCELLED, End.ISSUED})
NEVER_SENT = frozenset({End.DRAFT, End.DROPPED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end, the stage it happens at, and what happened on the way there."""

    end: End
    stage: str = ""
    again: bool = False
    """Returned by the first stage and submitted again."""
    undone: bool = False
    """The first approval was taken back and given again."""
    backed: str = ""
    """A stage that gave the case back one stage, which approved it again."""

    @property
    def is_final(self) -> bool:
        """Whether the application is closed."""
        return self.end in FINAL


def deck(programme: Programme) -> tuple[Outcome, ...]:
    """Every status and stage of the programme at least once, in a proportion as after some years."""
    stages = [stage for stage in programme.stages if not stage.when]
    first, rest = stages[0], stages[1:]
    cards = [Outcome(End.DRAFT), Outcome(End.DRAFT), Outcome(End.DROPPED), Outcome(End.WITHDRAWN, first.code)]
    cards += [Outcome(End.WAITS, first.code), Outcome(End.WAITS, first.code, again=True)]
    cards += [Outcome(End.WAITS, stage.code) for stage in rest]
    cards += _gate(programme)
    cards += [Outcome(End.RETURNED, stage.code) for stage in stages if Verdict.SEND_BACK in stage.verdicts]
    cards += [Outcome(End.REJECTED, stage.code) for stage in stages if Verdict.REJECT in stage.verdicts]
    cards += [Outcome(End.CANCELLED, rest[-1].code if rest else first.code)]
    cards += [Outcome(End.APPROVED), Outcome(End.APPROVED, undone=first.undo)]
    return (*cards, *_issued(first, stages))


def _gate(programme: Programme) -> list[Outcome]:
    gate = programme.closed_gate
    if gate is None or gate.when:
        return []
    code = gate.code
    ends = (End.UNLISTED, End.UNLISTED, End.EXPORTED, End.SCAN_RETURNED)
    return [Outcome(end, code) for end in ends]


def _issued(first: Stage, stages: list[Stage]) -> list[Outcome]:
    plain = [Outcome(End.ISSUED)] * 30
    again = [Outcome(End.ISSUED, again=True)] * 3 if Verdict.SEND_BACK in first.verdicts else []
    backed = [Outcome(End.ISSUED, backed=stage.code) for stage in stages if Verdict.BACK in stage.verdicts]
    return [*plain, *again, *backed, Outcome(End.ISSUED, undone=first.undo)]


def dealt(cards: tuple[Outcome, ...], places: range, seed: int) -> Iterator[Outcome]:
    """The outcomes of these places in an endless row of decks, each shuffled by its number.

    Parts of a load that follow each other deal on where the part before them ended.
    """
    shuffled: list[Outcome] = []
    number = -1
    for place in places:
        wanted, at = divmod(place, len(cards))
        if wanted != number:
            number, shuffled = wanted, list(cards)
            Random(f"{seed}:deck:{number}").shuffle(shuffled)  # noqa: S311 - invented data
        yield shuffled[at]
