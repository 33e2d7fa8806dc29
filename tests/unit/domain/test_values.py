from datetime import date

import pytest

from app.domain.malformed import Malformed
from app.domain.programme import Field, FieldKind
from app.domain.values import clean_value


def field(kind, **extra):
    return Field("f", "F", kind, **extra)


@pytest.mark.parametrize(
    ("kind", "raw", "stored"),
    [
        (FieldKind.TEXT, "  a  b ", "a b"),
        (FieldKind.TEXT, " ", None),
        (FieldKind.LONG_TEXT, "a \r\n\nb ", "a\n\nb"),
        (FieldKind.NUMBER, "12", 12),
        (FieldKind.NUMBER, 1.5, 1.5),
        (FieldKind.DATE, "2026-02-28", "2026-02-28"),
        (FieldKind.DATE, date(2026, 2, 28), "2026-02-28"),
        (FieldKind.YES_NO, "on", True),
        (FieldKind.YES_NO, False, False),
        (FieldKind.SELECT, "a", "a"),
        (FieldKind.PHONE, "0890－1234567", "0890-1234567"),
        (FieldKind.PHONE, None, None),
    ],
)
def test_a_value_has_one_stored_form(kind, raw, stored):
    assert clean_value(field(kind), raw, choices=("a", "b")) == stored


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        (FieldKind.TEXT, "abcd", "text_too_long"),
        (FieldKind.TEXT, 7, "not_text"),
        (FieldKind.LONG_TEXT, "ab\nc", "text_too_long"),
        (FieldKind.NUMBER, "twelve", "not_a_number"),
        (FieldKind.NUMBER, "nan", "not_a_number"),
        (FieldKind.NUMBER, "1e400", "not_a_number"),
        (FieldKind.NUMBER, True, "not_a_number"),
        (FieldKind.DATE, "2026-02-30", "not_a_date"),
        (FieldKind.YES_NO, "perhaps", "not_yes_no"),
        (FieldKind.SELECT, "c", "not_a_choice"),
        (FieldKind.PHONE, "call me", "phone_malformed"),
        (FieldKind.PHONE, "12", "phone_malformed"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused(kind, raw, code):
    with pytest.raises(Malformed, match=code):
        clean_value(field(kind, max_length=3), raw, choices=("a", "b"))


@pytest.mark.parametrize(
    ("least", "raw", "taken"), [(0, "-3", None), (0, "0", 0), (-10, "-3", -3), (1, "0", None)]
)
def test_a_number_has_a_least_value(least, raw, taken):
    field = Field("staff_count", "职工人数", FieldKind.NUMBER, min=least)

    if taken is None:
        with pytest.raises(Malformed) as refused:
            clean_value(field, raw)
        assert (refused.value.code, refused.value.params) == ("number_too_small", {"min": least})
    else:
        assert clean_value(field, raw) == taken
