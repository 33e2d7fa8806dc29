"""Working days: weekends, holidays and exchanged days (调休), as the editable holiday table says.

Deadlines only colour and remind; no transition is made by a clock (I6).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off that fall on working days, and working days that fall on a weekend."""

    days_off: frozenset[date] = frozenset()
    extra_days: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`; an exchanged day wins over a holiday, both over the weekday."""
        if day in self.extra_days:
            return True
        return day not in self.days_off and day.weekday() < _SATURDAY

    def after(self, day: date, working_days: int) -> date:
        """Return the day that is `working_days` (≥ 0) working days after `day`; 0 is the next working day or
        `day`.
        """
        current = day
        while working_days > 0 or not self.is_working_day(current):
            current += timedelta(days=1)
            if self.is_working_day(current):
                working_days -= 1
        return current

    def between(self, first: date, last: date) -> int:
        """Count the working days after `first` up to `last`; negative when `last` is earlier."""
        if last < first:
            return -self.between(last, first)
        span = (last - first).days
        return sum(self.is_working_day(first + timedelta(days=n)) for n in range(1, span + 1))

    def due_at(self, since: datetime, limit_days: int) -> datetime:
        """When a limit of working days ends: midnight after the last one in Shanghai, as aware UTC."""
        last = self.after(local_day(since), limit_days)
        end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=SHANGHAI)
        return end.astimezone(UTC)


def local_day(moment: datetime) -> date:
    """Return the date in Shanghai of an aware moment (D16)."""
    return moment.astimezone(SHANGHAI).date()
