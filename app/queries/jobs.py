"""Jobs as their owner sees them (D21); superusers see the state of all and no result."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import require
from app.access.scope import visible
from app.domain.errors import NotFound
from app.domain.ports import BlobRef
from app.domain.roles import Actor, Permission
from app.models.file import Blob
from app.models.work import Job
from app.queries.paging import Order, Page, page_of

CARD_JOB = "card_pdf"
"""The kind of job that renders cards."""
EXPORT_JOB = "export_applications"
"""The kind of job that writes a list of applications."""
_FILE_RIGHTS = {CARD_JOB: Permission.CARD_PRINT, EXPORT_JOB: Permission.APPLICATION_EXPORT}
"""What the file of a job asks of its owner; the right may be gone since the job was ordered."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job. `has_file` says that its result can be fetched; `failed` that it will not be tried again."""

    id: int
    kind: str
    state: str
    progress: int
    attempts: int
    error: str | None
    has_file: bool
    created: datetime
    finished: datetime | None

    @property
    def failed(self) -> bool:
        """Whether the job was given up."""
        return self.state == "dead"


@dataclass(frozen=True, slots=True)
class JobFile:
    """The file that a job made."""

    blob: BlobRef
    type: str
    file_name: str


def job(session: Session, actor: Actor, job_id: int) -> JobRow:
    """One job of the actor. Raises NotFound."""
    found = session.scalar(visible(select(Job).where(Job.id == job_id), actor))
    if found is None:
        raise NotFound
    return _row(found, actor)


def jobs(
    session: Session,
    actor: Actor,
    *,
    states: tuple[str, ...] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Page[JobRow]:
    """The actor's jobs (a superuser's: everybody's), newest first."""
    statement: Any = select(Job, Job.id, Job.created)
    if states:
        statement = statement.where(Job.state.in_(states))
    order = Order(Job.id, Job.created, ascending=False)
    scoped = visible(statement, actor, Job)
    return page_of(session, scoped, lambda row: _row(row.Job, actor), order=order, cursor=cursor, limit=limit)


def _row(found: Job, actor: Actor) -> JobRow:
    is_own = found.owner_id == actor.account_id
    return JobRow(
        id=found.id,
        kind=found.kind,
        state=found.state,
        progress=found.progress,
        attempts=found.attempts,
        error=found.error if actor.is_superuser else None,
        has_file=is_own and found.state == "done" and bool((found.result or {}).get("blob")),
        created=found.created,
        finished=found.finished,
    )


def result_file(session: Session, actor: Actor, job_id: int) -> JobFile:
    """The file that a job of the actor's own made; the caller logs the access. Raises NotFound."""
    found = session.get(Job, job_id)
    if found is None or found.owner_id != actor.account_id or found.state != "done":
        raise NotFound
    if found.kind in _FILE_RIGHTS:
        require(actor, _FILE_RIGHTS[found.kind])
    result = found.result or {}
    blob = session.get(Blob, int(result.get("blob") or 0))
    if blob is None:
        raise NotFound
    ref = BlobRef(blob.id, blob.sha256, blob.key, blob.data_key)
    return JobFile(
        ref, str(result.get("type") or blob.type), str(result.get("file_name") or f"{found.kind}.pdf")
    )
