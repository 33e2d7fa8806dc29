"""Business numbers for a part: counted from its plans, taken at once, handed out one by one."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.cli.demo.volume.outcomes import NEVER_SENT, End
from app.cli.demo.volume.plan import EmployerPlan, Planned, Wave
from app.commands import cards, roster_export, series
from app.commands.unit_of_work import Work
from app.domain.programme import Programme
from app.domain.programme_card import series_scope
from app.domain.worktime import local_day

Key = tuple[str, str, int]
"""A number series: kind, scope, year."""
_ALONE = (End.EXPORTED, End.SCAN_RETURNED)


@dataclass(frozen=True, slots=True)
class Series:
    """Which numbers the applications of a programme take."""

    programme: Programme

    def rosters(self, wave: Wave) -> Iterator[tuple[End, list[Planned]]]:
        """The members of each roster of a wave, by what becomes of it (ISSUED: sealed)."""
        gate = self.programme.closed_gate
        if gate is None:
            return
        codes = [stage.code for stage in self.programme.stages]
        early = frozenset(codes[: codes.index(gate.code)])
        listed = [
            case
            for case in wave.cases
            if case.outcome.end not in (End.UNLISTED, *NEVER_SENT) and case.outcome.stage not in early
        ]
        for end in _ALONE:
            yield end, [case for case in listed if case.outcome.end is end]
        yield End.ISSUED, [case for case in listed if case.outcome.end not in _ALONE]

    def application(self, code: str, at: datetime) -> Key:
        """The series of application numbers of a bureau."""
        return "application", f"{self.programme.settings.application_prefix}{code}", local_day(at).year

    def card(self, code: str, at: datetime) -> Key:
        """The series of card numbers of a bureau."""
        return cards.SERIES, series_scope(self.programme, agency_code=code), local_day(at).year

    def roster(self, code: str, at: datetime) -> Key:
        """The series of roster numbers of a bureau."""
        return roster_export.SERIES, code, local_day(at).year

    def needed(self, plans: Sequence[EmployerPlan], code_of: Callable[[int], str]) -> Counter[Key]:
        """How many numbers of each series the plans take; `code_of` names an employer's bureau."""
        counts: Counter[Key] = Counter()
        for one in plans:
            code = code_of(one.ordinal)
            for wave in one.waves:
                for case in wave.cases:
                    if case.outcome.end not in NEVER_SENT:
                        counts[self.application(code, case.submitted)] += 1
                    if case.outcome.end is End.ISSUED:
                        counts[self.card(code, wave.issued)] += 1
                for _, members in self.rosters(wave):
                    counts[self.roster(code, wave.exported)] += bool(members)
        return counts


class Numbers:
    """Numbers taken for one part."""

    def __init__(self, taken: Mapping[Key, range]) -> None:
        self._left = {key: iter(numbers) for key, numbers in taken.items()}

    def next(self, key: Key) -> int:
        """The next number of a series. Raises KeyError or StopIteration if the plan did not ask for it."""
        return next(self._left[key])


def take(work: Work, counts: Mapping[Key, int]) -> Numbers:
    """Take the numbers in the open transaction, in one order for all."""
    return Numbers({key: series.take(work, *key, count=n) for key, n in sorted(counts.items()) if n})
