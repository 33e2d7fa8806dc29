"""Business numbers: the last one given out is locked in the transaction that takes the next (D15)."""

from sqlalchemy import text

from app.commands.unit_of_work import Work
from app.domain.worktime import local_day

_TAKE = text(
    "INSERT INTO number_series (kind, scope, year, last) VALUES (:kind, :scope, :year, :count) "
    "ON CONFLICT (kind, scope, year) DO UPDATE SET last = number_series.last + :count RETURNING last"
)


def take(work: Work, kind: str, scope: str, year: int, *, count: int = 1) -> range:
    """Take the next `count` numbers of a series.

    Gaps may occur (a transaction rolled back), reuse may not.
    """
    values = {"kind": kind, "scope": scope, "year": year, "count": count}
    last: int = work.session.execute(_TAKE, values).scalar_one()
    return range(last - count + 1, last + 1)


def application_no(work: Work, *, prefix: str, agency_code: str) -> str:
    """`{prefix}{agency code}{yyyy}{6 digits}` (model: Ids and numbers)."""
    year = local_day(work.now).year
    n = take(work, "application", f"{prefix}{agency_code}", year)[0]
    return written(f"{prefix}{agency_code}", year, n)


def written(scope: str, year: int, n: int) -> str:
    """A number as people see it: what it counts within, the year, six digits."""
    return f"{scope}{year}{n:06d}"
