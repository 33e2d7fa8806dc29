"""Every application of the query page, whatever its state; for superusers those of the whole system (R39, I4)."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue
from app.domain.roles import Actor, Permission
from app.domain.text import N_
from app.queries.applications import how_many
from app.queries.case_streams import every_row
from app.queries.reports import cases
from app.queries.reports.base import Filters, Report


def _rows(session: Session, actor: Actor, filters: Filters) -> Iterator[Sequence[CellValue]]:
    return map(cases.cells, every_row(session, actor, cases.filters_of(filters, actor)))


def _count(session: Session, actor: Actor, filters: Filters) -> int:
    return how_many(session, actor, cases.filters_of(filters, actor))


REPORT = Report(
    code="applications",
    title=N_("Application records"),
    rights=(Permission.APPLICATION_EXPORT,),
    filters=cases.FILTERS,
    columns=cases.COLUMNS,
    rows=_rows,
    count=_count,
)
