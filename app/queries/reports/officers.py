"""What the officers of a bureau, and of those below it, decided in a time."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue, Chart, Column, Kind, Shape, Tone
from app.domain.roles import Actor
from app.domain.text import N_
from app.queries import statistics
from app.queries.reports import figures
from app.queries.reports.base import Filters, Report

_VERDICTS = ("approve", "send_back", "back", "reject")


def _rows(session: Session, actor: Actor, filters: Filters) -> Iterator[Sequence[CellValue]]:
    for load in statistics.loads(session, actor, figures.asked(filters, actor)):
        counts = [load.verdicts.get(verdict, 0) for verdict in _VERDICTS]
        yield load.name, load.role, *counts, sum(counts)


REPORT = Report(
    code="officers",
    title=N_("Decisions per officer"),
    rights=figures.RIGHTS,
    filters=figures.DECIDED,
    columns=(
        Column(N_("Officer"), width=16),
        Column(N_("Function"), Kind.WORD, 20, "role"),
        Column(N_("Approved"), Kind.COUNT, 10),
        Column(N_("Returned"), Kind.COUNT, 10),
        Column(N_("Sent back a step"), Kind.COUNT, 10),
        Column(N_("Rejected"), Kind.COUNT, 10),
        Column(N_("Total"), Kind.COUNT, 10),
    ),
    rows=_rows,
    count=figures.counted(_rows),
    chart=Chart(
        4,
        Shape.STACKED,
        ((2, Tone.OK), (3, Tone.WARN), (4, Tone.SOFT), (5, Tone.BAD)),
        N_("Decisions made in this time; what was taken back does not count."),
    ),
)
