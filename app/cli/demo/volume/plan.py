"""What the employers of one part will live through: people, waves of applications, times, numbers needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from app.cli.demo.volume.outcomes import End, Outcome, dealt

YEARS = timedelta(days=4 * 365)
WAVE = 60
"""Applications that an employer sends in together, at most."""
LONGEST = 28.0
"""Days that a wave takes from its first draft to its cards."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked for."""

    employers: int
    persons: int
    applications: int
    seed: int


@dataclass(frozen=True, slots=True)
class Part:
    """The employers, persons and applications of one transaction; ordinals count over all parts."""

    index: int
    first_employer: int
    employers: int
    first_person: int
    persons: int
    first_application: int
    applications: int


@dataclass(slots=True)
class Planned:
    """One application to be: whose (an index among the employer's people) and how it ends."""

    person: int
    outcome: Outcome
    created: datetime
    submitted: datetime
    again: datetime


@dataclass(slots=True)
class Wave:
    """Applications of one employer that travel together, and when each step happens."""

    cases: list[Planned]
    start: datetime
    pace: float
    decided: datetime = field(init=False)
    exported: datetime = field(init=False)
    sealed: datetime = field(init=False)
    scan_returned: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Set the times of the common steps."""
        self.decided = self.at(8.5)
        self.exported = self.at(9.5)
        self.sealed = self.at(11)
        self.scan_returned = self.at(12)

    def at(self, days: float) -> datetime:
        """The moment so many days of the wave after its start, whole seconds."""
        moment = self.start + timedelta(days=days * self.pace)
        return moment.replace(microsecond=0)

    def stage_at(self, position: int, stages: int) -> datetime:
        """When the stage at a position of the chain decides; the last decides before the cards."""
        return self.at(12.5 + 13 * position / max(stages, 1))

    @property
    def issued(self) -> datetime:
        """When the cards are made."""
        return self.at(27)


@dataclass(frozen=True, slots=True)
class EmployerPlan:
    """One employer: its ordinal, its people by ordinal and state, its waves in order of time."""

    ordinal: int
    registered: datetime
    state: str
    people: tuple[tuple[int, str], ...]
    waves: tuple[Wave, ...]


def parts(size: Size, first_employer: int, first_person: int, per_part: int) -> Iterator[Part]:
    """Cut what is asked for into parts of about `per_part` applications (or persons), whole employers each."""
    count = max(1, -(-max(size.applications, size.persons) // per_part))
    count = min(count, size.employers)
    for index in range(count):
        low, high = (size.employers * n // count for n in (index, index + 1))
        p_low, p_high = (size.persons * n // count for n in (index, index + 1))
        a_low, a_high = (size.applications * n // count for n in (index, index + 1))
        yield Part(
            index,
            first_employer + low,
            high - low,
            first_person + p_low,
            p_high - p_low,
            a_low,
            a_high - a_low,
        )


def states(ordinal: int, count: int) -> str:
    """The state of an employer; the first ten are active."""
    if count <= 10 or ordinal < 10:  # noqa: PLR2004 - a small load needs them all
        return "active"
    for every, state in ((25, "submitted"), (40, "returned"), (55, "draft"), (70, "suspended")):
        if ordinal % every == every - 1:
            return state
    return "active"


def person_state(at: int) -> str:
    """The state of an employer's person by its place; most are active."""
    for every, state in ((25, "registered"), (60, "returned"), (90, "unbound")):
        if at % every == every - 1:
            return state
    return "active"


def plan(part: Part, size: Size, cards: tuple[Outcome, ...], now: datetime) -> list[EmployerPlan]:
    """The plan of a part: the same for the same seed, part and moment."""
    chance = Random(f"{size.seed}:{part.index}")  # noqa: S311 - invented data, the same for a seed
    ordinals = range(part.first_employer, part.first_employer + part.employers)
    open_ones = [o for o in ordinals if states(o, size.employers) in ("active", "suspended")] or [ordinals[0]]
    people = _shared(part.persons, len(open_ones), chance)
    cases = _shared(part.applications, len(open_ones), chance, at_most=people)
    places = range(part.first_application, part.first_application + part.applications)
    outcomes = dealt(cards, places, size.seed)
    person = part.first_person
    plans = []
    for ordinal in ordinals:
        if ordinal not in open_ones:
            plans.append(
                EmployerPlan(ordinal, _ago(now, chance, 0, 20), states(ordinal, size.employers), (), ())
            )
            continue
        at = open_ones.index(ordinal)
        own = tuple((person + n, person_state(n)) for n in range(people[at]))
        person += people[at]
        waves = _waves([next(outcomes) for _ in range(cases[at])], own, now, chance)
        registered = now - YEARS - timedelta(days=40 + chance.random() * 60)
        state = "suspended" if states(ordinal, size.employers) == "suspended" else "active"
        plans.append(EmployerPlan(ordinal, registered.replace(microsecond=0), state, own, waves))
    return plans


def _ago(now: datetime, chance: Random, low: float, high: float) -> datetime:
    return (now - timedelta(days=low + 0.1 + chance.random() * (high - low))).replace(microsecond=0)


def _shared(total: int, count: int, chance: Random, *, at_most: Sequence[int] = ()) -> list[int]:
    """`total` in `count` uneven parts; employers without people get no applications."""
    weights = [(0.3 + chance.random() ** 2) * (not at_most or at_most[n] > 0) for n in range(count)]
    if at_most:
        weights = [weight * at_most[n] for n, weight in enumerate(weights)]
    whole, shares, given, passed = sum(weights) or 1.0, [], 0, 0.0
    for weight in weights:
        passed += weight
        upto = round(total * passed / whole)
        shares.append(upto - given)
        given = upto
    return shares


def _waves(
    outcomes: list[Outcome], people: Sequence[tuple[int, str]], now: datetime, chance: Random
) -> tuple[Wave, ...]:
    """Closed applications in waves over the years, open ones in the last wave, each by somebody else."""
    active = [n for n, (_, state) in enumerate(people) if state == "active"]
    if not outcomes:
        return ()
    chance.shuffle(active)
    open_ones = [o for o in outcomes if not o.is_final]
    spare = len(open_ones) - len(active)
    if spare > 0:  # nobody has two open applications
        open_ones = open_ones[spare:]
    closed = [o for o in outcomes if o.is_final] + [Outcome(End.ISSUED)] * max(0, spare)
    size = max(1, min(WAVE, len(active)))
    groups = [closed[n : n + size] for n in range(0, len(closed), size)]
    recent = [open_ones[n : n + WAVE] for n in range(0, len(open_ones), WAVE)]
    turn = 0
    waves = []
    span = (YEARS - timedelta(days=45)) / max(1, len(groups))
    for n, group in enumerate(groups):
        pace = min(0.5 + chance.random() / 2, span / timedelta(days=LONGEST + 1))
        slack = span - timedelta(days=LONGEST) * pace
        wave = _wave(group, now - YEARS + span * n + slack * chance.random(), pace, chance)
        turn = _assign(wave, active, turn)
        waves.append(wave)
    for group in recent:
        pace = 0.4 + chance.random() / 2
        start = now - timedelta(days=LONGEST * pace + 0.1 + chance.random() * 6)
        wave = _wave(group, start, pace, chance)
        turn = _assign(wave, active, turn)
        waves.append(wave)
    return tuple(waves)


def _wave(outcomes: list[Outcome], start: datetime, pace: float, chance: Random) -> Wave:
    wave = Wave([], start, pace)
    for outcome in outcomes:
        begun = 3 * chance.random()
        sent = begun + 0.05 + 2 * chance.random()
        wave.cases.append(
            Planned(0, outcome, wave.at(begun), wave.at(sent), wave.at(6 + 1.5 * chance.random()))
        )
    return wave


def _assign(wave: Wave, active: Sequence[int], turn: int) -> int:
    """Give the wave's applications to the employer's people in turn; nobody comes twice in a wave."""
    for case in wave.cases:
        case.person = active[turn % len(active)]
        turn += 1
    return turn
