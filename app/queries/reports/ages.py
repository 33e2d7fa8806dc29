"""How long open cases have been waiting where they are, and how many are overdue, step by step."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue, Chart, Column, Kind, Shape, Tone
from app.domain.roles import Actor
from app.domain.text import N_
from app.queries import statistics
from app.queries.reports import figures
from app.queries.reports.base import MOMENT, Filters, Report
from app.queries.statistics import Ages


def _step(one: Ages) -> str:
    if one.stage_code is None:
        return "to_print"
    title = next(
        (stage.title for stage in one.programme.stages if stage.code == one.stage_code), one.stage_code
    )
    return title if one.is_ready else "to_stamp"


def _rows(session: Session, actor: Actor, filters: Filters) -> Iterator[Sequence[CellValue]]:
    found = statistics.ages(session, actor, figures.asked(filters, actor), now=filters[MOMENT])
    for one in found:
        yield _step(one), *one.counts, one.overdue, one.programme.short_name


REPORT = Report(
    code="ages",
    title=N_("How long open applications have been waiting"),
    rights=figures.RIGHTS,
    filters=(figures.PROGRAMME,),
    columns=(
        Column(N_("Step"), Kind.WORD, 26, "milestone"),
        Column(N_("Up to 3 days"), Kind.COUNT, 12),
        Column(N_("4 to 7 days"), Kind.COUNT, 12),
        Column(N_("8 to 15 days"), Kind.COUNT, 12),
        Column(N_("Over 15 days"), Kind.COUNT, 12),
        Column(N_("Overdue"), Kind.COUNT, 12),
        Column(N_("Programme"), width=20),
    ),
    rows=_rows,
    count=figures.counted(_rows),
    chart=Chart(
        2,
        Shape.STACKED,
        ((1, Tone.SOFT), (2, Tone.PLAIN), (3, Tone.WARN), (4, Tone.BAD)),
        N_("All open applications now, by the days at their present step."),
    ),
)
