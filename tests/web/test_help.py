"""Guides: complete in both languages, true to the pages and buttons they name, open to those they are for."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from PIL import Image

from app.web import guides
from app.web.shell import LANGUAGES
from scripts.pictures import PICTURES, ROOT, SCREENS, SIZES
from tests.web.browser import Browser
from tests.web.desk import new_employer
from tests.web.superuser import superuser
from tests.web.town import Town

CATALOGUE = ROOT / "app" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
LONGEST = 60
TEXTS = [(guide.code, language) for guide in guides.GUIDES for language in LANGUAGES]
LINK = re.compile(r'<a href="([^"]+)"')
HEADING = re.compile(r"^## ", re.MULTILINE)

OWN = {
    "emp-a": ["employer", "clerk", "service"],
    "emp-a-clerk": ["clerk", "service"],
    "emp-a-service": ["service"],
    "emp-a-reader": ["service"],
    "per-1": ["person"],
    "leader": ["reviewer"],
    "registrar": ["registrar"],
    "county-a-specialist": ["reviewer", "registrar"],
    "printer": ["printer"],
    "auditor": ["auditor"],
    "admin": ["superuser"],
}
"""Account → its guides, the own one first."""

Readers = dict[str, Browser]

ONCE = pytest.mark.parametrize("template_url", ["sqlite"], indirect=True)
"""A guide is the same whatever database its page is made from."""


@pytest.fixture
def readers(town: Town, browse: Callable[..., Browser]) -> Readers:
    """A signed-in browser of every role."""
    firm = town.firm()
    town.staff(firm, "emp-a-clerk", {"employer_reviewer"})
    town.staff(firm, "emp-a-service", {"service_staff"})
    town.staff(firm, "emp-a-reader", {"employer_reader"})
    town.person(firm, "李明", "per-1")
    for name, role in (("leader", "city_leader"), ("printer", "card_printer"), ("auditor", "auditor")):
        town.officer(name, town.bureaus.city, {role})
    town.officer("registrar", town.bureaus.a, {"registrar"})
    entries = {"emp": "employer", "per": "person"}
    signed_in = {name: browse(entries.get(name[:3], "officer"), name) for name in OWN if name != "admin"}
    return {**signed_in, "admin": superuser(town, browse)}


def article(page: str) -> str:
    """The guide without the frame around it."""
    return page[page.index("<article") : page.index("</article>")]


def codes(page: str) -> list[str]:
    """The guides a page offers: those of its tabs."""
    return re.findall(r'<a href="/help/([a-z]+)"', article(page))


@pytest.mark.parametrize(("code", "language"), TEXTS)
def test_a_guide_is_there_and_short(code: str, language: str) -> None:
    text = guides.source(code, language)

    assert HEADING.search(text)
    assert len(text.splitlines()) <= LONGEST


def test_no_text_is_left_without_its_guide() -> None:
    assert {path.name for path in guides.TEXTS.iterdir()} == {f"{code}.{lang}.md" for code, lang in TEXTS}


@pytest.mark.parametrize("guide", guides.GUIDES, ids=lambda guide: guide.code)
def test_both_languages_say_the_same_in_the_same_order(guide: guides.Guide) -> None:
    def bones(language: str) -> list[object]:
        text = guides.source(guide.code, language)
        marks = [re.match(r"## |\d+\. |- |!|", line) for line in text.splitlines()]
        return [*(mark and mark[0] for mark in marks), sorted(re.findall(r"\]\(([^)]+)\)", text))]

    assert bones("zh") == bones("en")


@pytest.mark.parametrize(("code", "language"), TEXTS)
def test_every_button_named_stands_on_a_page(code: str, language: str) -> None:
    with CATALOGUE.open("rb") as file:
        messages = [m for m in read_po(file, locale="zh") if m.id and isinstance(m.id, str)]
    known = {str(m.string) if language == "zh" else m.id for m in messages}
    named = {button for _words, _address, button in guides.MARKED.findall(guides.source(code, language))}

    assert {button for button in named if button} - known == set()


@ONCE
@pytest.mark.parametrize(("code", "language"), TEXTS)
def test_every_page_named_exists(app: Flask, code: str, language: str) -> None:
    addresses = app.url_map.bind("")
    named = [address for _w, address, _b in guides.MARKED.findall(guides.source(code, language)) if address]

    assert [address for address in named if not addresses.test(address, "GET")] == []


@pytest.mark.parametrize(("code", "language"), TEXTS)
def test_every_picture_named_is_taken(code: str, language: str) -> None:
    named = {name for _words, name in re.findall(guides.PICTURE, guides.source(code, language))}

    assert named - {screen.name for screen in SCREENS} == set()
    assert guides.source(code, language).count("![") == len(
        re.findall(guides.PICTURE, guides.source(code, language))
    )


def test_the_pictures_are_those_of_the_script_and_of_the_readme() -> None:
    there = {path.name for path in PICTURES.iterdir()}
    widths = {path.name: Image.open(path).width for path in PICTURES.iterdir()}
    linked = set(re.findall(r"app/static/pictures/([\w.-]+)", Path(ROOT / "README.md").read_text("utf-8")))

    assert there == {f"{screen.name}-{device}.webp" for screen in SCREENS for device in SIZES}
    assert {
        name for name, width in widths.items() if width != SIZES[name[:-5].rpartition("-")[2]][0]
    } == set()
    assert linked - there == set()


@ONCE
def test_every_role_reads_its_own_guide_first(readers: Readers) -> None:
    pages = {name: browser.get("/help") for name, browser in readers.items()}

    # one guide alone needs no tabs
    assert {name: codes(page) for name, page in pages.items()} == {
        name: own if len(own) > 1 else [] for name, own in OWN.items()
    }
    for name, (first, *_others) in OWN.items():
        assert pages[name].count("<h1") == 1
        assert article(readers[name].get(f"/help/{first}")) == article(pages[name])


@ONCE
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guide_opens_and_its_links_lead_where_the_role_may_go(readers: Readers, language: str) -> None:
    faults, followed = [], 0
    for name, own in OWN.items():
        browser = readers[name]
        browser.client.get(f"/language/{language}")
        for code in own:
            page = browser.get(f"/help/{code}")
            shown = set(LINK.findall(article(page))) - {f"/help/{other}" for other in own}
            named = {a for _w, a, _b in guides.MARKED.findall(guides.source(code, language)) if a}
            opened = {link: browser.client.get(link).status_code for link in shown}
            faults += [f"{name} {code} {link}: {status}" for link, status in opened.items() if status >= 400]
            faults += [f"{name} {code} is not offered {link}" for link in named - shown if code == own[0]]
            faults += [f"{name} {code}: headings"] if page.count("<h1") != 1 else []
            followed += len(shown)

    assert faults == []
    assert followed > len(OWN)


@ONCE
def test_guides_of_others_are_missing_pages(readers: Readers) -> None:
    every = [guide.code for guide in guides.GUIDES] + ["none", "..%2fconfig"]

    answers = {
        (name, code): readers[name].client.get(f"/help/{code}").status_code
        for name in OWN
        for code in every
        if code not in OWN[name]
    }

    assert set(answers.values()) == {404}


@ONCE
def test_a_visitor_reads_how_to_register_and_is_led_to_it(browse: Callable[..., Browser]) -> None:
    browser = browse()
    page = browser.get("/help")

    assert codes(page) == ["employer", "person"]
    assert 'href="/register/employer"' in article(page)
    assert "/employer/users" not in article(page)
    assert 'href="/register/person"' in article(browser.get("/help/person"))
    assert browser.client.get("/help/reviewer").status_code == 404
    for public in ("/", "/login/person", "/register/employer"):
        assert 'href="/help"' in browser.get(public)


@ONCE
def test_an_employer_reads_its_guide_before_it_is_approved(
    town: Town, browse: Callable[..., Browser]
) -> None:
    made = new_employer(town)
    page = browse("employer", made.username).get("/help")

    assert "employer" in codes(page)
    assert 'href="/employer"' in article(page)
    assert 'href="/employer/users"' not in article(page)  # refused before the approval: words, no link


@ONCE
def test_help_is_one_step_from_every_page(readers: Readers) -> None:
    for browser in readers.values():
        page = browser.get("/account")
        assert 'href="/help"' in page[page.index('class="menu-panel"') : page.index("<main")]
        assert 'href="/help"' in page[page.index("<footer") :]


def test_pictures_wait_until_they_are_asked_for(readers: Readers) -> None:
    page = article(readers["leader"].get("/help"))
    tags = re.findall(r"<img [^>]+>", page)

    assert len(tags) == 3
    assert [
        tag for tag in tags if not re.search(r'width="1440" height="\d+" alt="[^"]+" loading="lazy"', tag)
    ] == []
    assert page.count("<details") == page.count("<picture") == len(tags)
    assert "<details open" not in page


def test_steps_are_numbered_and_remarks_are_not(browse: Callable[..., Browser]) -> None:
    page = article(browse().get("/help"))
    written = guides.source("employer", "zh")

    assert sum(len(re.findall("<li>", part)) for part in re.findall("<ol>.*?</ol>", page)) == len(
        re.findall(r"^\d+\. ", written, re.MULTILINE)
    )
    assert sum(len(re.findall("<li>", part)) for part in re.findall("<ul>.*?</ul>", page)) == len(
        re.findall("^- ", written, re.MULTILINE)
    )


def test_what_a_guide_says_is_escaped(app: Flask) -> None:
    with app.test_request_context("/help"):
        said = guides._marked('<b>a</b> **"x" & <i>** [<u>y](/nowhere)')

    assert said == "&lt;b&gt;a&lt;/b&gt; <b>&#34;x&#34; &amp; &lt;i&gt;</b> &lt;u&gt;y"
