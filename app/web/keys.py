"""Keys and cursors out of addresses: what cannot be one is a missing record, never an error of ours."""

from collections.abc import Mapping

from flask import abort, request

from app.domain.errors import NotFound
from app.web.base import PAGE_MAX, parse_id

SIZES = (25, 50, 100)
MAX_DIGITS = 10
"""A mobile has one more."""


def key_of(raw: str) -> int:
    """The id in an address; raises NotFound for what cannot be one."""
    found = parse_id(raw)
    if found is None:
        raise NotFound
    return found


def page_size() -> int:
    """Rows per page as asked for, one of the sizes offered."""
    raw = request.args.get("size", "")
    return (
        int(raw)
        if raw.isascii() and raw.isdigit() and len(raw) <= len(str(PAGE_MAX)) and int(raw) in SIZES
        else SIZES[0]
    )


def cursor() -> str | None:
    """The cursor of a page by key."""
    return request.args.get("cursor") or None


def search_text(maximum: int = 60) -> str:
    """The search of a list; numbers of people never stand in an address, so these are dropped (I18)."""
    text = " ".join(request.args.get("q", "").split())[:maximum]
    return "" if sum(character.isdigit() for character in text) > MAX_DIGITS else text


def locks(seen: Mapping[int, int | None]) -> dict[int, int]:
    """The locks of the ticked rows; a row without one was not ticked on a page of ours (422)."""
    if None in seen.values():
        abort(422)
    return {key: lock for key, lock in seen.items() if lock is not None}
