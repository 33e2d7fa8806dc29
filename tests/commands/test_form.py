"""Collecting the mistakes of a form: all of them at once, and checked values only where there are none."""

import pytest

from app.commands.form import Form
from app.domain.errors import InvalidInput
from app.domain.identity import mobile_number, user_name


def test_finish_hands_out_what_was_checked() -> None:
    form = Form()
    number, name = form.take("mobile", mobile_number, "138 0013 8000"), form.take("name", user_name, "Anna")

    assert form.finish(number) == "+8613800138000"
    assert form.finish(number, name) == ("+8613800138000", "anna")


def test_finish_names_every_mistake_and_hands_out_nothing() -> None:
    form = Form()
    number, name = form.take("mobile", mobile_number, "12"), form.take("name", user_name, " ")

    with pytest.raises(InvalidInput) as refused:
        form.finish(number, name)

    assert [(error.field, error.code) for error in refused.value.errors] == [
        ("mobile", "mobile_malformed"),
        ("name", "required"),
    ]


def test_finish_never_hands_out_a_value_that_is_missing() -> None:
    with pytest.raises(InvalidInput):
        Form().finish(None)
