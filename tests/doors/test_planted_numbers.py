"""Numbers of people, planted all over the house: nowhere in clear but where they are opened on purpose (I18, D23)."""

import logging
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import MetaData, select

from tests.commands.paper import exported
from tests.doors import doors as table
from tests.doors.conftest import House
from tests.doors.visitors import visitors
from tests.web.browser import Browser
from tests.web.town import resident_number

FIRST = 101
LOOKING = {
    "administrator of employer A",
    "county A specialist",
    "city leader",
    "printer",
    "person",
    "superuser",
}
HEX = re.compile(rb"[0-9a-f]{32,}")


def _planted(house: House) -> list[str]:
    """Every ID number and mobile that this town has given out."""
    serials = range(FIRST, house.town.serial + 1)
    return [text for serial in serials for text in (resident_number(serial), f"138{serial:08d}")]


def _cells(house: House) -> Iterator[tuple[str, bytes]]:
    """Every value of every column as bytes, with the name of its column."""
    known = MetaData()
    known.reflect(house.engine)
    with house.engine.connect() as connection:
        for stored in known.sorted_tables:
            for row in connection.execute(select(stored)):
                for name, value in row._mapping.items():
                    if value is not None:
                        yield (
                            f"{stored.name}.{name}",
                            value if isinstance(value, bytes) else str(value).encode(),
                        )


@pytest.fixture(scope="module")
def at_work(house: House) -> House:
    """A real roster, an approved contact and searches by number beside what stands in the house."""
    side = house.a
    exported(side, side.at_gate(2))
    clerk = Browser(house.app.test_client())
    clerk.sign_in("employer", side.firm.username)
    assert side.holder is not None
    clerk.get("/query")
    page = clerk.post("/query", {"number": side.holder.doc_no})
    assert page.status_code == 200
    assert side.holder.name in page.text
    return house


def test_no_column_holds_a_number_in_clear(at_work: House) -> None:
    planted = [(text, text.encode()) for text in _planted(at_work)]
    cells = list(_cells(at_work))

    found = {
        (column, text)
        for column, value in cells
        for text, clear in planted
        if len(value) >= len(clear) and clear in value
    }

    assert found == set()
    assert len(planted) > 50
    assert sum(column == "secret_value.enc" for column, _value in cells) >= len(planted)


def test_no_page_address_or_line_of_the_log_holds_a_number(
    at_work: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    planted = _planted(at_work)
    pages = sorted(
        {
            door.rule
            for door in table.doors(at_work.app)
            if door.method == "GET" and not door.places and not door.words
        }
    )
    told, opened = [], 0
    everybody = visitors(at_work.town, at_work.a, at_work.b, at_work.c)
    for visitor in (one for one in everybody if one.title in LOOKING):
        browser = Browser(at_work.app.test_client())
        browser.sign_in(visitor.entry, visitor.username)
        for page in pages:
            answer = browser.client.get(page)
            opened += answer.status_code == 200
            shown = answer.get_data(as_text=True) + str(answer.headers)
            told += [f"{page} as {visitor.title}" for number in planted if number in shown]

    assert told == []
    assert opened > 100
    assert [line for line in caplog.messages for number in planted if number in line] == []
