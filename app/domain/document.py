"""Reading a document from outside (YAML or JSON, loaded) without ever trusting its shape.

A `Reader` hands out typed values and collects every `Problem` on the way, so that the author of a
document sees all mistakes at once, each with its path, what is wrong and what would be right.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar, cast

from app.domain.text import N_

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

MAX_DEPTH = 12
MAX_NODES = 20_000
MAX_ITEMS = 500
MAX_TEXT = 2_000
MAX_NUMBER = 1_000_000

CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}\Z")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Level(StrEnum):
    """An error refuses the document; a warning is shown and lets it pass."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake of a document: where (`stages[2].role`), which, and the sentence that says the fix."""

    path: str
    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)
    level: Level = Level.ERROR


NOT_A_MAPPING = N_("Here a group of keys is expected, such as `code: …`.")
NOT_A_LIST = N_("Here a list is expected, such as [a, b].")
NOT_TEXT = N_("Here text is expected; put it in quotes.")
NOT_A_NUMBER = N_("Here a whole number from %(low)s to %(high)s is expected.")
NOT_YES_NO = N_("Here true or false is expected.")
NOT_A_DATE = N_("Here a date such as 2026-01-31 is expected.")
NOT_A_CODE = N_("A code starts with a letter and holds at most 40 letters, digits, _ and -.")
NOT_A_CHOICE = N_("“%(value)s” is not known here; possible: %(choices)s.")
MISSING = N_("The key “%(key)s” is missing; add it.")
UNKNOWN_KEY = N_("The key “%(key)s” is not known here; remove it or correct it. Known: %(choices)s.")
EMPTY = N_("This must not be empty.")
TEXT_TOO_LONG = N_("The text is too long; at most %(max)s characters.")
CONTROL_CHARACTER = N_("The text holds a control character; remove it.")
LIST_TOO_LONG = N_("The list is too long; at most %(max)s entries.")
TOO_DEEP = N_("The document is nested too deeply; at most %(max)s levels.")
TOO_BIG = N_("The document is too big; at most %(max)s values.")


def measure(document: object) -> Problem | None:
    """The problem of a document that is too deep or too big to be read at all, or None.

    Walks without recursion, so that no nesting can exhaust the stack; aliases count each time they
    occur, so that a document of aliases to aliases ends at the limit.
    """
    pending: list[tuple[object, int]] = [(document, 0)]
    seen = 0
    while pending:
        value, depth = pending.pop()
        seen += 1
        if depth > MAX_DEPTH:
            return Problem("", "too_deep", TOO_DEEP, {"max": MAX_DEPTH})
        if seen + len(pending) > MAX_NODES:
            return Problem("", "too_big", TOO_BIG, {"max": MAX_NODES})
        pending.extend((child, depth + 1) for child in _children(value))
    return None


def _children(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def shown(value: object) -> str:
    """A short, harmless rendering of a wrong value for a message."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool | date) or value is None:
        text = str(value).lower()
    elif isinstance(value, int) and abs(value) > MAX_NUMBER:
        text = "…"
    elif isinstance(value, int | float):
        text = str(value)
    else:
        text = type(value).__name__
    return _CONTROL.sub("?", text[:60])


class Reader:
    """One group of keys at `path`; every reading method returns a usable value and notes what was wrong."""

    __slots__ = ("_read", "path", "problems", "values")

    def __init__(self, raw: object, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems
        self._read: set[str] = set()
        self.values: Mapping[object, object] = {}
        if isinstance(raw, Mapping):
            self.values = raw
        else:
            self.note("", "not_a_mapping", NOT_A_MAPPING)

    def at(self, key: str) -> str:
        """The path of `key` inside this group."""
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def note(self, key: str, code: str, message: str, /, **params: object) -> None:
        """Add a problem at `key` of this group (the group itself for an empty key)."""
        self.problems.append(Problem(self.at(key), code, message, params))

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        self._read.add(key)
        return self.values.get(key) is not None

    def raw(self, key: str, *, required: bool = False) -> object:
        """The value as it stands, None when absent (noted when `required`)."""
        self._read.add(key)
        value = self.values.get(key)
        if value is None and required:
            self.note("", "missing_key", MISSING, key=key)
        return value

    def text(self, key: str, default: str | None = None, *, longest: int = 200) -> str:
        """Non-empty text without control characters."""
        value = self.raw(key, required=default is None)
        if value is None:
            return default or ""
        return self._as_text(key, value, longest)

    def _as_text(self, key: str, value: object, longest: int) -> str:
        if not isinstance(value, str):
            self.note(key, "not_text", NOT_TEXT)
        elif not value.strip():
            self.note(key, "empty", EMPTY)
        elif len(value) > longest:
            self.note(key, "text_too_long", TEXT_TOO_LONG, max=longest)
        elif _CONTROL.search(value):
            self.note(key, "control_character", CONTROL_CHARACTER)
        else:
            return value.strip()
        return ""

    def code(self, key: str, default: str | None = None) -> str:
        """A code: letters, digits, `_`, `-`."""
        value = self.raw(key, required=default is None)
        if value is None:
            return default or ""
        return self._as_code(key, value)

    def _as_code(self, key: str, value: object) -> str:
        if not isinstance(value, str):
            self.note(key, "not_text", NOT_TEXT)
        elif not CODE.match(value):
            self.note(key, "not_a_code", NOT_A_CODE)
        else:
            return value
        return ""

    def codes(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of codes, in order."""
        return self.listed(key, self._as_code, required=required)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of short texts, in order."""
        return self.listed(key, lambda path, value: self._as_text(path, value, 200), required=required)

    def listed(self, key: str, read: Callable[[str, object], T], *, required: bool = False) -> tuple[T, ...]:
        """A list whose entries `read` turns into values; it gets the key with its index."""
        value = self.raw(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.note(key, "not_a_list", NOT_A_LIST)
            return ()
        if len(value) > MAX_ITEMS:
            self.note(key, "list_too_long", LIST_TOO_LONG, max=MAX_ITEMS)
            return ()
        if required and not value:
            self.note(key, "empty", EMPTY)
        return tuple(read(f"{key}[{at}]", entry) for at, entry in enumerate(value))

    def group(self, key: str, *, required: bool = False) -> "Reader | None":
        """The group of keys under `key`."""
        value = self.raw(key, required=required)
        return None if value is None else Reader(value, self.at(key), self.problems)

    def groups(self, key: str, read: Callable[["Reader"], T], *, required: bool = False) -> tuple[T, ...]:
        """A list of groups, each read by `read` and then checked for unknown keys."""

        def one(at: str, value: object) -> T:
            reader = Reader(value, self.at(at), self.problems)
            result = read(reader)
            reader.refuse_unknown_keys()
            return result

        return self.listed(key, one, required=required)

    def number(self, key: str, default: int | None = None, *, low: int = 0, high: int = MAX_NUMBER) -> int:
        """A whole number from `low` to `high`."""
        value = self.raw(key, required=default is None)
        if value is None:
            return default if default is not None else low
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.note(key, "not_a_number", NOT_A_NUMBER, low=low, high=high)
            return low
        return value

    def yes_no(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.note(key, "not_yes_no", NOT_YES_NO)
            return default
        return value

    def day(self, key: str, *, required: bool = False) -> date | None:
        """A calendar day, as YAML's date or ISO text."""
        value = self.raw(key, required=required)
        if value is None:
            return None
        day = as_day(value)
        if day is None:
            self.note(key, "not_a_date", NOT_A_DATE)
        return day

    def choice(self, key: str, kinds: type[E], default: E | None = None) -> E:
        """One member of an enumeration."""
        value = self.raw(key, required=default is None)
        first = next(iter(kinds))
        if value is None:
            return default if default is not None else first
        return self._as_choice(key, value, kinds) or first

    def _as_choice(self, key: str, value: object, kinds: type[E]) -> E | None:
        if isinstance(value, str) and value in {str(kind) for kind in kinds}:
            return kinds(value)
        self.note(key, "not_a_choice", NOT_A_CHOICE, value=shown(value), choices=", ".join(kinds))
        return None

    def choices(self, key: str, kinds: type[E], *, required: bool = False) -> tuple[E, ...]:
        """A list of members of an enumeration, in order."""
        read = self.listed(key, lambda path, value: self._as_choice(path, value, kinds), required=required)
        return tuple(kind for kind in read if kind is not None)

    def refuse_unknown_keys(self) -> None:
        """Note every key that no reading method asked for."""
        for key in self.values:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                self.note("", "unknown_key", UNKNOWN_KEY, key=shown(key), choices=known)


def as_day(value: object) -> date | None:
    """A date from YAML's date or from ISO text (yyyy-mm-dd), None for anything else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def entries(value: object) -> Sequence[object] | None:
    """The list `value` is, or None."""
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else None
