from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import identity
from app.domain.identity import NumberSpace, Sex
from app.domain.malformed import Malformed

TODAY = date(2026, 11, 23)
CANONICAL = "11010519491231002X"


def code_of(checker, text):
    with pytest.raises(Malformed) as refused:
        identity.check_document(checker, text, TODAY)
    return refused.value.code


@pytest.mark.parametrize(
    "text",
    [
        CANONICAL,
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 1949 1231 002x",
        "110105-19491231-002X",
        "110105\u200b19491231\u2060002X",
        "\ufeff110105\u200c1949\u200d1231002x\t",
        "110105\u30001949\u00a01231002X\n",
    ],
)
def test_resident_id_has_one_canonical_form(text):
    number = identity.resident_id(text, TODAY)

    assert number == identity.DocumentNumber(NumberSpace.CN18, CANONICAL, date(1949, 12, 31), Sex.FEMALE)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("110105194912310021", "document_check_character"),
        ("110105199902300015", "document_birth_date"),
        ("110105209901010012", "document_birth_date"),
        ("11010519491231002", "document_malformed"),
        ("11010519491231002XX", "document_malformed"),
        ("110105491231002", "document_15_digits"),
        ("11010A19491231002X", "document_malformed"),
        ("1101051949123100X2", "document_malformed"),
        ("91010519491231002X", "document_malformed"),
        ("01010519491231002X", "document_malformed"),
        ("", "document_malformed"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "document_malformed"),
    ],
)
def test_resident_id_is_refused_with_its_own_code(text, code):
    assert code_of("resident_id", text) == code


def test_the_refused_number_is_not_part_of_the_refusal():
    with pytest.raises(Malformed) as refused:
        identity.resident_id("110105194912310021", TODAY)

    assert "110105" not in str(refused.value) + repr(refused.value.params)


@pytest.mark.parametrize(
    ("text", "birth"),
    [("810000199001010019", date(1990, 1, 1)), ("830000198002290015", date(1980, 2, 29))],
)
def test_residence_permit_carries_birth_and_sex_in_the_space_of_resident_ids(text, birth):
    number = identity.check_document("residence_permit", text, TODAY)

    assert number == identity.DocumentNumber(NumberSpace.CN18, text, birth, Sex.MALE)


def test_residence_permit_refuses_other_prefixes():
    assert code_of("residence_permit", CANONICAL) == "document_malformed"


def test_birth_on_the_very_day_is_accepted_and_the_day_after_refused():
    born_today = "11010520261123001"
    born_tomorrow = "11010520261124001"

    assert identity.resident_id(born_today + identity.check_character(born_today), TODAY).birth == TODAY
    assert (
        code_of("resident_id", born_tomorrow + identity.check_character(born_tomorrow))
        == "document_birth_date"
    )


@given(
    area=st.integers(100000, 899999),
    birth=st.dates(date(1900, 1, 1), TODAY),
    sequence=st.integers(0, 999),
)
def test_every_composed_number_reads_back(area, birth, sequence):
    body = f"{area}{birth:%Y%m%d}{sequence:03}"
    number = identity.resident_id(body + identity.check_character(body), TODAY)

    assert (number.birth, number.sex) == (birth, Sex.MALE if sequence % 2 else Sex.FEMALE)
    assert number.value[:17] == body


@given(body=st.from_regex(r"\A[0-9]{17}\Z"))
def test_check_character_equals_the_second_formula(body):
    body = body.translate({ord(c): str(int(c)) for c in body})
    remainder = (1 - 2 * int(body, 13)) % 11

    assert identity.check_character(body) == ("X" if remainder == 10 else str(remainder))


@given(position=st.integers(0, 16), delta=st.integers(1, 9))
def test_one_wrong_digit_never_passes(position, delta):
    digits = list(CANONICAL)
    digits[position] = str((int(digits[position]) + delta) % 10)

    assert code_of("resident_id", "".join(digits)) in {
        "document_check_character",
        "document_birth_date",
        "document_malformed",
    }


@pytest.mark.parametrize(
    ("checker", "text", "space", "value"),
    [
        ("passport", "e 12345678", NumberSpace.PASSPORT, "E12345678"),
        ("passport", "EA1234567", NumberSpace.PASSPORT, "EA1234567"),
        ("hkmacau_permit", "h12345678", NumberSpace.HKMACAU_PERMIT, "H12345678"),
        ("hkmacau_permit", "M1234567801", NumberSpace.HKMACAU_PERMIT, "M1234567801"),
        ("taiwan_permit", "1234 5678", NumberSpace.TAIWAN_PERMIT, "12345678"),
        ("permanent_resident_card", "911840198506150011", NumberSpace.CN18, "911840198506150011"),
        ("resident_card_old", "chn123456789012", NumberSpace.RESIDENT_CARD_OLD, "CHN123456789012"),
        ("free", "工字第 2026001 号", NumberSpace.OTHER, "工字第2026001号"),
    ],
)
def test_other_documents_are_normalised_in_their_own_space(checker, text, space, value):
    assert identity.check_document(checker, text, TODAY) == identity.DocumentNumber(space, value)


@pytest.mark.parametrize(
    ("checker", "text", "code"),
    [
        ("passport", "E123", "document_malformed"),
        ("passport", "E1234567890123456789", "document_malformed"),
        ("hkmacau_permit", "C12345678", "document_malformed"),
        ("hkmacau_permit", "H123456789", "document_malformed"),
        ("taiwan_permit", "123456789", "document_malformed"),
        ("permanent_resident_card", "911840198506150012", "document_check_character"),
        ("permanent_resident_card", "811840198506150011", "document_malformed"),
        ("resident_card_old", "CH1234567890123", "document_malformed"),
        ("free", "1234", "document_malformed"),
        ("free", "-----", "document_malformed"),
        ("free", "12345\u202e678", "document_malformed"),
        ("nobody-knows-it", "12345678", "document_type_unknown"),
    ],
)
def test_other_documents_are_refused(checker, text, code):
    assert code_of(checker, text) == code


@pytest.mark.parametrize(
    ("value", "space", "masked"),
    [
        (CANONICAL, NumberSpace.CN18, "110105********002X"),
        ("E12345678", NumberSpace.PASSPORT, "E1*****78"),
        ("AB123", NumberSpace.OTHER, "AB*23"),
    ],
)
def test_document_mask(value, space, masked):
    assert identity.DocumentNumber(space, value).masked == masked


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "+86 138-0013-8000",
        "008613800138000",
        "8613800138000",
        "１３８００１３８０００",
        "\uff0b86 13800138000",
    ],
)
def test_mobile_has_one_canonical_form(text):
    assert identity.mobile_number(text) == "+8613800138000"


@pytest.mark.parametrize(
    "text",
    [
        "13800138000,13900139000",
        "12800138000",
        "1380013800",
        "138001380000",
        "",
        "02164321234",
        "+85261234567",
        "emp-a",
    ],
)
def test_mobile_is_refused(text):
    with pytest.raises(Malformed, match="mobile_malformed"):
        identity.mobile_number(text)


def test_mobile_is_shown_in_groups_and_masked():
    assert identity.show_mobile("+8613800138000") == "138 0013 8000"
    assert identity.mask_mobile("+8613800138000") == "138****8000"


@given(
    rest=st.from_regex(r"\A1[3-9][0-9]{9}\Z").filter(str.isascii),
    prefix=st.sampled_from(["", "+86", "86", "0086", "+86 "]),
)
def test_mobile_normalising_is_idempotent(rest, prefix):
    once = identity.mobile_number(prefix + rest)

    assert once == f"+86{rest}"
    assert identity.mobile_number(once) == once


@pytest.mark.parametrize(
    "text", ["91110000600037341L", "91110000600037341l", " 9111 0000 6000 3734 1L", "N2110000MA00000014"]
)
def test_credit_code_is_accepted(text):
    assert identity.credit_code(text) == identity.fold(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("911100006000373410", "credit_code_check_character"),
        ("9111000060003734IL", "credit_code_malformed"),
        ("91110000600037341", "credit_code_malformed"),
        ("", "credit_code_malformed"),
    ],
)
def test_credit_code_is_refused(text, code):
    with pytest.raises(Malformed, match=code):
        identity.credit_code(text)


@given(body=st.text(alphabet=identity.CREDIT_ALPHABET, min_size=17, max_size=17))
def test_every_composed_credit_code_is_accepted(body):
    code = body + identity.credit_check_character(body)

    assert identity.credit_code(code.lower()) == code


@pytest.mark.parametrize("text", ["emp-a", "Emp-A", "ｅｍｐ－ａ", " emp-a "])
def test_user_name_has_one_canonical_form(text):
    assert identity.user_name(text) == "emp-a"


@pytest.mark.parametrize("text", ["abc", "1abc", "13800138000", "a" * 31, "emp a", "单位甲的", "emp@a"])
def test_user_name_is_refused(text):
    with pytest.raises(Malformed, match="user_name_malformed"):
        identity.user_name(text)


@pytest.mark.parametrize(
    ("birth", "age"), [(date(2010, 11, 23), 16), (date(2010, 11, 24), 15), (date(2008, 2, 29), 18)]
)
def test_age_in_full_years(birth, age):
    assert identity.age_on(birth, TODAY) == age
