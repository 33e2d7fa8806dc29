"""The form under given answers: what is asked, what is wrong, what a returned applicant may change."""

from collections.abc import Collection

from app.domain.form import (
    Content,
    Target,
    TargetKind,
    Unlocked,
    applicable,
    changes,
    check_materials,
    check_resubmission,
    check_values,
    form_of,
    unlocked,
)
from app.domain.predicates import Facts
from app.domain.values import Value
from tests.unit.domain.programmes import SECOND, programme

CARD, SUBSIDY = programme(), programme(SECOND)
LISTS: dict[str, Collection[str]] = {
    "GB4658": {"14", "21"}, "GB6864": {"3"}, "title_levels": {"senior"}, "contract_kinds": {"fixed",
    "open_ended"},
}  # fmt: skip
ANSWERS: dict[str, Value] = {
    "category": "C", "education": "14", "position": "工程师", "contract_kind": "fixed",
    "contract_end": "2028-12-31",
    "service_contact": "7",
}  # fmt: skip
FILES = {slot: (slot,) for slot in ("id_document", "photo", "contract", "diploma")}


def facts(**answers: Value) -> Facts:
    """The facts of a draft with these answers on top of a complete one."""
    values = {code: value for code, value in {**ANSWERS, **answers}.items() if value != ""}
    category = values.get("category")
    return Facts(
        kind="first", category=str(category) if category else None, values=values, materials=frozenset(FILES)
    )


def wrong(given: Facts) -> list[tuple[str, str]]:
    """Field and code of every mistake."""
    found = check_values(CARD, given, lists=LISTS, staff={"7"}) + check_materials(CARD, given, FILES)
    return [(error.field, error.code) for error in found]


def field(code: str) -> Target:
    """A field as a target."""
    return Target(TargetKind.FIELD, code)


def material(code: str) -> Target:
    """A material as a target."""
    return Target(TargetKind.MATERIAL, code)


def test_a_complete_form_has_no_mistakes() -> None:
    assert wrong(facts()) == []


def test_an_answer_decides_what_else_is_asked() -> None:
    fixed, open_ended = form_of(CARD, facts()), form_of(CARD, facts(contract_kind="open_ended"))

    assert ("contract_end" in fixed.required, "contract_end" in open_ended.required) == (True, False)


def test_a_required_field_under_the_present_answers_is_missing() -> None:
    assert wrong(facts(contract_end="")) == [("contract_end", "required")]


def test_what_is_not_asked_for_is_not_submitted() -> None:
    kept = applicable(CARD, facts(contract_kind="open_ended"))

    assert "contract_end" not in kept


def test_a_code_outside_its_list_is_a_mistake() -> None:
    assert wrong(facts(education="99", service_contact="8")) == [
        ("education", "not_a_choice"), ("service_contact", "not_a_choice"),
    ]  # fmt: skip


def test_an_unknown_field_is_a_mistake() -> None:
    assert [code for _, code in wrong(facts(shoe_size="44"))] == ["unknown_field"]


def test_a_category_asks_for_its_material() -> None:
    assert wrong(facts(category="A")) == [("award", "material_missing")]


def test_too_many_files_are_a_mistake() -> None:
    found = check_materials(CARD, facts(), {**FILES, "photo": ("a", "b")})

    assert [(error.field, error.code) for error in found] == [("photo", "too_many_files")]


def test_a_returned_field_unlocks_itself_and_its_proofs() -> None:
    free = unlocked(CARD, [field("education")], before=facts(), after=facts(), lists=LISTS, staff={"7"})

    assert (free.fields, free.materials, free.everything) == ({"education"}, {"diploma"}, False)


def test_a_new_answer_unlocks_what_it_newly_requires() -> None:
    after = facts(category="A", contract_kind="fixed")

    free = unlocked(CARD, [field("category")], before=facts(), after=after, lists=LISTS, staff={"7"})

    assert (free.allows(material("award")), free.allows(material("photo"))) == (True, False)


def test_a_general_finding_unlocks_everything() -> None:
    free = unlocked(
        CARD, [Target(TargetKind.GENERAL)], before=facts(), after=facts(), lists=LISTS, staff={"7"}
    )

    assert free == Unlocked(everything=True)


def test_a_programme_may_unlock_all() -> None:
    before = Facts(values={})

    assert unlocked(SUBSIDY, [field("salary")], before=before, after=before, lists={}).everything


def test_changes_name_fields_and_materials() -> None:
    old = Content(ANSWERS, FILES)
    new = Content({**ANSWERS, "position": "经理"}, {**FILES, "photo": ("new",)})

    assert changes(old, new, CARD) == {field("position"), material("photo")}


def resubmitted(
    changed: Collection[Target], flagged: Collection[Target], *answered: Target
) -> list[tuple[str, str]]:
    """What a resubmission is told."""
    free = unlocked(CARD, flagged, before=facts(), after=facts(), lists=LISTS, staff={"7"})
    asked = form_of(CARD, facts())
    found = check_resubmission(changed, flagged, free=free, answered=answered, asked=asked)
    return [(error.field, error.code) for error in found]


def test_a_flagged_item_is_changed_or_answered() -> None:
    assert resubmitted([], [material("diploma")]) == [("diploma", "flagged_item_unanswered")]
    assert resubmitted([material("diploma")], [material("diploma")]) == []
    assert resubmitted([], [material("diploma")], material("diploma")) == []


def test_a_locked_item_that_changed_is_named() -> None:
    assert resubmitted([material("diploma"), field("position")], [material("diploma")]) == [
        ("position", "item_locked")
    ]


def test_a_flagged_item_no_longer_asked_for_needs_no_answer() -> None:
    assert resubmitted([], [material("award")]) == []


def test_a_general_finding_is_met_by_any_change_or_words() -> None:
    general = Target(TargetKind.GENERAL)

    assert resubmitted([], [general]) == [("", "flagged_item_unanswered")]
    assert resubmitted([field("position")], [general]) == []
    assert resubmitted([], [general], general) == []
