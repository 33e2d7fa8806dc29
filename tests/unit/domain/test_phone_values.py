"""Telephone numbers of a case: what stands in its answers is masked and names the row that holds the number."""

import pytest

from app.domain.malformed import Malformed
from app.domain.values import kept_id, kept_phone, kept_text, mask_phone, phone


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13800000101", "138****0101"),
        ("+86 138-0000-0101", "+86 1**-****-0101"),
        ("0631-5236789", "063*-***6789"),
        ("52367", "5***7"),
    ],
)
def test_the_middle_of_a_number_is_hidden(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


def test_a_kept_number_is_read_back() -> None:
    stored = kept_phone("13800000101", 77)

    assert (kept_id(stored), kept_text(stored)) == (77, "138****0101")


@pytest.mark.parametrize("other", ["13800000101", "138****0101", "138****0101#", "138****0101#0", 77, None])
def test_anything_else_is_no_kept_number(other: object) -> None:
    assert kept_id(other) is None


def test_nobody_can_type_a_kept_number() -> None:
    with pytest.raises(Malformed):
        phone("138****0101#77")
