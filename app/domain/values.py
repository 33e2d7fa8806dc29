"""Checking one value of a form field of data (site or programme) by its kind."""

import math
import re
from collections.abc import Collection
from datetime import date

from app.domain.document import as_day
from app.domain.malformed import Malformed
from app.domain.names import plain_text
from app.domain.programme import Field, FieldKind
from app.domain.text import N_

TEXT_LENGTH = 200
LONG_TEXT_LENGTH = 2000
_YES, _NO = frozenset({"true", "yes", "1", "on", "y"}), frozenset({"false", "no", "0", "off", "n"})
_PHONE_CHARACTERS = frozenset("0123456789+-() ")

_KEPT = re.compile(r"([0-9*+() -]{5,40})#([1-9][0-9]{0,18})")
_SHOWN_START, _SHOWN_END, _LONG_NUMBER = 3, 4, 11

Value = str | int | float | bool


def clean_value(  # noqa: PLR0911 - one line per kind
    field: Field, raw: object, *, choices: Collection[str] = ()
) -> Value | None:
    """Return the stored form of a field's value, None when empty; raises Malformed.

    `choices` are the codes of the field's list. Dates are ISO text, so that a value is plain JSON. A
    telephone number that is already kept (`kept_phone`) stays as it is.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    match field.kind:
        case FieldKind.NUMBER:
            return _number(raw, field.min)
        case FieldKind.DATE:
            return _day(raw).isoformat()
        case FieldKind.YES_NO:
            return _yes_no(raw)
        case FieldKind.SELECT | FieldKind.STAFF_MEMBER:
            return _choice(raw, choices)
        case FieldKind.PHONE:
            text = _text(raw)
            return text if kept_id(text) is not None else phone(text)
        case FieldKind.LONG_TEXT:
            return _long(_text(raw), field.max_length or LONG_TEXT_LENGTH)
        case FieldKind.TEXT:
            return plain_text(_text(raw), field.max_length or TEXT_LENGTH) or None


def phone(text: str) -> str:
    """Return a contact number: 5 to 30 digits, plus, hyphens, brackets, spaces; never used to sign in."""
    number = plain_text(text, 40).replace("（", "(").replace("）", ")").replace("－", "-")
    digits = sum(c.isdigit() for c in number)
    if not set(number) <= _PHONE_CHARACTERS or not 5 <= digits <= 20:  # noqa: PLR2004
        raise Malformed(
            "phone_malformed",
            N_("A telephone number has 5 to 20 digits, with +, hyphens, brackets and spaces where needed."),
        )
    return number


def kept_phone(number: str, secret_id: int) -> str:
    """Return what stands in a case for a number kept in `secret_value`: masked text and row (D23).

    No number can look like this, since `phone` refuses `*` and `#`.
    """
    return f"{mask_phone(number)}#{secret_id}"


def mask_phone(number: str) -> str:
    """Return a number with its middle hidden: three digits at the start, four at the end of a long one."""
    total, seen, shown = sum(c.isdigit() for c in number), 0, []
    at_end = _SHOWN_END if total >= _LONG_NUMBER else 1
    at_start = _SHOWN_START if total >= _LONG_NUMBER else 1
    for character in number:
        hidden = character.isdigit() and at_start <= seen < total - at_end
        shown.append("*" if hidden else character)
        seen += character.isdigit()
    return "".join(shown)


def kept_id(value: object) -> int | None:
    """Return the row in `secret_value` that a stored telephone number names, None for anything else."""
    found = _KEPT.fullmatch(value) if isinstance(value, str) else None
    return int(found[2]) if found else None


def is_same(one: str, other: str) -> bool:
    """Whether two texts of a control are one; a browser sends its own line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def control_text(kind: FieldKind, value: object) -> str:
    """A stored value as the control of a form carries it; of a kept number the masked text."""
    if kind is FieldKind.PHONE and value:
        return kept_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def stored_text(field: Field, text: str, *, choices: Collection[str] = ()) -> str:
    """Return a text as the control carries it again once it is stored; what cannot be stored stays as it is."""
    try:
        value = clean_value(field, text, choices=choices)
    except Malformed:
        return text
    is_number = field.kind is FieldKind.PHONE and value is not None and kept_id(value) is None
    return mask_phone(str(value)) if is_number else control_text(field.kind, value)


def kept_text(value: object) -> str:
    """Return what may be shown of a stored telephone number."""
    found = _KEPT.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else str(value)


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise Malformed("not_text", N_("Enter text."))
    return raw


def _long(text: str, max_length: int) -> str | None:
    lines = [plain_text(line, max_length) for line in text.splitlines()]
    joined = "\n".join(lines).strip()
    if len(joined) > max_length:
        raise Malformed("text_too_long", N_("At most %(max)s characters."), {"max": max_length})
    return joined or None


def _number(raw: object, least: int) -> int | float:
    refused = Malformed("not_a_number", N_("Enter a number."))
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise refused
    try:
        number = float(raw)
    except ValueError:
        raise refused from None
    if not math.isfinite(number) or abs(number) > 1e12:  # noqa: PLR2004
        raise refused
    if number < least:
        raise Malformed("number_too_small", N_("Enter a number of at least %(min)s."), {"min": least})
    return int(number) if number.is_integer() else number


def _day(raw: object) -> date:
    day = as_day(raw.strip() if isinstance(raw, str) else raw)
    if day is None:
        raise Malformed("not_a_date", N_("Enter a date such as 2026-01-31."))
    return day


def _yes_no(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word not in _YES | _NO:
        raise Malformed("not_yes_no", N_("Choose yes or no."))
    return word in _YES


def _choice(raw: object, choices: Collection[str]) -> str:
    chosen = str(raw).strip()
    if chosen not in choices:
        raise Malformed("not_a_choice", N_("Choose one of the entries."))
    return chosen
