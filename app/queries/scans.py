"""The stamped roster of a case as files for its later desks (R36)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor, Permission
from app.models.file import Blob
from app.models.roster import Roster, RosterScan


@dataclass(frozen=True, slots=True)
class Scan:
    """One uploaded file of a roster and how many pages it shows."""

    id: int
    file_name: str
    pages: int


def scans_of(session: Session, actor: Actor, roster_id: int | None) -> tuple[Scan, ...]:
    """The live scans of a roster the actor sees, in order; none without the right. Source: R36, D13."""
    if roster_id is None or not actor.may(Permission.ROSTER_SHOW):
        return ()
    s = RosterScan
    statement = (
        select(s.id, s.file_name, Blob.pages)
        .join(Roster, Roster.id == s.roster_id)
        .join(Blob, Blob.id == s.blob_id)
        .where(s.roster_id == roster_id, s.superseded_at.is_(None))
        .order_by(s.position, s.id)
    )
    rows = session.execute(visible(statement, actor, Roster))
    return tuple(Scan(row.id, row.file_name, row.pages or 1) for row in rows)
