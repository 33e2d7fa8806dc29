"""Every kind of field has a control, is cleaned and gets invented answers: a new kind fails here until it has."""

from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.cli.demo.volume.answers import Answers
from app.domain.programme import Field, FieldKind
from app.domain.values import clean_value
from app.web.forms.apply import _MAKERS

CODES = ("1", "2")
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TYPES = {
    FieldKind.TEXT: str,
    FieldKind.LONG_TEXT: str,
    FieldKind.NUMBER: int,
    FieldKind.DATE: str,
    FieldKind.SELECT: str,
    FieldKind.YES_NO: bool,
    FieldKind.PHONE: str,
    FieldKind.STAFF_MEMBER: str,
}


def test_every_kind_has_a_control_on_the_applicants_form() -> None:
    assert set(_MAKERS) == set(FieldKind)


@pytest.mark.parametrize("kind", list(FieldKind))
def test_an_invented_answer_of_every_kind_is_accepted(kind: FieldKind) -> None:
    field = Field(
        code="f", title="F", kind=kind, required=True, list="l" if kind is FieldKind.SELECT else None
    )
    scene = SimpleNamespace(
        programme=SimpleNamespace(categories=(), fields=(field,)), lists={"l": dict.fromkeys(CODES, "")}
    )

    values = Answers(cast("Any", scene), Random(1)).values(1, AT)  # noqa: S311 - invented data

    assert {code: type(value) for code, value in values.items()} == {"f": TYPES[kind]}
    assert clean_value(field, values["f"], choices=CODES) == values["f"]
