"""The applicant's form: values by kind of field, what is required now, what is unlocked after a return.

Values are plain JSON: text, code, number and date as text (`12.5`, `2026-01-31`), yes_no as a boolean, a
staff member as the text of its account id. A phone stands in `secret_value`; here only its masked text.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from app.domain.document import as_day
from app.domain.errors import FieldError
from app.domain.predicates import Facts, all_hold, is_given
from app.domain.programme import CATEGORIES_LIST, Field, FieldKind, Material, Programme, Unlock
from app.domain.text import N_

Value = str | bool | None
Lists = Mapping[str, Collection[str]]
"""Codes of each code list, by its name."""

REQUIRED = N_("Please fill in this field.")
NOT_TEXT = N_("Please enter text.")
TOO_LONG = N_("At most %(max)s characters.")
CONTROL = N_("Please remove the unprintable characters.")
NOT_A_NUMBER = N_("Please enter a number, for example 120000 or 12.5.")
NOT_A_DATE = N_("Please enter a date, for example 2026-01-31.")
NOT_A_CHOICE = N_("Please choose one of the entries of the list.")
NOT_YES_NO = N_("Please answer yes or no.")
NOT_A_PHONE = N_("Please enter a phone number, for example 021-5555666.")
UNKNOWN_FIELD = N_("This form has no such field.")
MATERIAL_MISSING = N_("Please attach this material.")
TOO_MANY_FILES = N_("At most %(max)s files.")
LOCKED = N_("This item was not returned and cannot be changed.")
UNANSWERED = N_("Please change this item or answer the reviewer's remark.")

DEFAULT_LENGTH: Mapping[FieldKind, int] = {FieldKind.TEXT: 100, FieldKind.LONG_TEXT: 2000}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?\Z")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,24}\Z")
_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 1, 1)


class TargetKind(StrEnum):
    """What a returned item points at."""

    FIELD = "field"
    MATERIAL = "material"
    GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Target:
    """A field, a material, or the whole case (`code` empty)."""

    kind: TargetKind
    code: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a draft or a submission holds: values by field and digests of the files by slot."""

    values: Mapping[str, Value] = field(default_factory=dict)
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def materials(self) -> frozenset[str]:
        """The slots with at least one file."""
        return frozenset(slot for slot, digests in self.files.items() if digests)


class BadValue(ValueError):
    """A value does not fit its field."""

    def __init__(self, code: str, message: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.message, self.params = code, message, params


def read_value(entry: Field, raw: object, choices: Collection[str] | None) -> Value:
    """The canonical value of `raw` for the field; None for an empty one. Raises BadValue.

    `choices` are the codes a select or staff member may take; None means that they are not known here.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return _READERS[entry.kind](entry, raw, choices)


def _read_text(entry: Field, raw: object, choices: Collection[str] | None) -> Value:
    del choices
    if not isinstance(raw, str):
        raise BadValue("not_text", NOT_TEXT)
    text = raw.strip()
    limit = entry.max_length or DEFAULT_LENGTH.get(entry.kind, 100)
    if len(text) > limit:
        raise BadValue("too_long", TOO_LONG, max=limit)
    if _CONTROL.search(text) or (entry.kind is FieldKind.TEXT and ("\n" in text or "\r" in text)):
        raise BadValue("control_character", CONTROL)
    return text.replace("\r\n", "\n")


def _read_number(entry: Field, raw: object, choices: Collection[str] | None) -> Value:
    del entry, choices
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise BadValue("not_a_number", NOT_A_NUMBER)
    text = str(raw).strip().replace(",", "").replace("，", "")
    if not _NUMBER.match(text):
        raise BadValue("not_a_number", NOT_A_NUMBER)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadValue("not_a_number", NOT_A_NUMBER) from None
    plain = f"{number:f}"
    return "0" if not number else plain.rstrip("0").rstrip(".") if "." in plain else plain


def _read_date(entry: Field, raw: object, choices: Collection[str] | None) -> Value:
    del entry, choices
    day = as_day(raw.strip() if isinstance(raw, str) else raw)
    if day is None or not _EARLIEST <= day <= _LATEST:
        raise BadValue("not_a_date", NOT_A_DATE)
    return day.isoformat()


def _read_choice(entry: Field, raw: object, choices: Collection[str] | None) -> Value:
    del entry
    text = str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    if not text or len(text) > 60 or (choices is not None and text not in choices):  # noqa: PLR2004 - the column's width
        raise BadValue("not_a_choice", NOT_A_CHOICE)
    return text


def _read_yes_no(entry: Field, raw: object, choices: Collection[str] | None) -> Value:
    del entry, choices
    if isinstance(raw, bool):
        return raw
    if raw in ("true", "false"):
        return raw == "true"
    raise BadValue("not_yes_no", NOT_YES_NO)


def _read_phone(entry: Field, raw: object, choices: Collection[str] | None) -> Value:
    del entry, choices
    if not isinstance(raw, str) or not _PHONE.match(raw.strip()):
        raise BadValue("not_a_phone", NOT_A_PHONE)
    return raw.strip()


_READERS: Mapping[FieldKind, Callable[[Field, object, Collection[str] | None], Value]] = {
    FieldKind.TEXT: _read_text,
    FieldKind.LONG_TEXT: _read_text,
    FieldKind.NUMBER: _read_number,
    FieldKind.DATE: _read_date,
    FieldKind.SELECT: _read_choice,
    FieldKind.YES_NO: _read_yes_no,
    FieldKind.PHONE: _read_phone,
    FieldKind.STAFF_MEMBER: _read_choice,
}


def choices_of(programme: Programme, entry: Field, lists: Lists, staff: Collection[str] | None) -> Collection[str] | None:
    """The codes a field may take, None for fields without a list."""
    if entry.kind is FieldKind.STAFF_MEMBER:
        return staff
    if entry.kind is not FieldKind.SELECT:
        return None
    if entry.list == CATEGORIES_LIST:
        return {category.code for category in programme.categories}
    return lists.get(entry.list or "", ())


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for under the present answers."""

    fields: tuple[Field, ...]
    required: frozenset[str]
    materials: tuple[Material, ...]
    required_materials: frozenset[str]


def form_of(programme: Programme, facts: Facts) -> Form:
    """The fields and materials whose conditions hold for `facts`, and which of them are required."""
    fields = tuple(entry for entry in programme.fields if all_hold(entry.when, facts))
    materials = tuple(entry for entry in programme.materials if all_hold(entry.when, facts))
    return Form(
        fields=fields,
        required=frozenset(entry.code for entry in fields if entry.required),
        materials=materials,
        required_materials=frozenset(entry.code for entry in materials if entry.required),
    )


def applicable(programme: Programme, facts: Facts) -> dict[str, Value]:
    """The values of `facts` without those of fields that are not asked for (they are not submitted)."""
    asked = {entry.code for entry in form_of(programme, facts).fields}
    return {code: _plain(value) for code, value in facts.values.items() if code in asked and is_given(value)}


def _plain(value: object) -> Value:
    return value if isinstance(value, str | bool) else None


def check_values(
    programme: Programme, facts: Facts, *, lists: Lists, staff: Collection[str] | None = None
) -> list[FieldError]:
    """Every mistake among the values: unknown fields, wrong kinds, missing required ones (`field_invalid`)."""
    form = form_of(programme, facts)
    known = {entry.code for entry in programme.fields}
    errors = [FieldError(str(code)[:60], "unknown_field", UNKNOWN_FIELD) for code in facts.values if code not in known]
    for entry in form.fields:
        try:
            value = read_value(entry, facts.values.get(entry.code), choices_of(programme, entry, lists, staff))
        except BadValue as bad:
            errors.append(FieldError(entry.code, bad.code, bad.message, bad.params))
            continue
        if value is None and entry.code in form.required:
            errors.append(FieldError(entry.code, "required", REQUIRED))
    return errors


def check_materials(programme: Programme, facts: Facts, files: Mapping[str, Collection[str]]) -> list[FieldError]:
    """Required materials that are missing (`material_missing`), and slots with too many files."""
    form = form_of(programme, facts)
    errors = [
        FieldError(entry.code, "material_missing", MATERIAL_MISSING)
        for entry in form.materials
        if entry.code in form.required_materials and not files.get(entry.code)
    ]
    for entry in form.materials:
        if len(files.get(entry.code, ())) > entry.max_files:
            errors.append(FieldError(entry.code, "too_many_files", TOO_MANY_FILES, {"max": entry.max_files}))
    return errors


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What the applicant may change now; `everything` for a first submission and a general finding."""

    everything: bool = False
    fields: frozenset[str] = frozenset()
    materials: frozenset[str] = frozenset()

    def allows(self, target: Target) -> bool:
        """Whether the field or material may be changed."""
        codes = self.fields if target.kind is TargetKind.FIELD else self.materials
        return self.everything or target.code in codes


def unlocked(
    programme: Programme,
    flagged: Collection[Target],
    *,
    before: Facts,
    after: Facts,
    lists: Lists,
    staff: Collection[str] | None = None,
) -> Unlocked:
    """What is unlocked after a return with the items `flagged` (model: Per-item verdicts).

    Flagged items; the materials that prove a flagged field; every item newly required or invalid under the new
    answers `after` (or without a place in the old ones, `before`); with a general finding, everything.
    """
    general = any(target.kind is TargetKind.GENERAL for target in flagged)
    if general or not flagged or programme.settings.unlock is Unlock.ALL:
        return Unlocked(everything=True)
    fields = {target.code for target in flagged if target.kind is TargetKind.FIELD}
    materials = {target.code for target in flagged if target.kind is TargetKind.MATERIAL}
    proved = {slot for entry in programme.fields if entry.code in fields for slot in entry.proved_by}
    old, new = form_of(programme, before), form_of(programme, after)
    fields |= _codes(new.fields) - _codes(old.fields) | new.required - old.required
    fields |= {error.field for error in check_values(programme, after, lists=lists, staff=staff)}
    materials |= proved | _codes(new.materials) - _codes(old.materials)
    materials |= new.required_materials - old.required_materials
    materials |= {slot for slot in new.required_materials if slot not in before.materials}
    return Unlocked(fields=frozenset(fields), materials=frozenset(materials))


def _codes(entries: Iterable[Field | Material]) -> set[str]:
    return {entry.code for entry in entries}


def changes(before: Content, after: Content, programme: Programme) -> frozenset[Target]:
    """The fields and materials that differ between two contents."""
    fields = {
        Target(TargetKind.FIELD, entry.code)
        for entry in programme.fields
        if before.values.get(entry.code) != after.values.get(entry.code)
    }
    materials = {
        Target(TargetKind.MATERIAL, entry.code)
        for entry in programme.materials
        if before.files.get(entry.code, ()) != after.files.get(entry.code, ())
    }
    return frozenset(fields | materials)


def check_resubmission(
    changed: Collection[Target],
    flagged: Collection[Target],
    *,
    free: Unlocked,
    answered: Collection[Target],
    asked: Form,
) -> list[FieldError]:
    """Locked items that changed (`item_locked`) and flagged ones neither changed nor answered.

    A field that the new answers no longer ask for counts as changed. A general finding is met by any change
    or by an answer.
    """
    errors = [
        FieldError(target.code, "item_locked", LOCKED)
        for target in sorted(changed, key=lambda target: (target.kind, target.code))
        if not free.allows(target) and _is_asked(target, asked)
    ]
    for target in dict.fromkeys(flagged):
        if target in answered or not _is_open(target, changed, asked):
            continue
        errors.append(FieldError(target.code, "flagged_item_unanswered", UNANSWERED))
    return errors


def _is_asked(target: Target, asked: Form) -> bool:
    entries: Iterable[Field | Material] = asked.fields if target.kind is TargetKind.FIELD else asked.materials
    return any(entry.code == target.code for entry in entries)


def _is_open(target: Target, changed: Collection[Target], asked: Form) -> bool:
    if target.kind is TargetKind.GENERAL:
        return not changed
    return target not in changed and _is_asked(target, asked)
