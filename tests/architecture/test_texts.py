"""Texts: Chinese is complete and keeps the words of the manual; neither Chinese nor a city stands in code."""

import ast
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from gettext import GNUTranslations
from pathlib import Path

import pytest
import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
SEED = APP / "seed"
CATALOGUE = APP / "translations" / "zh" / "LC_MESSAGES" / "messages.po"

METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"silent": "false"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}

PLACE = re.compile(r"%%|%\(\w+\)[sd]|\{\w+\}")
HAN = re.compile(r"[\u3400-\u9fff]")
JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)
OF_ONE_PLACE = re.compile(r"渤海|英才|云海|bohai|yunhai", re.IGNORECASE)
OWN_WORDS = {"中文", "才"}
"""A language names itself in itself; the character on the mark of a page is a drawing, not a word."""

SAID = [
    *(
        "单位登录",
        "个人登录",
        "机构登录",
        "单位注册",
        "个人注册",
        "普通登录",
        "登录",
        "注册",
        "用户须知",
        "同意",
    ),
    *("单位名称", "所属机构", "用户名", "密码", "联系人", "证件号码", "手机号码"),
    *("待办事项", "首页", "业务办理", "查询统计", "系统管理", "注销"),
    *("单位信息维护", "单位用户管理", "待提交", "上传材料", "上传附件", "提交申请"),
    *("个人注册审核", "审核", "审核通过", "退回修改", "已通过", "查看详情", "预览", "下载", "上传汇总表"),
    *("单位端申报信息查询", "账号", "证件类型", "中文名", "性别", "服务专员姓名", "服务专员联系方式"),
    *("待审核", "已退回", "退回上一步", "不予通过", "待汇总表"),
    "您有【%(n)s】个个人注册账号待审核",
    "您有【%(n)s】个%(name)s申请待审核",
]
"""Words of the printed manual (and of the states it implies): users look for exactly these on the screen."""

STAGES = ["单位负责人审核", "县区服务专员审核", "县区负责人审核", "市服务专员审核", "市负责人审核", "打印"]


@dataclass(frozen=True, slots=True)
class Found:
    """A text of the code and the places where it stands."""

    one: str
    many: str | None
    where: str


def _found() -> Iterator[Found]:
    rows = extract_from_dir(APP, METHODS, OPTIONS, keywords=KEYWORDS, strip_comment_tags=True)
    for name, line, text, _comments, _context in rows:
        one, many = text if isinstance(text, tuple) else (text, None)
        yield Found(one, many, f"app/{name}:{line}")


@pytest.fixture(scope="module")
def texts() -> list[Found]:
    return list(_found())


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as source:
        return read_po(source, locale="zh")


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _places(text: str) -> set[str]:
    return set(PLACE.findall(text))


def test_every_text_of_the_code_has_its_chinese(texts: list[Found], catalogue: Catalog) -> None:
    known = {
        (_forms(m.id)[0], isinstance(m.id, tuple)) for m in _messages(catalogue) if all(_forms(m.string))
    }
    missing = sorted({f"{t.where} {t.one}" for t in texts if (t.one, t.many is not None) not in known})

    assert len(texts) > 0
    assert missing == []


def test_catalogue_holds_no_text_that_the_code_lost(texts: list[Found], catalogue: Catalog) -> None:
    assert sorted({_forms(m.id)[0] for m in _messages(catalogue)} - {t.one for t in texts}) == []


def test_nothing_in_the_catalogue_is_a_guess(catalogue: Catalog) -> None:
    assert catalogue.fuzzy is False
    assert [message.id for message in _messages(catalogue) if message.fuzzy] == []


def test_chinese_has_the_places_of_its_english(catalogue: Catalog) -> None:
    differing = [
        (message.id, chinese)
        for message in _messages(catalogue)
        for chinese in _forms(message.string)
        if chinese and _places(chinese) != _places(_forms(message.id)[-1])
    ]

    assert differing == []


def test_chinese_is_written_as_chinese(catalogue: Catalog) -> None:
    western = re.compile(r"[\u3400-\u9fff][,;:?!](?!\S)|[\u3400-\u9fff]\.$|\s{2,}|^\s|\s$")
    careless = [
        (_forms(message.id)[0], chinese)
        for message in _messages(catalogue)
        for chinese in _forms(message.string)
        if western.search(chinese)
        or not (HAN.search(chinese) or PLACE.sub("", chinese).strip(" /-·：；、（）") == "")
    ]

    assert careless == []


def test_compiled_catalogue_is_that_of_the_source(catalogue: Catalog) -> None:
    fresh = io.BytesIO()
    write_mo(fresh, catalogue)
    fresh.seek(0)
    with CATALOGUE.with_suffix(".mo").open("rb") as source:
        compiled = GNUTranslations(source)

    assert {k: v for k, v in compiled._catalog.items() if k} == {
        k: v for k, v in GNUTranslations(fresh)._catalog.items() if k
    }


@pytest.mark.parametrize("word", SAID)
def test_word_of_the_manual_is_on_the_screen(catalogue: Catalog, word: str) -> None:
    assert word in {chinese for message in _messages(catalogue) for chinese in _forms(message.string)}


def _demo_programme() -> dict[str, object]:
    path = SEED / "programmes" / "bohai-talent-card.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_demo_programme_has_the_stages_of_the_manual() -> None:
    programme = _demo_programme()

    assert [stage["title"] for stage in [*programme["stages"], programme["issue"]]] == STAGES


def test_texts_with_a_name_come_from_the_programme(catalogue: Catalog) -> None:
    programme = _demo_programme()
    title = programme["roster"]["title"].replace("{programme.name}", programme["name"])
    waiting = catalogue.get("%(n)s applications for %(name)s to review").string
    export = catalogue.get("Export %(title)s").string

    assert waiting % {"n": 3, "name": programme["short_name"]} == "您有【3】个渤海英才卡申请待审核"
    assert export % {"title": title} == "导出《“渤海英才服务卡”申领人员汇总表》"


def _source(*endings: str) -> list[Path]:
    files = [path for ending in endings for path in APP.rglob(f"*{ending}")]
    return sorted(path for path in files if SEED not in path.parents and "vendor" not in path.parts)


def test_code_names_no_city_and_no_programme() -> None:
    naming = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _source(".py", ".html", ".js", ".css", ".typ")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OF_ONE_PLACE.search(line)
    ]

    assert naming == []


def _chinese_literals(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in said:
            continue
        if HAN.search(node.value) and node.value not in OWN_WORDS:
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"


def test_pages_hold_no_chinese_outside_the_catalogue() -> None:
    in_code = [
        text for path in _source(".py") if APP / "web" in path.parents for text in _chinese_literals(path)
    ]
    in_templates = [
        f"{path.relative_to(ROOT)} {found.group()}"
        for path, comment in [
            *((path, JINJA_COMMENT) for path in _source(".html")),
            *((path, SCRIPT_COMMENT) for path in _source(".js")),
        ]
        for found in HAN.finditer(comment.sub("", path.read_text(encoding="utf-8")))
    ]

    assert in_code + in_templates == []


def test_english_reads_as_english(texts: list[Found]) -> None:
    """The message ids are what is shown when the language is English."""
    careless = [
        f"{text.where} {form}"
        for text in texts
        for form in (text.one, text.many or text.one)
        if HAN.search(form.replace("姓名", "")) or re.search(r"\s{2,}|\s[,;?!]|\n", form.strip("\n"))
    ]

    assert careless == []
