"""One's own exports: what was ordered, how far it is, whether its file is still kept (R39, D21)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.roles import Actor
from app.models.work import Job
from app.queries.paging import Order, Page, page_of

EXPORT_JOB = "export"
"""The kind of job that writes a report."""
KEPT_FOR = timedelta(days=7)
"""How long a file stays for its owner."""
CONTAINER = "application/vnd.yingcai.export"
"""What a stored sheet is to the vault: a type that no upload can have, so that the sweep finds exports only."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One export. `expires` is set once there is a file; `state` is the job's, or `expired`."""

    id: int
    report: str
    filters: Mapping[str, Any]
    state: str
    progress: int
    rows: int | None
    size: int | None
    created: datetime
    expires: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.state not in {"ready", "running"}

    @property
    def has_file(self) -> bool:
        """Whether it can be fetched."""
        return self.state == "done"


def exports(
    session: Session, actor: Actor, *, now: datetime, cursor: str | None = None, limit: int = 50
) -> Page[ExportRow]:
    """The actor's own exports, newest first; nobody sees another's."""
    mine: Any = select(Job, Job.id, Job.created).where(
        Job.kind == EXPORT_JOB, Job.owner_id == actor.account_id
    )
    order = Order(Job.id, Job.created, ascending=False)
    return page_of(session, mine, lambda row: _row(row.Job, now), order=order, cursor=cursor, limit=limit)


def _row(job: Job, now: datetime) -> ExportRow:
    result = job.result or {}
    expired = job.state == "done" and not is_kept(job, now)
    return ExportRow(
        id=job.id,
        report=str(job.args["report"]),
        filters=job.args["filters"],
        state="expired" if expired else job.state,
        progress=job.progress,
        rows=result.get("rows"),
        size=result.get("size"),
        created=job.created,
        expires=job.finished + KEPT_FOR if job.finished and job.state == "done" else None,
    )


def is_kept(job: Job, now: datetime) -> bool:
    """Whether the file of an export can still be fetched."""
    return job.state == "done" and job.finished is not None and now < job.finished + KEPT_FOR


def standing(actor: Actor) -> str:
    """Where an actor stands: what his scope follows from. A file made elsewhere is not handed out (D13)."""
    place = (actor.kind, actor.employer_id, actor.agency_path, actor.agency_level)
    return "/".join([*(str(part or "") for part in place), *sorted(actor.roles)])
