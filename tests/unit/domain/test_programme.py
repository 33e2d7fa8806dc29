"""Programme documents: reading, checking, writing back, and what their parts mean."""

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.document_text import UnreadableDocument, dump_text, load_text
from app.domain.predicates import Facts
from app.domain.programme_card import card_number, valid_to, years_later
from app.domain.programme_check import check, is_publishable
from app.domain.programme_export import digest, to_mapping
from app.domain.programme_parse import Parsed, parse
from app.domain.roles import Role
from tests.unit.domain.programmes import ROOT, SECOND, SHIPPED, document, programme

ROLES = {str(role) for role in Role}
DOCUMENTS = [*sorted((ROOT / "app" / "seed" / "programmes").glob("*.yaml")), SECOND]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=5)
    ),
    max_leaves=20,
)


def codes(broken: dict[str, Any]) -> list[tuple[str, str]]:
    """Path and code of every problem, of form or of meaning."""
    parsed = parse(broken)
    found = list(parsed.problems)
    if parsed.programme is not None:
        found += check(parsed.programme, roles=ROLES)
    return [(problem.path, problem.code) for problem in found]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_of_the_repository_can_be_published(path: Path) -> None:
    assert codes(document(path)) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_writing_a_document_back_changes_nothing(path: Path) -> None:
    read = programme(path)
    again = parse(load_text(dump_text(to_mapping(read)))).programme

    assert again == read
    assert again is not None
    assert digest(again) == digest(read)


@given(JUNK)
def test_junk_gives_problems_and_no_exception(junk: object) -> None:
    parsed = parse(junk)

    judge(parsed)
    assert parsed.programme is None
    assert parsed.problems != ()


def judge(parsed: Parsed) -> None:
    """Check what could be read."""
    if parsed.rough is not None:
        check(parsed.rough, roles=ROLES, unread=parsed.unread)


def _paths(value: object, here: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [here] if here else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _paths(inner, (*here, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            found += _paths(inner, (*here, at))
    return found


PATHS = [(path, where) for path in DOCUMENTS for where in _paths(document(path))]


@given(st.sampled_from(PATHS), JUNK)
def test_junk_anywhere_in_a_document_gives_problems_and_no_exception(
    where: tuple[Path, tuple[Any, ...]], junk: object
) -> None:
    broken: Any = document(where[0])
    inner = broken
    for key in where[1][:-1]:
        inner = inner[key]
    inner[where[1][-1]] = junk

    parsed = parse(broken)

    judge(parsed)
    if parsed.programme is None:
        assert parsed.problems != ()
    else:
        assert parse(to_mapping(parsed.programme)).programme == parsed.programme


def test_a_bottomless_document_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(50_000):
        deep = [deep]

    assert [problem.code for problem in parse(deep).problems] == ["too_deep"]
    assert [problem.code for problem in parse([[0] * 300] * 300).problems] == ["too_big"]


def _set(where: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(broken: dict[str, Any]) -> None:
        inner: Any = broken
        keys = [int(key) if key.isdigit() else key for key in where.split(".")]
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value

    return change


def _drop(where: str) -> Callable[[dict[str, Any]], None]:
    def change(broken: dict[str, Any]) -> None:
        inner: Any = broken
        keys = [int(key) if key.isdigit() else key for key in where.split(".")]
        for key in keys[:-1]:
            inner = inner[key]
        del inner[keys[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_set("shoe_size", 44), [("", "unknown_key")]),
        (_drop("name"), [("", "missing_key")]),
        (_set("stages.2.role", 7), [("stages[2].role", "not_text")]),
        (_set("stages.2.party", "moon"), [("stages[2].party", "not_a_choice")]),
        (_set("stages.2.limit_days", True), [("stages[2].limit_days", "not_a_number")]),
        (_set("stages.2.pull_back", "yes"), [("stages[2].pull_back", "not_yes_no")]),
        (_set("windows.0.opens", "soon"), [("windows[0].opens", "not_a_date")]),
        (_set("kinds.0.code", "1st"), [("kinds[0].code", "not_a_code")]),
        (_set("name", "a\x00b"), [("name", "control_character")]),
        (_set("name", "卡" * 101), [("name", "text_too_long")]),
        (_set("kinds", []), [("kinds", "empty")]),
        (_set("kinds", {}), [("kinds", "not_a_list")]),
        (
            _set("kinds", [3]),
            [("kinds[0]", "not_a_mapping"), ("kinds[0]", "missing_key"), ("kinds[0]", "missing_key")],
        ),
        (_set("fields.6.when", ["perhaps"]), [("fields[6].when[0]", "not_a_choice")]),
        (_set("fields.6.when", [{"field_in": "x"}]), [("fields[6].when[0]", "bad_argument")]),
        (_set("fields.6.when", [7]), [("fields[6].when[0]", "not_a_condition")]),
        (_set("roster.columns.0", "seq"), [("roster.columns[0]", "bad_column")]),
        (_set("card.size_mm", [1, 2, 3]), [("card.size_mm", "bad_point")]),
    ],
)
def test_a_mistake_of_form_is_named_with_its_path(
    change: Callable[[dict[str, Any]], None], found: list[tuple[str, str]]
) -> None:
    broken = copy.deepcopy(document())
    change(broken)

    assert codes(broken) == found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_set("stages.2.role", "wizard"), [("stages[2].role", "no_such_role")]),
        (_set("issue.role", "wizard"), [("issue.role", "no_such_role")]),
        (_set("stages.2.code", "employer"), [("stages", "duplicate")]),
        (_set("fields.0.proved_by", ["medal"]), [("fields[0].proved_by", "no_such")]),
        (_set("fields.6.when", [{"field_given": "shoe"}]), [("fields[6].when[0]", "no_such")]),
        (_set("fields.6.when", [{"field_given": "contract_end"}]), [("fields[6].when", "refers_to_itself")]),
        (_set("materials.5.when", [{"category_in": ["Z"]}]), [("materials[5].when[0]", "no_such")]),
        (_set("fields.4.list", "GB4658"), [("fields[4].list", "list_unused")]),
        (_drop("fields.1.list"), [("fields[1]", "list_needed")]),
        (_set("windows.0.kinds", ["first"]), [("kinds[1]", "kind_never_open")]),
        (_set("windows.0.closes", date(2025, 1, 1)), [("windows[0].closes", "window_order")]),
        (_set("stages.0.party", "county"), [("stages[0].party", "first_not_employer"),
         ("stages[1].requires", "gate_not_first_agency")]),
        (_set("stages.0.when", [{"kind_in": ["first"]}]), [("stages[0].when", "first_conditional")]),
        (_set("stages.0.verdicts", ["approve", "back", "send_back"]), [("stages[0].verdicts",
         "back_on_first")]),
        (_set("stages.1.verdicts", ["approve", "back", "send_back"]), [("stages[1].verdicts",
         "back_over_gate")]),
        (_set("stages.2.verdicts", ["send_back"]), [("stages[2].verdicts", "no_approve")]),
        (_set("stages.2.verdicts", ["approve"]), [("stages[2].verdicts", "no_way_out")]),
        (_set("stages.2.verdicts", ["approve", "undo", "reject"]), [("stages[2].verdicts", "undo_offered")]),
        (_set("stages.2.requires", ["roster_sealed"]), [("stages[2].requires", "two_gates")]),
        (_drop("roster"), [("stages[1].requires", "gate_without_roster")]),
        (_set("stages.1.requires", []), [("roster", "roster_without_gate")]),
        (_set("stages.3.when", [{"field_given": "degree"}, {"field_missing": "degree"}]),
         [("stages[3].when", "unreachable")]),
        (_set("roster.columns.1", "shoe 鞋"), [("roster.columns", "no_such")]),
        (_set("card.number", "{agency.code}{moon}{seq:06}"), [("card.number", "bad_place")]),
        (_set("card.number", "{yyyy}"), [("card.number", "no_sequence")]),
        (_set("card.valid_to.earliest", ["position"]), [("card.valid_to.earliest", "not_a_date_field")]),
        (_set("card.face.0.at", [200, 20]), [("card.face[0]", "part_outside")]),
        (_drop("card.face.4.size"), [("card.face[4]", "needs_size")]),
        (_drop("reasons.2"), []),
    ],
)  # fmt: skip
def test_a_mistake_of_meaning_is_named_with_its_path(
    change: Callable[[dict[str, Any]], None], found: list[tuple[str, str]]
) -> None:
    broken = copy.deepcopy(document())
    change(broken)

    assert codes(broken) == found


def test_a_warning_does_not_keep_a_document_from_being_published() -> None:
    loose = copy.deepcopy(document())
    loose["settings"]["undo_minutes"] = 600
    parsed = parse(loose).programme
    assert parsed is not None

    problems = check(parsed, roles=ROLES)

    assert ([problem.code for problem in problems], is_publishable(problems)) == (["long_undo"], True)


def test_the_route_depends_on_the_category() -> None:
    second = programme(SECOND)

    assert second.route(Facts(category="X")) == ("unit", "bureau", "board", "head")
    assert second.route(Facts(category="Y")) == ("unit", "bureau", "head")


def test_a_window_includes_both_its_days() -> None:
    windowed = copy.deepcopy(document())
    windowed["windows"][0] |= {"closes": "2026-03-31"}
    read = parse(windowed).programme
    assert read is not None

    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [read.is_open("first", day) for day in days] == [False, True, True, False]


def test_titles_are_composed_from_the_programmes_name() -> None:
    assert programme().roster_title == "“渤海英才服务卡”申领人员汇总表"


def test_card_numbers_follow_the_pattern() -> None:
    first = card_number(programme(), agency_code="1001", year=2026, seq=7)
    second = card_number(programme(SECOND), agency_code="1001", year=2026, seq=7)

    assert (first, second) == ("10012026000007", "LS-2026-00007")


@pytest.mark.parametrize(
    ("category", "end", "expected"),
    [
        ("A", None, date(2031, 11, 22)),
        ("C", None, date(2029, 11, 22)),
        ("A", "2028-12-31", date(2028, 12, 31)),
        (None, None, None),
    ],
)
def test_the_earliest_source_ends_a_card(
    category: str | None, end: str | None, expected: date | None
) -> None:
    values = {"contract_end": end} if end else {}

    assert valid_to(programme(), issued_on=date(2026, 11, 23), category=category, values=values) == expected


def test_a_leap_day_ends_on_the_28th() -> None:
    assert years_later(date(2028, 2, 29), 1) == date(2029, 2, 28)


@pytest.mark.parametrize(
    "text", ["a: [", "a: 1\na: 2", "a: &x 1\nb: *x", "\x00", "a: 2026-13-45", "x: " + "1" * 600_000]
)
def test_text_that_is_no_document_says_so(text: str) -> None:
    with pytest.raises(UnreadableDocument):
        load_text(text)


def test_words_that_yaml_would_take_for_booleans_stay_words() -> None:
    assert load_text("a: off\nb: no\nc: true\nd: 2026-01-31") == {
        "a": "off", "b": "no", "c": True, "d": date(2026, 1, 31),
    }  # fmt: skip


def test_the_shipped_document_is_the_one_in_the_repository() -> None:
    assert (SHIPPED.exists(), programme().code) == (True, SHIPPED.stem)
