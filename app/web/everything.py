"""The token of “select all”: the filter of a list, the moment it was shown, how many rows it named."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from flask import abort

from app.queries.listed import Shown
from app.queries.paging import CAP
from app.web.incoming import CONTROL

MAX_LENGTH = 1000


def token(shown_at: datetime, count: int, **filters: str) -> str:
    """The text that a page carries for everything it lists; `filters` without a value are left out."""
    given = {**filters, "at": shown_at.isoformat(), "count": str(count) if count < CAP else ""}
    return urlencode({name: value for name, value in given.items() if value})


def read(raw: str) -> Mapping[str, str]:
    """The parts of a token; what is not one has none. 422 for control characters, however encoded."""
    parts = dict(parse_qsl(raw[:MAX_LENGTH]))
    if any(CONTROL.search(value) for value in parts.values()):
        abort(422)
    return parts


def shown(asked: Mapping[str, str]) -> Shown:
    """When the list was shown and how many rows it named; 422 for a token that does not say."""
    try:
        at = datetime.fromisoformat(asked.get("at", ""))
        moment = at.astimezone(UTC)
    except (ValueError, OverflowError):  # no time, or none that UTC can say
        abort(422)
    count = asked.get("count", "")
    if at.tzinfo is None or (
        count and not (count.isascii() and count.isdigit() and len(count) < len(str(CAP)))
    ):
        abort(422)
    return Shown(moment, int(count) if count else None)
