"""Each predicate of the closed list: true, false, and arguments it refuses."""

from typing import Any

import pytest

from app.domain.predicates import PREDICATES, Condition, Facts, all_hold
from app.domain.programme_parse import parse
from tests.unit.domain.programmes import document

FACTS = Facts(
    kind="first", category="A", document_type="1", values={"salary": 500000, "start": "2026-01-31",
    "housing": True},
    age=40, agency_code="1001", agency_level="county", credit_code="91110000600037341L",
    materials=frozenset({"diploma"}), card_active=True, roster_sealed=True, materials_viewed=True,
    checks_clean=True,
)  # fmt: skip
NOTHING = Facts()

CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...] | None]] = {
    "category_in": (("A", "B"), ("C",)),
    "kind_in": (("first",), ("renewal",)),
    "document_type_in": (("1", "2"), ("3",)),
    "field_in": (("salary", "500000"), ("salary", "1")),
    "field_given": (("salary",), ("bonus",)),
    "field_missing": (("bonus",), ("salary",)),
    "field_at_least": (("salary", "500000"), ("salary", "500000.01")),
    "field_at_most": (("start", "2026-01-31"), ("start", "2026-01-30")),
    "age_between": (("18", "40"), ("41", "60")),
    "agency_level_is": (("county",), ("city",)),
    "agency_in": (("1001",), ("1002",)),
    "employer_kind_in": (("12", "91"), ("12",)),
    "material_given": (("diploma",), ("photo",)),
    "card_active": (("true",), ("false",)),
    "roster_sealed": ((), None),
    "materials_viewed": ((), None),
    "checks_clean": ((), None),
}


def test_every_predicate_has_its_cases() -> None:
    assert set(CASES) == set(PREDICATES)


@pytest.mark.parametrize("name", CASES)
def test_a_predicate_holds_or_does_not(name: str) -> None:
    holds, fails = CASES[name]

    assert Condition(name, holds).holds(FACTS)
    assert not Condition(name, fails if fails is not None else holds).holds(
        FACTS if fails is not None else NOTHING
    )


def test_a_boolean_field_is_compared_as_a_word() -> None:
    assert Condition("field_in", ("housing", "true")).holds(FACTS)


def test_what_cannot_be_compared_holds_neither_way() -> None:
    conditions = (Condition("field_at_least", ("housing", "1")), Condition("field_at_most", ("housing", "1")))

    assert [condition.holds(FACTS) for condition in conditions] == [False, False]


def test_a_list_means_all_of_them() -> None:
    assert all_hold((), NOTHING)
    assert not all_hold((Condition("card_active", ("true",)), Condition("category_in", ("C",))), FACTS)


@pytest.mark.parametrize(
    "condition",
    [
        {"category_in": "A"}, {"category_in": []}, {"kind_in": ["1st"]}, {"document_type_in": [None]},
        {"field_in": ["salary"]},
        {"field_in": ["salary", []]}, {"field_given": 3}, {"field_at_least": ["salary", "much"]},
        {"field_at_least": ["salary", True]},
        {"field_at_least": ["salary", float("nan")]}, {"age_between": [60, 18]}, {"age_between": [18]},
        {"age_between": [True, 3]},
        {"card_active": "true"}, {"material_given": ["diploma"]}, "roster_sealed",
        {"employer_kind_in": "91"}, {"agency_in": {}},
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused(condition: Any) -> None:
    broken = document()
    broken["materials"][0]["when"] = [condition]

    assert [problem.path for problem in parse(broken).problems] == ["materials[0].when[0]"]
