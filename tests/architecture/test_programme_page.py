"""docs/programme.md names every key, choice and condition of a programme document, and nothing else."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from app.domain.predicates import PREDICATES
from app.domain.programme import (
    ROSTER_SOURCES,
    BatchMode,
    FaceItem,
    FieldKind,
    FileType,
    Occasion,
    Party,
    ReasonFor,
    RosterGate,
    Shows,
    Unlock,
    Verdict,
)
from app.domain.programme_card import PLACES
from app.domain.programme_parse import parse
from tests.unit.domain.programmes import document

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "programme.md").read_text(encoding="utf-8")
CHOICES: Mapping[str, type[StrEnum]] = {
    "settings.roster_gate": RosterGate,
    "settings.unlock": Unlock,
    "fields[].kind": FieldKind,
    "materials[].types": FileType,
    "materials[].shows": Shows,
    "reasons[].for": ReasonFor,
    "stages[].party": Party,
    "stages[].batch": BatchMode,
    "card.face[].what": FaceItem,
}
NO_KEY = "no_such_key"


def rows() -> dict[str, str]:
    """Every row of a table of keys: the key and what stands beside it."""
    found = re.findall(r"^\| `([a-z_.\[\]]+)`(?: \*)? \| (.*) \|$", PAGE, flags=re.MULTILINE)
    return {key: beside for key, beside in found if key not in PREDICATES}


def spoilt(value: Any) -> Any:
    """The document with an unknown key in every group."""
    match value:
        case dict():
            return {key: spoilt(part) for key, part in value.items()} | {NO_KEY: 1}
        case list():
            return [spoilt(part) for part in value]
        case _:
            return value


def known_keys() -> Iterator[str]:
    """Every key the parser knows, as it names them to someone who wrote an unknown one."""
    shipped = document()
    for list_of_conditions in (*shipped["fields"], *shipped["materials"], *shipped["stages"]):
        for key in ("when", "requires"):
            list_of_conditions.pop(key, None)
    for problem in parse(spoilt(shipped)).problems:
        if problem.code == "unknown_key":
            at = re.sub(r"\[[0-9]+\]", "[]", problem.path)
            yield from (f"{at}.{key}".lstrip(".") for key in str(problem.params["choices"]).split(", "))


def test_every_key_the_parser_knows_has_its_row_and_no_row_names_another() -> None:
    assert set(rows()) == set(known_keys())


def test_keys_that_must_be_there_are_marked() -> None:
    marked = set(re.findall(r"^\| `([a-z_.\[\]]+)` \* \|", PAGE, flags=re.MULTILINE))
    needed = set()
    for key in rows():
        without = yaml.safe_load(yaml.safe_dump(document()))
        if removed(without, key.split(".")) and parse(without).programme is None:
            needed.add(key)

    assert marked == needed


def removed(value: Any, path: list[str]) -> bool:
    """Take a key out of a document, out of every entry of a list; whether it was there."""
    key, *rest = path
    name = key.removesuffix("[]")
    if not rest:
        return value.pop(name, None) is not None
    parts = value[name] if key.endswith("[]") else [value[name]]
    return any([removed(part, rest) for part in parts])  # noqa: C419 - out of every entry, not the first


def test_every_choice_place_and_condition_is_named() -> None:
    beside = rows()

    for key, kinds in CHOICES.items():
        assert set(re.findall(r"`([a-z_]+)`", beside[key].split(" | ")[0])) == set(kinds), key
    offered = set(Verdict) - {Verdict.UNDO}
    assert set(re.findall(r"`([a-z_]+)`", beside["stages[].verdicts"].split(" | ")[0])) == offered
    assert {key.removeprefix("messages.") for key in beside if key.startswith("messages.")} == set(Occasion)
    assert all(f"`{source}`" in beside["roster.columns"] for source in ROSTER_SOURCES)
    assert all(f"{{{place}}}" in beside["card.number"] for place in PLACES)


def test_every_condition_stands_in_its_table_where_it_may_stand_and_as_it_is_written() -> None:
    table = re.findall(r"^\| `([a-z_]+)(: [^`]+)?` \| ([^|]+) \|", PAGE, flags=re.MULTILINE)
    shown = {
        name: set(re.findall(r"`([a-z]+)`", uses)) for name, _argument, uses in table if name in PREDICATES
    }

    assert shown == {name: set(predicate.uses) for name, predicate in PREDICATES.items()}
    for name, argument, uses in table:
        if name in PREDICATES:
            written = yaml.safe_load(f"- {name}{argument}")
            tried = document()
            tried["stages"][1]["requires" if "requires" in uses else "when"] = written
            assert parse(tried).problems == (), name
