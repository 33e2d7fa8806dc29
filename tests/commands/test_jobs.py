"""Jobs and messages under leases: killed workers lose nothing, competing ones double nothing (D21, I5)."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.orm import Session

from app.adapters.jobs.thread import ThreadWorker
from app.adapters.sms.console import ConsoleSms
from app.commands.jobs import GRACE, LEASE, JobTable, cancel, revive
from app.commands.messages import MAX_ATTEMPTS, send_due
from app.commands.unit_of_work import unit_of_work
from app.domain.errors import Blocked, NotAllowed, NotFound
from app.domain.passwords import Passwords
from app.domain.ports import ClaimedJob, Ports, SmsMessage
from app.domain.roles import Actor, Permission
from app.models.account import Account
from app.models.ids import new_id
from app.models.reference import CodeList
from app.models.work import Job, Message
from tests.web.town import Talent, Town


@dataclass
class Hands:
    """A clock to turn."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, span: timedelta) -> None:
        self.moment += span


@pytest.fixture
def clock(now: datetime) -> Hands:
    return Hands(now)


def queued(
    engine: Engine, now: datetime, kind: str = "note", *, count: int = 1, **columns: object
) -> list[int]:
    ids = []
    for number in range(count):
        with unit_of_work(engine, Actor.system(), now=now) as work:
            job_id = work.job(kind, {"n": str(number)})
            if columns:
                work.session.execute(update(Job).where(Job.id == job_id).values(**columns))
        ids.append(job_id)
    return ids


def job_of(engine: Engine, job_id: int) -> Job:
    with Session(engine, expire_on_commit=False) as session:
        return session.get_one(Job, job_id)


def test_a_job_is_run_once_and_its_result_noted(engine: Engine, clock: Hands) -> None:
    (job_id,) = queued(engine, clock.now())
    ran: list[int] = []

    def note(job: ClaimedJob) -> Mapping[str, object]:
        ran.append(job.id)
        return {"seen": job.args["n"]}

    worker = ThreadWorker(JobTable(engine), {"note": note}, clock=clock)

    assert [worker.run_once(), worker.run_once()] == [True, False]
    job = job_of(engine, job_id)
    assert (ran, job.state, job.result, job.progress) == ([job_id], "done", {"seen": "0"}, 100)


def test_a_job_of_a_rolled_back_transaction_never_was(engine: Engine, now: datetime) -> None:
    def half() -> None:
        with unit_of_work(engine, Actor.system(), now=now) as work:
            work.job("note", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()

    assert JobTable(engine).claim("w", now) is None


def test_a_failing_job_is_tried_again_later_and_ends_dead(engine: Engine, clock: Hands) -> None:
    (job_id,) = queued(engine, clock.now(), max_attempts=2)

    def fail(_job: ClaimedJob) -> None:
        raise ValueError("broken")

    worker = ThreadWorker(JobTable(engine), {"note": fail}, clock=clock)
    worker.run_once()
    first = job_of(engine, job_id)
    early = worker.run_once()
    clock.pass_by(timedelta(seconds=2))
    worker.run_once()
    last = job_of(engine, job_id)

    assert (first.state, first.run_at - first.created, early) == ("ready", timedelta(seconds=2), False)
    assert (last.state, last.attempts, last.error) == ("dead", 2, "ValueError: broken")


def test_a_job_that_the_database_refuses_notes_and_logs_no_values_of_rows(
    engine: Engine, clock: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    (job_id,) = queued(engine, clock.now())

    def collide(_job: ClaimedJob) -> None:
        with unit_of_work(engine, Actor.system(), now=clock.now()) as work:
            work.session.add_all([CodeList(code="13912345678", title=title) for title in "ab"])

    ThreadWorker(JobTable(engine), {"note": collide}, clock=clock).run_once()

    said = str(job_of(engine, job_id).error)
    assert "IntegrityError" in said
    assert "code_list" in said
    assert "13912345678" not in said + caplog.text


def test_a_job_without_a_handler_is_kept_and_named(engine: Engine, clock: Hands) -> None:
    (job_id,) = queued(engine, clock.now(), "unheard_of")

    ThreadWorker(JobTable(engine), {}, clock=clock).run_once()

    assert (job_of(engine, job_id).state, job_of(engine, job_id).error) == ("ready", "KeyError: 'unheard_of'")


def test_a_superuser_revives_a_dead_job_and_nobody_else(engine: Engine, now: datetime) -> None:
    (job_id,) = queued(engine, now, state="dead", attempts=5)
    boss = Actor(account_id=0, kind=None, permissions=frozenset({Permission.CONFIGURE}))

    with pytest.raises(NotAllowed):
        revive(engine, actor=Actor.system(), job_ids=[job_id], now=now)
    first = revive(engine, actor=boss, job_ids=[job_id, 1], now=now)
    again = revive(engine, actor=boss, job_ids=[job_id], now=now)

    assert (first, again) == ((job_id,), ())
    assert (job_of(engine, job_id).state, job_of(engine, job_id).attempts) == ("ready", 0)


def test_a_worker_presumed_dead_cannot_finish_over_its_successor(engine: Engine, clock: Hands) -> None:
    (job_id,) = queued(engine, clock.now())
    table = JobTable(engine)
    slow = table.claim("slow", clock.now())
    clock.pass_by(LEASE + timedelta(seconds=1))
    quick = table.claim("quick", clock.now())
    assert slow is not None
    assert quick is not None

    late = (table.heartbeat(slow, clock.now()), table.finish(slow, {"by": "slow"}, clock.now()))
    done = table.finish(quick, {"by": "quick"}, clock.now())

    assert (late, done, job_of(engine, job_id).result) == ((False, False), True, {"by": "quick"})


@pytest.fixture
def owner(engine: Engine, wired: Ports, passwords: Passwords, now: datetime) -> Actor:
    town = Town(engine, wired, passwords, now)
    return town.actor(town.firm().account_id)


def owned(engine: Engine, owner: Actor, now: datetime) -> int:
    with unit_of_work(engine, owner, now=now) as work:
        return work.job("note", {"n": "0"}, owner=owner.account_id)


def test_a_handler_reports_how_far_it_is(engine: Engine, clock: Hands) -> None:
    (job_id,) = queued(engine, clock.now())
    seen = []

    def steps(job: ClaimedJob) -> None:
        for percent in (-5, 40, 120):
            job.report(percent)
            seen.append(job_of(engine, job_id).progress)

    ThreadWorker(JobTable(engine), {"note": steps}, clock=clock).run_once()

    assert (seen, job_of(engine, job_id).state) == ([0, 40, 100], "done")


def test_a_job_cancelled_by_its_owner_stops_at_its_next_report(
    engine: Engine, clock: Hands, owner: Actor
) -> None:
    job_id = owned(engine, owner, clock.now())
    steps = []

    def handler(job: ClaimedJob) -> Mapping[str, object]:
        for step in range(5):
            job.report(step * 20)
            steps.append(step)
            if step == 1:
                cancel(engine, actor=owner, job_id=job_id, now=clock.now())
        return {"blob": "1"}

    worker = ThreadWorker(JobTable(engine), {"note": handler}, clock=clock)

    assert [worker.run_once(), worker.run_once()] == [True, False]
    job = job_of(engine, job_id)
    assert (steps, job.state, job.progress, job.result, job.error) == ([0, 1], "cancelled", 20, None, None)


def test_only_the_owner_cancels_and_only_what_has_not_ended(
    engine: Engine, clock: Hands, owner: Actor
) -> None:
    mine, (foreign,) = owned(engine, owner, clock.now()), queued(engine, clock.now(), "other")

    with pytest.raises(NotFound):
        cancel(engine, actor=owner, job_id=foreign, now=clock.now())
    cancel(engine, actor=owner, job_id=mine, now=clock.now())
    with pytest.raises(Blocked):
        cancel(engine, actor=owner, job_id=mine, now=clock.now())

    assert (job_of(engine, mine).state, job_of(engine, foreign).state) == ("cancelled", "ready")
    boss = Actor(account_id=0, kind=None, permissions=frozenset({Permission.CONFIGURE}))
    assert revive(engine, actor=boss, job_ids=[mine], now=clock.now()) == (mine,)
    assert job_of(engine, mine).state == "ready"


def test_a_heartbeat_keeps_the_job(engine: Engine, clock: Hands) -> None:
    queued(engine, clock.now())
    table = JobTable(engine)
    mine = table.claim("mine", clock.now())
    assert mine is not None
    clock.pass_by(LEASE - timedelta(seconds=1))
    kept = table.heartbeat(mine, clock.now(), progress=40)
    clock.pass_by(LEASE - timedelta(seconds=1))

    assert kept
    assert table.claim("other", clock.now()) is None
    assert job_of(engine, mine.id).progress == 40


def test_the_sweeper_buries_a_job_whose_last_worker_died_and_publishes_forgotten_ones(
    engine: Engine, clock: Hands
) -> None:
    (dying,) = queued(engine, clock.now(), max_attempts=1)
    table = JobTable(engine)
    table.claim("w", clock.now())
    (forgotten,) = queued(engine, clock.now())
    clock.pass_by(LEASE + timedelta(seconds=1))
    published: list[int] = []

    buried = table.sweep(clock.now(), published.append)
    table.sweep(clock.now(), published.append)
    clock.pass_by(GRACE + timedelta(seconds=1))
    table.sweep(clock.now(), published.append)

    assert (buried, job_of(engine, dying).state) == (1, "dead")
    assert published == [forgotten, forgotten]


def test_two_workers_share_the_jobs_and_double_none(engine: Engine, clock: Hands) -> None:
    ids = queued(engine, clock.now(), count=20)
    ran: list[int] = []
    workers = [
        ThreadWorker(JobTable(engine), {"note": lambda job: ran.append(job.id)}, clock=clock) for _ in "ab"
    ]

    def drain(worker: ThreadWorker) -> None:
        while worker.run_once():
            pass

    threads = [threading.Thread(target=drain, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ran) == sorted(ids)
    assert {job_of(engine, i).state for i in ids} == {"done"}


KILLED = """
import sys, time
from datetime import datetime
from sqlalchemy import create_engine
from app.adapters.clock import FrozenClock
from app.adapters.jobs.thread import ThreadWorker
from app.commands.jobs import JobTable
from app.extensions import transactions
engine = create_engine(sys.argv[1])
transactions(engine)
def sleepy(job):
    open(sys.argv[3], "a").write("begun\\n")
    print("begun", flush=True)
    time.sleep(60)
clock = FrozenClock(datetime.fromisoformat(sys.argv[2]))
ThreadWorker(JobTable(engine), {"note": sleepy}, clock=clock).run_once()
"""


def test_a_job_whose_worker_was_killed_half_way_is_run_again(
    engine: Engine, database_url: str, clock: Hands, tmp_path: Path
) -> None:
    (job_id,) = queued(engine, clock.now())
    log = tmp_path / "log"
    command = [sys.executable, "-c", KILLED, database_url, clock.now().isoformat(), str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"begun\n"
        victim.kill()

    def finish(_job: ClaimedJob) -> None:
        with log.open("a") as file:
            file.write("finished\n")

    survivor = ThreadWorker(JobTable(engine), {"note": finish}, clock=clock)
    too_early = survivor.run_once()
    clock.pass_by(LEASE + timedelta(seconds=1))
    ran = survivor.run_once()

    job = job_of(engine, job_id)
    assert (too_early, ran, job.state, job.attempts) == (False, True, "done", 2)
    assert log.read_text().split() == ["begun", "finished"]


def test_the_thread_works_in_the_background_until_it_is_stopped(engine: Engine, clock: Hands) -> None:
    done = threading.Event()
    worker = ThreadWorker(JobTable(engine), {"note": lambda _job: done.set()}, clock=clock)
    worker.start()
    queued(engine, clock.now())
    worker.wake()

    seen = done.wait(20)
    worker.stop()

    assert seen


# --- messages ---


@dataclass
class Phone:
    """A provider that keeps what it was given and can be out of order."""

    broken: bool = False
    got: list[tuple[SmsMessage, str]] = field(default_factory=list)

    def send(self, message: SmsMessage, *, idempotency_key: str) -> str:
        if self.broken:
            raise ConnectionError
        self.got.append((message, idempotency_key))
        return f"p-{idempotency_key}"


@pytest.fixture
def holder(engine: Engine, wired: Ports, passwords: Passwords, now: datetime) -> Talent:
    town = Town(engine, wired, passwords, now)
    made = town.person(town.firm())
    with town.writing() as session:  # what the registration itself told him is gone already
        session.execute(update(Message).values(state="sent"))
    return made


def outbox(engine: Engine, account_id: int, now: datetime, *, after: timedelta = timedelta(0)) -> int:
    message_id = new_id()
    with Session(engine.execution_options(write=True)) as session, session.begin():
        session.execute(
            insert(Message).values(
                id=message_id,
                account_id=account_id,
                template="sms.approved",
                params={"programme": "英才卡"},
                created=now,
                not_before=now + after,
            )
        )
    return message_id


def send(engine: Engine, phone: Phone, ports: Ports, now: datetime, worker: str = "w") -> int:
    return send_due(engine, sms=phone, cipher=ports.cipher, worker=worker, now=now)


def message_of(engine: Engine, message_id: int) -> Message:
    with Session(engine, expire_on_commit=False) as session:
        return session.get_one(Message, message_id)


def test_a_due_message_leaves_once_to_the_present_mobile_with_its_text(
    engine: Engine, wired: Ports, clock: Hands, holder: Talent
) -> None:
    message_id = outbox(engine, holder.account_id, clock.now())
    phone = Phone()

    sent = [send(engine, phone, wired, clock.now()) for _ in "ab"]

    ((message, key),) = phone.got
    row = message_of(engine, message_id)
    assert sent == [1, 0]
    assert (message.to, key) == (f"+86{holder.mobile}", str(message_id))
    assert message.text.startswith("您的英才卡申请已审核通过")
    assert (row.state, row.provider_id, row.to_masked) == (
        "sent",
        f"p-{message_id}",
        f"{holder.mobile[:3]}****{holder.mobile[-4:]}",
    )


def test_a_message_waits_for_its_moment(engine: Engine, wired: Ports, clock: Hands, holder: Talent) -> None:
    outbox(engine, holder.account_id, clock.now(), after=timedelta(minutes=10))
    phone = Phone()

    early = send(engine, phone, wired, clock.now())
    clock.pass_by(timedelta(minutes=10))

    assert (early, send(engine, phone, wired, clock.now())) == (0, 1)


def test_a_provider_out_of_order_delays_a_message_and_at_last_gives_up(
    engine: Engine, wired: Ports, clock: Hands, holder: Talent
) -> None:
    message_id = outbox(engine, holder.account_id, clock.now())
    phone = Phone(broken=True)
    states = []

    for _ in range(MAX_ATTEMPTS):
        send(engine, phone, wired, clock.now())
        states.append(message_of(engine, message_id).state)
        clock.pass_by(timedelta(hours=1))

    assert states == ["waiting"] * (MAX_ATTEMPTS - 1) + ["dead"]
    assert message_of(engine, message_id).error == "ConnectionError"


def test_a_message_whose_sender_died_is_sent_with_the_same_key(
    engine: Engine, wired: Ports, clock: Hands, holder: Talent
) -> None:
    message_id = outbox(engine, holder.account_id, clock.now())
    dead = {
        "state": "sending",
        "worker": "dead",
        "lease_until": clock.now() + timedelta(seconds=60),
        "attempts": 1,
    }
    with Session(engine.execution_options(write=True)) as session, session.begin():
        session.execute(update(Message).where(Message.id == message_id).values(**dead))
    phone = Phone()

    early = send(engine, phone, wired, clock.now())
    clock.pass_by(timedelta(seconds=61))
    later = send(engine, phone, wired, clock.now())

    assert (early, later, [key for _, key in phone.got]) == (0, 1, [str(message_id)])


def test_two_senders_send_each_message_once(
    engine: Engine, wired: Ports, clock: Hands, holder: Talent
) -> None:
    ids = [outbox(engine, holder.account_id, clock.now()) for _ in range(12)]
    phone = Phone()
    threads = [
        threading.Thread(target=send, args=(engine, phone, wired, clock.now(), name))
        for name in ("one", "two")
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(key for _, key in phone.got) == sorted(str(i) for i in ids)


def test_an_account_without_a_mobile_keeps_its_message_in_the_application(
    engine: Engine, wired: Ports, clock: Hands, holder: Talent
) -> None:
    message_id = outbox(engine, holder.account_id, clock.now())
    with Session(engine.execution_options(write=True)) as session, session.begin():
        session.execute(
            update(Account).where(Account.id == holder.account_id).values(mobile_id=None, mobile_masked=None)
        )
    phone = Phone()

    send(engine, phone, wired, clock.now())

    assert (phone.got, message_of(engine, message_id).state) == ([], "sent")


def test_the_console_provider_writes_one_json_line_per_message(tmp_path: Path) -> None:
    sender = ConsoleSms(tmp_path / "var" / "sms.jsonl")
    for number in "12":
        sender.send(
            SmsMessage("+8613800138000", "sms.code", {"code": number}, f"验证码{number}"),
            idempotency_key=number,
        )

    lines = [json.loads(line) for line in (tmp_path / "var" / "sms.jsonl").read_text().splitlines()]
    assert [set(line) for line in lines] == [{"at", "to", "template", "params", "text"}] * 2
    assert [line["params"] for line in lines] == [{"code": "1"}, {"code": "2"}]
