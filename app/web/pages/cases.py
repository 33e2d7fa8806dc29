"""What pages say about a case: values in words, rules of a material, whom it waits for, how long is left."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from flask_babel import gettext

from app.domain.errors import FieldError
from app.domain.form import Target, TargetKind
from app.domain.materials import type_list
from app.domain.programme import Field, FieldKind, Material, Programme
from app.domain.values import kept_text
from app.domain.worktime import Calendar, local_day
from app.web import labels
from app.web.forms.apply import Titles


def value_text(entry: Field, value: object, lists: Titles, staff: Mapping[str, str] | None = None) -> str:
    """A stored value as people read it; empty for none."""
    if value is None or value == "":
        return ""
    if entry.kind is FieldKind.YES_NO:
        return gettext("Yes") if value in (True, "true") else gettext("No")
    if entry.kind is FieldKind.STAFF_MEMBER:
        return (staff or {}).get(str(value), "") or gettext("chosen")
    if entry.kind is FieldKind.SELECT:
        return lists.get(entry.list or "", {}).get(str(value), str(value))
    return kept_text(value) if entry.kind is FieldKind.PHONE else str(value)


def material_rules(material: Material) -> str:
    """What a slot accepts, in one line."""
    rules = gettext("%(types)s, up to %(n)s MB each", types=type_list(material.types), n=material.max_mb)
    if material.max_files > 1:
        rules += gettext(", at most %(n)s files", n=material.max_files)
    return rules


def target_title(programme: Programme, target: Target) -> str:
    """What people call an item of a return."""
    if target.kind is TargetKind.GENERAL:
        return gettext("The whole case")
    found: Iterable[Field | Material] = (
        programme.fields if target.kind is TargetKind.FIELD else programme.materials
    )
    return next((entry.title for entry in found if entry.code == target.code), target.code)


def error_title(programme: Programme, error: FieldError) -> str:
    """The title of the field or material a mistake is about."""
    entries: tuple[Field | Material, ...] = (*programme.fields, *programme.materials)
    return next((entry.title for entry in entries if entry.code == error.field), "")


def error_line(programme: Programme, error: FieldError) -> str:
    """A mistake as a line of a summary."""
    title = error_title(programme, error)
    text = labels.field_error_text(error)
    return f"{title}: {text}" if title else text


def is_material(programme: Programme, code: str) -> bool:
    """Whether a code names a material and no field."""
    return all(entry.code != code for entry in programme.fields) and any(
        m.code == code for m in programme.materials
    )


def kind_title(programme: Programme, code: str) -> str:
    """The title of a kind of application."""
    return next((kind.title for kind in programme.kinds if kind.code == code), code)


def category_title(programme: Programme, code: str | None) -> str:
    """The title of a category; empty for none."""
    return next((entry.title for entry in programme.categories if entry.code == code), code or "")


def stage_title(programme: Programme, code: str | None) -> str:
    """The title of a stage, as offices call it."""
    return next((stage.title for stage in programme.stages if stage.code == code), code or "")


def goes_on(programme: Programme, chain: Sequence[str], code: str) -> str:
    """What follows the approval at stage `code`: an office, or the roster which that office waits for."""
    after = chain[chain.index(code) + 1 :]
    if not after:
        return gettext("Then follows: %(next)s.", next=programme.issue.title)
    title = stage_title(programme, after[0])
    if programme.closed_gate is not None and programme.closed_gate.code == after[0]:
        return gettext(
            "Then export the roster and upload it stamped: only that leads on to: %(next)s.", next=title
        )
    return gettext("Then follows: %(next)s.", next=title)


def public_title(programme: Programme, code: str | None) -> str:
    """The title of a stage, as applicants read it."""
    return next(
        (stage.public_title or stage.title for stage in programme.stages if stage.code == code), code or ""
    )


def application_title(programme: Programme) -> str:
    """`{short name}申请`: how the programme's application is called (A13)."""
    return gettext("Application for %(name)s", name=programme.short_name)


def last_day(due_at: datetime | None) -> date | None:
    """The last day of a time limit, which ends at midnight after it."""
    return local_day(due_at - timedelta(microseconds=1)) if due_at else None


def days_left(calendar: Calendar, due_at: datetime | None, now: datetime) -> int | None:
    """Working days until a step is due, negative when it is overdue; None without a limit."""
    if due_at is None:
        return None
    if due_at < now:
        return -1
    return calendar.between(local_day(now), last_day(due_at) or local_day(now))


def as_day(value: object) -> date | object:
    """A date text as a date, so that it is shown like one; anything else as it is."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return value
