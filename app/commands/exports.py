"""Exports of reports as jobs: ordered with the rights of now, written with those the owner has when they run (R39).

A job keeps the report's code, the filters and the language; rights, scope, rows and words are made anew with
every run. The file is its owner's for a week.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from app.commands.employer_state import require_active
from app.commands.files import store_derived
from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.blocks import Block
from app.domain.errors import Blocked, NotFound
from app.domain.ports import ClaimedJob, SheetWriter, Vault
from app.domain.reports import CellValue, Column, DataSheet, Head, Kind, MakeWording, Wording
from app.domain.roles import Actor
from app.domain.text import N_
from app.domain.worktime import SHANGHAI, Calendar, local_day
from app.models.file import Blob
from app.models.work import Job
from app.queries.actors import actor_of
from app.queries.calendar import calendar
from app.queries.exports import CONTAINER, EXPORT_JOB, KEPT_FOR, XLSX, is_kept, standing
from app.queries.reports import Report, report_of
from app.queries.reports.base import MOMENT, Filters, check_names

EXPIRE_JOB = "expire_exports"
LISTED_FOR = timedelta(days=30)
"""How long an export is listed after it ended, so that it can be made again; its filters may hold names."""
REPORT_EVERY = 500
"""Rows between two words about the progress; a cancelled export stops there."""
WRITTEN = 95
"""How far an export is, in percent, once its rows are written."""
NOTE = N_("Exported %(at)s")
FOOT = N_("Exported by %(name)s (%(account)s) at %(at)s, %(rows)s rows, export no. %(no)s")


@dataclass(frozen=True, slots=True)
class ExportTools:
    """The adapters an export needs."""

    sheets: SheetWriter
    vault: Vault
    wording: MakeWording
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Written:
    """What an export made, as its job keeps it."""

    blob_id: int
    rows: int
    size: int
    file_name: str
    standing: str

    def result(self) -> dict[str, object]:
        """The result of the job."""
        return {
            "blob": str(self.blob_id),
            "file_name": self.file_name,
            "type": XLSX,
            "rows": self.rows,
            "size": self.size,
            "standing": self.standing,
        }


@retried
def order(
    engine: Engine,
    *,
    actor: Actor,
    report: str,
    filters: Filters,
    language: str,
    now: datetime,
    key: str | None = None,
) -> int:
    """Queue a sheet of every row that a report shows to the actor under these filters; return the job's id.

    Raises NotFound for an unknown report, NotAllowed, EmployerNotActive, InvalidInput, IdempotencyMismatch.
    Source: R39, I4, D21.
    """
    found = report_of(report)
    _require(engine, actor, found)
    check_names(found, filters)
    asked = dict(filters)
    with unit_of_work(engine, actor, now=now, key=key, request=["export", report, asked]) as work:
        if work.replay is not None:
            return int(work.replay["job"])
        found.count(
            work.session, actor, {**asked, MOMENT: now}
        )  # filters that make no sense are refused here, not in the job
        args = {"report": report, "filters": asked, "language": language}
        job_id = work.job(EXPORT_JOB, args, owner=actor.account_id)
        work.access("export", report, None, detail="ordered")
        work.remember({"job": str(job_id)})
        return job_id


def _require(engine: Engine, actor: Actor, report: Report) -> None:
    report.require(actor)
    require_active(engine, actor)


def write(engine: Engine, *, job: ClaimedJob, tools: ExportTools) -> Written:
    """Write the sheet of a job into the vault. Rows, rights and scope are those its owner has now.

    Again makes a new file. Raises NotFound for an account that is closed, NotAllowed for one that lost the
    right, JobStopped if it was cancelled; then nothing is kept.
    """
    now, report = tools.clock(), report_of(job.args["report"])
    with TemporaryDirectory(prefix="export-") as home, tools.wording(job.args["language"]) as words:
        target = Path(home) / "export.xlsx"
        with Session(engine) as session:
            actor = actor_of(session, job.owner_id or 0)
            _require(engine, actor, report)
            sheet = _sheet(session, actor, report, job, words=words, now=now)
            rows = tools.sheets.report(sheet, target)
        job.report(WRITTEN)
        data = target.read_bytes()
        name = f"{words.text(report.title)}-{_local(now):%Y%m%d-%H%M}.xlsx"
    blob_id = store_derived(engine, data=data, content_type=CONTAINER, vault=tools.vault, now=now)
    _expire_later(engine, now)
    return Written(blob_id, rows, len(data), name, standing(actor))


def _sheet(
    session: Session, actor: Actor, report: Report, job: ClaimedJob, *, words: Wording, now: datetime
) -> DataSheet:
    filters, since = {**job.args["filters"], MOMENT: now}, _waiting(words, calendar(session), now)
    total = report.count(session, actor, filters)
    at = f"{_local(now):%Y-%m-%d %H:%M}"
    who = {"name": actor.full_name, "account": actor.username, "at": at, "no": job.id}
    make = [_maker(column, words, since) for column in report.columns]

    def cells() -> Iterator[Sequence[CellValue]]:
        for number, row in enumerate(report.rows(session, actor, filters), start=1):
            yield [turn(value) for turn, value in zip(make, row, strict=True)]
            if number % REPORT_EVERY == 0:
                job.report(min(number * WRITTEN // max(total, 1), WRITTEN))
        session.rollback()  # a file takes its time to be closed; no transaction waits for it

    return DataSheet(
        title=words.text(report.title),
        note=words.text(NOTE, {"at": at}),
        heads=[Head(words.text(column.title), column.width) for column in report.columns],
        rows=cells(),
        foot=lambda rows: words.text(FOOT, {**who, "rows": rows}),
    )


def _maker(column: Column, words: Wording, since: Callable[[datetime], str]) -> Callable[[Any], CellValue]:
    """What turns a value of a column into what its cell holds."""
    match column.kind:
        case Kind.WORD:
            return lambda code: words.word(column.words, code) if code else ""
        case Kind.MOMENT:
            return lambda moment: _local(moment) if moment else ""
        case Kind.WAITED:
            return lambda moment: since(moment) if moment else ""
        case _:
            return lambda value: value


def _local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)


def _waiting(words: Wording, days: Calendar, now: datetime) -> Callable[[datetime], str]:
    def since(moment: datetime) -> str:
        waited = days.between(local_day(moment), local_day(now))
        if waited < 1:
            return words.text(N_("less than one working day"))
        return words.text(N_("%(n)s working days"), {"n": waited})

    return since


@retried
def _expire_later(engine: Engine, now: datetime) -> None:
    with unit_of_work(engine, Actor.system(), now=now) as work:
        work.job(EXPIRE_JOB, {}, delay=KEPT_FOR)


@retried
def retry(engine: Engine, *, actor: Actor, job_id: int, now: datetime) -> None:
    """Make one's own export again that failed, was cancelled or is no longer kept, with the rows of then.

    Raises NotFound for a foreign one, Blocked(export_under_way) for one that waits, runs or has its file,
    and as `order` for rights lost meanwhile.
    """
    with unit_of_work(engine, actor, now=now) as work:
        found = _own(work.session, actor, job_id)
        _require(engine, actor, report_of(found.args["report"]))
        if found.state in {"ready", "running"} or is_kept(found, now):
            raise Blocked(Block("export_under_way"))
        fresh: dict[str, Any] = {
            "state": "ready", "attempts": 0, "progress": 0, "run_at": now, "worker": None, "finished": None,
            "published_at": None, "error": None, "result": None, "lease_until": None,
        }  # fmt: skip
        work.session.execute(update(Job).where(Job.id == job_id).values(**fresh))
        work.access("export", found.args["report"], job_id, detail="ordered")


def remove(engine: Engine, *, actor: Actor, job_id: int, vault: Vault, now: datetime) -> None:
    """Delete one's own export with its file. Raises NotFound, Blocked(export_under_way) while it is made."""
    key = _remove_row(engine, actor=actor, job_id=job_id, now=now)
    if key is not None:
        vault.delete(key)


@retried
def _remove_row(engine: Engine, *, actor: Actor, job_id: int, now: datetime) -> str | None:
    with unit_of_work(engine, actor, now=now) as work:
        found = _own(work.session, actor, job_id)
        if found.state in {"ready", "running"}:
            raise Blocked(Block("export_under_way"))
        blob_id = int((found.result or {}).get("blob") or 0)
        gone = delete(Blob).where(Blob.id == blob_id, Blob.type == CONTAINER).returning(Blob.key)
        key: str | None = work.session.scalar(gone)
        work.session.execute(delete(Job).where(Job.id == job_id))
        return key


def _own(session: Session, actor: Actor, job_id: int) -> Job:
    mine = select(Job).where(Job.id == job_id, Job.owner_id == actor.account_id, Job.kind == EXPORT_JOB)
    found: Job | None = session.scalar(mine.with_for_update())
    if found is None:
        raise NotFound
    return found


def expire(engine: Engine, *, vault: Vault, now: datetime) -> int:
    """Delete every exported file older than a week, whatever became of its job; return how many.

    Jobs that ended a month ago go as well. The row goes first: a file without a row is litter, a row without
    its file would be a loss. Nothing but exports is of this type.
    """
    keys = _expire_rows(engine, now=now)
    for key in keys:
        vault.delete(key)
    return len(keys)


@retried
def _expire_rows(engine: Engine, *, now: datetime) -> Sequence[str]:
    with unit_of_work(engine, Actor.system(), now=now) as work:
        old = delete(Blob).where(Blob.type == CONTAINER, Blob.created <= now - KEPT_FOR).returning(Blob.key)
        keys = list(work.session.scalars(old))
        ended = delete(Job).where(Job.kind.in_((EXPORT_JOB, EXPIRE_JOB)), Job.finished <= now - LISTED_FOR)
        work.session.execute(ended)
        return keys
