"""Clocks: the system's, and a frozen one for tests (setting CLOCK)."""

from dataclasses import dataclass
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FrozenClock:
    """Always the same moment."""

    moment: datetime

    def now(self) -> datetime:
        """The frozen moment."""
        return self.moment
