"""From a Programme back to the mapping it was read from, and its digest.

What equals its default is left out, so that a document stays as short as its author would write it.
"""

from collections.abc import Iterable
from dataclasses import MISSING, fields
from datetime import date
from enum import StrEnum
from typing import Any

from app.domain.audit import digest_of
from app.domain.predicates import PREDICATES, Condition, Shape
from app.domain.programme import CardForm, FacePart, Programme, Reason, RosterForm


def to_mapping(programme: Programme) -> dict[str, Any]:
    """The document of plain JSON values; `parse` of it gives an equal Programme."""
    document: dict[str, Any] = {
        "programme": programme.code,
        "name": programme.name,
        "short_name": programme.short_name,
        "settings": _plain(programme.settings),
        "kinds": _listed(programme.kinds),
        "windows": _listed(programme.windows),
        "categories": _listed(programme.categories),
        "fields": _listed(programme.fields),
        "materials": _listed(programme.materials),
        "reasons": [_reason(reason) for reason in programme.reasons],
        "stages": _listed(programme.stages),
        "issue": _plain(programme.issue),
        "roster": _roster(programme.roster) if programme.roster else None,
        "card": _card(programme.card),
        "messages": {occasion.value: template for occasion, template in programme.messages.items()},
    }
    optional = ("settings", "windows", "categories", "materials", "roster", "messages")
    return {key: value for key, value in document.items() if value or key not in optional}


def digest(programme: Programme) -> str:
    """SHA-256 over the canonical JSON of the document: the whole of it is frozen when published."""
    return digest_of(to_mapping(programme))


def _listed(entries: Iterable[Any]) -> list[dict[str, Any]]:
    return [_plain(entry) for entry in entries]


def _plain(entry: Any) -> dict[str, Any]:
    """A frozen dataclass as a mapping without what equals its default."""
    plain: dict[str, Any] = {}
    for field in fields(entry):
        value = getattr(entry, field.name)
        if field.default is MISSING or value != field.default:
            plain[field.name] = _value(value)
    if plain.get("public_title") == plain.get("title"):
        plain.pop("public_title", None)
    return {key: value for key, value in plain.items() if value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, Condition):
        return _condition(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_value(entry) for entry in value]
    return value


def _condition(condition: Condition) -> Any:
    name, argument = condition.predicate, condition.argument
    match PREDICATES[name].shape:
        case Shape.NOTHING:
            return name
        case Shape.CODE:
            return {name: argument[0]}
        case Shape.YES_NO:
            return {name: argument[0] == "true"}
        case Shape.AGES:
            return {name: [int(age) for age in argument]}
        case Shape.FIELD_AND_VALUES:
            return {name: [argument[0], list(argument[1:])]}
        case _:
            return {name: list(argument)}


def _reason(reason: Reason) -> dict[str, Any]:
    plain = _plain(reason)
    return {"for" if key == "use" else key: value for key, value in plain.items()}


def _roster(roster: RosterForm) -> dict[str, Any]:
    columns = [f"{column.source} {column.title}" for column in roster.columns]
    return {"title": roster.title, "head": list(roster.head), "columns": columns, "foot": list(roster.foot)}


def _card(card: CardForm) -> dict[str, Any]:
    return {
        "number": card.number,
        "valid_to": {"earliest": list(card.earliest)},
        "size_mm": [_number(side) for side in card.size_mm],
        "face": [_face(part) for part in card.face],
    }


def _face(part: FacePart) -> dict[str, Any]:
    plain: dict[str, Any] = {"what": part.what.value, "at": [_number(x) for x in part.at]}
    return plain | ({"size": [_number(x) for x in part.size]} if part.size else {})


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value
