from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.registration import (
    EMPLOYER_STEPS,
    PERSON_STEPS,
    EmployerState,
    Facts,
    Finding,
    PersonState,
    RegistrationVerb,
    SubjectKind,
    changes_between,
    judge,
    step_of,
    unanswered,
)
from app.domain.roles import AccountKind, Actor, Permission

V = RegistrationVerb
EMPLOYER_TABLE = {
    (V.SUBMIT, "draft"): "submitted",
    (V.SUBMIT, "returned"): "submitted",
    (V.APPROVE, "submitted"): "active",
    (V.SEND_BACK, "submitted"): "returned",
    (V.SUSPEND, "active"): "suspended",
    (V.RESUME, "suspended"): "active",
    **{(V.EDIT, state): None for state in ("draft", "returned", "active", "suspended")},
}
PERSON_TABLE = {
    (V.APPROVE, "registered"): "active",
    (V.SEND_BACK, "registered"): "returned",
    (V.SUBMIT, "returned"): "registered",
    **{(V.EDIT, state): None for state in ("registered", "returned")},
    **{(V.SWITCH, state): "registered" for state in ("registered", "returned")},
    (V.LEAVE, "active"): "unbound",
    (V.CHOOSE, "unbound"): "registered",
    **{(V.CLOSE, state): "closed" for state in ("registered", "returned", "active", "unbound")},
    (V.ASSIGN, "active"): None,
}
OFFICER = Actor(
    1,
    AccountKind.OFFICER,
    agency_id=7,
    person_key="officer",
    permissions=frozenset({Permission.EMPLOYER_REVIEW, Permission.EMPLOYER_SUSPEND}),
)
STAFF = Actor(
    2,
    AccountKind.EMPLOYER,
    employer_id=5,
    person_key="staff",
    permissions=frozenset({Permission.EMPLOYER_EDIT, Permission.PERSON_REVIEW}),
)
PERSON = Actor(3, AccountKind.PERSON, person_id=9, person_key="person")


def employer(state, **changes):
    return Facts(SubjectKind.EMPLOYER, 5, state, 0, agency_id=7, employer_id=5, person_key="staff", **changes)


def person(state, **changes):
    return Facts(SubjectKind.PERSON, 9, state, 0, agency_id=7, employer_id=5, person_key="person", **changes)


def codes(verb, facts, actor, **given):
    return [block.code for block in judge(step_of(facts.kind, verb), facts, actor=actor, **given)]


@pytest.mark.parametrize(("verb", "state"), product(EMPLOYER_STEPS, EmployerState))
def test_the_state_table_of_employers(verb, state):
    step = EMPLOYER_STEPS[verb]
    actor = STAFF if verb in {V.SUBMIT, V.EDIT} else OFFICER
    expected = [] if (verb, state) in EMPLOYER_TABLE else ["wrong_status"]

    assert codes(verb, employer(state), actor, reasons=("why",)) == expected
    if not expected:
        assert step.to == EMPLOYER_TABLE[verb, state]


@pytest.mark.parametrize(("verb", "state"), product(PERSON_STEPS, PersonState))
def test_the_state_table_of_persons(verb, state):
    step = PERSON_STEPS[verb]
    actor = STAFF if verb in {V.APPROVE, V.SEND_BACK, V.ASSIGN} else PERSON
    expected = [] if (verb, state) in PERSON_TABLE else ["wrong_status"]

    assert codes(verb, person(state), actor, reasons=("why",)) == expected
    if not expected:
        assert step.to == PERSON_TABLE[verb, state]


@pytest.mark.parametrize(
    ("verb", "facts", "actor"),
    [
        (V.APPROVE, employer("submitted"), STAFF),
        (V.APPROVE, employer("submitted"), PERSON),
        (V.APPROVE, employer("submitted"), Actor(1, AccountKind.OFFICER, agency_id=7)),
        (V.SUBMIT, employer("draft"), OFFICER),
        (V.APPROVE, person("registered"), OFFICER),
        (V.APPROVE, person("registered"), PERSON),
        (V.SUBMIT, person("returned"), STAFF),
        (V.CLOSE, person("active"), STAFF),
        (V.LEAVE, person("active"), OFFICER),
    ],
)
def test_the_wrong_party_is_told_so_and_nothing_else(verb, facts, actor):
    assert codes(verb, facts, actor, seen=99) == ["not_your_role"]


def test_the_guards_come_in_their_order():
    root = Actor(4, AccountKind.SUPERUSER, permissions=frozenset(Permission))

    assert codes(V.APPROVE, employer("draft"), root, seen=9) == ["superuser_never_decides"]
    assert codes(V.APPROVE, employer("draft"), OFFICER, seen=9) == ["stale"]
    assert codes(V.APPROVE, employer("draft"), OFFICER, seen=0) == ["wrong_status"]


def test_both_ends_of_a_bond_may_cut_it_but_no_third():
    other = Actor(2, AccountKind.EMPLOYER, employer_id=6, permissions=STAFF.permissions)

    assert codes(V.LEAVE, person("active"), PERSON) == []
    assert codes(V.LEAVE, person("active"), STAFF) == []
    assert codes(V.LEAVE, person("active"), other) == ["not_your_role"]


def test_reasons_are_demanded_where_the_step_says_so():
    assert codes(V.SEND_BACK, employer("submitted"), OFFICER) == ["item_reason_required"]
    assert codes(V.SEND_BACK, person("registered"), STAFF, reasons=(" ",)) == ["item_reason_required"]
    assert codes(V.SUSPEND, employer("active"), OFFICER) == ["reason_required"]


def test_moving_to_an_employer_that_is_not_active_is_blocked():
    for verb, state in ((V.SWITCH, "registered"), (V.CHOOSE, "unbound"), (V.SUBMIT, "returned")):
        assert codes(verb, person(state, target_employer_active=False), PERSON) == ["employer_not_active"]


def test_returned_items_are_met_by_change_or_answer():
    findings = [Finding("a", field="name"), Finding("a", material="licence"), Finding("b", field="name")]

    assert unanswered(findings, changed=frozenset(), answered=frozenset()) == ["name", "licence"]
    assert unanswered(findings, changed=frozenset({("field", "licence")}), answered=frozenset({"name"})) == [
        "licence"
    ]
    assert (
        unanswered(
            findings, changed=frozenset({("material", "licence"), ("field", "name")}), answered=frozenset()
        )
        == []
    )
    assert unanswered([Finding("c")], changed=frozenset(), answered=frozenset()) == [""]
    assert unanswered([Finding("c")], changed=frozenset({("field", "x")}), answered=frozenset()) == []
    assert unanswered([Finding("c")], changed=frozenset(), answered=frozenset({""})) == []


_values = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2) | st.none())


@given(old=_values, new=_values)
def test_changes_are_exactly_the_codes_that_differ(old, new):
    assert set(changes_between(old, new)) == {c for c in "abcd" if old.get(c) != new.get(c)}
