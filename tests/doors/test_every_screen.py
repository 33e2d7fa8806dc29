"""Every kind of page that anybody comes to by links, in Chromium: accessible, silent, light, never too wide.

A kind of page is opened by the first who comes to it; homes and queues by everyone, for they differ by role.
Of pages with one path that are built of the same elements one is judged; the others say nothing, are light and fit.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium

from tests.doors.conftest import House
from tests.doors.crawl import look_of, pages
from tests.doors.crowd import Guest, gather
from tests.doors.visitors import visitors
from tests.journeys.server import chromium, listening
from tests.web.browser import Browser
from tests.web.screens import MOST_BYTES, Screen, context_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
]
"""A page is the same whatever database it was made from."""

LIKE_ANOTHER = {"administrator of employer B", "county B specialist", "county B leader"}
"""They have the roles of the first employer's side and other rows."""
WHO = (
    "visitor",
    "administrator of employer A",
    "clerk of employer A",
    "service staff of employer A",
    "reader of employer A",
    "pending employer",
    "employer, not submitted",
    "person",
    "person, draft is empty",
    "person, draft is filled in",
    "person, case waits for the employer",
    "person, case waits for its roster",
    "person, case is with the county",
    "person, case is approved",
    "person, case was returned",
    "person, case was rejected",
    "person, registration waits",
    "person, registration returned",
    "county A specialist",
    "county A leader",
    "city specialist",
    "city leader",
    "printer",
    "auditor",
    "superuser",
)
OWN_TO_EACH = re.compile(
    r"^/(home|[a-z]+/review|review/[^/?]+/[^/?]+|cards/queue|registration|apply/\d+(/check)?)$"
)
HEAVY = {"/statistics": 260_000}
"""Pages with drawings."""
NARROW = {"visitor"}
"""His pages are judged on a narrow phone too."""
DATA = re.compile("/console/[^/]+/")
ELEMENT = re.compile(r'<(\w+)(?:\s[^>]*?\bclass="([^"]*)")?')
IN_ENGLISH = ("administrator of employer A", "person", "county A specialist", "printer", "superuser")
FIRST = 12
"""So many pages next to home are measured in English, where words are longer."""


@dataclass(frozen=True, slots=True)
class Round:
    """Somebody who is signed in, and the addresses to look at."""

    client: FlaskClient
    addresses: tuple[str, ...]
    judged: frozenset[str]
    """Those that are built like none before."""


@pytest.fixture(scope="module")
def guests(house: House) -> dict[str, Guest]:
    """Everybody, by title."""
    crowd = gather(house.a)
    known = [
        Guest(visitor.title, visitor.entry, visitor.username)
        for visitor in visitors(house.town, house.a, house.b, house.c)
        if visitor.title not in LIKE_ANOTHER
    ]
    return {guest.title: guest for guest in (Guest("visitor"), *known, *crowd)}


@pytest.fixture(scope="module")
def rounds(house: House, guests: Mapping[str, Guest]) -> dict[str, Round]:
    """What everybody looks at."""
    met: set[object] = set()
    return {who: _round(house.app.test_client(), guests[who], met) for who in WHO}


def _round(client: FlaskClient, guest: Guest, met: set[object]) -> Round:
    if guest.entry:
        Browser(client).sign_in(guest.entry, guest.username)
    found, judged = [], set()
    for address, text in _pages(client, guest):
        look, build = look_of(address), _build(address, text)
        if look not in met or OWN_TO_EACH.match(address):
            found.append(address)
            if build not in met:
                judged.add(address)
            met |= {look, build}
    return Round(client, tuple(found), frozenset(judged))


def _pages(client: FlaskClient, guest: Guest) -> Iterator[tuple[str, str]]:
    for address, _status, text in pages(client, "/home" if guest.entry else "/", look_of):
        yield address, text
    for address in guest.further:
        yield address, client.get(address).text


def _build(address: str, text: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """The path without keys and what its main part is made of; tables of the data console are alike."""
    path = DATA.sub("/console/#/", look_of(address).partition("?")[0])
    return path, frozenset(ELEMENT.findall(text.partition("<main")[2]))


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """Where the application answers."""
    with listening(house.app) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """One browser for everybody."""
    with chromium() as found:
        yield found


def test_everybody_is_among_those_who_look(guests: Mapping[str, Guest]) -> None:
    assert sorted(guests) == sorted(WHO)


@pytest.mark.parametrize("who", WHO)
def test_no_page_that_somebody_comes_to_has_a_fault(
    browser: Chromium, address: str, rounds: Mapping[str, Round], who: str
) -> None:
    context = context_of(browser, address, rounds[who].client)
    screen = Screen.of(context, address)

    found = [
        fault
        for url in rounds[who].addresses
        for fault in _faults(screen, url, who, url in rounds[who].judged)
    ]
    context.close()

    assert "\n".join(found) == ""


def test_a_page_that_is_not_there_has_no_fault(
    browser: Chromium, address: str, rounds: Mapping[str, Round]
) -> None:
    context = context_of(browser, address, rounds["visitor"].client)

    found = Screen.of(context, address).faults("/no-such-page", status=404)
    context.close()

    assert found == []


@pytest.mark.parametrize("who", IN_ENGLISH)
def test_no_page_in_english_is_wider_than_the_screen(
    browser: Chromium,
    address: str,
    rounds: Mapping[str, Round],
    house: House,
    who: str,
    guests: Mapping[str, Guest],
) -> None:
    client = house.app.test_client()
    Browser(client).sign_in(guests[who].entry, guests[who].username)
    client.get("/language/en")
    context = context_of(browser, address, client)
    screen = Screen.of(context, address)

    found = [
        fault
        for url in rounds[who].addresses[:FIRST]
        for fault in screen.plain_faults(url, most_bytes=_most(url))
    ]
    language = screen.page.evaluate("document.documentElement.lang")
    context.close()

    assert (language, found) == ("en", [])


def _faults(screen: Screen, url: str, who: str, is_new: bool) -> list[str]:
    if not is_new:
        return screen.plain_faults(url, most_bytes=_most(url))
    return screen.faults(url, most_bytes=_most(url), narrow=who in NARROW)


def _most(url: str) -> int:
    return HEAVY.get(url.partition("?")[0], MOST_BYTES)
