"""Reports as tables: what a column holds, what a sheet consists of, in whose words it is written.

A report yields values; the words come from a `Wording`, so that a job, which has no language of its own, writes
in the language of who ordered it. Source: R39, I4, domain.md 9.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

CellValue = str | int | datetime | None


class Kind(StrEnum):
    """What the values of a column are.

    `text` a str, `word` a code with a word, `moment` an aware datetime, `count` an int, `waited` the aware
    datetime since which something waits (None: it does not).
    """

    TEXT = "text"
    WORD = "word"
    MOMENT = "moment"
    COUNT = "count"
    WAITED = "waited"


class Shape(StrEnum):
    """How figures are drawn beside their table: one bar a row, or bars stacked from several columns."""

    BARS = "bars"
    STACKED = "stacked"


class Tone(StrEnum):
    """What a column says, as its colour: nothing special, of less weight, good, to be watched, bad."""

    PLAIN = "plain"
    SOFT = "soft"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Chart:
    """What of a report the page of statistics draws: columns by position, with their tone.

    The first column names the rows. `place` orders the charts of the page, `note` (msgid) says what is counted.
    """

    place: int
    shape: Shape
    columns: tuple[tuple[int, Tone], ...]
    note: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: title (msgid), kind, width in characters, and for codes which words they have."""

    title: str
    kind: Kind = Kind.TEXT
    width: int = 14
    words: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its name in forms and orders, title (msgid), and for codes which words they have."""

    name: str
    title: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column as it is written."""

    title: str
    width: int


@dataclass(frozen=True, slots=True)
class DataSheet:
    """A sheet to write: `rows` are read once, `foot` gets their number. Datetimes are local and naive."""

    title: str
    note: str
    heads: Sequence[Head]
    rows: Iterable[Sequence[CellValue]]
    foot: Callable[[int], str]


class Wording(Protocol):
    """Words in one language."""

    def text(self, msgid: str, values: Mapping[str, object] | None = None) -> str:
        """A msgid in this language, its `%(name)s` places filled."""
        ...

    def word(self, kind: str, code: str) -> str:
        """The word for a code; an unknown one is shown as it is."""
        ...


MakeWording = Callable[[str], AbstractContextManager[Wording]]
"""From a language's code to its words, valid inside the `with`."""


class _AsWritten:
    def text(self, msgid: str, values: Mapping[str, object] | None = None) -> str:
        return msgid % values if values else msgid

    def word(self, kind: str, code: str) -> str:
        del kind
        return code


@contextmanager
def as_written(language: str) -> Iterator[Wording]:
    """The words as the program has them, where nobody translates: msgids and codes."""
    del language
    yield _AsWritten()
