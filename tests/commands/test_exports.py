"""Exports as jobs: rights and scope of the run, one owner, stop, again, a week's life (R39, D21)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import tasks
from app.commands import jobs
from app.commands.exports import REPORT_EVERY, order, remove, retry
from app.domain.errors import Blocked, InvalidInput, NotAllowed, NotFound
from app.domain.ports import Ports
from app.domain.reports import Column
from app.domain.roles import Actor, Permission
from app.domain.worktime import SHANGHAI
from app.models.account import Account
from app.models.audit import AccessEvent
from app.models.file import Blob
from app.models.work import Job
from app.queries import jobs as reading
from app.queries.exports import CONTAINER
from app.queries.exports import exports as listed
from app.queries.reports import REPORTS, Report
from app.queries.stored_files import opened
from tests.commands.flow import CARD, Flow

WEEK = timedelta(days=7)


@dataclass
class Office:
    """A flow with a worker and a clock."""

    flow: Flow
    ports: Ports
    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def order(self, actor: Actor, report: str = "applications", **filters: Any) -> int:
        return order(
            self.flow.engine, actor=actor, report=report, filters=filters, language="zh", now=self.moment
        )

    def work(self) -> None:
        worker = tasks.worker(self.flow.engine, replace(self.ports, clock=self))
        while worker.run_once():
            pass

    def job(self, job_id: int) -> Job:
        with Session(self.flow.engine, expire_on_commit=False) as session:
            return session.get_one(Job, job_id)

    def sheet(self, actor: Actor, job_id: int) -> list[list[Any]]:
        """The lines of the file, as its owner gets it."""
        with Session(self.flow.engine) as session:
            found = reading.result_file(session, actor, job_id, now=self.moment)
        page = openpyxl.load_workbook(BytesIO(opened(self.ports.vault, found.blob))).active
        assert page is not None
        return [list(row) for row in page.iter_rows(values_only=True)]

    def files(self) -> int:
        with Session(self.flow.engine) as session:
            return session.scalar(select(func.count()).where(Blob.type == CONTAINER)) or 0


@pytest.fixture
def office(app: Flask, flow: Flow, wired: Ports) -> Office:
    return Office(flow, replace(wired, wording=app.extensions["yingcai.ports"].wording), flow.now)


def body_of(lines: list[list[Any]]) -> list[list[Any]]:
    return lines[3:-2]


def test_a_sheet_says_in_the_owners_language_who_exported_what_and_when(office: Office) -> None:
    office.flow.at_gate(2)
    office.flow.submitted()
    clerk = office.flow.clerk

    job_id = office.order(clerk, status="open")
    office.work()
    lines = office.sheet(clerk, job_id)
    job = office.job(job_id)

    assert (job.state, job.progress, job.result["rows"]) == ("done", 100, 3)
    assert (lines[0][0], lines[1][0]) == ("申报信息", "导出时间：2026-11-23 10:00")
    assert lines[2][2:6] == ["中文名", "性别", "证件类型", "证件号码"]
    local = office.moment.astimezone(SHANGHAI).replace(tzinfo=None)
    assert [(row[10], row[11], row[14]) for row in body_of(lines)] == [
        (local, "审核中", "不足 1 个工作日")
    ] * 3
    who, at = f"{clerk.full_name}（{clerk.username}）", "2026-11-23 10:00"
    assert lines[-1][0] == f"导出人：{who}，导出时间：{at}，共 3 条，导出编号：{job_id}"
    with Session(office.flow.engine) as session:
        found = reading.result_file(session, clerk, job_id, now=office.moment)
        logged = session.scalars(select(AccessEvent.detail).where(AccessEvent.kind == "export")).all()
    assert (found.detail, list(logged)) == ("applications: 3 rows", ["ordered"])
    assert found.file_name.endswith("-20261123-1000.xlsx")


def test_rights_and_scope_are_those_of_the_run(office: Office) -> None:
    flow = office.flow
    flow.at_gate(2)
    moved, fired = flow.county, flow.city
    jobs_of = [office.order(moved), office.order(fired)]
    with Session(flow.engine.execution_options(write=True)) as session, session.begin():
        here = update(Account).where(Account.id == moved.account_id).values(agency_id=flow.town.bureaus.b)
        session.execute(here)
        session.execute(update(Account).where(Account.id == fired.account_id).values(active=False))

    office.work()

    there = flow.town.actor(moved.account_id)
    assert office.job(jobs_of[0]).result["rows"] == 0
    assert body_of(office.sheet(there, jobs_of[0])) == []
    assert (office.job(jobs_of[1]).state, office.files()) == ("ready", 1)
    with Session(flow.engine) as session, pytest.raises(Blocked) as outdated:
        reading.result_file(session, moved, jobs_of[0], now=office.moment)  # made in another place than his
    assert [block.code for block in outdated.value.blocks] == ["export_outdated"]
    without = replace(there, permissions=there.permissions - {Permission.APPLICATION_EXPORT.value})
    with Session(flow.engine) as session, pytest.raises(NotAllowed):
        reading.result_file(session, without, jobs_of[0], now=office.moment)


def test_only_who_may_orders_and_only_what_makes_sense(office: Office) -> None:
    flow = office.flow
    reader = flow.town.staff(flow.firm, "emp-a-reader", {"employer_reader"})
    refusals: list[tuple[type[Exception], Callable[[], object]]] = [
        (NotAllowed, lambda: office.order(reader)),
        (NotAllowed, lambda: office.order(flow.printer, "queue", programme=CARD, role="card_printer")),
        (NotAllowed, lambda: office.order(flow.me(flow.draft()), "rosters")),
        (NotFound, lambda: office.order(flow.clerk, "nothing")),
        (InvalidInput, lambda: office.order(flow.clerk, status="nonsense")),
        (InvalidInput, lambda: office.order(flow.clerk, employer="1")),
    ]

    for error, ordered in refusals:
        with pytest.raises(error):
            ordered()

    with Session(flow.engine) as session:
        assert session.scalars(select(Job.id).where(Job.kind == "export")).all() == []
    assert office.job(office.order(reader, "rosters")).state == "ready"


def test_one_form_sent_twice_is_one_export(office: Office) -> None:
    given: dict[str, Any] = {
        "actor": office.flow.clerk,
        "report": "applications",
        "language": "zh",
        "now": office.moment,
    }

    ids = {order(office.flow.engine, filters={}, key="k", **given) for _ in range(2)}

    assert len(ids) == 1


def _slow(monkeypatch: pytest.MonkeyPatch, rows: int, then: Callable[[int], None]) -> None:
    """A report of numbered rows that calls `then` as it goes."""

    def stream(*_: object) -> Any:
        for n in range(rows):
            then(n)
            yield (f"r{n}",)

    report = Report(
        "slow",
        "Applications",
        (Permission.APPLICATION_EXPORT,),
        (),
        (Column("Name"),),
        stream,
        lambda *_: rows,
    )
    monkeypatch.setitem(REPORTS, "slow", report)  # type: ignore[arg-type]


def test_progress_is_seen_and_a_stop_keeps_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    flow, seen = office.flow, list[int]()

    def then(n: int) -> None:
        if n == REPORT_EVERY + 1:
            seen.append(office.job(job_id).progress)
            jobs.cancel(flow.engine, actor=flow.clerk, job_id=job_id, now=office.moment)
        seen.append(n) if n > 2 * REPORT_EVERY else None

    _slow(monkeypatch, 4 * REPORT_EVERY, then)
    job_id = office.order(flow.clerk, "slow")
    office.work()

    assert (office.job(job_id).state, seen[0], office.files()) == ("cancelled", 23, 0)
    assert seen[1:] == []  # the next word about the progress ended it

    with pytest.raises(NotFound):
        retry(flow.engine, actor=flow.county, job_id=job_id, now=office.moment)
    monkeypatch.setitem(REPORTS, "slow", replace(REPORTS["slow"], rows=lambda *_: iter([("r",)])))  # type: ignore[arg-type]
    retry(flow.engine, actor=flow.clerk, job_id=job_id, now=office.moment)
    office.work()
    assert (office.job(job_id).state, body_of(office.sheet(flow.clerk, job_id))) == ("done", [["r"]])
    with pytest.raises(Blocked):
        retry(flow.engine, actor=flow.clerk, job_id=job_id, now=office.moment)


def test_a_failed_export_is_tried_again_later(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([True, True])

    def then(_n: int) -> None:
        if next(failures, False):
            raise OSError("the disk is full")

    _slow(monkeypatch, 1, then)
    job_id, states = office.order(office.flow.clerk, "slow"), []
    for seconds in (2, 4, 8):
        office.work()
        states.append((office.job(job_id).state, office.job(job_id).attempts))
        office.moment += timedelta(seconds=seconds)

    assert states == [("ready", 1), ("ready", 2), ("done", 3)]


def test_a_file_lives_for_a_week_and_is_its_owners(office: Office) -> None:
    flow = office.flow
    flow.submitted()
    old, other = office.order(flow.clerk), office.order(flow.county)
    office.work()
    owner = flow.clerk
    with Session(flow.engine) as session:
        for stranger in (flow.county, flow.town.superuser()):
            with pytest.raises(NotFound):
                reading.result_file(session, stranger, old, now=office.moment)
        mine = [row.id for row in listed(session, owner, now=office.moment).items]
    with pytest.raises(NotFound):
        remove(flow.engine, actor=flow.county, job_id=old, vault=office.ports.vault, now=office.moment)
    assert (mine, office.files()) == ([old], 2)

    remove(flow.engine, actor=flow.county, job_id=other, vault=office.ports.vault, now=office.moment)
    assert office.files() == 1

    office.moment += WEEK
    with Session(flow.engine) as session:
        with pytest.raises(Blocked) as gone:
            reading.result_file(session, owner, old, now=office.moment)
        key = session.scalars(select(Blob.key).where(Blob.type == CONTAINER)).one()
        (row,) = listed(session, owner, now=office.moment).items
    assert ([block.code for block in gone.value.blocks], row.state) == (["export_expired"], "expired")
    office.work()  # the sweep that the export itself queued
    assert (office.files(), office.ports.vault.exists(key)) == (0, False)

    retry(flow.engine, actor=owner, job_id=old, now=office.moment)
    office.work()
    assert len(body_of(office.sheet(owner, old))) == 1
    office.moment += timedelta(days=31)
    office.work()
    with Session(flow.engine) as session:
        assert (office.files(), session.scalars(select(Job.id).where(Job.id == old)).all()) == (0, [])


def test_a_number_in_the_search_field_is_refused_before_a_job_keeps_it(flow: Flow) -> None:
    with pytest.raises(InvalidInput) as refused:
        order(
            flow.engine, actor=flow.clerk, report="applications", filters={"q": "110105 19900307 851X"},
            language="zh", now=flow.now,
        )  # fmt: skip

    assert [(error.field, error.code) for error in refused.value.errors] == [("q", "number_in_address")]
    with Session(flow.engine) as session:
        assert session.scalars(select(Job.id)).all() == []
