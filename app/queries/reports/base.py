"""What a report is, and how it reads its filters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.access.policy import require
from app.domain.errors import FieldError, InvalidInput
from app.domain.number_shapes import looks_like_number
from app.domain.reports import CellValue, Chart, Column, Filter
from app.domain.roles import Actor, Permission
from app.domain.text import N_

Filters = Mapping[str, Any]
"""Filters by name as plain JSON: texts (days as ISO), and under `digests` a list of blind indexes."""
SEARCH = "q"
NUMBER_HERE = N_("Numbers of people belong in the field for numbers.")
DIGESTS = "digests"
"""The name under which a searched number is kept: as blind indexes, never in clear (I18)."""
MOMENT = "moment"
"""The name under which whoever runs a report gives the moment of doing so; nobody can ask for another."""


@dataclass(frozen=True, slots=True)
class Report:
    """A list that can be exported.

    `rows` streams tuples of cells in the order of `columns`, in the actor's scope and constant memory; `count`
    is what the screen counts for the same filters, at most `paging.CAP`. Both raise InvalidInput for filters
    that make no sense. Whoever may not use every right of `rights` may neither order nor fetch it. A report with a
    `chart` stands on the page of statistics, where it is asked for its first rows.
    """

    code: str
    title: str
    rights: tuple[Permission, ...]
    filters: tuple[Filter, ...]
    columns: tuple[Column, ...]
    rows: Callable[[Session, Actor, Filters], Iterator[Sequence[CellValue]]]
    count: Callable[[Session, Actor, Filters], int]
    chart: Chart | None = None

    def require(self, actor: Actor) -> None:
        """Refuse an actor without the report's rights. Raises NotAllowed."""
        for right in self.rights:
            require(actor, right)

    def may(self, actor: Actor) -> bool:
        """Whether the actor has the report's rights."""
        return all(actor.may(right) for right in self.rights)


def refuse(name: str) -> InvalidInput:
    """The refusal of a filter whose value makes no sense."""
    return InvalidInput(FieldError(name, "unknown_filter", N_("This filter is not known here.")))


def check_names(report: Report, filters: Filters) -> None:
    """Refuse filters the report does not have, rather than export more than was asked for."""
    known = {entry.name for entry in report.filters} | {DIGESTS}
    for name, value in filters.items():
        if name not in known:
            raise refuse(name)
        if name == SEARCH and looks_like_number(str(value)):  # a job keeps its filters, and shows them
            raise InvalidInput(FieldError(name, "number_in_address", NUMBER_HERE))
