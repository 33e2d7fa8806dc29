"""Exports of lists as jobs: ordered with the rights of now, written with those the owner has when it runs (R39).

The words of the sheet (head, statuses, offices) are chosen when it is ordered, in the language of who ordered it:
a job has no language of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.access.policy import require
from app.commands.employer_state import require_active
from app.commands.files import store_derived
from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.ports import SheetWriter, Vault
from app.domain.roles import AccountKind, Actor, Permission
from app.domain.states import OPEN, Status
from app.domain.worktime import SHANGHAI, Calendar, local_day
from app.queries.actors import actor_of
from app.queries.applications import Filters, Row, every_row
from app.queries.calendar import calendar
from app.queries.jobs import EXPORT_JOB

CONTAINER = "application/zip"
"""What a stored sheet is to the vault; its own type is longer than the column, the job's result names it."""
Words = Mapping[str, Any]
"""`title`, `columns`, and by code: `status`, `sex`, `doc_type`, `office`; `days` has a place for the number."""


@dataclass(frozen=True, slots=True)
class ExportTools:
    """The adapters an export needs."""

    sheets: SheetWriter
    vault: Vault
    clock: Callable[[], datetime]


@retried
def order_applications(
    engine: Engine,
    *,
    actor: Actor,
    filters: Mapping[str, Any],
    words: Words,
    now: datetime,
    key: str | None = None,
) -> int:
    """Queue a sheet of every application that the filters show to the actor; return the job's id.

    `filters` are fields of `Filters` as plain JSON. Raises NotAllowed, EmployerNotActive, IdempotencyMismatch.
    Source: R39, D21.
    """
    require(actor, Permission.APPLICATION_EXPORT)
    if actor.kind is AccountKind.EMPLOYER:
        require_active(engine, actor)
    with unit_of_work(engine, actor, now=now, key=key, request=["export", dict(filters)]) as work:
        if work.replay is not None:
            return int(work.replay["job"])
        args = {"filters": dict(filters), "words": dict(words)}
        job_id = work.job(EXPORT_JOB, args, owner=actor.account_id)
        work.access("export", "application", None, detail="ordered")
        work.remember({"job": str(job_id)})
        return job_id


def write_applications(
    engine: Engine, *, owner_id: int, filters: Mapping[str, Any], words: Words, tools: ExportTools
) -> int:
    """Write the sheet into the vault and return its blob. Rows and rights are those of now; again gives a new one.

    Raises NotFound for an account that is closed, NotAllowed for one that lost the right.
    """
    now = tools.clock()
    with Session(engine) as session:
        actor = actor_of(session, owner_id)
        require(actor, Permission.APPLICATION_EXPORT)
        if actor.kind is AccountKind.EMPLOYER:
            require_active(engine, actor)
        days = calendar(session)
        rows = every_row(session, actor, Filters(**filters))
        lines = _lines(rows, words, days, now)
        data = tools.sheets.long_table(words["title"], words["columns"], lines)
    return store_derived(engine, data=data, content_type=CONTAINER, vault=tools.vault, now=now)


def _lines(rows: Iterator[Row], words: Words, days: Calendar, now: datetime) -> Iterator[list[str]]:
    for row in rows:
        yield _line(row, words, days, now)


def _line(row: Row, words: Words, days: Calendar, now: datetime) -> list[str]:
    submitted = row.submitted_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if row.submitted_at else ""
    return [
        row.no or "",
        row.programme_name,
        row.name,
        words["sex"].get(row.sex, row.sex),
        words["doc_type"].get(row.doc_type, row.doc_type),
        row.doc_no_masked or "",
        row.employer_name,
        row.category_title,
        row.service_name or "",
        row.service_phone_masked or "",
        submitted,
        words["status"].get(row.status, row.status),
        row.stage_title,
        words["office"].get(row.waits_for.value, ""),
        _waiting(row, words, days, now),
    ]


def _waiting(row: Row, words: Words, days: Calendar, now: datetime) -> str:
    if Status(row.status) not in OPEN:
        return ""
    waited = days.between(local_day(row.entered_at), local_day(now))
    return str(words["less"]) if waited < 1 else str(words["days"]) % {"n": waited}
