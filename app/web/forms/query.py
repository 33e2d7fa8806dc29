"""Filters of the query page: in the address, except a person's number, which is posted (R39, I18)."""

from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import urlencode

from app.domain.states import Status
from app.queries.applications import EVER, TODAY, Filters, handled

NAMES = ("programme", "status", "stage", "category", "from", "to", "q", "handled")
STATUSES = ("open", *(status.value for status in Status))
_LONGEST = 60


def filters_of(given: Mapping[str, str], *, account_id: int, now: datetime) -> Filters:
    """The filters of an address; what is none of ours means any. The account is the one that `handled` means."""
    status = given.get("status", "")
    return Filters(
        programme=_code(given.get("programme")),
        status=status if status in STATUSES else "",
        stage=_code(given.get("stage")),
        category=_code(given.get("category")),
        submitted_from=day_of(given.get("from")),
        submitted_to=day_of(given.get("to")),
        q=_text(given.get("q")),
        handled=handled(given.get("handled", ""), account_id, now),
    )


FIRST_DAY, _LAST_DAY = date(1950, 1, 1), date(2200, 12, 31)
"""Days outside make no sense here and overflow where a zone is added."""


def _code(raw: str | None) -> str:
    return (raw or "")[:_LONGEST]


def _text(raw: str | None) -> str:
    return " ".join((raw or "").split())[:_LONGEST]


def day_of(raw: str | None) -> date | None:
    """A day in an address, or None."""
    try:
        day = date.fromisoformat(raw or "")
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= _LAST_DAY else None


def as_query(filters: Filters) -> dict[str, str]:
    """The filters as values of an address."""
    found = {
        "programme": filters.programme,
        "status": filters.status,
        "stage": filters.stage,
        "category": filters.category,
        "from": filters.submitted_from.isoformat() if filters.submitted_from else "",
        "to": filters.submitted_to.isoformat() if filters.submitted_to else "",
        "q": filters.q,
        "handled": (TODAY if filters.handled.since else EVER) if filters.handled else "",
    }
    return {name: value for name, value in found.items() if value}


def token_of(filters: Filters) -> str:
    """The filters as one value of a form."""
    return urlencode(as_query(filters))
