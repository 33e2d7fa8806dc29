"""How far the cases of a time have come: one row per step of the document, from submission to the card."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue, Chart, Column, Kind, Shape, Tone
from app.domain.roles import Actor
from app.domain.text import N_
from app.queries import statistics
from app.queries.reports import figures
from app.queries.reports.base import Filters, Report


def _rows(session: Session, actor: Actor, filters: Filters) -> Iterator[Sequence[CellValue]]:
    for one in statistics.funnels(session, actor, figures.asked(filters, actor)):
        titles = {stage.code: stage.title for stage in one.programme.stages}
        steps = [(titles[code], n) for code, n in one.passed]
        for title, n in [("submitted", one.submitted), *steps, ("issued", one.issued)]:
            yield title, n, figures.percent(n, one.submitted), one.programme.short_name


REPORT = Report(
    code="by_step",
    title=N_("How far applications have come"),
    rights=figures.RIGHTS,
    filters=figures.FILTERS,
    columns=(
        Column(N_("Step passed"), Kind.WORD, 26, "milestone"),
        Column(N_("Applications"), Kind.COUNT, 12),
        Column(N_("Percent of those submitted"), Kind.COUNT, 16),
        Column(N_("Programme"), width=20),
    ),
    rows=_rows,
    count=figures.counted(_rows),
    chart=Chart(
        1,
        Shape.BARS,
        ((1, Tone.PLAIN),),
        N_("Of the applications submitted in this time, as they stand now."),
    ),
)
