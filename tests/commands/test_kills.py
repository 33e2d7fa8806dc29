"""kill -9 at bad moments (reliability.md 2 and FI1): all of a batch or nothing, every job done, each effect once."""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select
from sqlalchemy.orm import Session

from app.adapters.jobs.thread import ThreadWorker
from app.commands import applications
from app.commands.jobs import JobTable
from app.commands.unit_of_work import unit_of_work
from app.domain.ports import ClaimedJob
from app.domain.roles import Actor
from app.models.application import Application, Approval, Review
from app.models.audit import AccessEvent, AuditEvent
from app.models.ids import new_id
from app.models.work import Job
from app.queries.audit import broken_chains
from tests.commands.flow import Flow
from tests.commands.killing import started
from tests.commands.many import copies

ROWS = 200
KEY = "one-form"
JOBS = 200
KILLS = 20
SPEED = 20
"""The clock of the jobs: a lease of 30 s is over after 1.5 s."""


def approve(flow: Flow, engine: Engine, ids: list[int], seen: dict[int, int]) -> tuple[int, ...]:
    return applications.approve(engine, actor=flow.clerk, ids=ids, seen=seen, key=KEY, now=flow.now).moved


def stopping_at(engine: Engine, moment: str, say: Callable[[str], None]) -> None:
    """Stand still for ever as soon as the batch is about to run the statement, or to commit."""

    def stand_still() -> None:
        say("here")
        time.sleep(600)

    if moment == "commit":
        event.listen(engine, "commit", lambda _connection: stand_still())
        return

    @event.listens_for(engine, "before_cursor_execute")
    def _at(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(moment):
            stand_still()


def written(flow: Flow, ids: list[int]) -> tuple[int, ...]:
    """How many rows moved, and how many reviews, approvals and events of theirs there are."""
    counted = (
        select(func.count()).where(Application.id.in_(ids), Application.stage_code == "county_specialist"),
        select(func.count()).where(Review.application_id.in_(ids)),
        select(func.count()).where(Approval.application_id.in_(ids)),
        select(func.count()).where(AuditEvent.subject_id.in_(ids), AuditEvent.event == "approve"),
    )
    with Session(flow.engine) as session:
        return tuple(session.scalar(statement) or 0 for statement in counted)


def test_a_batch_whose_process_is_killed_is_done_as_a_whole_or_not_at_all(flow: Flow) -> None:
    ids = copies(flow, flow.submitted()[0], ROWS)
    seen, found = flow.locks(*ids), {}
    engine = flow.engine

    def until(moment: str) -> Callable[[Engine, Callable[[str], None]], None]:
        def work(own: Engine, say: Callable[[str], None]) -> None:
            stopping_at(own, moment, say)
            approve(flow, own, ids, seen)
            say("done")

        return work

    for moment in ("UPDATE application", "INSERT INTO idempotency", "commit", "nothing"):
        victim = started(engine, until(moment))
        said = victim.word()
        victim.kill()
        found[moment] = (said, written(flow, ids))

    none, every = (0,) * 4, (ROWS,) * 4
    assert found == {
        "UPDATE application": (b"here", none),
        "INSERT INTO idempotency": (b"here", none),
        "commit": (b"here", none),
        "nothing": (b"done", every),
    }
    assert approve(flow, engine, ids, seen) == tuple(ids), "the same form again answers what was done"
    assert written(flow, ids) == every
    with Session(engine) as session:
        assert list(broken_chains(session)) == []


class QuickClock:
    """Runs faster than time, alike in all processes."""

    def __init__(self, base: datetime) -> None:
        self.base, self.start = base, time.monotonic()

    def now(self) -> datetime:
        return self.base + timedelta(seconds=(time.monotonic() - self.start) * SPEED)


def effect(engine: Engine, clock: QuickClock, job: ClaimedJob) -> None:
    """One row per job, whoever runs it and how often: the key makes a second time a repetition."""
    with unit_of_work(engine, Actor.system(), now=clock.now(), key=f"effect-{job.id}") as work:
        if work.replay is None:
            row = {"id": new_id(), "at": work.now, "actor_id": 0, "kind": "effect", "object_kind": "job"}
            work.session.execute(insert(AccessEvent).values(**row, object_id=job.id, result="ok"))
            work.remember("done")


@pytest.mark.slow
def test_twenty_kills_lose_no_job_and_double_no_effect(engine: Engine, now: datetime) -> None:
    with unit_of_work(engine, Actor.system(), now=now) as work:
        ids = [work.job("note", {"n": str(n)}) for n in range(JOBS)]
    clock = QuickClock(now)

    def toil(own: Engine, say: Callable[[str], None]) -> None:
        def handler(job: ClaimedJob) -> None:
            job.report(50)
            effect(own, clock, job)
            time.sleep(0.005)

        worker = ThreadWorker(JobTable(own), {"note": handler}, clock=clock)
        say("ready")
        while True:
            if not worker.run_once():
                time.sleep(0.02)

    chance = random.Random(8)  # noqa: S311 - moments of kills, the same ones every time
    workers = [started(engine, toil), started(engine, toil)]
    for at in range(KILLS):
        workers[at % 2].word()
        time.sleep(chance.uniform(0.02, 0.15))
        workers[at % 2].kill()
        workers[at % 2] = started(engine, toil)
    try:
        states = _when_all_ended(engine)
    finally:
        for worker in workers:
            worker.kill()

    with Session(engine) as session:
        effects = session.scalars(select(AccessEvent.object_id).where(AccessEvent.kind == "effect")).all()
        attempts = session.scalar(select(func.sum(Job.attempts)))
    assert states == {"done": JOBS}
    assert sorted(effects) == sorted(ids)
    assert attempts is not None
    assert attempts > JOBS, "no kill met a job: the test proves nothing"


def _when_all_ended(engine: Engine) -> dict[str, int]:
    """The states of the jobs once none is under way, or after a minute."""
    end = time.monotonic() + 60
    while True:
        with Session(engine) as session:
            rows = session.execute(select(Job.state, func.count()).group_by(Job.state)).tuples().all()
        states = dict(rows)
        if not states.keys() & {"ready", "running"} or time.monotonic() > end:
            return states
        time.sleep(0.2)
