"""One tab of one desk, with the search of its page (R29, R31)."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue, Filter
from app.domain.roles import Actor, Permission
from app.domain.text import N_
from app.queries.applications import Filters as CaseFilters
from app.queries.applications import Tab, Which
from app.queries.case_streams import every_in_tab, how_many_in_tab
from app.queries.reports import cases
from app.queries.reports.base import MOMENT, Filters, Report, refuse

NO_ROSTER = "none"
"""The value of the filter `roster` for cases that stand on none."""
OVER = "over"
"""The value of the filter `due` for cases past their time limit when the export is made."""


def _asked(filters: Filters) -> tuple[Which, CaseFilters]:
    tab, roster = str(filters.get("tab") or Tab.READY.value), str(filters.get("roster") or "")
    if tab not in set(Tab):
        raise refuse("tab")
    if roster not in {"", NO_ROSTER}:
        raise refuse("roster")
    due = str(filters.get("due") or "")
    if due not in {"", OVER}:
        raise refuse("due")
    which = Which(str(filters.get("programme") or ""), str(filters.get("role") or ""), Tab(tab))
    q, digests = str(filters.get("q") or ""), cases.digests_of(filters)
    due_before = filters[MOMENT] if due else None
    return which, CaseFilters(q=q, digests=digests, without_roster=roster == NO_ROSTER, due_before=due_before)


def _rows(session: Session, actor: Actor, filters: Filters) -> Iterator[Sequence[CellValue]]:
    return map(cases.cells, every_in_tab(session, actor, *_asked(filters)))


def _count(session: Session, actor: Actor, filters: Filters) -> int:
    return how_many_in_tab(session, actor, *_asked(filters))


REPORT = Report(
    code="queue",
    title=N_("Cases of a desk"),
    rights=(Permission.APPLICATION_REVIEW, Permission.APPLICATION_EXPORT),
    filters=(
        Filter("programme", N_("Programme"), "programme"),
        Filter("role", N_("Desk"), "role"),
        Filter("tab", N_("Tab"), "tab"),
        Filter("roster", N_("Roster"), "on_roster"),
        Filter("due", N_("Time limit"), "due"),
        cases.NAME,
        cases.NUMBER,
    ),
    columns=cases.COLUMNS,
    rows=_rows,
    count=_count,
)
