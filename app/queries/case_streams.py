"""Lists of applications from end to end, for exports: the rows and counts of the screen, in chunks (R39)."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor
from app.models.application import Application
from app.queries.applications import (
    Filters,
    Row,
    Which,
    conditions,
    counted,
    in_tab,
    maker,
    order_of,
    rows,
)
from app.queries.paging import Key, capped_count, chunks
from app.queries.sets import AnySelect


def every_row(session: Session, actor: Actor, filters: Filters) -> Iterator[Row]:
    """All rows of a search: as many as the screen counts, numbers masked. Source: R39."""
    statement = visible(rows().where(*conditions(filters)), actor, Application)
    return _every(session, statement, ((Application.id, False),))


def every_in_tab(session: Session, actor: Actor, which: Which, filters: Filters) -> Iterator[Row]:
    """All rows of a tab of a desk, in the order of its page."""
    return _every(session, in_tab(actor, rows(), which, filters), order_of(which.tab).keys)


def how_many_in_tab(session: Session, actor: Actor, which: Which, filters: Filters) -> int:
    """The number that a tab shows, at most to the cap."""
    return capped_count(session, in_tab(actor, counted(), which, filters))


def _every(session: Session, statement: AnySelect, keys: Sequence[Key]) -> Iterator[Row]:
    made = maker(session)
    for part in chunks(session, statement, keys):
        yield from map(made, part)
