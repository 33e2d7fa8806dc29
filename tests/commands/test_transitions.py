"""The set-based writer: statements that do not grow, hashes that verify, singles equal to batches."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Barrier

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.commands import applications
from app.domain.audit import Event
from app.domain.results import BatchResult
from app.domain.roles import Actor
from app.models.application import Review
from app.models.audit import AuditEvent
from tests.commands.flow import RETURNED, Flow
from tests.commands.many import copies
from tests.statements import Sent, sent_to


def statements(engine: Engine) -> AbstractContextManager[Sent]:
    """Every statement sent while open, but BEGIN and COMMIT."""
    return sent_to(engine, but=("BEGIN", "PRAGMA"))


@pytest.mark.parametrize("verb", ["approve", "send_back"])
def test_a_batch_sends_as_many_statements_for_10_rows_as_for_1000(flow: Flow, verb: str) -> None:
    (case,) = flow.submitted()
    few, many = copies(flow, case, 10), copies(flow, case, 1000)
    order = {"order": RETURNED} if verb == "send_back" else {}
    counts = []

    for ids in (few, many):
        with statements(flow.engine) as sent:
            result = getattr(applications, verb)(
                flow.engine, actor=flow.clerk, ids=ids, seen={}, now=flow.now, **order
            )
        counts.append(len(sent))
        assert result.moved == tuple(ids)

    assert counts[0] == counts[1]
    assert counts[0] <= 16


def test_undo_of_a_batch_sends_as_many_statements_for_10_rows_as_for_1000(flow: Flow) -> None:
    (case,) = flow.submitted()
    counts = []

    for ids in (copies(flow, case, 10), copies(flow, case, 1000)):
        done = applications.approve(flow.engine, actor=flow.clerk, ids=ids, seen={}, now=flow.now)
        with statements(flow.engine) as sent:
            result = applications.undo(flow.engine, actor=flow.clerk, batch_id=done.batch_id, now=flow.now)
        counts.append(len(sent))
        assert result.moved == tuple(ids)

    assert counts[0] == counts[1]


def test_bulk_hashes_are_those_of_the_domain(flow: Flow) -> None:
    ids = flow.submitted(2)
    applications.approve(flow.engine, actor=flow.clerk, ids=ids, seen={}, key="key ß", now=flow.now)

    with Session(flow.engine) as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "application")).all()
    names = (
        "subject_kind",
        "subject_id",
        "seq",
        "event",
        "at",
        "actor_id",
        "party",
        "role",
        "payload",
        "prev_hash",
    )
    assert len(rows) == 6
    assert [Event(**{name: getattr(row, name) for name in names}).hash() for row in rows] == [
        row.hash for row in rows
    ]


def test_a_batch_does_what_the_singles_would(flow: Flow) -> None:
    one, two, three, four = flow.submitted(4)
    applications.approve(flow.engine, actor=flow.clerk, ids=[two], seen={}, now=flow.now)
    batch = applications.approve(flow.engine, actor=flow.clerk, ids=[one, two], seen={}, now=flow.now)
    singles = [
        applications.approve(flow.engine, actor=flow.clerk, ids=[i], seen={}, now=flow.now)
        for i in (two, three)
    ]
    del four

    assert [block.code for block in batch.blocks_of(two)] == [
        block.code for block in singles[0].blocks_of(two)
    ]
    assert flow.rows(one) == flow.rows(three)
    with Session(flow.engine) as session:
        reviews = session.execute(select(Review.application_id, Review.lock_seen)).all()
    assert sorted(tuple(row) for row in reviews) == sorted([(one, 1), (two, 1), (three, 1)])


def test_of_two_simultaneous_decisions_one_moves_the_case(flow: Flow) -> None:
    (case,) = flow.submitted()
    colleague = flow.town.staff(flow.firm, "clerk2", {"employer_reviewer"})
    seen, gate = flow.locks(case), Barrier(2)

    def decide(actor: Actor) -> BatchResult:
        gate.wait()
        return applications.approve(flow.engine, actor=actor, ids=[case], seen=seen, now=flow.now)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(decide, [flow.clerk, colleague]))

    assert sorted(len(result.moved) for result in results) == [0, 1]
    assert [result.blocks_of(case)[0].code for result in results if not result.moved] == ["stale"]
    assert flow.rows(case) == [("in_review", "county_specialist")]
