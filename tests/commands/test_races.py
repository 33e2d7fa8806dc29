"""Commands at the same moment, with real threads and connections (reliability.md 2): once each, or try again."""

import ast
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import commands
from app.commands import (
    applications,
    drafts,
    employer_changes,
    jobs,
    messages,
    openings,
    person_moves,
    roster_export,
    sign_ins,
)
from app.commands.employer_changes import ChangeForm
from app.commands.retry import RETRIES, retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain import file_ref
from app.domain.errors import Blocked
from app.domain.results import BatchResult
from app.domain.roles import Actor, Permission
from app.models.application import Application, MaterialView, Review, Submission
from app.models.audit import AuditEvent
from app.models.employer import Employer
from app.models.person import Person
from app.models.reference import Code, CodeList
from app.models.roster import Roster
from app.models.work import Job, NumberSeries
from app.queries.audit import broken_chains
from app.queries.programmes import published_by_code
from app.queries.reference import TEMPLATES_LIST
from app.queries.starting import new_facts
from tests.commands.flow import CARD, Flow
from tests.commands.many import copies

S = TypeVar("S")
T = TypeVar("T")
ROUNDS = 8
WORKERS = 8
ITEMS = 200


def at_once(calls: Iterable[Callable[[], T]]) -> list[T]:
    """Start every call at the same moment, each in a thread of its own; their answers."""
    waiting = list(calls)
    barrier = threading.Barrier(len(waiting))

    def run(call: Callable[[], T]) -> T:
        barrier.wait(30)
        return call()

    with ThreadPoolExecutor(len(waiting)) as pool:
        return list(pool.map(run, waiting))


def overtaken(
    engine: Engine,
    first: Callable[[Work], S],
    second: Callable[[], T],
    *,
    actor: Actor,
    now: datetime,
    seconds: float = 0.5,
) -> tuple[S, T]:
    """Run `second` while the transaction of `first` is open: it goes as far as it can before that commits."""
    with ThreadPoolExecutor(1) as pool, unit_of_work(engine, actor, now=now) as work:
        done = first(work)
        running = pool.submit(second)
        with suppress(TimeoutError):
            running.result(seconds)
        work.session.commit()
        return done, running.result(30)


def test_eight_workers_decide_the_same_items_and_each_is_decided_once(flow: Flow) -> None:
    ids = copies(flow, flow.submitted()[0], ITEMS)
    clerks = [flow.town.staff(flow.firm, f"clerk{n}", {"employer_reviewer"}) for n in range(WORKERS)]
    seen = flow.locks(*ids)
    parts = [[*ids[n * 10 :], *ids[: n * 10]] for n in range(WORKERS)]  # each begins elsewhere

    def decide(clerk: Actor, chosen: list[int]) -> BatchResult:
        return applications.approve(flow.engine, actor=clerk, ids=chosen, seen=seen, now=flow.now)

    results = at_once(
        [lambda c=c, p=p: decide(c, p) for c, p in zip(clerks, parts, strict=True)]  # type: ignore[misc]
    )

    moved = Counter(row for result in results for row in result.moved)
    skipped = Counter(block.code for result in results for row in result.skipped for block in row.blocks)
    assert (set(moved), set(moved.values())) == (set(ids), {1})
    assert skipped == {"stale": ITEMS * (WORKERS - 1)}
    with Session(flow.engine) as session:
        events = session.scalar(
            select(func.count()).where(AuditEvent.event == "approve", AuditEvent.subject_id.in_(ids))
        )
        reviews = session.scalar(select(func.count()).where(Review.application_id.in_(ids)))
        assert (events, reviews, list(broken_chains(session))) == (ITEMS, ITEMS, [])


def test_members_leaving_one_exported_roster_at_the_same_moment_all_leave(flow: Flow) -> None:
    pairs = [copies(flow, flow.at_gate()[0], 2) for _ in "1"]
    pairs += [copies(flow, pairs[0][0], 2) for _ in range(ROUNDS - 1)]
    rosters = [flow.export(*pair) for pair in pairs]
    leave = applications.pull_back

    for pair in pairs:
        results = at_once(
            [
                lambda i=i: leave(flow.engine, actor=flow.clerk, ids=[i], seen={}, now=flow.now)  # type: ignore[misc]
                for i in pair
            ]
        )
        assert [result.moved for result in results] == [(i,) for i in pair]

    with Session(flow.engine) as session:
        states = session.scalars(select(Roster.state).where(Roster.id.in_(rosters))).all()
        linked = session.scalars(select(Application.id).where(Application.roster_id.is_not(None))).all()
        voided = session.scalar(select(func.count()).where(AuditEvent.event == "void"))
        assert (states, linked, voided) == (["void"] * ROUNDS, [], ROUNDS)
        assert list(broken_chains(session)) == []


def test_cases_exported_several_times_at_once_stand_on_one_roster(flow: Flow) -> None:
    ids = flow.at_gate(2)
    seen = flow.locks(*ids)

    def export() -> str:
        try:
            return roster_export.export(flow.engine, actor=flow.clerk, ids=ids, seen=seen, now=flow.now).no
        except Blocked as refused:
            return ", ".join(block.code for block in refused.blocks)

    answers = at_once([export] * 4)

    with Session(flow.engine) as session:
        (made,) = session.scalars(select(Roster.no))
        assert list(broken_chains(session)) == []
    assert sorted(answers) == sorted([made, *["member_on_live_roster, member_on_live_roster"] * 3])


def test_the_same_form_sent_twice_at_once_answers_alike_and_has_one_effect(flow: Flow) -> None:
    ids = copies(flow, flow.submitted()[0], 20)
    seen = flow.locks(*ids)

    def send() -> BatchResult:
        return applications.approve(
            flow.engine, actor=flow.clerk, ids=ids, seen=seen, key="one-form", now=flow.now
        )

    results = at_once([send] * 4)

    assert [result.moved for result in results] == [tuple(ids)] * 4
    assert {result.batch_id for result in results} == {results[0].batch_id}


def test_who_leaves_while_an_application_is_started_leaves_it_frozen(flow: Flow) -> None:
    talent = flow.applicant()
    actor = flow.town.actor(talent.account_id)
    with Session(flow.engine) as session:
        lock = session.scalars(select(Person.lock).where(Person.id == talent.id)).one()

    def start(work: Work) -> int:
        drafts._hold_bond(work.session, actor)
        offered = published_by_code(work.session, CARD)
        facts = new_facts(work.session, actor, offered, flow.now)
        bond = {"employer_id": facts.employer_id, "applicant_key": facts.applicant_key}
        return drafts._insert(work, offered, "first", **bond)

    def leave() -> None:
        person_moves.leave(flow.engine, actor=actor, person_id=talent.id, lock=lock, now=flow.now)

    case, _ = overtaken(flow.engine, start, leave, actor=actor, now=flow.now)

    assert flow.row(case).frozen_reason == "person_left"


def test_of_two_tabs_that_start_an_application_at_once_one_is_told_of_the_other(flow: Flow) -> None:
    actor = flow.town.actor(flow.applicant().account_id)

    def start() -> str:
        try:
            drafts.new(flow.engine, actor=actor, programme=CARD, kind="first", now=flow.now)
        except Blocked as refused:
            return ", ".join(block.code for block in refused.blocks)
        return "started"

    answers = at_once([start] * 4)

    assert sorted(answers) == ["open_application_exists"] * 3 + ["started"]
    with Session(flow.engine) as session:
        assert session.scalar(select(func.count()).select_from(Application)) == 1


def test_one_file_shown_twice_at_once_is_ticked_once(flow: Flow) -> None:
    (application_id,) = flow.sealed(1)
    with Session(flow.engine) as session:
        file = session.scalars(select(Submission.files)).one()[0]
    ref = file_ref.case_file(application_id, 1, int(file["blob_id"]))

    at_once([lambda: openings.record_view(flow.engine, actor=flow.county, ref=ref, now=flow.now)] * 4)

    with Session(flow.engine) as session:
        assert session.scalars(select(MaterialView.slot)).all() == [file["slot"]]


def test_events_of_the_system_at_once_stand_in_one_chain(flow: Flow) -> None:
    engine, now, owner = flow.engine, flow.now, flow.clerk
    boss = Actor(account_id=0, kind=None, permissions=frozenset({Permission.CONFIGURE}))
    with unit_of_work(engine, owner, now=now) as work:
        running = [work.job("note", {}, owner=owner.account_id) for _ in range(WORKERS)]
        dead = [work.job("note", {}) for _ in range(WORKERS)]
        work.session.execute(update(Job).where(Job.id.in_(dead)).values(state="dead"))
    with Session(engine) as session:
        in_list = select(Code.id, Code.title).join(CodeList).where(CodeList.code == TEMPLATES_LIST)
        texts = session.execute(in_list.order_by(Code.id).limit(2)).all()

    cancels = [lambda i=i: jobs.cancel(engine, actor=owner, job_id=i, now=now) for i in running]  # type: ignore[misc]
    revivals = [lambda i=i: jobs.revive(engine, actor=boss, job_ids=[i], now=now) for i in dead]  # type: ignore[misc]
    changes = [
        lambda t=t: messages.save_text(  # type: ignore[misc]
            engine, actor=boss, text_id=t.id, text=f"{t.title}。", seen=t.title, now=now
        )
        for t in texts
    ]
    at_once([*cancels, *revivals, *changes])

    with Session(engine) as session:
        events = session.scalars(select(AuditEvent.event).where(AuditEvent.subject_kind == "system")).all()
        states = session.execute(select(Job.id, Job.state).where(Job.id.in_([*running, *dead]))).all()
        assert list(broken_chains(session)) == []
    assert Counter(events) == {"job_cancelled": WORKERS, "job_revived": WORKERS, "message_text": 2}
    assert dict(map(tuple, states)) == dict.fromkeys(running, "cancelled") | dict.fromkeys(dead, "ready")


def test_ending_the_other_sign_ins_on_several_devices_at_once_is_noted_each_time(flow: Flow) -> None:
    devices = [replace(flow.clerk, session_key=f"{n:064x}") for n in range(WORKERS)]

    at_once([lambda d=d: sign_ins.sign_out_others(flow.engine, actor=d, now=flow.now) for d in devices])  # type: ignore[misc]

    with Session(flow.engine) as session:
        noted = session.scalar(select(func.count()).where(AuditEvent.event == "sign_out_others"))
        assert (noted, list(broken_chains(session))) == (WORKERS, [])


def test_a_change_withdrawn_while_something_else_happens_to_the_employer_waits_for_it(flow: Flow) -> None:
    given = {"actor": flow.clerk, "now": flow.now}
    with Session(flow.engine) as session:
        lock = session.get_one(Employer, flow.firm.id).lock
    name = ChangeForm(name="云海新名有限公司")
    change = employer_changes.request_change(flow.engine, lock=lock, form=name, **given)

    def edit(work: Work) -> None:
        work.session.get_one(Employer, flow.firm.id, with_for_update=True)
        work.audit("employer", flow.firm.id, "edit", {})

    def withdraw() -> None:
        employer_changes.withdraw_change(flow.engine, change_id=change, lock=0, **given)

    overtaken(flow.engine, edit, withdraw, **given)

    with Session(flow.engine) as session:
        noted = select(AuditEvent.event).where(AuditEvent.subject_id == flow.firm.id).order_by(AuditEvent.seq)
        assert session.scalars(noted).all()[-2:] == ["edit", "change_withdrawn"]
        assert list(broken_chains(session)) == []


def test_a_job_that_another_transaction_queues_under_the_same_key_is_queued_once(
    engine: Engine, now: datetime
) -> None:
    @retried
    def queue() -> int:
        with unit_of_work(engine, Actor.system(), now=now) as work:
            return work.job("note", {}, key="once")

    first, second = overtaken(
        engine, lambda work: work.job("note", {}, key="once"), queue, actor=Actor.system(), now=now
    )

    with Session(engine) as session:
        assert session.scalars(select(Job.id).where(Job.key == "once")).all() == [first]
    assert second == first


def test_an_event_that_another_transaction_appends_first_is_followed_by_the_next(
    engine: Engine, now: datetime
) -> None:
    @retried
    def append() -> None:
        with unit_of_work(engine, Actor.system(), now=now) as work:
            work.audit("programme", 1, "second", {})

    overtaken(
        engine, lambda work: work.audit("programme", 1, "first", {}), append, actor=Actor.system(), now=now
    )

    with Session(engine) as session:
        noted = select(AuditEvent.event).where(AuditEvent.subject_id == 1).order_by(AuditEvent.seq)
        assert session.scalars(noted).all() == ["first", "second"]
        assert list(broken_chains(session)) == []


def test_a_command_that_loses_a_deadlock_runs_again(engine: Engine, now: datetime) -> None:
    scopes = ["one", "other"]
    with unit_of_work(engine, Actor.system(), now=now) as work:
        work.session.add_all([NumberSeries(kind="test", scope=scope, year=2026, last=0) for scope in scopes])
    both_hold_one = threading.Barrier(2)

    @retried
    def count_up(order: list[str]) -> None:
        with unit_of_work(engine, Actor.system(), now=now) as work:
            for scope in order:
                row = work.session.get_one(NumberSeries, ("test", scope, 2026), with_for_update=True)
                row.last += 1
                work.session.flush()
                with suppress(threading.BrokenBarrierError):  # SQLite: the other one has not begun yet
                    both_hold_one.wait(1)

    at_once([lambda: count_up(scopes), lambda: count_up(scopes[::-1])])

    with Session(engine) as session:
        assert session.scalars(select(NumberSeries.last).where(NumberSeries.kind == "test")).all() == [2, 2]


class _GaveWay(Exception):
    sqlstate = "40P01"


class _TooLong(Exception):
    sqlstate = "55P03"


@pytest.mark.parametrize(("refused", "tries"), [(_GaveWay, 1 + RETRIES), (_TooLong, 1)])
def test_a_command_gives_up_after_three_more_tries(refused: type[Exception], tries: int) -> None:
    tried = []

    @retried
    def never() -> None:
        tried.append(1)
        raise OperationalError("SELECT 1", None, refused())

    with pytest.raises(OperationalError):
        never()

    assert len(tried) == tries


def test_every_command_with_a_unit_of_work_is_retried() -> None:
    bare = [
        f"{path.name}:{function.name}"
        for path in Path(commands.__path__[0]).glob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        and any(_opens(node) for node in ast.walk(function))
        and "retried" not in [ast.unparse(decorator) for decorator in function.decorator_list]
    ]

    assert bare == []


def _opens(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(
        ast.unparse(item.context_expr).startswith("unit_of_work(") for item in node.items
    )
