"""Shapes of the wire: each says how it is described (OpenAPI) and takes a value strictly or names the mistake.

Types are not bent: "1" is no number, 1 is no text. Every mistake is named at its field, all of them at once.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.domain.errors import FieldError
from app.domain.form import UNKNOWN_FIELD
from app.domain.text import N_

MISSING: Any = object()
REQUIRED = N_("Please fill in this field.")
NOT_TEXT = N_("Enter text.")
TOO_LONG = N_("At most %(max)s characters.")
TOO_SHORT = N_("At least %(min)s characters.")
BAD_CHARACTER = N_("The text holds a character that is not allowed.")
NOT_WHOLE = N_("Here a whole number from %(low)s to %(high)s is expected.")
NOT_A_CHOICE = N_("Choose one of the entries.")
NOT_FLAG = N_("Enter true or false.")
NOT_LIST = N_("Enter a list with %(low)s to %(high)s entries.")
NOT_OBJECT = N_("Enter an object with named fields.")
NOT_VALUE = N_("Enter a text, a number, true, false or null.")
MALFORMED = N_("This is not written as expected.")

ID_LENGTH = 40
LOCK_MAX = 2**31 - 1
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Schema = dict[str, Any]


class Mistakes(list[FieldError]):
    """The mistakes of one request."""

    def note(self, at: str, code: str, message: str, **params: object) -> None:
        """Add one; returns None, so that a taker can return it."""
        self.append(FieldError(at, code, message, params))


class Shape(Protocol):
    """A type of the wire."""

    def schema(self) -> Schema:
        """How OpenAPI describes it."""
        ...

    def take(self, raw: Any, at: str, mistakes: Mistakes) -> Any:
        """The value of `raw`; notes what is wrong and answers None otherwise."""
        ...


def printable(raw: str, *, lines: bool = True) -> bool:
    """Whether no control character, lone surrogate or non-character is in a text."""
    return _CONTROL.search(raw) is None and (lines or not set(raw) & set("\t\n\r"))


@dataclass(frozen=True, slots=True)
class Text:
    """Text of `least` to `most` characters; `lines`: may hold line breaks."""

    most: int
    least: int = 0
    lines: bool = False
    pattern: str = ""
    about: str = ""

    def schema(self) -> Schema:
        """See the protocol."""
        found: Schema = {"type": "string", "maxLength": self.most}
        found |= {"minLength": self.least} if self.least else {}
        found |= {"pattern": f"^{self.pattern}$"} if self.pattern else {}
        return found | ({"description": self.about} if self.about else {})

    def take(self, raw: Any, at: str, mistakes: Mistakes) -> str | None:
        """See the protocol."""
        if not isinstance(raw, str):
            return mistakes.note(at, "not_text", NOT_TEXT)
        if not printable(raw, lines=self.lines):
            return mistakes.note(at, "bad_character", BAD_CHARACTER)
        if len(raw) > self.most:
            return mistakes.note(at, "text_too_long", TOO_LONG, max=self.most)
        if len(raw) < self.least:
            return mistakes.note(at, "text_too_short", TOO_SHORT, min=self.least)
        if self.pattern and not re.fullmatch(self.pattern, raw):
            return mistakes.note(at, "malformed", MALFORMED)
        return raw


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list of codes."""

    codes: Sequence[str]

    def schema(self) -> Schema:
        """See the protocol."""
        return {"type": "string", "enum": list(self.codes)}

    def take(self, raw: Any, at: str, mistakes: Mistakes) -> str | None:
        """See the protocol."""
        if not isinstance(raw, str):
            return mistakes.note(at, "not_text", NOT_TEXT)
        return raw if raw in self.codes else mistakes.note(at, "not_a_choice", NOT_A_CHOICE)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; in an address its digits."""

    most: int = LOCK_MAX
    least: int = 0

    def schema(self) -> Schema:
        """See the protocol."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def take(self, raw: Any, at: str, mistakes: Mistakes) -> int | None:
        """See the protocol."""
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)  # JSON knows one kind of number: 1.0 is 1
        if not isinstance(raw, int) or isinstance(raw, bool) or not self.least <= raw <= self.most:
            return mistakes.note(at, "not_whole", NOT_WHOLE, low=self.least, high=self.most)
        return raw


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def schema(self) -> Schema:
        """See the protocol."""
        return {"type": "boolean"}

    def take(self, raw: Any, at: str, mistakes: Mistakes) -> bool | None:
        """See the protocol."""
        return raw if isinstance(raw, bool) else mistakes.note(at, "not_flag", NOT_FLAG)


@dataclass(frozen=True, slots=True)
class Value:
    """A plain value: what a form field of a programme may hold; its kind is checked with the programme."""

    most: int = 4000

    def schema(self) -> Schema:
        """See the protocol."""
        plain = [{"type": "string", "maxLength": self.most}, {"type": "number"}, {"type": "boolean"}]
        return {"anyOf": plain, "nullable": True}

    def take(self, raw: Any, at: str, mistakes: Mistakes) -> Any:
        """See the protocol."""
        if isinstance(raw, str):
            return Text(self.most, lines=True).take(raw, at, mistakes)
        if raw is None or isinstance(raw, bool | int | float):
            return raw
        return mistakes.note(at, "not_a_value", NOT_VALUE)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one shape."""

    of: Shape
    most: int
    least: int = 0

    def schema(self) -> Schema:
        """See the protocol."""
        found: Schema = {"type": "array", "items": self.of.schema(), "maxItems": self.most}
        return found | ({"minItems": self.least} if self.least else {})

    def take(self, raw: Any, at: str, mistakes: Mistakes) -> list[Any] | None:
        """See the protocol."""
        if not isinstance(raw, list) or not self.least <= len(raw) <= self.most:
            return mistakes.note(at, "not_a_list", NOT_LIST, low=self.least, high=self.most)
        return [self.of.take(part, f"{at}[{n}]", mistakes) for n, part in enumerate(raw)]


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object whose names are codes of the programme."""

    of: Shape
    most: int = 500

    def schema(self) -> Schema:
        """See the protocol."""
        return {"type": "object", "additionalProperties": self.of.schema(), "maxProperties": self.most}

    def take(self, raw: Any, at: str, mistakes: Mistakes) -> dict[str, Any] | None:
        """See the protocol."""
        if not isinstance(raw, dict) or len(raw) > self.most:
            return mistakes.note(at, "not_an_object", NOT_OBJECT)
        return {
            name: self.of.take(part, f"{at}.{shown(name)}", mistakes)
            for name, part in raw.items()
            if known_name(name, at, mistakes)
        }


def shown(name: str) -> str:
    """A name from outside as an answer may repeat it."""
    return "".join(c for c in name[:60] if c.isprintable())


def known_name(name: str, at: str, mistakes: Mistakes) -> bool:
    """Whether a name can be the code of a field at all; notes it otherwise."""
    if name and len(name) <= ID_LENGTH and name.isascii() and name.isprintable():
        return True
    mistakes.note(f"{at}.{shown(name)}", "unknown_field", UNKNOWN_FIELD)
    return False


@dataclass(frozen=True, slots=True)
class Obj:
    """An object with exactly these fields; `one_of` names groups of which one has to be given."""

    fields: Mapping[str, Shape]
    required: Collection[str] = ()
    one_of: Sequence[str] = ()
    at_most_one: Sequence[str] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def schema(self) -> Schema:
        """See the protocol."""
        found: Schema = {
            "type": "object",
            "properties": {
                name: shape.schema() | ({"default": self.defaults[name]} if name in self.defaults else {})
                for name, shape in self.fields.items()
            },
            "additionalProperties": False,
        }
        found |= {"required": sorted(self.required)} if self.required else {}
        found |= {"oneOf": [{"required": [name]} for name in self.one_of]} if self.one_of else {}
        return found | ({"not": {"required": list(self.at_most_one)}} if self.at_most_one else {})

    def take(self, raw: Any, at: str, mistakes: Mistakes) -> dict[str, Any] | None:
        """See the protocol."""
        if not isinstance(raw, dict):
            return mistakes.note(at, "not_an_object", NOT_OBJECT)
        start = f"{at}." if at else ""
        for name in raw:
            if name not in self.fields:
                mistakes.note(start + shown(name), "unknown_field", UNKNOWN_FIELD)
        self._groups(raw, start, mistakes)
        return {
            name: self._field(name, shape, raw, start, mistakes=mistakes)
            for name, shape in self.fields.items()
        }

    def _field(self, name: str, shape: Shape, raw: dict[str, Any], start: str, *, mistakes: Mistakes) -> Any:
        if name in raw:
            return shape.take(raw[name], start + name, mistakes)
        if name in self.required:
            mistakes.note(start + name, "required", REQUIRED)
        return self.defaults.get(name)

    def _groups(self, raw: Mapping[str, Any], start: str, mistakes: Mistakes) -> None:
        given = [name for name in self.one_of if name in raw]
        if self.one_of and not given:
            mistakes.note(start + self.one_of[0], "required", REQUIRED)
        if len(given) > 1 or (self.at_most_one and all(name in raw for name in self.at_most_one)):
            name = given[1] if len(given) > 1 else self.at_most_one[-1]
            mistakes.note(start + name, "one_of", ONE_OF, fields=", ".join(self.one_of or self.at_most_one))


ONE_OF = N_("Give only one of: %(fields)s.")


def row_id() -> Text:
    """An id as it is given in a list: a text; what is no id of ours is an unknown row."""
    return Text(ID_LENGTH, 1)


def rows(most: int) -> ListOf:
    """Rows with the locks they were seen with."""
    row = Obj({"id": row_id(), "lock": Whole()}, required=("id", "lock"))
    return ListOf(row, most, 1)
