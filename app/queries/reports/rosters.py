"""The list of rosters by state, as its page shows it (R32–R37)."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue, Column, Filter, Kind
from app.domain.roles import Actor, Permission
from app.domain.roster import RosterState
from app.domain.text import N_
from app.queries.reports.base import Filters, Report, refuse
from app.queries.rosters import RosterRow, every_roster, how_many_rosters

TABS = {
    "": (),
    "open": (RosterState.EXPORTED.value, RosterState.SCAN_RETURNED.value),
    "sealed": (RosterState.SEALED.value,),
    "void": (RosterState.VOID.value,),
}
"""The states behind the tabs of the page; no tab means all."""


def _states(filters: Filters) -> tuple[str, ...]:
    tab = str(filters.get("tab") or "")
    if tab not in TABS:
        raise refuse("tab")
    return TABS[tab]


def _cells(row: RosterRow) -> Sequence[CellValue]:
    return (
        row.no,
        row.programme_name,
        row.employer_name,
        row.size,
        row.pages,
        row.state,
        row.exported_at,
        row.sealed_at,
        row.verified_by,
    )


def _rows(session: Session, actor: Actor, filters: Filters) -> Iterator[Sequence[CellValue]]:
    return map(_cells, every_roster(session, actor, states=_states(filters)))


def _count(session: Session, actor: Actor, filters: Filters) -> int:
    return how_many_rosters(session, actor, states=_states(filters))


REPORT = Report(
    code="rosters",
    title=N_("List of rosters"),
    rights=(Permission.ROSTER_LIST,),
    filters=(Filter("tab", N_("State"), "roster_tab"),),
    columns=(
        Column(N_("Roster number"), width=22),
        Column(N_("Programme"), width=16),
        Column(N_("Employer"), width=30),
        Column(N_("Members"), Kind.COUNT, 10),
        Column(N_("Number of pages"), Kind.COUNT, 10),
        Column(N_("State"), Kind.WORD, 16, "roster"),
        Column(N_("Exported"), Kind.MOMENT, 17),
        Column(N_("Uploaded on"), Kind.MOMENT, 17),
        Column(N_("Verification"), Kind.WORD, 14, "verified_by"),
    ),
    rows=_rows,
    count=_count,
)
