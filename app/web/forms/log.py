"""Filters of the auditor's lists: all in the address, since none may be a person's number (I18)."""

from collections.abc import Mapping

from app.domain.number_shapes import looks_like_number
from app.queries.audit_log import LogFilters
from app.web.forms.query import day_of

_LONGEST = 100


def log_filters(given: Mapping[str, str]) -> LogFilters:
    """The filters of an address; what is none of ours, or looks like a person's number, means any."""
    return LogFilters(
        subject_kind=_code(given.get("kind")),
        kind=_code(given.get("event")),
        name=_name(given.get("name")),
        actor=_name(given.get("actor")),
        result=_code(given.get("result")),
        first=day_of(given.get("from")),
        last=day_of(given.get("to")),
    )


def shown(filters: LogFilters) -> dict[str, str]:
    """The filters as the form shows them."""
    return {
        "kind": filters.subject_kind,
        "event": filters.kind,
        "name": filters.name,
        "actor": filters.actor,
        "result": filters.result,
        "from": filters.first.isoformat() if filters.first else "",
        "to": filters.last.isoformat() if filters.last else "",
    }


def _code(raw: str | None) -> str:
    return (raw or "").replace("\0", "")[:40]


def _name(raw: str | None) -> str:
    text = " ".join((raw or "").replace("\0", "").split())[:_LONGEST]
    return "" if looks_like_number(text) else text
