"""The result of a batch as the page `batch_result` shows it: every row by name, what happened, why not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext

from app.domain.results import BatchResult
from app.web import labels


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a result; `outcome` is moved, skipped or unknown, `done` what was done to a row that moved."""

    id: int
    name: str
    outcome: str
    reasons: tuple[str, ...] = ()
    url: str = ""
    done: str = ""


def lines(
    result: BatchResult,
    names: Mapping[int, str],
    url: Callable[[int], str],
    *,
    done: str = "",
    why: tuple[str, ...] = (),
) -> tuple[Line, ...]:
    """What was skipped comes first, since it needs an answer; unknown rows have no name and no link.

    `done` is the verdict on the rows that moved, `why` its reasons.
    """
    skipped = [
        Line(
            row.id,
            names.get(row.id, str(row.id)),
            "skipped",
            tuple(labels.block_reason(b) for b in row.blocks),
            url(row.id),
        )
        for row in result.skipped
    ]
    unknown = [
        Line(
            n,
            gettext("Unknown row"),
            "unknown",
            (gettext("There is no such record, or it is not yours to see."),),
        )
        for n in result.unknown
    ]
    moved = [Line(n, names.get(n, str(n)), "moved", why, url(n), done) for n in result.moved]
    return (*skipped, *unknown, *moved)
