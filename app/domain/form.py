"""The applicant's form: values by kind of field, what is required now, what is unlocked after a return.

Values are plain JSON as `domain.values` makes them; a staff member is the text of its account id.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.errors import FieldError
from app.domain.malformed import Malformed
from app.domain.predicates import Facts, all_hold, is_given
from app.domain.programme import CATEGORIES_LIST, Field, FieldKind, Material, Programme, Unlock
from app.domain.text import N_
from app.domain.values import Value, clean_value

Lists = Mapping[str, Collection[str]]
"""Codes of each code list, by its name."""

REQUIRED = N_("Please fill in this field.")
UNKNOWN_FIELD = N_("This form has no such field.")
MATERIAL_MISSING = N_("Please attach this material.")
TOO_MANY_FILES = N_("At most %(max)s files.")
LOCKED = N_("This item was not returned and cannot be changed.")
UNANSWERED = N_("Please change this item or answer the reviewer's remark.")


class TargetKind(StrEnum):
    """What a returned item points at."""

    FIELD = "field"
    MATERIAL = "material"
    GENERAL = "general"


TARGET_KINDS = frozenset(kind.value for kind in TargetKind)
"""Their codes, for what comes from outside or was stored."""


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


def choices_of(programme: Programme, entry: Field, lists: Lists, staff: Collection[str]) -> Collection[str]:
    """The codes a field may take; none for fields without a list."""
    if entry.kind is FieldKind.STAFF_MEMBER:
        return staff
    if entry.kind is not FieldKind.SELECT:
        return ()
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
    return {
        code: value
        for code, value in facts.values.items()
        if code in asked and is_given(value) and isinstance(value, str | int | float | bool)
    }


def check_values(
    programme: Programme, facts: Facts, *, lists: Lists, staff: Collection[str] = ()
) -> list[FieldError]:
    """Every mistake among the values.

    Unknown fields, wrong kinds, missing required ones (`field_invalid`).
    """
    form = form_of(programme, facts)
    known = {entry.code for entry in programme.fields}
    errors = [
        FieldError(str(code)[:60], "unknown_field", UNKNOWN_FIELD)
        for code in facts.values
        if code not in known
    ]
    for entry in form.fields:
        try:
            choices = choices_of(programme, entry, lists, staff)
            value = clean_value(entry, facts.values.get(entry.code), choices=choices)
        except Malformed as bad:
            errors.append(FieldError(entry.code, bad.code, bad.message, bad.params))
            continue
        if value is None and entry.code in form.required:
            errors.append(FieldError(entry.code, "required", REQUIRED))
    return errors


def check_materials(
    programme: Programme, facts: Facts, files: Mapping[str, Collection[str]]
) -> list[FieldError]:
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
    staff: Collection[str] = (),
) -> Unlocked:
    """What is unlocked after a return with the items `flagged` (model: Per-item verdicts).

    Flagged items; the materials that prove a flagged field; every item newly required or invalid under the
    new
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
