"""What the reports about applications share: their filters and the cells of a case."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.domain.reports import CellValue, Column, Filter, Kind
from app.domain.roles import Actor
from app.domain.states import OPEN, Status
from app.domain.text import N_
from app.queries.applications import ANY_OPEN, Filters, Handled, Row, handled
from app.queries.reports.base import DIGESTS, MOMENT, SEARCH, refuse

NUMBER = Filter(DIGESTS, N_("ID number or mobile"))
NAME = Filter(SEARCH, N_("Beginning of name or case number"))
FILTERS = (
    Filter("programme", N_("Programme"), "programme"),
    Filter("status", N_("State"), "application"),
    Filter("stage", N_("Step"), "stage"),
    Filter("category", N_("Category"), "category"),
    Filter("from", N_("Submitted from")),
    Filter("to", N_("Submitted until")),
    Filter("ready", N_("Ready to decide"), "yes_no"),
    Filter("handled", N_("Decided by me"), "handled"),
    NAME,
    NUMBER,
)
COLUMNS = (
    Column(N_("Case no."), width=20),
    Column(N_("Programme"), width=16),
    Column(N_("Name in Chinese"), width=14),
    Column(N_("Sex"), Kind.WORD, 6, "sex"),
    Column(N_("Document type"), Kind.WORD, 16, "doc_type"),
    Column(N_("ID number"), width=22),
    Column(N_("Employer"), width=30),
    Column(N_("Category"), width=24),
    Column(N_("Name of the service staff"), width=14),
    Column(N_("Contact of the service staff"), width=18),
    Column(N_("Submitted"), Kind.MOMENT, 17),
    Column(N_("State"), Kind.WORD, 12, "application"),
    Column(N_("Step"), width=20),
    Column(N_("Waits at"), Kind.WORD, 22, "office"),
    Column(N_("Waiting for"), Kind.WAITED, 20),
)


def filters_of(given: Mapping[str, Any], actor: Actor) -> Filters:
    """The filters of an order. Raises InvalidInput."""
    status = _text(given, "status")
    if status and status != ANY_OPEN and status not in set(Status):
        raise refuse("status")
    return Filters(
        programme=_text(given, "programme"),
        status=status,
        stage=_text(given, "stage"),
        category=_text(given, "category"),
        submitted_from=_day(given, "from"),
        submitted_to=_day(given, "to"),
        q=_text(given, SEARCH),
        digests=digests_of(given),
        ready=_flag(given, "ready"),
        handled=_handled(given, actor),
    )


def _handled(given: Mapping[str, Any], actor: Actor) -> Handled | None:
    when = _text(given, "handled")
    found = handled(when, actor.account_id, given[MOMENT]) if when else None
    if when and found is None:
        raise refuse("handled")
    return found


def digests_of(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The blind indexes of a searched number; empty if none was."""
    return tuple(str(digest) for digest in given.get(DIGESTS) or ())


def cells(row: Row) -> Sequence[CellValue]:
    """One case in the order of `COLUMNS`; numbers are masked."""
    return (
        row.no,
        row.programme_name,
        row.name,
        row.sex,
        row.doc_type,
        row.doc_no_masked,
        row.employer_name,
        row.category_title,
        row.service_name,
        row.service_phone_masked,
        row.submitted_at,
        row.status,
        row.stage_title,
        row.waits_for.value,
        row.entered_at if Status(row.status) in OPEN else None,
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    return str(given.get(name) or "")


_DAYS = (date(1950, 1, 1), date(2200, 12, 31))
"""Days outside make no sense here and overflow where a zone is added."""


def _day(given: Mapping[str, Any], name: str) -> date | None:
    if not given.get(name):
        return None
    try:
        day = date.fromisoformat(_text(given, name))
    except ValueError:
        raise refuse(name) from None
    if not _DAYS[0] <= day <= _DAYS[1]:
        raise refuse(name)
    return day


def _flag(given: Mapping[str, Any], name: str) -> bool | None:
    value = given.get(name)
    if value in (None, ""):
        return None
    if value not in (True, False, "true", "false"):
        raise refuse(name)
    return value in (True, "true")
