"""Working days as the holiday table says now."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.worktime import Calendar
from app.models.work import Holiday


def calendar(session: Session) -> Calendar:
    """The working calendar: days off and worked weekend days (I6)."""
    days = session.execute(select(Holiday.day, Holiday.is_working_day)).all()
    return Calendar(
        days_off=frozenset(row.day for row in days if not row.is_working_day),
        extra_days=frozenset(row.day for row in days if row.is_working_day),
    )


def deadlines(session: Session, now: datetime) -> Callable[[int | None], datetime | None]:
    """A function from a limit of working days to the moment it ends, counted from `now`."""
    days, known = calendar(session), dict[int, datetime]()

    def due(limit: int | None) -> datetime | None:
        if limit is None:
            return None
        if limit not in known:
            known[limit] = days.due_at(now, limit)
        return known[limit]

    return due
