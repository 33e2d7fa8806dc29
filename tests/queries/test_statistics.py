"""Figures count what the lists show, in the actor's scope: steps, ages, returns, officers, employers (I4)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.commands import applications as deciding
from app.domain.roles import Actor
from app.domain.states import Item, Order
from app.queries.reports import report_of
from app.queries.reports.base import MOMENT
from tests.commands.flow import CARD, REFUSED, RETURNED, Flow


def figures(
    flow: Flow, session: Session, actor: Actor, code: str, days: float = 0, **filters: str
) -> list[Sequence[Any]]:
    """The rows of a figure, asked so many days from now."""
    given = {"programme": CARD, **filters, MOMENT: flow.now + timedelta(days=days)}
    return list(report_of(code).rows(session, actor, given))


def decide(flow: Flow, verb: Any, actor: Actor, case: int, order: Order) -> None:
    """One verdict on one case."""
    result = verb(flow.engine, actor=actor, ids=[case], seen=flow.locks(case), order=order, now=flow.now)
    assert result.moved == (case,)


@pytest.fixture
def several(flow: Flow) -> Flow:
    """Five submitted: one returned by the employer, one at the gate, one rejected, two with the county's leader."""
    gate = flow.at_gate(4)
    flow.seal(flow.export(*gate[:3]))
    for case in gate[:3]:
        flow.approve(flow.county, case)
    decide(flow, deciding.reject, flow.county_leader, gate[0], REFUSED)
    (waiting,) = flow.submitted(1)
    own = Order(items=(Item("field", "position", text="岗位请写全称"), *RETURNED.items))
    decide(flow, deciding.send_back, flow.clerk, waiting, own)
    return flow


def test_steps_count_the_cases_that_passed_them(several: Flow, session: Session) -> None:
    rows = figures(several, session, several.town.superuser(), "by_step")

    assert [row[:3] for row in rows] == [
        ("submitted", 5, 100),
        ("单位负责人审核", 4, 80),
        ("县区服务专员审核", 3, 60),
        ("县区负责人审核", 0, 0),
        ("市服务专员审核", 0, 0),
        ("市负责人审核", 0, 0),
        ("issued", 0, 0),
    ]
    assert [row[1] for row in figures(several, session, several.county, "by_step")][:3] == [4, 4, 3]


def test_ages_group_what_waits_by_the_days_at_its_step(several: Flow, session: Session) -> None:
    now = figures(several, session, several.county, "ages")
    later = figures(several, session, several.county, "ages", days=8)

    assert [row[:6] for row in now] == [
        ("to_stamp", 1, 0, 0, 0, 0),
        ("县区负责人审核", 2, 0, 0, 0, 0),
    ]
    assert [row[:5] for row in later] == [("to_stamp", 0, 0, 1, 0), ("县区负责人审核", 0, 0, 2, 0)]


def test_overdue_is_what_stands_past_its_limit(several: Flow, session: Session) -> None:
    (row,) = (
        row for row in figures(several, session, several.county, "ages", days=60) if row[0] != "to_stamp"
    )

    assert row[1:6] == (0, 0, 0, 2, 2)


def test_reasons_are_counted_by_their_titles_and_own_words_together(several: Flow, session: Session) -> None:
    rows = figures(several, session, several.clerk, "returns")

    assert sorted(row[:3] for row in rows) == [("own_words", 1, 1), ("图像不清晰", 1, 1)]
    assert figures(several, session, several.county, "returns") == []


def test_what_was_taken_back_counts_for_nobody(several: Flow, session: Session) -> None:
    before = figures(several, session, several.county, "officers")
    case = several.at_gate(1)[0]
    several.seal(several.export(case))
    several.approve(several.county, case)
    session.rollback()
    after = figures(several, session, several.county, "officers")
    deciding.undo(several.engine, actor=several.county, ids=[case], now=several.now)

    assert [row[2] for row in before if row[1] == "county_specialist"] == [3]
    assert [row[2] for row in after if row[1] == "county_specialist"] == [4]
    session.rollback()
    assert figures(several, session, several.county, "officers") == before


def test_an_officer_who_only_cancelled_decided_nothing(several: Flow, session: Session) -> None:
    before = figures(several, session, several.city, "officers")
    case = several.sealed()[0]
    given = {"seen": several.locks(case), "reason": "申请人去世", "now": several.now}
    assert deciding.cancel(several.engine, actor=several.city_leader, ids=[case], **given).moved == (case,)
    session.rollback()

    assert figures(several, session, several.city, "officers") == before


def test_officers_are_those_of_the_own_bureau_and_below(several: Flow, session: Session) -> None:
    expected = [
        (several.county.full_name, "county_specialist", 3, 0, 0, 0, 3),
        (several.county_leader.full_name, "county_leader", 0, 0, 0, 1, 1),
    ]
    elsewhere = several.town.officer("county-b-specialist", several.town.bureaus.b, {"county_specialist"})

    assert sorted(figures(several, session, several.county, "officers")) == sorted(expected)
    assert sorted(figures(several, session, several.city, "officers")) == sorted(expected)
    assert figures(several, session, elsewhere, "officers") == []
    assert figures(several, session, several.clerk, "officers") == []


def test_employers_stand_with_their_share_of_cases_right_at_the_first_time(
    several: Flow, session: Session
) -> None:
    assert figures(several, session, several.town.superuser(), "employers") == [
        (several.firm.name, 5, 3, 1, 0, 80)
    ]


def test_what_ended_after_a_return_was_not_right_at_the_first_time(several: Flow, session: Session) -> None:
    returned = next(case for case in several.people if several.row(case).status == "returned")
    given = {"seen": several.locks(returned), "now": several.now}
    done = deciding.withdraw(several.engine, actor=several.me(returned), ids=[returned], **given)
    assert done.moved == (returned,)
    session.rollback()

    assert figures(several, session, several.town.superuser(), "employers") == [
        (several.firm.name, 5, 3, 0, 0, 80)
    ]


def test_days_outside_of_the_time_asked_for_count_nothing(several: Flow, session: Session) -> None:
    tomorrow = f"{several.now + timedelta(days=2):%Y-%m-%d}"

    for code in ("by_step", "returns", "officers", "employers"):
        assert figures(several, session, several.city, code, **{"from": tomorrow}) == []
