"""Who decided what when and why: the verdicts on the applications that the query page's filters show (R13, R39)."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.reports import CellValue, Column, Kind
from app.domain.roles import Actor, Permission
from app.domain.text import N_
from app.queries.reports import cases
from app.queries.reports.base import Filters, Report
from app.queries.verdicts import Verdict, every_verdict, how_many_verdicts


def _cells(found: Verdict) -> Sequence[CellValue]:
    return (
        found.no,
        found.programme_name,
        found.person_name,
        found.employer_name,
        found.version_no,
        found.at,
        found.stage_title,
        found.verdict,
        found.actor_name,
        found.role,
        found.text,
        "\n".join(found.items),
        "taken_back" if found.is_undone else "",
    )


def _rows(session: Session, actor: Actor, filters: Filters) -> Iterator[Sequence[CellValue]]:
    return map(_cells, every_verdict(session, actor, cases.filters_of(filters, actor)))


def _count(session: Session, actor: Actor, filters: Filters) -> int:
    return how_many_verdicts(session, actor, cases.filters_of(filters, actor))


REPORT = Report(
    code="reviews",
    title=N_("Review records"),
    rights=(Permission.APPLICATION_EXPORT,),
    filters=cases.FILTERS,
    columns=(
        Column(N_("Case no."), width=20),
        Column(N_("Programme"), width=16),
        Column(N_("Name in Chinese"), width=14),
        Column(N_("Employer"), width=30),
        Column(N_("Version"), Kind.COUNT, 8),
        Column(N_("Decided"), Kind.MOMENT, 17),
        Column(N_("Step"), width=20),
        Column(N_("Decision"), Kind.WORD, 12, "verb"),
        Column(N_("Decided by"), width=14),
        Column(N_("Function"), Kind.WORD, 18, "role"),
        Column(N_("Opinion"), width=36),
        Column(N_("Returned items and reasons"), width=48),
        Column(N_("Remark"), Kind.WORD, 12, "remark"),
    ),
    rows=_rows,
    count=_count,
)
