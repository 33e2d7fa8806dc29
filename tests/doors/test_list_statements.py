"""Every list asks the database as often for many rows as for one; a queue's page at most five times."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.doors import doors as table
from tests.doors.conftest import House
from tests.doors.growth import grow
from tests.doors.visitors import Visitor, visitors
from tests.web.browser import Browser
from tests.web.statements import statements_of

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("template_url", ["sqlite"], indirect=True)]
"""The statements are the same on both databases; walking every list twice takes minutes."""

MOST = 5
"""Of a queue page: sign-in, to-do lines, tab counts, rows, count."""
QUEUES = (
    "/cards/queue",
    "/employers/changes",
    "/employers/review",
    "/persons/review",
    "/review/bohai-talent-card/",
)
WALKING = {
    "administrator of employer A",
    "person",
    "county A specialist",
    "city specialist",
    "printer",
    "auditor",
    "superuser",
}
"""One of each kind; the others see a part of the same lists."""
DESKS = ("employer", "county_specialist", "county_leader", "city_specialist", "city_leader")
FULL = 22
"""So many rows are more than any page asks statements, whether or not there are more."""
STILL = {
    "/account",
    "/account/confirm",
    "/account/password",
    "/apply",
    "/code-lists/add",
    "/console/",
    "/console/employer_submission/",
    "/console/material_view/",
    "/console/review_item/",
    "/console/roster_scan/",
    "/employer",
    "/employer/change",
    "/employer/contact",
    "/employer/edit",
    "/employer/users/new",
    "/holidays/add",
    "/home",
    "/message-texts/list/",
    "/notices/add",
    "/phrases/add",
    "/programmes/import",
    "/registration",
    "/registration/edit",
    "/registration/employer",
    "/registrations/release",
    "/roles/add",
    "/site",
    "/site/edit",
    "/system",
}
"""Forms, pages about one object, and lists that nothing of the growth stands in."""
_ROWS = re.compile(r"<tr\b|<li\b|<article\b|<option\b")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a page asked, and how many rows it showed."""

    statements: tuple[str, ...]
    rows: int

    def __str__(self) -> str:
        """Short, for a failure."""
        return f"{len(self.statements)} statements for {self.rows} rows"


@dataclass(frozen=True, slots=True)
class Costs:
    """(visitor, page) → the cost with few rows and with more."""

    few: dict[tuple[str, str], Cost]
    many: dict[tuple[str, str], Cost]


def _pages(house: House) -> list[str]:
    """Pages whose address names no object, the queue of every desk and every table of the console."""
    plain = {
        door.rule
        for door in table.doors(house.app)
        if door.method == "GET" and not door.places and not door.words and not door.is_call
    }
    desks = {f"/review/bohai-talent-card/{desk}" for desk in DESKS}
    console = {rule.rule for rule in house.app.url_map.iter_rules() if rule.endpoint.endswith(".index_view")}
    return sorted(plain | desks | console)


def _walk(house: House, people: list[tuple[Visitor, Browser]]) -> Iterator[tuple[tuple[str, str], Cost]]:
    for visitor, browser in people:
        for page in _pages(house):
            house.app.extensions.get("kept", {}).clear()
            first = browser.client.get(page)  # fills what a process keeps for half a minute
            if first.status_code == 200 and first.mimetype == "text/html":
                asked = statements_of(house.app, lambda b=browser, p=page: b.client.get(p))
                yield (visitor.title, page), Cost(tuple(asked), len(_ROWS.findall(first.text)))


@pytest.fixture(scope="module")
def costs(house: House) -> Costs:
    """Every page of everybody, before and after the house has grown."""
    people = []
    everybody = visitors(house.town, house.a, house.b, house.c)
    for visitor in (one for one in everybody if one.title in WALKING):
        browser = Browser(house.app.test_client())
        browser.sign_in(visitor.entry, visitor.username)
        people.append((visitor, browser))
    few = dict(_walk(house, people))
    grow(house.a)
    return Costs(few, dict(_walk(house, people)))


def test_a_list_asks_as_often_for_many_rows_as_for_few(costs: Costs) -> None:
    assert costs.few.keys() == costs.many.keys()
    grown = {
        f"{page} as {title}": f"{few}, then {costs.many[title, page]}"
        for (title, page), few in costs.few.items()
        if len(few.statements) != len(costs.many[title, page].statements)
    }

    assert grown == {}


def test_a_queue_page_asks_at_most_five_times(costs: Costs) -> None:
    queues = {key: cost for key, cost in costs.many.items() if key[1].startswith(QUEUES)}

    assert {key: cost.statements for key, cost in queues.items() if len(cost.statements) > MOST} == {}
    assert {queue for queue in QUEUES if any(page.startswith(queue) for _, page in queues)} == set(QUEUES)


def test_every_list_has_grown(costs: Costs) -> None:
    """A list of one length would prove nothing."""
    still = {
        page
        for _, page in costs.few
        if not any(
            costs.many[who, url].rows > cost.rows or cost.rows >= FULL
            for (who, url), cost in costs.few.items()
            if url == page
        )
    }

    assert still - STILL == set()
    assert len({page for _, page in costs.few} - still) > len(STILL)
