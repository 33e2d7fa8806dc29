"""Business numbers: the last one given out is locked in the transaction that takes the next (D15)."""

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from app.commands.unit_of_work import Work
from app.models.work import NumberSeries


def take(work: Work, kind: str, scope: str, year: int, *, count: int = 1) -> range:
    """Take the next `count` numbers of a series. Gaps may occur (a transaction rolled back), reuse may not."""
    which = (NumberSeries.kind == kind, NumberSeries.scope == scope, NumberSeries.year == year)
    locked = select(NumberSeries.last).where(*which).with_for_update()
    last = work.session.scalar(locked)
    if last is None:
        _open(work, kind, scope, year)
        last = work.session.scalars(locked).one()
    work.session.execute(update(NumberSeries).where(*which).values(last=last + count))
    return range(last + 1, last + count + 1)


def _open(work: Work, kind: str, scope: str, year: int) -> None:
    """Open a series; of two transactions that open it at once the second waits here for the first."""
    try:
        with work.session.begin_nested():
            work.session.execute(insert(NumberSeries).values(kind=kind, scope=scope, year=year, last=0))
    except IntegrityError:
        return
