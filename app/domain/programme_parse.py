"""From a mapping (YAML or JSON, loaded) to a Programme, with every problem collected (D3).

Whatever comes in - wrong types, unknown keys, huge numbers, deep nesting - the answer is a list of
problems, never another exception.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from app.domain.document import (
    CODE,
    MAX_ITEMS,
    MAX_NUMBER,
    NOT_A_CHOICE,
    Level,
    Problem,
    Reader,
    as_day,
    entries,
    measure,
    shown,
)
from app.domain.predicates import PREDICATES, Argument, Condition, Shape, Use, comparable
from app.domain.programme import (
    MOST_UNDO_MINUTES,
    NEAR_DAYS,
    BatchMode,
    CardForm,
    Category,
    FaceItem,
    FacePart,
    Field,
    FieldKind,
    FileType,
    Issue,
    Kind,
    Material,
    Occasion,
    Party,
    Programme,
    Reason,
    ReasonFor,
    RosterColumn,
    RosterForm,
    RosterGate,
    Settings,
    Shows,
    Stage,
    Unlock,
    Verdict,
    Window,
)
from app.domain.text import N_

NOT_A_CONDITION = N_("A condition is one known word such as roster_sealed, or one key with its argument.")
BAD_ARGUMENT = N_("The argument of “%(predicate)s” is wrong; write for example %(example)s.")
BAD_COLUMN = N_("A column is written as source and heading, such as “name 姓名”.")
BAD_POINT = N_("Here two numbers in millimetres are expected, such as [8, 20].")

EXAMPLES: Mapping[Shape, str] = {
    Shape.NOTHING: "roster_sealed",
    Shape.CODES: "category_in: [A, B]",
    Shape.TEXTS: 'document_type_in: ["1", "2"]',
    Shape.CODE: "field_given: degree",
    Shape.FIELD_AND_VALUES: "field_in: [contract_kind, [fixed]]",
    Shape.FIELD_AND_BOUND: "field_at_least: [salary, 500000]",
    Shape.AGES: "age_between: [18, 60]",
    Shape.YES_NO: "card_active: true",
}
T = TypeVar("T")
_COLUMN = re.compile(r"(\S+)\s+(\S.*)\Z")
_MAX_AGE = 150
_MAX_WORD, _MAX_BOUND = 100, 40
_MAX_MM = 500


@dataclass(frozen=True, slots=True)
class Parsed:
    """The programme, unless problems keep it from being one, and all problems of its form."""

    programme: Programme | None
    problems: tuple[Problem, ...]
    rough: Programme | None = None
    """What could be read, with stand-ins in the sections that have problems."""

    @property
    def unread(self) -> frozenset[str]:
        """The sections that have problems of form."""
        wrong = (problem for problem in self.problems if problem.level is Level.ERROR)
        return frozenset(re.split(r"[.\[]", p.path)[0] or str(p.params.get("key", "")) for p in wrong)


def parse(document: object) -> Parsed:
    """Read a programme document. Problems of form refuse it; what its parts mean is `check`'s matter.

    Source: D3, model: Programme document.
    """
    size = measure(document)
    if size is not None:
        return Parsed(None, (size,))
    problems: list[Problem] = []
    reader = Reader(document, "", problems)
    programme = _programme(reader)
    reader.refuse_unknown_keys()
    refused = any(problem.level is Level.ERROR for problem in problems)
    return Parsed(None if refused else programme, tuple(problems), programme)


def _programme(reader: Reader) -> Programme:
    return Programme(
        code=reader.code("programme"),
        name=reader.text("name", longest=100),
        short_name=reader.text("short_name", longest=60),
        settings=_part(reader, "settings", _settings),
        kinds=reader.groups("kinds", _kind, required=True),
        windows=reader.groups("windows", _window),
        categories=reader.groups("categories", _category),
        fields=reader.groups("fields", _field, required=True),
        materials=reader.groups("materials", _material),
        reasons=reader.groups("reasons", _reason, required=True),
        stages=reader.groups("stages", _stage, required=True),
        issue=_part(reader, "issue", _issue, required=True),
        roster=_part(reader, "roster", _roster) if reader.has("roster") else None,
        card=_part(reader, "card", _card, required=True),
        messages=_part(reader, "messages", _messages),
    )


def _part(reader: Reader, key: str, read: Callable[[Reader], T], *, required: bool = False) -> T:
    group = reader.group(key, required=required)
    if group is None:
        return read(Reader({}, reader.at(key), []))
    part = read(group)
    group.refuse_unknown_keys()
    return part


def _settings(reader: Reader) -> Settings:
    return Settings(
        roster_gate=reader.choice("roster_gate", RosterGate, RosterGate.REQUIRED),
        undo_minutes=reader.number("undo_minutes", 10, high=MOST_UNDO_MINUTES),
        unlock=reader.choice("unlock", Unlock, Unlock.FLAGGED),
        cooling_off_days=reader.number("cooling_off_days", 0, high=3650),
        application_prefix=reader.code("application_prefix", ""),
    )


def _kind(reader: Reader) -> Kind:
    return Kind(
        reader.code("code"),
        reader.text("title", longest=60),
        needs_card=reader.yes_no("needs_card"),
        near_days=reader.number("near_days", NEAR_DAYS, high=3650),
    )


def _window(reader: Reader) -> Window:
    opens = reader.day("opens", required=True)
    code, closes = reader.code("code"), reader.day("closes")
    kinds = reader.codes("kinds", required=True)
    return Window(code, opens or date.max, closes, kinds)


def _category(reader: Reader) -> Category:
    return Category(
        reader.code("code"), reader.text("title", longest=60), reader.number("valid_years", low=1, high=100)
    )


def _field(reader: Reader) -> Field:
    return Field(
        code=reader.code("code"),
        title=reader.text("title", longest=60),
        kind=reader.choice("kind", FieldKind),
        list=reader.code("list", "") or None,
        required=reader.yes_no("required"),
        when=_conditions(reader, "when", Use.WHEN),
        proved_by=reader.codes("proved_by"),
        max_length=reader.number("max_length", low=1, high=2000) if reader.has("max_length") else None,
        min=reader.number("min", 0, low=-MAX_NUMBER),
        hint=reader.text("hint", ""),
    )


def _material(reader: Reader) -> Material:
    return Material(
        code=reader.code("code"),
        title=reader.text("title", longest=60),
        required=reader.yes_no("required", default=True),
        types=reader.choices("types", FileType) or tuple(FileType),
        max_mb=reader.number("max_mb", 10, low=1, high=50),
        max_files=reader.number("max_files", 1, low=1, high=50),
        when=_conditions(reader, "when", Use.WHEN),
        hint=reader.text("hint", ""),
        shows=reader.choice("shows", Shows, Shows.PAGE),
    )


def _reason(reader: Reader) -> Reason:
    return Reason(
        code=reader.code("code"),
        title=reader.text("title", longest=60),
        use=reader.choice("for", ReasonFor),
        text=reader.text("text", "", longest=500),
        text_required=reader.yes_no("text_required"),
    )


def _stage(reader: Reader) -> Stage:
    title = reader.text("title", longest=60)
    return Stage(
        code=reader.code("code"),
        title=title,
        public_title=reader.text("public_title", title, longest=60),
        party=reader.choice("party", Party),
        role=reader.text("role", longest=64),
        verdicts=reader.choices("verdicts", Verdict, required=True),
        requires=_conditions(reader, "requires", Use.REQUIRES),
        when=_conditions(reader, "when", Use.WHEN),
        limit_days=_limit(reader),
        pull_back=reader.yes_no("pull_back"),
        batch=reader.choice("batch", BatchMode, BatchMode.ANY),
        claim=reader.yes_no("claim"),
        undo=reader.yes_no("undo", default=True),
    )


def _limit(reader: Reader) -> int | None:
    return reader.number("limit_days", low=1, high=365) if reader.has("limit_days") else None


def _issue(reader: Reader) -> Issue:
    return Issue(
        reader.text("title", longest=60),
        reader.choice("party", Party),
        reader.text("role", longest=64),
        _limit(reader),
    )


def _roster(reader: Reader) -> RosterForm:
    return RosterForm(
        title=reader.text("title"),
        head=reader.texts("head"),
        columns=reader.listed("columns", lambda at, value: _column(reader, at, value), required=True),
        foot=reader.texts("foot"),
    )


def _column(reader: Reader, at: str, value: object) -> RosterColumn:
    match = _COLUMN.match(value.strip()) if isinstance(value, str) and len(value) <= _MAX_WORD else None
    if match is None:
        reader.note(at, "bad_column", BAD_COLUMN)
        return RosterColumn("", "")
    return RosterColumn(match[1], match[2])


def _card(reader: Reader) -> CardForm:
    valid_to = reader.group("valid_to", required=True)
    earliest: tuple[str, ...] = ()
    if valid_to is not None:
        earliest = valid_to.texts("earliest", required=True)
        valid_to.refuse_unknown_keys()
    return CardForm(
        number=reader.text("number", longest=100),
        earliest=earliest,
        size_mm=_point(reader, "size_mm") or (85.6, 54.0),
        face=reader.groups("face", _face_part, required=True),
    )


def _face_part(reader: Reader) -> FacePart:
    return FacePart(
        reader.choice("what", FaceItem),
        _point(reader, "at", required=True) or (0.0, 0.0),
        _point(reader, "size"),
    )


def _point(reader: Reader, key: str, *, required: bool = False) -> tuple[float, float] | None:
    raw = reader.raw(key, required=required)
    if raw is None:
        return None
    numbers = [_millimetres(part) for part in entries(raw) or ()][:3]
    match numbers:
        case [float() as x, float() as y]:
            return (x, y)
        case _:
            reader.note(key, "bad_point", BAD_POINT)
            return None


def _millimetres(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _MAX_MM else None


def _messages(reader: Reader) -> dict[Occasion, str]:
    read = {occasion: reader.text(occasion, "", longest=60) for occasion in Occasion}
    return {occasion: template for occasion, template in read.items() if template}


def _conditions(reader: Reader, key: str, use: Use) -> tuple[Condition, ...]:
    read = reader.listed(key, lambda at, value: _condition(reader, at, value, use))
    return tuple(condition for condition in read if condition is not None)


def _condition(reader: Reader, at: str, raw: object, use: Use) -> Condition | None:
    if isinstance(raw, str):
        name, argument = raw, None
    elif isinstance(raw, Mapping) and len(raw) == 1:
        name, argument = next(iter(raw.items()))
    else:
        reader.note(at, "not_a_condition", NOT_A_CONDITION)
        return None
    known = {known for known, predicate in PREDICATES.items() if use in predicate.uses}
    if not isinstance(name, str) or name not in known:
        reader.note(at, "not_a_choice", NOT_A_CHOICE, value=shown(name), choices=", ".join(sorted(known)))
        return None
    shape = PREDICATES[name].shape
    parsed = _ARGUMENTS[shape](argument)
    if parsed is None:
        reader.note(at, "bad_argument", BAD_ARGUMENT, predicate=name, example=EXAMPLES[shape])
        return None
    return Condition(name, parsed)


def _no_argument(raw: object) -> Argument | None:
    return () if raw is None or raw is True else None


def _code_argument(raw: object) -> Argument | None:
    return (raw,) if isinstance(raw, str) and CODE.match(raw) else None


def _codes_argument(raw: object) -> Argument | None:
    listed = _texts_argument(raw)
    return listed if listed and all(CODE.match(text) for text in listed) else None


def _texts_argument(raw: object) -> Argument | None:
    listed = entries(raw)
    if not listed or len(listed) > MAX_ITEMS:
        return None
    texts = tuple(text for one in listed if (text := _plain(one)) is not None)
    return texts if len(texts) == len(listed) else None


def _plain(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) < 10**12:
        return str(value)
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_WORD else None


def _field_and_values(raw: object) -> Argument | None:
    match entries(raw):
        case [str() as name, list() | tuple() as values] if CODE.match(name):
            texts = _texts_argument(values)
            return (name, *texts) if texts else None
        case _:
            return None


def _field_and_bound(raw: object) -> Argument | None:
    match entries(raw):
        case [str() as name, bound] if CODE.match(name) and not isinstance(bound, list | tuple | Mapping):
            text = str(as_day(bound) or bound) if not isinstance(bound, str) else bound
            usable = len(text) <= _MAX_BOUND and comparable(text) is not None
            return (name, text) if usable and not isinstance(bound, bool) else None
        case _:
            return None


def _ages(raw: object) -> Argument | None:
    match entries(raw):
        case [int() as low, int() as high] if not isinstance(low, bool) and not isinstance(high, bool):
            return (str(low), str(high)) if 0 <= low <= high <= _MAX_AGE else None
        case _:
            return None


def _yes_no(raw: object) -> Argument | None:
    return (str(raw).lower(),) if isinstance(raw, bool) else None


_ARGUMENTS: Mapping[Shape, Callable[[object], Argument | None]] = {
    Shape.NOTHING: _no_argument,
    Shape.CODES: _codes_argument,
    Shape.TEXTS: _texts_argument,
    Shape.CODE: _code_argument,
    Shape.FIELD_AND_VALUES: _field_and_values,
    Shape.FIELD_AND_BOUND: _field_and_bound,
    Shape.AGES: _ages,
    Shape.YES_NO: _yes_no,
}
