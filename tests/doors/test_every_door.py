"""Every route, for every role, with foreign, missing and malformed keys (invariant I12, threats T1 and T2).

The walk happens once per engine and its findings are judged by several tests. On PostgreSQL one visitor of
each kind goes: what differs there is how the database reads a key, not who may do what.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

import pytest

from tests.doors import doors as table
from tests.doors.conftest import House
from tests.doors.doors import ENDS_THE_SESSION, Door
from tests.doors.visitors import Visitor, missing, visitors
from tests.doors.walk import Answer, Walker, changed, malformed, tables, walker

BY_PAGES = {"administrator of employer A"}
"""These look at pages, as people do; the others ask as our scripts do."""
ON_POSTGRESQL = {"administrator of employer A", "person", "county A specialist", "superuser"}

pytestmark = pytest.mark.slow

CRASH = HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(slots=True)
class Findings:
    """What went wrong on the walk, by kind of wrong."""

    crashed: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    misread: list[str] = field(default_factory=list)
    wrote: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    """(door, visitor) → the answer for an object that never existed, of those whom the right admits."""


@pytest.fixture(scope="module")
def found(house: House) -> Findings:
    """The whole walk, once; afterwards everybody tries the own keys, which changes the house."""
    result, every = Findings(), list(table.doors(house.app))
    people = visitors(house.town, house.a, house.b, house.c)
    if house.engine.dialect.name == "postgresql":
        people = [visitor for visitor in people if visitor.title in ON_POSTGRESQL]
    walkers = {visitor.title: _signed_in(house, visitor) for visitor in people}
    before = tables(house.engine)
    for visitor in people:
        shut: set[str] = set()
        for door in every:
            route = f"{door.method} {door.endpoint}"
            if {door.right, route} & shut or _try(door, walkers[visitor.title], visitor, result):
                continue
            shut.add(route if door.right in visitor.rights else door.right)  # refused whatever the words
        after = tables(house.engine)
        result.wrote += [f"{visitor.title}: {name}" for name in changed(before, after)]
        before = after
    _own(every, people, walkers, result)
    return result


def _signed_in(house: House, visitor: Visitor) -> Walker:
    by_program = visitor.title not in BY_PAGES
    return walker(house.app.test_client(), visitor.entry, visitor.username, as_program=by_program)


def _try(door: Door, walking: Walker, visitor: Visitor, result: Findings) -> bool:
    """Whether the right of the door admits the visitor."""
    if door.endpoint in ENDS_THE_SESSION:
        return False
    never = walking.at(door, missing(visitor.own))
    if never.status >= CRASH and door.endpoint != "HealthView.readyz":  # not ready is its answer
        result.crashed.append(f"{door.name} as {visitor.title}: {never}")
    if never.status == HTTPStatus.FORBIDDEN:
        return False
    if not door.places:
        return True
    result.answers[door.key, visitor.title] = never
    for ring in visitor.foreign:
        if door.kinds <= set(ring):
            foreign = walking.at(door, ring)
            if foreign != never:
                result.told.append(f"{door.name} as {visitor.title}: foreign {foreign}, missing {never}")
    _try_odd(door, walking, visitor, never, result)
    return True


def _try_odd(door: Door, walking: Walker, visitor: Visitor, never: Answer, result: Findings) -> None:
    """The first who gets past the door's right tries texts that can be no key."""
    if door.key in result.tried or never.status == HTTPStatus.FOUND:
        return
    result.tried.add(door.key)
    for text, ring in malformed(visitor.own):
        odd = walking.at(door, ring)
        if odd.status >= CRASH:
            result.crashed.append(f"{door.name} as {visitor.title} with {text}: {odd}")
        elif odd.status not in {never.status, HTTPStatus.NOT_FOUND}:
            result.misread.append(f"{door.name} as {visitor.title} with {text}: {odd}, missing {never}")


def _own(every: list[Door], people: list[Visitor], walkers: dict[str, Walker], result: Findings) -> None:
    """Every key opens its door for somebody; else the walk would have proved nothing about that door."""
    closed = {HTTPStatus.FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
    opened: set[str] = set()
    for door in sorted(every, key=lambda door: (door.method, table.ends(door))):
        for visitor in people if door.name not in opened else ():
            never = result.answers.get((door.key, visitor.title))
            if never is None:
                continue
            own = walkers[visitor.title].at(door, visitor.own)
            if own.status >= CRASH and own.status != HTTPStatus.SERVICE_UNAVAILABLE:
                result.crashed.append(f"{door.name} as {visitor.title} with the own key: {own}")
            if own != never and not (own.status in closed and never.status == own.status):
                opened.add(door.name)
                break
    result.stuck += sorted({door.name for door in every if door.places and _should_open(door)} - opened)


def _should_open(door: Door) -> bool:
    """Not a delete by GET, which is refused, an action that is not there, or a route that asks for more."""
    by_get = door.method == "GET" and door.endpoint.endswith(".delete")
    no_such = "none" in {*door.words.values(), *door.body.values()}
    return not (by_get or no_such or door.endpoint in table.ASKS_FOR_MORE)


def test_every_place_in_an_address_is_known(house: House) -> None:
    assert table.unknown_places(house.app) == []


def test_nothing_crashes(found: Findings) -> None:
    assert found.crashed == []


def test_a_foreign_object_answers_as_a_missing_one(found: Findings) -> None:
    assert found.told == []


def test_a_malformed_key_is_a_missing_object(found: Findings) -> None:
    assert found.misread == []


def test_no_door_that_stays_shut_writes_anything(found: Findings) -> None:
    assert found.wrote == []


def test_every_key_opens_its_door_for_somebody(found: Findings, house: House) -> None:
    if house.engine.dialect.name == "postgresql":
        pytest.skip("fewer visitors walk on PostgreSQL")
    assert found.stuck == []
