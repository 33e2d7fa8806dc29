"""What a reviewer may have overlooked before a batch: materials not opened, checks that need a look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor
from app.models.application import Application, Submission
from app.queries.cases import seen_by
from app.queries.checks import findings
from app.queries.sets import among

CHUNK = 200
"""Cases read at a time, so that memory does not grow with the batch."""


@dataclass(frozen=True, slots=True)
class Points:
    """Of one case: files of its present version the actor has not opened, and findings of the checks."""

    unseen: int
    findings: int


def open_points(session: Session, actor: Actor, ids: Sequence[int]) -> Mapping[int, Points]:
    """The points of each of these cases the actor sees. They advise only; nothing is refused for them."""
    found: dict[int, Points] = {}
    for start in range(0, len(ids), CHUNK):
        found |= _points(session, actor, ids[start : start + CHUNK])
    return found


def _points(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, Points]:
    a, s = Application, Submission
    statement = (
        select(a.id, s.n, s.files)
        .join(s, and_(s.application_id == a.id, s.n == a.version_no))
        .where(among(session, a.id, ids))
    )
    rows = session.execute(visible(statement, actor, a)).all()
    seen, checked = seen_by(session, actor, ids), findings(session, [row.id for row in rows])
    return {
        row.id: Points(
            sum((row.id, row.n, str(file["slot"])) not in seen for file in row.files),
            len(checked.get(row.id, ())),
        )
        for row in rows
    }
