"""Why cases are returned: how often each reason was given, most frequent first."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue, Chart, Column, Kind, Shape, Tone
from app.domain.roles import Actor
from app.domain.text import N_
from app.queries import statistics
from app.queries.reports import figures
from app.queries.reports.base import Filters, Report
from app.queries.statistics import Returned


def _reason(one: Returned) -> str:
    if one.reason_code is None:
        return "own_words"
    return next(
        (entry.title for entry in one.programme.reasons if entry.code == one.reason_code), one.reason_code
    )


def _rows(session: Session, actor: Actor, filters: Filters) -> Iterator[Sequence[CellValue]]:
    for one in statistics.returned(session, actor, figures.asked(filters, actor)):
        yield _reason(one), one.times, one.cases, one.programme.short_name


REPORT = Report(
    code="returns",
    title=N_("Why applications are returned"),
    rights=figures.RIGHTS,
    filters=figures.FILTERS,
    columns=(
        Column(N_("Reason"), Kind.WORD, 30, "milestone"),
        Column(N_("Times given"), Kind.COUNT, 12),
        Column(N_("Applications"), Kind.COUNT, 12),
        Column(N_("Programme"), width=20),
    ),
    rows=_rows,
    count=figures.counted(_rows),
    chart=Chart(
        3,
        Shape.BARS,
        ((1, Tone.PLAIN),),
        N_("Returns of the applications submitted in this time, at every step."),
    ),
)
