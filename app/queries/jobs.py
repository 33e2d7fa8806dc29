"""Jobs as their owner sees them (D21); superusers see the state of all and no result."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import require
from app.access.scope import visible
from app.domain.blocks import Block
from app.domain.errors import Blocked, NotFound
from app.domain.ports import BlobRef
from app.domain.roles import Actor, Permission
from app.models.file import Blob
from app.models.work import Job
from app.queries.exports import EXPORT_JOB, KEPT_FOR, is_kept, standing
from app.queries.paging import Order, Page, page_of
from app.queries.reports import report_of

CARD_JOB = "card_pdf"
"""The kind of job that renders cards."""


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
    """The file that a job made, and what the access log says of it: its content and number of rows."""

    blob: BlobRef
    type: str
    file_name: str
    detail: str


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


def result_file(session: Session, actor: Actor, job_id: int, *, now: datetime) -> JobFile:
    """The file that a job of the actor's own made; the caller logs the access.

    Raises NotFound, NotAllowed for a right lost since it was ordered, Blocked(export_expired, export_outdated).
    """
    found = session.get(Job, job_id)
    if found is None or found.owner_id != actor.account_id or found.state != "done":
        raise NotFound
    result = found.result or {}
    _check(found, result, actor, now)
    blob = session.get(Blob, int(result.get("blob") or 0))
    if blob is None:
        raise NotFound
    ref = BlobRef(blob.id, blob.sha256, blob.key, blob.data_key)
    name = str(result.get("file_name") or f"{found.kind}.pdf")
    rows = f"{found.args['report']}: {result.get('rows')} rows" if found.kind == EXPORT_JOB else blob.type
    return JobFile(ref, str(result.get("type") or blob.type), name, rows)


def _check(found: Job, result: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """What the file asks of its owner now; rights, place and time may have changed since it was made."""
    if found.kind == CARD_JOB:
        require(actor, Permission.CARD_PRINT)
    if found.kind == EXPORT_JOB:
        report_of(found.args["report"]).require(actor)
        if not is_kept(found, now):
            raise Blocked(Block("export_expired", {"days": KEPT_FOR.days}))
        if result.get("standing") != standing(actor):
            raise Blocked(Block("export_outdated"))
