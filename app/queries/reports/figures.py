"""What the reports of figures share: their right, their filters, shares, and how many rows they have."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue, Filter
from app.domain.roles import Actor, Permission
from app.domain.text import N_
from app.queries.applications import Filters as CaseFilters
from app.queries.reports import cases
from app.queries.reports.base import Filters

RIGHTS = (Permission.STATISTICS,)
PROGRAMME = Filter("programme", N_("Programme"), "programme")
FILTERS = (PROGRAMME, Filter("from", N_("Submitted from")), Filter("to", N_("Submitted until")))
DECIDED = (PROGRAMME, Filter("from", N_("Decided from")), Filter("to", N_("Decided until")))

Rows = Callable[[Session, Actor, Filters], Iterator[Sequence[CellValue]]]


def asked(filters: Filters, actor: Actor) -> CaseFilters:
    """Programme and days of an order. Raises InvalidInput."""
    return cases.filters_of({name: filters.get(name) for name in ("programme", "from", "to")}, actor)


def percent(part: int, whole: int) -> int:
    """A share in whole percent, rounded half up; nothing of nothing is 0."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def counted(rows: Rows) -> Callable[[Session, Actor, Filters], int]:
    """Figures are few: their number is that of the rows themselves."""
    return lambda session, actor, filters: sum(1 for _row in rows(session, actor, filters))
