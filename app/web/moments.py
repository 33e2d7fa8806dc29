"""Times for people: the database holds aware UTC, the screen shows Asia/Shanghai (D16)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def local(value: datetime | date | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """`2026-11-05 10:32` in local time; a date without time stays a date; nothing is an empty text."""
    if value is None:
        return ""
    if not isinstance(value, datetime):
        return value.isoformat()
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(ZONE).strftime(form)


def local_date(value: datetime | None) -> str:
    """The local day of a moment."""
    return local(value, "%Y-%m-%d")


def iso(value: datetime) -> str:
    """RFC 3339 UTC, for machines (time elements, JSON)."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
