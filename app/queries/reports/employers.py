"""The employers by their applications of a time: how many, how many right at the first time, how many finished."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue, Chart, Column, Kind, Shape, Tone
from app.domain.roles import Actor
from app.domain.text import N_
from app.queries import statistics
from app.queries.reports import figures
from app.queries.reports.base import Filters, Report


def _rows(session: Session, actor: Actor, filters: Filters) -> Iterator[Sequence[CellValue]]:
    for one in statistics.applicants(session, actor, figures.asked(filters, actor)):
        share = figures.percent(one.at_first, one.submitted)
        yield one.name, one.submitted, one.waiting, one.returned, one.done, share


REPORT = Report(
    code="employers",
    title=N_("Applications per employer"),
    rights=figures.RIGHTS,
    filters=figures.FILTERS,
    columns=(
        Column(N_("Employer"), width=34),
        Column(N_("Applications"), Kind.COUNT, 10),
        Column(N_("In review"), Kind.COUNT, 10),
        Column(N_("Returned at present"), Kind.COUNT, 14),
        Column(N_("Approved"), Kind.COUNT, 10),
        Column(N_("Percent right at the first time"), Kind.COUNT, 18),
    ),
    rows=_rows,
    count=figures.counted(_rows),
    chart=Chart(
        5,
        Shape.STACKED,
        ((2, Tone.PLAIN), (3, Tone.WARN), (4, Tone.OK)),
        N_("Applications submitted in this time, by where they are now."),
    ),
)
