"""Paging by key and capped counts, the same for every list (model, section 9)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.errors import FieldError, InvalidInput
from app.domain.text import N_

T = TypeVar("T")
CAP = 10_001
"""Counting stops here; the screen says "10000+"."""
MAX_PAGE = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, the cursor of the next ones (None at the end), and how many there are at all."""

    items: tuple[T, ...]
    next_cursor: str | None
    count: int

    @property
    def count_is_capped(self) -> bool:
        """Whether there may be more than `count` says."""
        return self.count >= CAP


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: by a moment and an id, or by an id alone; oldest or newest first."""

    id: Any
    moment: Any = None
    ascending: bool = True

    @property
    def keys(self) -> tuple["Key", ...]:
        """The same for `chunks`."""
        columns = (self.id,) if self.moment is None else (self.moment, self.id)
        return tuple((column, self.ascending) for column in columns)


def page_of(
    session: Session,
    statement: Select[Any],
    make: Callable[[Any], T],
    *,
    order: Order,
    cursor: str | None,
    limit: int,
    count: int | None = None,
) -> Page[T]:
    """Run a list: one statement for the rows, one for the capped count where the caller does not know it.

    Raises InvalidInput for a cursor that is none.

    The statement's rows carry the columns of the order under their names.
    """
    size = max(1, min(limit, MAX_PAGE))
    count = capped_count(session, statement) if count is None else count
    directed = [column.asc() if up else column.desc() for column, up in order.keys]
    wanted = statement if not cursor else statement.where(_after(order, cursor))
    rows = session.execute(wanted.order_by(*directed).limit(size + 1)).all()
    more = _cursor(order, rows[size - 1]) if len(rows) > size else None
    return Page(tuple(make(row) for row in rows[:size]), more, count)


def capped_count(session: Session, statement: Select[Any]) -> int:
    """Count the rows of a list, at most to the cap."""
    return (
        session.scalar(select(func.count()).select_from(statement.order_by(None).limit(CAP).subquery())) or 0
    )


def counting(rows: Select[Any], *, beside: Any = None) -> ScalarSelect[int]:
    """The capped number of `rows` as part of another statement; `beside`: the table of that one which they name."""
    capped = rows.limit(CAP)
    if beside is not None:
        capped = capped.correlate(beside)
    return select(func.count()).select_from(capped.subquery()).scalar_subquery()


def _cursor(order: Order, row: Any) -> str:
    key = getattr(row, order.id.key)
    if order.moment is None:
        return f"-.{key}"
    moment: datetime = getattr(row, order.moment.key)
    return f"{(moment - _EPOCH) // _MICROSECOND}.{key}"


def _after(order: Order, cursor: str) -> ColumnElement[bool]:
    head, _, tail = cursor.partition(".")
    try:
        row_id = int(tail)
        moment = None if order.moment is None else _EPOCH + int(head) * _MICROSECOND
    except (ValueError, OverflowError):
        raise InvalidInput(FieldError("cursor", "not_a_cursor", N_("This page does not exist."))) from None
    if not 0 <= row_id < 1 << 63:
        raise InvalidInput(FieldError("cursor", "not_a_cursor", N_("This page does not exist.")))
    further = order.id > row_id if order.ascending else order.id < row_id
    if moment is None:
        return further  # type: ignore[no-any-return]
    beyond = order.moment > moment if order.ascending else order.moment < moment
    return or_(beyond, and_(order.moment == moment, further))


CHUNK = 1000
"""Rows that a stream reads at once: its memory."""
Key = tuple[Any, bool]
"""A column to order by, and whether ascending."""


def chunks(
    session: Session, statement: Select[Any], keys: Sequence[Key], *, size: int = CHUNK
) -> Iterator[Sequence[Any]]:
    """All rows of a list, some at a time, in the order of `keys` (together unique): one statement for each chunk.

    What is written meanwhile may or may not be among them; no row comes twice, and none that stays is left out.
    """
    marked = statement.add_columns(*(column.label(f"key_{n}") for n, (column, _) in enumerate(keys)))
    ordered = marked.order_by(None).order_by(*(c.asc() if up else c.desc() for c, up in keys)).limit(size)
    rows: Sequence[Any] = session.execute(ordered).all()
    while rows:
        yield rows
        if len(rows) < size:
            return
        last = [getattr(rows[-1], f"key_{n}") for n in range(len(keys))]
        rows = session.execute(ordered.where(_beyond(keys, last))).all()


def _beyond(keys: Sequence[Key], last: Sequence[Any]) -> ColumnElement[bool]:
    """After the row with these keys; the first part alone is a range that an index serves."""
    (column, up), value = keys[0], last[0]
    further: ColumnElement[bool] = column > value if up else column < value
    if len(keys) == 1:
        return further
    bounded = column >= value if up else column <= value
    return and_(bounded, or_(further, and_(column == value, _beyond(keys[1:], last[1:]))))
