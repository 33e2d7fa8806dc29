import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.malformed import Malformed
from app.domain.passwords import PasswordRule, classes_in, parse_common

COMMON = parse_common("# those\nPassword\nwoaini1314\n\n")
MLPS = PasswordRule.of("mlps", COMMON)
ASVS = PasswordRule.of("asvs", COMMON)


def code_of(rule, password, personal=()):
    with pytest.raises(Malformed) as refused:
        rule.check(password, personal=personal)
    return refused.value.code


@pytest.mark.parametrize(
    "password", ["Demo-pass-2026", "Ab3Ab3Ab3Cd", "中文口令abc2026", "x" * 3 + "Y7" + "z" * 123]
)
def test_mlps_accepts_ten_characters_of_three_classes(password):
    MLPS.check(password)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab3-efghi", "password_short"),
        ("abcdefghij", "password_classes"),
        ("abcdefgh12", "password_classes"),
        ("Password2026!", "password_common"),
        ("Aa1Aa1Aa1Aa1", "password_common"),
        ("Aa1-" * 33, "password_long"),
    ],
)
def test_mlps_refuses(password, code):
    assert code_of(MLPS, password) == code


def test_asvs_asks_for_no_classes_but_refuses_common_ones():
    ASVS.check("abcdefgh")
    assert code_of(ASVS, "woaini1314") == "password_common"
    assert code_of(ASVS, "abcdefg") == "password_short"


def test_a_password_holding_the_user_name_is_refused():
    assert code_of(MLPS, "My-Emp-A99-2026", ["emp-a99"]) == "password_personal"
    MLPS.check("My-secret-2026", personal=["emp-a", "", "13800138000"])


@given(st.text(max_size=20))
def test_there_are_at_most_four_classes(password):
    assert 0 <= classes_in(password) <= 4
