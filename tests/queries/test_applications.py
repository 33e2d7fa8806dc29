"""Lists of applications: tabs, counts, scope, search, and the pages of a case."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.commands import applications as commands
from app.domain.errors import NotFound
from app.domain.identity import NumberSpace
from app.domain.roles import Actor
from app.domain.states import Order, Verb, Waiting
from app.models.application import Application, Approval
from app.queries import applications, decisions, desk, history, starting, todo
from app.queries.applications import HISTORY_CAP, Filters, Tab
from app.queries.paging import CAP
from tests.commands.flow import CARD, RETURNED, Flow
from tests.commands.many import copies
from tests.commands.test_transitions import statements

DESKS = {"employer_reviewer": "clerk", "county_specialist": "county", "county_leader": "county_leader"}


def queue(session: Session, actor: Actor, role: str, tab: Tab = Tab.READY, **more: object) -> list[int]:
    """The ids of one tab, in order."""
    page = applications.queue(session, actor, programme=CARD, role=role, tab=tab, **more)  # type: ignore[arg-type]
    assert page.count == len(page.items)
    return [row.id for row in page.items]


def test_the_employers_tabs_hold_what_their_names_say(flow: Flow, session: Session) -> None:
    waiting, passed, returned = flow.submitted(3)
    flow.approve(flow.clerk, passed)
    commands.send_back(flow.engine, actor=flow.clerk, ids=[returned], seen={}, order=RETURNED, now=flow.now)
    flow.draft()

    found = {tab: queue(session, flow.clerk, "employer_reviewer", tab) for tab in Tab}

    assert found == {
        Tab.READY: [waiting],
        Tab.WAITING: [passed],
        Tab.PASSED: [passed],
        Tab.RETURNED: [returned],
    }


def test_the_county_sees_what_waits_for_the_roster_apart(flow: Flow, session: Session) -> None:
    sealed = flow.sealed()
    (unready,) = flow.at_gate()

    found = {tab: queue(session, flow.county, "county_specialist", tab) for tab in Tab}

    assert found == {Tab.READY: sealed, Tab.WAITING: [unready], Tab.PASSED: [], Tab.RETURNED: []}


def test_tab_counts_are_the_rows_of_the_tabs(flow: Flow, session: Session) -> None:
    flow.sealed(2)
    flow.at_gate()
    flow.submitted()
    for role, name in DESKS.items():
        actor = getattr(flow, name)
        counts = applications.tab_counts(session, actor, programme=CARD, role=role)

        assert counts == {tab: len(queue(session, actor, role, tab)) for tab in Tab}


def test_a_todo_line_counts_the_rows_behind_it(flow: Flow, session: Session) -> None:
    flow.sealed(2)
    flow.at_gate()
    flow.submitted(3)

    for actor in (flow.clerk, flow.county, flow.county_leader, flow.city):
        for line in todo.lines(session, actor):
            if line.code == "applications":
                assert len(queue(session, actor, line.params["desk"])) == line.count
            if line.code == "roster_wanted":
                filters = Filters(without_roster=True)
                assert (
                    len(queue(session, actor, "employer_reviewer", Tab.WAITING, filters=filters))
                    == line.count
                )


def test_nobody_sees_another_bureaus_cases(flow: Flow, session: Session) -> None:
    (case,) = flow.sealed()
    stranger = flow.town.officer(
        "county-b-specialist", flow.town.bureaus.b, {"county_specialist", "registrar"}
    )

    assert queue(session, stranger, "county_specialist") == []
    assert applications.search(session, stranger, Filters()).items == ()
    assert applications.rows_by_id(session, stranger, [case]) == {}
    for look in (desk.case, decisions.actions):
        with pytest.raises(NotFound):
            look(session, stranger, case, now=flow.now)
    with pytest.raises(NotFound):
        history.timeline(session, stranger, case)


def test_officers_see_no_case_before_the_employer_approved(flow: Flow, session: Session) -> None:
    flow.submitted()

    assert applications.search(session, flow.county, Filters()).items == ()


def test_pages_follow_each_other_without_gap_or_repetition(flow: Flow, session: Session) -> None:
    ids = flow.submitted(5)
    seen, cursor = [], None

    while True:
        page = applications.queue(
            session, flow.clerk, programme=CARD, role="employer_reviewer", cursor=cursor, limit=2
        )
        seen += [row.id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert (seen, page.count) == (ids, 5)


def test_what_a_desk_passed_comes_by_its_approval_the_last_one_first(flow: Flow, session: Session) -> None:
    first, second, third = flow.submitted(3)
    for case in (second, first, third):
        flow.approve(flow.clerk, case)
    seen, cursor = [], None

    for _ in range(2):
        page = applications.queue(
            session, flow.clerk, programme=CARD, role="employer_reviewer", tab=Tab.PASSED, cursor=cursor,
            limit=2,
        )  # fmt: skip
        seen.append([row.id for row in page.items])
        cursor = page.next_cursor

    assert (seen, cursor, page.count) == ([[third, first], [second]], None, 3)


def test_a_case_with_two_approvals_of_a_desk_is_passed_once(flow: Flow, session: Session) -> None:
    case, other = flow.sealed(2)
    with flow.town.writing() as writing:
        writing.execute(
            update(Approval)
            .where(Approval.application_id == case)
            .values(role="employer_reviewer", place_id=flow.firm.id)
        )
        (given,) = writing.scalars(select(Approval).where(Approval.application_id == case))
        columns = {c.key: getattr(given, c.key) for c in Approval.__table__.c}
        another = {"stage_code": "employer_again", "actor_key": "f" * 64, "review_id": given.review_id + 1}
        writing.execute(insert(Approval).values(columns | another))

    assert queue(session, flow.clerk, "employer_reviewer", Tab.PASSED) == [case, other]


def test_tabs_of_history_are_counted_to_a_thousand_unless_they_are_shown() -> None:
    caps = {(tab, chosen): applications.cap_of(tab, chosen) for tab in Tab for chosen in Tab}

    assert {pair for pair, cap in caps.items() if cap == HISTORY_CAP} == {
        (tab, chosen) for tab in (Tab.PASSED, Tab.RETURNED) for chosen in Tab if tab is not chosen
    }
    assert set(caps.values()) == {CAP, HISTORY_CAP}


def test_the_query_page_finds_every_status(flow: Flow, session: Session) -> None:
    draft, (submitted,), (gate,) = flow.draft(), flow.submitted(), flow.at_gate()

    everything = {row.id for row in applications.search(session, flow.clerk, Filters()).items}
    gated = [
        row.id for row in applications.search(session, flow.clerk, Filters(stage="county_specialist")).items
    ]
    drafts = [row.id for row in applications.search(session, flow.clerk, Filters(status="draft")).items]

    assert (everything, gated, drafts) == ({draft, submitted, gate}, [gate], [draft])


def test_search_by_name_number_and_application_number(flow: Flow, session: Session) -> None:
    case, other = flow.submitted(2)
    talent, no = flow.people[case], flow.row(case).no or ""
    cipher = flow.town.ports.cipher
    number = cipher.digest(NumberSpace.CN18, talent.doc_no).hex()

    def found(**words: object) -> list[int]:
        return [row.id for row in applications.search(session, flow.clerk, Filters(**words)).items]  # type: ignore[arg-type]

    assert found(q=talent.name) == [case]
    assert found(digests=(number,)) == [case]
    assert found(q=no) == [case]
    assert sorted(found(q="li")) == sorted([case, other])
    assert found(digests=("0" * 64,)) == []


def test_lists_hold_masked_numbers_only(flow: Flow, session: Session) -> None:
    (case,) = flow.submitted()
    talent = flow.people[case]

    (row,) = applications.search(session, flow.clerk, Filters()).items

    assert talent.doc_no not in str(row)
    assert talent.mobile not in str(row)
    assert (row.doc_no_masked or "").startswith("110101****")


def test_a_queue_page_sends_the_same_statements_for_one_row_and_three(flow: Flow) -> None:
    counts = []
    for _ in range(2):
        flow.submitted(1 if not counts else 2)
        with statements(flow.engine) as sent, Session(flow.engine) as session:
            todo.lines(session, flow.clerk)
            applications.tab_counts(session, flow.clerk, programme=CARD, role="employer_reviewer")
            applications.queue(session, flow.clerk, programme=CARD, role="employer_reviewer")
        counts.append(len(sent))

    assert counts == [4, 4]


def test_the_desk_sends_the_same_statements_for_one_version_and_many_rows(flow: Flow) -> None:
    (case,) = flow.submitted()
    counts = []
    for _ in range(2):
        with statements(flow.engine) as sent, Session(flow.engine) as session:
            desk.case(session, flow.clerk, case, now=flow.now)
        counts.append(len(sent))
        copies(flow, case, 20)

    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_the_desk_shows_a_resubmission_as_a_difference(flow: Flow, session: Session) -> None:
    (case,) = flow.submitted()
    commands.send_back(flow.engine, actor=flow.clerk, ids=[case], seen={}, order=RETURNED, now=flow.now)
    flow.attach(case, "diploma", mark="better")
    flow.submit(case)

    shown = desk.case(session, flow.clerk, case, now=flow.now)

    assert [target.code for target in shown.changed] == ["diploma"]
    assert [(item.target.code, item.reason_title) for item in shown.returned] == [("diploma", "图像不清晰")]
    assert (
        shown.current is not None and shown.current.n,
        shown.previous is not None and shown.previous.n,
    ) == (2, 1)
    assert [moment.event for moment in shown.history] == ["new", "submit", "send_back", "submit"]


def test_the_place_in_the_queue_leads_to_the_neighbours(flow: Flow, session: Session) -> None:
    first, second, third = flow.submitted(3)
    entered = flow.row(second).entered_at

    found = desk.place(
        session,
        flow.clerk,
        programme=CARD,
        role="employer_reviewer",
        entered_at=entered,
        application_id=second,
    )

    assert found == desk.Place(at=2, of=3, previous_id=first, next_id=third)


def test_the_applicant_sees_offices_and_not_officers(flow: Flow, session: Session) -> None:
    (case,) = flow.at_gate()

    outside = history.timeline(session, flow.me(case), case)
    inside = history.timeline(session, flow.county, case)

    assert [(moment.event, moment.actor_name, moment.stage_title) for moment in outside][-1] == (
        "approve",
        "",
        "单位审核",
    )
    assert (inside[-1].actor_name, inside[-1].stage_title) == ("王联系", "单位负责人审核")


def test_an_undone_verdict_is_marked(flow: Flow, session: Session) -> None:
    (case,) = flow.at_gate()
    commands.undo(flow.engine, actor=flow.clerk, ids=[case], now=flow.now)

    moments = history.timeline(session, flow.clerk, case)

    assert [(moment.event, moment.is_undone) for moment in moments[2:]] == [
        ("approve", True),
        ("undo", False),
    ]


def test_a_dry_run_answers_like_the_batch_and_writes_nothing(flow: Flow, session: Session) -> None:
    one, other = flow.submitted(2)
    flow.approve(flow.clerk, other)
    before, seen = flow.snapshot(), flow.locks(one, other)

    dry = decisions.preview(session, flow.clerk, Verb.APPROVE, ids=[one, other, 7], seen=seen, now=flow.now)
    session.rollback()

    assert flow.snapshot() == before
    done = commands.approve(flow.engine, actor=flow.clerk, ids=[one, other, 7], seen=seen, now=flow.now)
    assert replace(done, batch_id=None) == dry.result
    assert [(outcome.id, outcome.stage_code) for outcome in dry.outcomes] == [(one, "county_specialist")]


def test_the_last_decision_can_be_undone_until_its_window_ends(flow: Flow, session: Session) -> None:
    ids = flow.submitted(2)
    batch = commands.approve(flow.engine, actor=flow.clerk, ids=ids, seen={}, now=flow.now).batch_id

    found = decisions.undoable(session, flow.clerk, now=flow.now)
    later = decisions.undoable(session, flow.clerk, now=flow.now + timedelta(minutes=11))

    assert found is not None
    assert (found.batch_id, found.verdict, found.rows, later) == (batch, "approve", 2, None)


def test_what_can_no_longer_be_undone_is_not_offered(flow: Flow, session: Session) -> None:
    renewed, frozen, other = flow.sealed(3)
    for case in (renewed, frozen, other):
        flow.approve(flow.county, case)
    commands.reject(
        flow.engine, actor=flow.county_leader, ids=[renewed, frozen, other], seen={},
        order=Order(text="不符合条件"), now=flow.now,
    )  # fmt: skip
    before = decisions.undoable(session, flow.county_leader, now=flow.now)
    session.rollback()
    flow.draft(flow.people[renewed])
    with flow.town.writing() as writing:
        writing.execute(
            update(Application).where(Application.id == frozen).values(frozen_reason="employer_suspended")
        )

    after = decisions.undoable(session, flow.county_leader, now=flow.now)

    assert before is not None
    assert after == replace(before, rows=1, application_id=other)


def test_a_draft_is_a_row_without_content_for_the_employer(flow: Flow, session: Session) -> None:
    case = flow.filled()

    shown = desk.case(session, flow.clerk, case, now=flow.now)

    assert (shown.current, shown.waits_for) == (None, Waiting.APPLICANT)


def test_what_a_person_may_start_comes_with_its_reasons(flow: Flow, session: Session) -> None:
    talent = flow.applicant()

    found = starting.options(session, flow.town.actor(talent.account_id), flow.now)

    assert [(option.kind.code, [block.code for block in option.blocks]) for option in found] == [
        ("first", []), ("renewal", ["active_card_missing"]),
    ]  # fmt: skip


def test_an_applicant_reads_neither_undone_verdicts_nor_words_between_offices(
    flow: Flow, session: Session
) -> None:
    (case,) = flow.sealed()
    flow.approve(flow.county, case)
    order = Order(text="请再核实")
    commands.back(flow.engine, actor=flow.county_leader, ids=[case], seen={}, order=order, now=flow.now)
    flow.approve(flow.county, case)
    commands.undo(flow.engine, actor=flow.county, ids=[case], now=flow.now)

    outside = history.timeline(session, flow.me(case), case)
    inside = history.timeline(session, flow.county, case)

    assert ([m.event for m in inside][-3:], inside[-3].text) == (["back", "approve", "undo"], "请再核实")
    assert (outside[-1].event, outside[-1].text) == ("back", "")
    assert not any(moment.is_undone for moment in outside)
