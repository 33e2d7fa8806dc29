"""The judgement on bare facts.

The order of guards, holders, requirements, and that a batch judges like singles.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.blocks import BLOCKS
from app.domain.programme import Party, Programme
from app.domain.roles import AccountKind, Actor, Permission
from app.domain.states import (
    FINAL,
    NEEDS,
    OPEN,
    STATUSES,
    VERDICTS,
    Approved,
    Case,
    Item,
    NewFacts,
    Order,
    RosterLink,
    RosterState,
    Status,
    Verb,
    Waiting,
)
from app.domain.steps import apply
from app.domain.workflow import judge, judge_all, judge_new, reasons_for, waits_for
from tests.unit.domain.programmes import SECOND, programme

CARD, SUBSIDY = programme(), programme(SECOND)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ALL = frozenset(permission.value for permission in Permission)
PERSON = Permission.APPLICATION_APPLY


def case(document: Programme = CARD, **facts: Any) -> Case:
    """A case in review at the employer's stage, unless `facts` say otherwise."""
    chain = tuple(stage.code for stage in document.stages)
    base: dict[str, Any] = {
        "id": 1, "lock": 3, "status": Status.IN_REVIEW, "stage_code": chain[0], "is_ready": True,
        "version_no": 1,
        "version_id": 9, "programme_id": 8, "chain": chain, "applicant_key": "applicant", "person_id": 5, "employer_id": 20,
        "county_id": 30,
        "city_id": 31, "entered_at": NOW,
    }  # fmt: skip
    return Case(**{**base, **facts})


def officer(*roles: str, agency: int = 30, **facts: Any) -> Actor:
    """An officer of the county unless `agency` says otherwise."""
    base: dict[str, Any] = {
        "account_id": 70, "kind": AccountKind.OFFICER, "person_key": "officer", "agency_id": agency,
        "roles": frozenset(roles), "permissions": ALL,
    }  # fmt: skip
    return Actor(**{**base, **facts})


def clerk(**facts: Any) -> Actor:
    """The employer's reviewer."""
    base: dict[str, Any] = {
        "account_id": 60, "kind": AccountKind.EMPLOYER, "person_key": "clerk", "employer_id": 20,
        "roles": frozenset({"employer_reviewer"}), "permissions": ALL,
    }  # fmt: skip
    return Actor(**{**base, **facts})


def codes(verb: Verb, facts: Case, actor: Actor, **more: Any) -> list[str]:
    """The codes of the blocks."""
    document = more.pop("programme", CARD)
    return [block.code for block in judge(verb, facts, actor, programme=document, now=NOW, **more)]


def test_the_guards_come_in_their_order() -> None:
    wrong: dict[str, Any] = {"frozen_reason": "person_left", "status": Status.RETURNED, "stage_code": None}
    facts, seen = case(**wrong), 1
    nobody = clerk(permissions=frozenset())

    found = [
        codes(Verb.APPROVE, facts, Actor(1, AccountKind.SUPERUSER), seen=seen),
        codes(Verb.APPROVE, facts, nobody, seen=seen),
        codes(Verb.APPROVE, facts, clerk(), seen=seen),
        codes(Verb.APPROVE, facts, clerk(), seen=3),
        codes(Verb.APPROVE, replace(facts, frozen_reason=None), clerk(), seen=3),
    ]

    assert found == [["superuser_never_decides"], ["not_your_role"], ["stale"], ["frozen"], ["wrong_status"]]


def test_the_holder_approves() -> None:
    assert codes(Verb.APPROVE, case(), clerk()) == []


def test_a_holder_of_another_stage_learns_where_the_case_is() -> None:
    assert codes(Verb.APPROVE, case(), officer("county_specialist")) == ["wrong_stage"]


@pytest.mark.parametrize("actor", [clerk(employer_id=21), clerk(roles=frozenset({"employer_reader"}))])
def test_a_stranger_to_the_stage_has_not_the_role(actor: Actor) -> None:
    assert codes(Verb.APPROVE, case(), actor) == ["not_your_role"]


def test_an_officer_of_another_bureau_does_not_hold_the_stage() -> None:
    assert codes(Verb.APPROVE, case(stage_code="county_leader"), officer("county_leader", agency=99)) == [
        "not_your_role"
    ]


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.SEND_BACK])
def test_the_roster_gates_every_verdict(verb: Verb) -> None:
    facts = case(stage_code="county_specialist", is_ready=False)

    assert codes(verb, facts, officer("county_specialist")) == ["roster_not_sealed"]


def test_all_further_guards_are_named_together() -> None:
    facts = case(
        stage_code="county_specialist", is_ready=False, claimed_by=71,
        claimed_until=NOW + timedelta(minutes=1),
        claimer_name="张三", approvals=(Approved("employer", 1, "officer", 4),),
    )  # fmt: skip

    found = codes(Verb.APPROVE, facts, officer("county_specialist"))

    assert found == ["roster_not_sealed", "same_person", "claimed_by_other"]


def test_a_claim_ends_with_its_lease() -> None:
    facts = case(claimed_by=71, claimed_until=NOW, claimer_name="张三")

    assert codes(Verb.APPROVE, facts, clerk()) == []


def test_an_account_without_a_natural_person_never_decides() -> None:
    assert codes(Verb.APPROVE, case(), clerk(person_key=None)) == ["own_application"]


def test_materials_must_be_opened_to_approve_but_not_to_return() -> None:
    facts = case(SUBSIDY, stage_code="bureau", unseen=("tax",), materials=frozenset({"tax"}))
    order = Order(items=(Item("material", "tax", None, "不清"),))

    assert codes(Verb.APPROVE, facts, officer("county_specialist"), programme=SUBSIDY) == [
        "materials_not_viewed"
    ]
    assert codes(Verb.SEND_BACK, facts, officer("county_specialist"), programme=SUBSIDY, order=order) == []


@pytest.mark.parametrize(
    ("stage", "facts", "expected"),
    [
        ("bureau", {}, []),
        ("bureau", {"is_clean": False}, ["batch_not_clean"]),
        ("head", {}, ["batch_not_clean"]),
    ],
)
def test_a_stage_limits_batches(stage: str, facts: dict[str, Any], expected: list[str]) -> None:
    agency, role = (30, "county_specialist") if stage == "bureau" else (31, "city_leader")
    found = case(SUBSIDY, stage_code=stage, **facts)
    actor = officer(role, agency=agency)

    assert codes(Verb.APPROVE, found, actor, programme=SUBSIDY, order=Order(in_batch=True)) == expected


def test_buttons_do_not_ask_for_words_yet() -> None:
    leader = officer("county_leader")
    facts = case(stage_code="county_leader")

    assert codes(Verb.REJECT, facts, leader) == []
    assert codes(Verb.REJECT, facts, leader, order=Order()) == ["reason_required"]
    assert codes(Verb.SEND_BACK, facts, leader, order=Order()) == ["item_reason_required"]


def test_withdraw_and_cancel_are_possible_while_frozen() -> None:
    me = Actor(5, AccountKind.PERSON, person_id=5, permissions=frozenset({PERSON.value}))
    facts = case(frozen_reason="employer_suspended")

    assert codes(Verb.WITHDRAW, facts, me) == []
    assert codes(Verb.CANCEL, facts, officer("city_leader"), order=Order("死亡")) == []


def test_only_the_applicant_submits() -> None:
    other = Actor(6, AccountKind.PERSON, person_id=6, permissions=frozenset({PERSON.value}))

    assert codes(Verb.SUBMIT, case(status=Status.DRAFT, stage_code=None), other) == ["not_your_role"]


def test_pull_back_ends_where_the_next_office_has_begun() -> None:
    gate = case(stage_code="county_specialist", is_ready=False)
    sealed = RosterLink(8, "R8", RosterState.SEALED, "d")

    assert codes(Verb.PULL_BACK, gate, clerk()) == []
    assert codes(Verb.PULL_BACK, replace(gate, is_ready=True), clerk()) == []
    assert codes(Verb.PULL_BACK, replace(gate, is_ready=True, opened_at=NOW), clerk()) == [
        "pull_back_too_late"
    ]
    assert codes(Verb.PULL_BACK, replace(gate, is_ready=True, roster=sealed), clerk()) == [
        "pull_back_too_late"
    ]
    assert codes(Verb.PULL_BACK, case(), clerk()) == ["no_previous_stage"]
    beyond = case(stage_code="county_leader")
    assert codes(Verb.PULL_BACK, beyond, officer("county_specialist")) == ["verdict_not_offered"]


def test_issue_needs_every_approval_and_a_printable_name() -> None:
    chain = case().chain
    live = tuple(Approved(code, 1, code, n) for n, code in enumerate(chain))
    approved = case(status=Status.APPROVED, stage_code=None, is_ready=False, approvals=live)
    printer = officer("card_printer", agency=31)

    assert codes(Verb.ISSUE, approved, printer) == []
    assert codes(Verb.ISSUE, replace(approved, approvals=live[1:]), printer) == ["wrong_status"]
    assert codes(Verb.ISSUE, replace(approved, missing_glyphs="𬴂"), printer) == ["glyph_missing"]
    assert codes(Verb.ISSUE, approved, officer("card_printer")) == ["not_your_role"]


def test_reasons_fit_what_they_are_given_for() -> None:
    found = {
        kind: [reason.code for reason in reasons_for(CARD, kind)] for kind in ("field", "material", "general")
    }

    assert found == {
        "field": ["mismatch", "other"],
        "material": ["unclear", "pages_missing", "expired", "mismatch", "other"],
        "general": ["unclear", "pages_missing", "expired", "mismatch", "not_eligible", "other"],
    }


def new(**facts: Any) -> list[str]:
    """What keeps a person from starting a first application."""
    me = Actor(5, AccountKind.PERSON, person_id=5, permissions=frozenset({PERSON.value}))
    kind, day = facts.pop("kind", "first"), facts.pop("day", date(2026, 11, 23))
    known = NewFacts(**{"person_active": True, "employer_active": True, **facts})
    return [block.code for block in judge_new(me, known, programme=CARD, kind=kind, day=day, now=NOW)]


def test_new_names_every_obstacle() -> None:
    assert new() == []
    assert new(person_active=False, employer_active=False) == ["person_not_active", "employer_not_active"]
    assert new(kind="gift") == ["kind_not_offered"]
    assert new(day=date(2025, 12, 31)) == ["window_closed"]
    assert new(has_open=True, open_no="BH1") == ["open_application_exists"]
    assert new(card_no="1") == ["active_card_exists"]
    assert new(kind="renewal") == ["active_card_missing"]
    assert new(kind="renewal", card_no="1") == []
    assert new(cooling_off_until=NOW + timedelta(seconds=1)) == ["cooling_off"]


def test_every_status_waits_for_one_party() -> None:
    gate = CARD.stage("county_specialist")
    found = {
        status: waits_for(status, None, is_ready=False) for status in Status if status is not Status.IN_REVIEW
    }

    assert {status for status, party in found.items() if party is Waiting.NOBODY} == FINAL
    assert found[Status.APPROVED] is Waiting.PRINTER
    assert waits_for(Status.IN_REVIEW, gate, is_ready=False) is Waiting.ROSTER
    assert {waits_for(Status.IN_REVIEW, stage, is_ready=True) for stage in CARD.stages} == {
        Waiting(party.value) for party in Party
    }


def test_every_verb_has_permission_and_statuses() -> None:
    assert set(NEEDS) == set(Verb)
    assert set(STATUSES) == set(Verb) - {Verb.NEW}
    assert set(Status) == OPEN | FINAL


CASES = st.builds(
    lambda stage, **facts: case(stage_code=stage, **facts),
    stage=st.sampled_from([stage.code for stage in CARD.stages]),
    id=st.integers(1, 10**6),
    lock=st.integers(1, 4),
    is_ready=st.booleans(),
    frozen_reason=st.sampled_from([None, None, "person_left"]),
    county_id=st.sampled_from([30, 32]),
    approvals=st.sampled_from([(), (Approved("employer", 1, "officer", 1),)]),
    claimed_by=st.sampled_from([None, 70, 71]),
    claimed_until=st.sampled_from([NOW, NOW + timedelta(hours=1)]),
    applicant_key=st.sampled_from(["applicant", "officer"]),
    opened_at=st.sampled_from([None, NOW]),
)


@given(
    st.lists(CASES, max_size=8, unique_by=lambda facts: facts.id),
    st.sampled_from([*VERDICTS, Verb.PULL_BACK, Verb.CLAIM]),
)
def test_a_batch_judges_each_case_as_alone(cases: list[Case], verb: Verb) -> None:
    actor = officer("county_specialist", "county_leader")
    seen = {facts.id: 3 for facts in cases}

    together = judge_all(verb, cases, actor, programmes={9: CARD}, now=NOW, seen=seen)

    alone = {facts.id: judge(verb, facts, actor, programme=CARD, now=NOW, seen=3) for facts in cases}
    assert {facts.id for facts in together.allowed} == {i for i, blocks in alone.items() if not blocks}
    assert together.blocked == {i: blocks for i, blocks in alone.items() if blocks}


@given(CASES, st.sampled_from([Verb.APPROVE, Verb.SEND_BACK, Verb.REJECT, Verb.WITHDRAW, Verb.CANCEL]))
def test_a_step_never_makes_an_impossible_row(facts: Case, verb: Verb) -> None:
    step = apply(verb, facts, CARD, now=NOW, due=lambda limit: NOW + timedelta(days=limit) if limit else None)

    assert (step.status is Status.IN_REVIEW) == (step.stage_code is not None)
    assert (step.status in (Status.IN_REVIEW, Status.APPROVED)) == (step.desk.role is not None)
    assert (step.status in FINAL) == (step.closed_at is not None)
    assert not step.is_ready or step.status is Status.IN_REVIEW


def test_every_block_of_the_judgement_is_on_the_closed_list() -> None:
    assert {"undo_expired", "undo_not_offered", "pull_back_too_late", "batch_not_clean"} <= set(BLOCKS)
