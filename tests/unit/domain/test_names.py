import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import names
from app.domain.malformed import Malformed


def refusal(normalise, text):
    with pytest.raises(Malformed) as refused:
        normalise(text)
    return refused.value.code, dict(refused.value.params)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (" 张  三 ", "张 三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉‧买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉∙买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉⋅买买提", "阿卜杜拉·买买提"),
        ("𠮷野家", "𠮷野家"),
        ("㐂多", "㐂多"),
        ("Jose\u0301 Müller", "José Müller"),
    ],
)
def test_person_name_is_stored_in_one_form(text, stored):
    assert names.person_name(text) == stored


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("张3", "name_character", {"character": "3"}),
        ("张\u200b三", "name_character", {"character": "U+200B"}),
        ("张\u202e三", "name_character", {"character": "U+202E"}),
        ("张\ue000三", "name_character", {"character": "U+E000"}),
        ("<b>张", "name_character", {"character": "<"}),
        ("⼀一", "name_character", {"character": "⼀"}),
        ("ＡＢ", "name_character", {"character": "Ａ"}),
        ("张", "name_length", {"min": 2, "max": 50}),
        ("张" * 51, "name_length", {"min": 2, "max": 50}),
        ("··", "name_malformed", {}),
        ("", "name_malformed", {}),
    ],
)
def test_person_name_is_refused_naming_the_reason(text, code, params):
    assert refusal(names.person_name, text) == (code, params)


def test_fifty_rare_characters_are_fifty():
    assert names.person_name("𠮷" * 50) == "𠮷" * 50


def test_person_key_drops_dots_and_spaces():
    assert (
        names.person_key_text("阿卜杜拉·买买提")
        == names.person_key_text("阿卜杜拉 买买提")
        == "阿卜杜拉买买提"
    )


def test_unit_name_keeps_its_full_width_brackets_and_digits():
    assert names.unit_name(" 示例（海滨）第3  研究所 ") == "示例（海滨）第3 研究所"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("示例\u200b公司", "name_character"),
        ("<i>公司", "name_character"),
        ("公", "name_length"),
        ("（）", "name_malformed"),
    ],
)
def test_unit_name_is_refused(text, code):
    assert refusal(names.unit_name, text)[0] == code


def test_unit_key_folds_brackets_and_spaces():
    assert (
        names.unit_key_text("示例（海滨） 公司") == names.unit_key_text("示例(海滨)公司") == "示例(海滨)公司"
    )


def test_plain_text_drops_what_cannot_be_seen_and_is_bounded():
    assert names.plain_text(" 海滨路\u200b 1 号\r\n2 楼 ", 20) == "海滨路 1 号 2 楼"
    assert refusal(lambda t: names.plain_text(t, 3), "四个字长")[0] == "text_too_long"


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("单田芳", "shantianfang", "stf"),
        ("曾巩", "zenggong", "zg"),
        ("仇英", "qiuying", "qy"),
        ("查良镛", "zhaliangyong", "zly"),
        ("覃小明", "qinxiaoming tanxiaoming", "qxm txm"),
        ("谌龙", "chenlong shenlong", "cl sl"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("万俟卨", "moqixie", "mqx"),
        ("尉健", "weijian", "wj"),
        ("阿卜杜拉·买买提", "abudulamaimaiti", "abdlmmt"),
        ("𠮷野", "𠮷ye", "𠮷y"),
        ("John Smith", "johnsmith", "js"),
        ("吕布", "lvbu", "lb"),
        ("", "", ""),
    ],
)
def test_pinyin(name, full, initials):
    assert names.pinyin(name) == names.Pinyin(full, initials)


_han = st.one_of(st.integers(0x4E00, 0x9FFF), st.integers(0x3400, 0x4DBF), st.integers(0x20000, 0x2A6DF)).map(
    chr
)


@given(name=st.text(_han, min_size=2, max_size=50))
def test_han_names_of_all_planes_pass_unchanged_and_have_pinyin(name):
    assert names.person_name(name) == name
    assert len(names.pinyin(name).full) >= len(name)
    assert len(names.pinyin(name).initials.split(" ")[0]) == len(name)


@given(text=st.text(max_size=60))
def test_normalising_a_stored_name_changes_nothing(text):
    for normalise in (names.person_name, names.unit_name):
        try:
            stored = normalise(text)
        except Malformed:
            continue
        assert normalise(stored) == stored
