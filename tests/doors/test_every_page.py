"""Every page that each role comes to by its links: it opens, in either language, with our markup alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po

from tests.doors.conftest import House
from tests.doors.crawl import pages, words
from tests.doors.visitors import visitors
from tests.doors.walk import walker

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
]
"""A page is the same whatever database it was made from."""

APP = Path(__file__).parents[2] / "app"
CATALOGUE = APP / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
SEED = APP / "seed"
ADMIN = "系统管理员"
"""The name of the account that visits as superuser."""
IN_ENGLISH_TOO = {
    "administrator of employer A",
    "person",
    "county A specialist",
    "city leader",
    "printer",
    "auditor",
    "superuser",
}
ASSET = re.compile(
    r'<(?:script|link|img)[^>]*(?:src|href)="(?!/static/)([^"]+\.(?:js|css)[^"]*|https?:[^"]+)"'
)
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son[a-z]+=\"|javascript:", re.IGNORECASE
)
HAN = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[A-Za-z]{3,}")


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as somebody saw it."""

    who: str
    language: str
    address: str
    status: int
    text: str

    def __str__(self) -> str:
        """For a failure."""
        return f"{self.who} ({self.language}) {self.address}"


@pytest.fixture(scope="module")
def seen(house: House) -> list[Seen]:
    """The pages of every visitor in Chinese, and of one of each kind in English."""
    return list(_walk(house))


def _walk(house: House) -> Iterator[Seen]:
    for visitor in visitors(house.town, house.a, house.b, house.c):
        walking = walker(house.app.test_client(), visitor.entry, visitor.username)
        for language in ("zh", "en") if visitor.title in IN_ENGLISH_TOO else ("zh",):
            walking.client.get(f"/language/{language}")
            for address, status, text in pages(walking.client):
                yield Seen(visitor.title, language, address, status, text)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """English → Chinese of every text without places to fill in."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    return {m.id: str(m.string) for m in catalogue if isinstance(m.id, str) and m.id and "%(" not in m.id}


def test_every_link_leads_to_a_page(seen: list[Seen]) -> None:
    assert [f"{page}: {page.status}" for page in seen if page.status != 200] == []
    assert len({page.who for page in seen}) == 16


def test_every_page_has_one_heading_and_nothing_inline_or_foreign(seen: list[Seen]) -> None:
    faults = []
    for page in seen:
        faults += [f"{page}: {found[:60]}" for found in INLINE.findall(page.text)]
        faults += [f"{page}: {found}" for found in ASSET.findall(page.text)]
        if page.text.count("<h1") != 1:
            faults.append(f"{page}: {page.text.count('<h1')} headings")

    assert faults == []


def test_no_english_text_stands_on_a_chinese_page(seen: list[Seen], texts: dict[str, str]) -> None:
    english = {
        text for text, chinese in texts.items() if len(WORD.findall(text)) > 1 and not HAN.search(text)
    }

    assert _left(seen, "zh", english - content()) == []


def test_no_chinese_text_of_ours_stands_on_an_english_page(seen: list[Seen], texts: dict[str, str]) -> None:
    chinese = {text for text in texts.values() if len(HAN.findall(text)) > 3}

    assert _left(seen, "en", chinese - content() - {ADMIN}) == []


def content() -> set[str]:
    """What the shipped programme, code lists and notices say: it is shown as it was written."""
    return {text for file in SEED.rglob("*") if file.is_file() for text in _texts(file)}


def _texts(file: Path) -> Iterator[str]:
    said = file.read_text(encoding="utf-8")
    yield from (line.strip("# ") for line in said.splitlines())
    waiting = [yaml.safe_load(said)] if file.suffix == ".yaml" else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield from (node, node.partition(" ")[2])  # a column stands as “key title”
        elif isinstance(node, dict | list):
            waiting += node.values() if isinstance(node, dict) else node


def _left(seen: list[Seen], language: str, unwanted: set[str]) -> list[str]:
    """Lines of pages in a language that are texts of the other one, each with the first page it stands on."""
    found: dict[str, str] = {}
    for page in seen:
        if page.language == language:
            for line in {line.strip() for line in words(page.text).split("\n")} & unwanted:
                found.setdefault(line, str(page))
    return [f"{line!r} on {where}" for line, where in sorted(found.items())]
