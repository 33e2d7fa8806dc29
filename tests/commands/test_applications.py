"""Decisions on applications: the way through the chain, refusals that change nothing, undo, batches."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.commands import applications, desk, drafts, person_moves, submissions
from app.commands.submissions import Answer
from app.domain.errors import Blocked, IdempotencyMismatch, InvalidInput, NotAllowed, NotFound, Stale
from app.domain.results import BatchResult
from app.domain.roles import Actor
from app.domain.states import Item, Order
from app.models.account import Account
from app.models.application import Application, Approval, Review, ReviewItem, Submission
from app.models.audit import AccessEvent, AuditEvent
from app.models.person import Person
from app.models.roster import Roster
from app.models.work import Message
from app.queries import decisions
from app.queries.audit import broken_chains
from app.queries.drafts import staff_choices
from app.queries.history import timeline
from tests.commands.flow import ANSWERS, REFUSED, RETURNED, SLOTS, Flow
from tests.web.town import PASSWORD


def codes(result: BatchResult, row_id: int) -> list[str]:
    """The codes of the blocks of one row."""
    return [block.code for block in result.blocks_of(row_id)]


def approve(flow: Flow, actor: Actor, *ids: int) -> BatchResult:
    """Approve with the locks as they are."""
    return applications.approve(flow.engine, actor=actor, ids=ids, seen=flow.locks(*ids), now=flow.now)


def send_back(flow: Flow, actor: Actor, *ids: int, order: Order = RETURNED) -> BatchResult:
    """Send back with the locks as they are."""
    return applications.send_back(
        flow.engine, actor=actor, ids=ids, seen=flow.locks(*ids), order=order, now=flow.now
    )


def undo(flow: Flow, actor: Actor, *ids: int, minutes: int = 0) -> BatchResult:
    """Undo some minutes later."""
    return applications.undo(flow.engine, actor=actor, ids=ids, now=flow.now + timedelta(minutes=minutes))


def test_a_case_passes_the_shipped_chain_in_order(flow: Flow) -> None:
    (case,) = flow.approved()

    row = flow.row(case)
    with Session(flow.engine) as session:
        stages = session.scalars(
            select(Approval.stage_code).where(Approval.application_id == case).order_by(Approval.review_id)
        ).all()
    assert (row.status, row.stage_code, row.desk_role, row.lock, row.audit_seq) == (
        "approved",
        None,
        "card_printer",
        8,
        9,
    )
    assert stages == ["employer", "county_specialist", "county_leader", "city_specialist", "city_leader"]


def test_the_chains_of_a_whole_flow_verify(flow: Flow) -> None:
    (first, second) = flow.sealed(2)
    approve(flow, flow.county, first)
    send_back(flow, flow.county, second)
    undo(flow, flow.county, second, minutes=1)

    with Session(flow.engine) as session:
        assert list(broken_chains(session)) == []


def test_the_county_sees_a_case_at_once_and_can_decide_only_after_the_roster(flow: Flow) -> None:
    (case,) = flow.at_gate()
    before = flow.snapshot()

    result = approve(flow, flow.county, case)

    assert codes(result, case) == ["roster_not_sealed"]
    assert flow.snapshot() == before


def test_a_foreign_case_is_unknown_and_stays(flow: Flow) -> None:
    (case,) = flow.sealed()
    stranger = flow.town.officer(
        "county-b-specialist", flow.town.bureaus.b, {"county_specialist", "registrar"}
    )
    before = flow.snapshot()

    result = approve(flow, stranger, case, 4711)

    assert (result.moved, result.skipped, result.unknown) == ((), (), (case, 4711))
    assert flow.snapshot() == before


def test_a_denial_is_logged_but_not_on_the_chain(flow: Flow) -> None:
    (case,) = flow.submitted()

    approve(flow, flow.county, case)

    with Session(flow.engine) as session:
        logged = session.execute(select(AccessEvent.kind, AccessEvent.object_id, AccessEvent.result)).all()
        events = session.scalars(select(AuditEvent.event).where(AuditEvent.subject_id == case)).all()
    assert ("denied", case, "unknown") in [tuple(row) for row in logged]
    assert events == ["new", "submit"]


def test_nobody_approves_twice_in_a_round(flow: Flow) -> None:
    (case,) = flow.sealed()
    both = replace(flow.county, roles=frozenset({"county_specialist", "county_leader"}))
    flow.approve(both, case)

    result = approve(flow, both, case)

    assert codes(result, case) == ["same_person"]


def test_nobody_decides_his_own_case(flow: Flow) -> None:
    (case,) = flow.submitted()
    himself = replace(flow.clerk, person_key=flow.row(case).applicant_key)

    result = approve(flow, himself, case)

    assert codes(result, case) == ["own_application"]


def test_a_superuser_never_decides(flow: Flow) -> None:
    (case,) = flow.submitted()

    result = approve(flow, flow.town.superuser(), case)

    assert codes(result, case) == ["superuser_never_decides"]


def test_a_stale_lock_skips_the_row(flow: Flow) -> None:
    one, other = flow.submitted(2)
    seen = flow.locks(one, other) | {one: 0}

    result = applications.approve(flow.engine, actor=flow.clerk, ids=[one, other], seen=seen, now=flow.now)

    assert (result.moved, codes(result, one)) == ((other,), ["stale"])
    assert flow.rows(one, other) == [("in_review", "employer"), ("in_review", "county_specialist")]


def test_a_batch_names_each_id_once(flow: Flow) -> None:
    one, other = flow.submitted(2)

    result = applications.approve(flow.engine, actor=flow.clerk, ids=[one, other, one], seen={}, now=flow.now)

    assert result.moved == (one, other)


def test_a_batch_above_the_limit_is_refused(flow: Flow) -> None:
    with pytest.raises(InvalidInput) as refused:
        applications.approve(
            flow.engine, actor=flow.clerk, ids=range(1, 12), seen={}, now=flow.now, batch_max=10
        )

    assert [error.code for error in refused.value.errors] == ["batch_too_large"]


def test_the_same_key_gives_the_same_result_and_one_effect(flow: Flow) -> None:
    (case,) = flow.submitted()
    seen = flow.locks(case)

    first = applications.approve(flow.engine, actor=flow.clerk, ids=[case], seen=seen, key="k", now=flow.now)
    second = applications.approve(flow.engine, actor=flow.clerk, ids=[case], seen=seen, key="k", now=flow.now)

    assert (first, flow.lock(case)) == (second, seen[case] + 1)


def test_the_same_key_with_another_body_is_refused(flow: Flow) -> None:
    one, other = flow.submitted(2)
    applications.approve(flow.engine, actor=flow.clerk, ids=[one], seen={}, key="k", now=flow.now)

    with pytest.raises(IdempotencyMismatch):
        applications.approve(flow.engine, actor=flow.clerk, ids=[other], seen={}, key="k", now=flow.now)

    assert flow.rows(other) == [("in_review", "employer")]


def test_send_back_needs_an_item_with_its_reason(flow: Flow) -> None:
    (case,) = flow.submitted()
    before = flow.snapshot()

    assert codes(send_back(flow, flow.clerk, case, order=Order(text="请修改")), case) == [
        "item_reason_required"
    ]
    other = Order(items=(Item("material", "diploma", "other"),))
    assert codes(send_back(flow, flow.clerk, case, order=other), case) == ["item_reason_required"]
    unknown = Order(items=(Item("field", "shoe_size", "mismatch"),))
    assert codes(send_back(flow, flow.clerk, case, order=unknown), case) == ["field_invalid"]
    assert flow.snapshot() == before


def test_a_returned_case_stores_its_items_and_leaves_no_approvals(flow: Flow) -> None:
    (case,) = flow.sealed()
    flow.approve(flow.county, case)

    send_back(flow, flow.county_leader, case)

    with Session(flow.engine) as session:
        items = session.execute(
            select(ReviewItem.target_kind, ReviewItem.target_code, ReviewItem.reason_code)
        ).all()
        approvals = session.scalars(select(Approval).where(Approval.application_id == case)).all()
    assert ([tuple(item) for item in items], approvals) == ([("material", "diploma", "unclear")], [])
    assert (flow.rows(case), flow.row(case).roster_id) == ([("returned", None)], None)


def test_back_leads_one_stage_back_and_removes_its_approval(flow: Flow) -> None:
    (case,) = flow.sealed()
    flow.approve(flow.county, case)

    applications.back(
        flow.engine, actor=flow.county_leader, ids=[case], seen={}, order=Order("请核实"), now=flow.now
    )

    row = flow.row(case)
    with Session(flow.engine) as session:
        stages = session.scalars(select(Approval.stage_code).where(Approval.application_id == case)).all()
    assert (row.stage_code, row.is_ready, stages) == ("county_specialist", True, ["employer"])


def test_back_is_not_offered_at_the_roster_gate(flow: Flow) -> None:
    (case,) = flow.sealed()

    result = applications.back(
        flow.engine, actor=flow.county, ids=[case], seen={}, order=Order("x"), now=flow.now
    )

    assert codes(result, case) == ["verdict_not_offered"]


def test_reject_needs_a_reason(flow: Flow) -> None:
    (case,) = flow.sealed()
    flow.approve(flow.county, case)

    refused = applications.reject(
        flow.engine, actor=flow.county_leader, ids=[case], seen={}, order=Order(), now=flow.now
    )
    done = applications.reject(
        flow.engine, actor=flow.county_leader, ids=[case], seen={}, order=REFUSED, now=flow.now
    )

    assert (codes(refused, case), done.moved) == (["reason_required"], (case,))
    assert (flow.rows(case), flow.row(case).closed_at) == ([("rejected", None)], flow.now)


@pytest.mark.parametrize("verb", ["approve", "send_back", "back", "reject"])
def test_undo_restores_everything(flow: Flow, verb: str) -> None:
    (case,) = flow.sealed()
    flow.approve(flow.county, case)
    before = _state(flow, case)
    order = {"send_back": RETURNED, "back": Order("请核实"), "reject": REFUSED}.get(verb)
    arguments = {"order": order} if order else {}
    getattr(applications, verb)(
        flow.engine, actor=flow.county_leader, ids=[case], seen={}, now=flow.now, **arguments
    )

    result = undo(flow, flow.county_leader, case, minutes=9)

    assert (result.moved, _state(flow, case)) == ((case,), before)


def _state(flow: Flow, case: int) -> tuple[object, ...]:
    row = flow.row(case)
    with Session(flow.engine) as session:
        approvals = session.execute(
            select(Approval.stage_code, Approval.actor_key, Approval.review_id)
            .where(Approval.application_id == case)
            .order_by(Approval.review_id)
        ).all()
    return (
        row.status, row.stage_code, row.is_ready, row.roster_id, row.desk_role, row.desk_agency_id,
        row.entered_at,
        row.due_at, row.reached_agency_at, row.closed_at, [tuple(approval) for approval in approvals],
    )  # fmt: skip


def test_undo_ends_with_its_window(flow: Flow) -> None:
    (case,) = flow.at_gate()

    assert codes(undo(flow, flow.clerk, case, minutes=11), case) == ["undo_expired"]


def test_only_the_decider_can_undo(flow: Flow) -> None:
    (case,) = flow.at_gate()
    colleague = flow.town.staff(flow.firm, "clerk2", {"employer_reviewer"})

    assert codes(undo(flow, colleague, case), case) == ["undo_not_yours"]


def test_opening_at_the_next_desk_ends_the_undo(flow: Flow) -> None:
    (case,) = flow.at_gate()
    first = desk.open_case(flow.engine, actor=flow.county, application_id=case, now=flow.now)

    result = undo(flow, flow.clerk, case)

    assert (first.is_first, codes(result, case)) == (True, ["undo_opened"])


def test_looking_without_holding_the_desk_opens_nothing(flow: Flow) -> None:
    (case,) = flow.at_gate()

    opened = desk.open_case(flow.engine, actor=flow.county_leader, application_id=case, now=flow.now)

    assert (opened.is_first, flow.row(case).opened_at) == (False, None)


def test_an_exported_case_cannot_be_undone(flow: Flow) -> None:
    (case,) = flow.at_gate()
    flow.export(case)

    assert codes(undo(flow, flow.clerk, case), case) == ["undo_on_roster"]


def test_an_undone_decision_is_not_undone_again(flow: Flow) -> None:
    (case,) = flow.at_gate()
    undo(flow, flow.clerk, case)

    assert codes(undo(flow, flow.clerk, case), case) == ["undo_expired"]


def test_an_undone_rejection_waits_for_no_newer_application(flow: Flow) -> None:
    (case,) = flow.sealed()
    flow.approve(flow.county, case)
    applications.reject(
        flow.engine, actor=flow.county_leader, ids=[case], seen={}, order=REFUSED, now=flow.now
    )
    flow.draft(flow.people[case])

    assert codes(undo(flow, flow.county_leader, case), case) == ["undo_newer_application"]


def test_a_batch_is_undone_as_a_batch(flow: Flow) -> None:
    ids = flow.submitted(3)
    batch = approve(flow, flow.clerk, *ids).batch_id

    result = applications.undo(flow.engine, actor=flow.clerk, batch_id=batch, now=flow.now)

    assert (result.moved, flow.rows(*ids)) == (tuple(ids), [("in_review", "employer")] * 3)


def test_messages_wait_a_minute_longer_than_the_undo_window_and_are_recalled(flow: Flow) -> None:
    (case,) = flow.submitted()
    send_back(flow, flow.clerk, case)
    with Session(flow.engine) as session:
        waiting = session.execute(
            select(Message.template, Message.not_before, Message.state).where(
                Message.subject_kind == "application"
            )
        ).all()

    undo(flow, flow.clerk, case)

    with Session(flow.engine) as session:
        states = session.scalars(select(Message.state).where(Message.subject_kind == "application")).all()
    assert [tuple(row) for row in waiting] == [("sms.returned", flow.now + timedelta(minutes=11), "waiting")]
    assert states == ["recalled"]


def test_the_employer_pulls_back_before_the_county_opens(flow: Flow) -> None:
    one, other = flow.at_gate(2)
    roster = flow.export(one, other)

    result = applications.pull_back(flow.engine, actor=flow.clerk, ids=[one], seen={}, now=flow.now)

    with Session(flow.engine) as session:
        state = session.scalar(select(Roster.state).where(Roster.id == roster))
    assert (result.moved, state) == ((one,), "void")
    assert flow.rows(one, other) == [("in_review", "employer"), ("in_review", "county_specialist")]
    assert (flow.row(other).roster_id, flow.row(other).lock) == (None, 4)


def test_a_sealed_case_is_not_pulled_back(flow: Flow) -> None:
    (case,) = flow.sealed()

    result = applications.pull_back(flow.engine, actor=flow.clerk, ids=[case], seen={}, now=flow.now)

    assert codes(result, case) == ["pull_back_too_late"]


def test_a_withdrawn_member_leaves_a_sealed_roster_to_the_others(flow: Flow) -> None:
    one, other = flow.sealed(2)

    result = applications.withdraw(flow.engine, actor=flow.me(one), ids=[one], seen={}, now=flow.now)

    with Session(flow.engine) as session:
        states = session.scalars(select(Roster.state)).all()
    assert (result.moved, states) == ((one,), ["sealed"])
    assert (flow.row(one).status, flow.row(other).roster_id is not None) == ("withdrawn", True)


def test_cancel_needs_the_permission_and_a_reason(flow: Flow) -> None:
    (case,) = flow.sealed()

    denied = applications.cancel(
        flow.engine, actor=flow.city, ids=[case], seen={}, reason="死亡", now=flow.now
    )
    silent = applications.cancel(
        flow.engine, actor=flow.city_leader, ids=[case], seen={}, reason=" ", now=flow.now
    )
    done = applications.cancel(
        flow.engine, actor=flow.city_leader, ids=[case], seen={}, reason="重复", now=flow.now
    )

    assert (codes(denied, case), codes(silent, case), done.moved) == (
        ["not_your_role"],
        ["reason_required"],
        (case,),
    )


def test_why_a_case_was_cancelled_stands_in_its_history(flow: Flow) -> None:
    reviewed, returned = flow.sealed()[0], flow.sealed()[0]
    send_back(flow, flow.county, returned)

    applications.cancel(
        flow.engine,
        actor=flow.city_leader,
        ids=[reviewed, returned],
        seen={},
        reason="申请人去世",
        now=flow.now,
    )

    with Session(flow.engine) as session:
        last = [timeline(session, who, reviewed)[-1] for who in (flow.county, flow.me(reviewed))]
        kept = session.execute(
            select(Review.application_id, Review.stage_code).where(Review.verdict == "cancel")
        ).all()
        offered = decisions.actions(session, flow.city_leader, returned, now=flow.now)
        assert list(broken_chains(session)) == []
    assert [(one.event, one.text) for one in last] == [("cancel", "申请人去世")] * 2
    assert sorted(map(tuple, kept)) == sorted([(reviewed, "county_specialist"), (returned, "")])
    assert [action.verb for action in offered if action.is_allowed] == []


def test_required_turns_the_result_of_one_into_its_refusal(flow: Flow) -> None:
    (case,) = flow.submitted()
    stale = applications.approve(flow.engine, actor=flow.clerk, ids=[case], seen={case: 9}, now=flow.now)
    foreign = approve(flow, flow.county, case)

    with pytest.raises(Stale):
        applications.required(stale, case)
    with pytest.raises(NotFound):
        applications.required(foreign, case)


# submission and resubmission


def test_submitting_freezes_numbers_masked_and_the_service_contact(flow: Flow) -> None:
    (case,) = flow.submitted()

    with Session(flow.engine) as session:
        frozen = session.get_one(Submission, (case, 1))
    assert frozen.doc_no_masked.count("*") == 8
    assert (frozen.service_name, frozen.category, frozen.chain[0]) == ("王联系", "C", "employer")
    assert re.findall(r"\b1[3-9]\d{9}\b", str(frozen.data)) == []  # no mobile; ids are longer


def test_an_incomplete_draft_names_every_field_and_material(flow: Flow) -> None:
    case = flow.draft()
    before = flow.snapshot()

    with pytest.raises(InvalidInput) as refused:
        flow.submit(case)

    named = {(error.field, error.code) for error in refused.value.errors}
    assert named == {
        ("category", "required"), ("education", "required"), ("position", "required"), ("contract_kind",
         "required"),
        ("id_document", "material_missing"), ("photo", "material_missing"), ("contract", "material_missing"),
        ("diploma", "material_missing"),
    }  # fmt: skip
    assert flow.snapshot() == before


def test_a_condition_asks_for_more(flow: Flow) -> None:
    case = flow.filled()
    flow.save(case, {"category": "A", "title_level": "senior"})

    with pytest.raises(InvalidInput) as refused:
        flow.submit(case)

    assert sorted(error.field for error in refused.value.errors) == ["award", "title_certificate"]


def test_a_resubmission_must_change_or_answer_what_was_returned(flow: Flow) -> None:
    (case,) = flow.submitted()
    send_back(flow, flow.clerk, case)

    with pytest.raises(InvalidInput) as refused:
        flow.submit(case)
    submitted = flow.submit(case, (Answer("material", "diploma", "已是原件"),))

    assert [(error.field, error.code) for error in refused.value.errors] == [
        ("diploma", "flagged_item_unanswered")
    ]
    assert (submitted.version_no, flow.rows(case)) == (2, [("in_review", "employer")])


def test_a_locked_field_cannot_be_changed(flow: Flow) -> None:
    (case,) = flow.submitted()
    send_back(flow, flow.clerk, case)

    with pytest.raises(InvalidInput) as refused:
        flow.save(case, {"position": "总经理"})

    assert [(error.field, error.code) for error in refused.value.errors] == [("position", "item_locked")]


def test_a_locked_material_cannot_be_changed(flow: Flow) -> None:
    (case,) = flow.submitted()
    send_back(flow, flow.clerk, case)
    flow.attach(case, "photo", "diploma", mark="new")

    with pytest.raises(InvalidInput) as refused:
        flow.submit(case)

    assert [(error.field, error.code) for error in refused.value.errors] == [("photo", "item_locked")]


def test_a_general_finding_unlocks_everything(flow: Flow) -> None:
    (case,) = flow.submitted()
    send_back(flow, flow.clerk, case, order=Order(items=(Item("general", "", "mismatch"),)))
    flow.save(case, {"position": "总经理"})

    assert flow.submit(case).version_no == 2


def test_renaming_the_service_contact_leaves_submitted_rows(flow: Flow) -> None:
    (case,) = flow.submitted()
    with flow.town.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE ab_user SET full_name = '改名' WHERE full_name = '王联系'"
        )

    with Session(flow.engine) as session:
        assert session.get_one(Submission, (case, 1)).service_name == "王联系"


def test_one_open_application_per_programme(flow: Flow) -> None:
    case = flow.draft()

    with pytest.raises(Blocked) as refused:
        flow.draft(flow.people[case])

    assert [block.code for block in refused.value.blocks] == ["open_application_exists"]


def test_a_renewal_needs_a_card(flow: Flow) -> None:
    talent = flow.applicant()

    with pytest.raises(Blocked) as refused:
        flow.draft(talent, kind="renewal")

    assert [block.code for block in refused.value.blocks] == ["active_card_missing"]


def test_a_clerk_cannot_start_an_application(flow: Flow) -> None:
    with pytest.raises(NotAllowed):
        drafts.new(flow.engine, actor=flow.clerk, programme="bohai-talent-card", kind="first", now=flow.now)


def test_a_foreign_draft_is_not_found(flow: Flow) -> None:
    case, other = flow.draft(), flow.draft()

    with pytest.raises(NotFound):
        drafts.save(
            flow.engine,
            actor=flow.me(other),
            application_id=case,
            lock=0,
            data={"position": "x"},
            cipher=flow.town.ports.cipher,
            now=flow.now,
        )


def test_saving_names_every_bad_field_and_stores_nothing(flow: Flow) -> None:
    case = flow.draft()
    before = flow.snapshot()

    with pytest.raises(InvalidInput) as refused:
        flow.save(
            case, {"category": "Z", "contract_end": "31.12.2026", "shoe_size": "44", "position": "工程师"}
        )

    assert sorted(error.field for error in refused.value.errors) == ["category", "contract_end", "shoe_size"]
    assert flow.snapshot() == before


def test_a_submitted_case_is_not_edited(flow: Flow) -> None:
    (case,) = flow.submitted()

    with pytest.raises(Blocked) as refused:
        flow.save(case, {"position": "工程师"})

    assert [block.code for block in refused.value.blocks] == ["wrong_status"]


# claims


def test_a_claim_keeps_colleagues_away_for_its_time(flow: Flow) -> None:
    (case,) = flow.submitted()
    colleague = flow.town.staff(flow.firm, "clerk2", {"employer_reviewer"}, name="张同事")
    until = desk.claim(flow.engine, actor=colleague, application_id=case, now=flow.now)

    blocked = approve(flow, flow.clerk, case)
    later = applications.approve(
        flow.engine, actor=flow.clerk, ids=[case], seen={}, now=until + timedelta(seconds=1)
    )

    assert (codes(blocked, case), blocked.blocks_of(case)[0].params["name"]) == (
        ["claimed_by_other"],
        "张同事",
    )
    assert (later.moved, until) == ((case,), flow.now + timedelta(minutes=15))


def test_a_claim_raises_no_lock(flow: Flow) -> None:
    (case,) = flow.submitted()
    lock = flow.lock(case)

    desk.claim(flow.engine, actor=flow.clerk, application_id=case, now=flow.now)

    assert flow.lock(case) == lock


def test_a_leader_hands_a_case_to_another_holder(flow: Flow) -> None:
    (case,) = flow.sealed()
    other = flow.town.officer("county-a-second", flow.town.bureaus.a, {"county_specialist"})

    desk.reassign(
        flow.engine, actor=flow.county_leader, application_id=case, account_id=other.account_id, now=flow.now
    )

    assert codes(approve(flow, flow.county, case), case) == ["claimed_by_other"]
    assert approve(flow, other, case).moved == (case,)
    with Session(flow.engine) as session:
        assert list(broken_chains(session)) == []


def test_a_frozen_case_is_opened_but_not_decided(flow: Flow) -> None:
    (case,) = flow.sealed()
    with flow.town.writing() as session:
        session.execute(
            update(Application).where(Application.id == case).values(frozen_reason="employer_suspended")
        )

    assert codes(approve(flow, flow.county, case), case) == ["frozen"]
    assert desk.open_case(flow.engine, actor=flow.county, application_id=case, now=flow.now).is_first


def test_reviews_keep_what_the_actor_saw(flow: Flow) -> None:
    (case,) = flow.at_gate()

    with Session(flow.engine) as session:
        review = session.scalars(select(Review).where(Review.application_id == case)).one()
    assert (review.lock_seen, review.verdict, review.role, review.before["stage"]) == (
        1,
        "approve",
        "employer_reviewer",
        "employer",
    )


def test_slots_of_the_flow_are_those_of_the_shipped_programme() -> None:
    assert SLOTS == ("id_document", "photo", "contract", "diploma")
    assert submissions.Answer("material", "photo", "x").target_code == "photo"


def test_a_return_that_was_taken_back_leaves_nothing_in_the_draft(flow: Flow) -> None:
    (case,) = flow.submitted()
    first, second = Item("field", "position", "mismatch"), Item("material", "photo", "unclear")

    def returned(item: Item, minute: int) -> None:
        now = flow.now + timedelta(minutes=minute)
        done = applications.send_back(
            flow.engine, actor=flow.clerk, ids=[case], seen={}, order=Order(items=(item,)), now=now
        )
        assert done.moved == (case,)

    returned(first, 0)
    flow.save(case, {"position": "改过的职务"})
    applications.undo(flow.engine, actor=flow.clerk, ids=[case], now=flow.now + timedelta(minutes=1))
    returned(second, 2)
    flow.attach(case, "photo", mark="new")
    flow.submit(case)

    with Session(flow.engine) as session:
        given = select(Submission.data).where(Submission.application_id == case, Submission.n == 2)
        assert session.scalars(given).one()["position"] == ANSWERS["position"]


def test_an_undone_rejection_needs_a_person_who_is_still_there(flow: Flow) -> None:
    (case,) = flow.sealed()
    flow.approve(flow.county, case)
    applications.reject(
        flow.engine, actor=flow.county_leader, ids=[case], seen={}, order=REFUSED, now=flow.now
    )
    with Session(flow.engine) as session:
        lock = session.get_one(Person, flow.people[case].id).lock
    person_moves.close(
        flow.engine, actor=flow.me(case), lock=lock, password=PASSWORD,
        hasher=flow.town.passwords.hasher, now=flow.now,
    )  # fmt: skip

    assert codes(undo(flow, flow.county_leader, case), case) == ["undo_person_gone"]
    assert flow.row(case).status == "rejected"


def test_words_for_the_record_are_cleaned_and_bounded_through_every_door(flow: Flow) -> None:
    (case,) = flow.submitted()
    before = flow.snapshot()

    def said(text: str, item: str = "") -> BatchResult:
        order = Order(text, (replace(RETURNED.items[0], text=item),))
        return applications.send_back(
            flow.engine, actor=flow.clerk, ids=[case], seen={}, order=order, now=flow.now
        )

    for text, item in (("长" * 501, ""), ("", "长" * 501)):
        with pytest.raises(InvalidInput) as refused:
            said(text, item)
        assert [(error.field, error.code) for error in refused.value.errors] == [("opinion", "text_too_long")]
    assert flow.snapshot() == before

    said("第一行\x1b[31m\u202e\n\n 第二行 ")
    with Session(flow.engine) as session:
        assert session.scalars(select(Review.text).where(Review.application_id == case)).one() == (
            "第一行[31m\n第二行"
        )


def test_an_answer_to_a_return_is_bounded(flow: Flow) -> None:
    (case,) = flow.submitted()
    applications.send_back(flow.engine, actor=flow.clerk, ids=[case], seen={}, order=RETURNED, now=flow.now)
    before, item = flow.snapshot(), RETURNED.items[0]
    long = Answer(item.target_kind, item.target_code, "长" * 501)

    with pytest.raises(InvalidInput) as refused:
        submissions.submit(
            flow.engine, actor=flow.me(case), application_id=case, lock=None, answers=[long], now=flow.now
        )

    assert [(error.field, error.code) for error in refused.value.errors] == [
        (item.target_code, "text_too_long")
    ]
    assert flow.snapshot() == before


def test_an_answer_to_nothing_is_refused(flow: Flow) -> None:
    """Frozen, it would have hidden the case from everybody."""
    (case,) = flow.submitted()
    applications.send_back(flow.engine, actor=flow.clerk, ids=[case], seen={}, order=RETURNED, now=flow.now)
    before = flow.snapshot()

    with pytest.raises(InvalidInput) as refused:
        submissions.submit(
            flow.engine,
            actor=flow.me(case),
            application_id=case,
            lock=None,
            answers=[Answer("evil", "x", "已补正")],
            now=flow.now,
        )

    assert [error.code for error in refused.value.errors] == ["unknown_item"]
    assert flow.snapshot() == before


def test_staff_whose_numbers_were_released_is_not_offered(flow: Flow) -> None:
    served = flow.town.staff(flow.firm, "emp-a-service", {"service_staff"})
    with flow.town.writing() as session:
        before = staff_choices(session, flow.firm.id)
        session.execute(
            update(Account).where(Account.id == served.account_id).values(mobile_id=None, mobile_masked=None)
        )
    with Session(flow.engine) as session:
        after = staff_choices(session, flow.firm.id)

    assert set(before) - set(after) == {str(served.account_id)}
    assert list(after) == [str(flow.clerk.account_id)]


def test_what_waits_to_be_said_is_recalled_when_the_case_goes_on(flow: Flow) -> None:
    (case,) = flow.submitted()
    send_back(flow, flow.clerk, case)
    flow.submit(case, (Answer(RETURNED.items[0].target_kind, RETURNED.items[0].target_code, "已换清晰件"),))
    with Session(flow.engine) as session:
        said = session.execute(
            select(Message.template, Message.state).where(Message.subject_kind == "application")
        ).all()

    assert [tuple(row) for row in said if row.template == "sms.returned"] == [("sms.returned", "recalled")]
