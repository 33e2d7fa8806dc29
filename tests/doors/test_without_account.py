"""Every route for somebody who has not signed in: sent to the entries, but for what is meant for everybody."""

from http import HTTPStatus

from flask import Flask
from sqlalchemy import Engine

from app.models.ids import new_id
from tests.doors.doors import ENDS_THE_SESSION, PUBLIC, doors
from tests.doors.walk import Answer, changed, tables, walker


def _is_sent_away(answer: Answer) -> bool:
    home = answer.status == HTTPStatus.FOUND and answer.location.partition("?")[0] == "/"
    return home or answer.status == HTTPStatus.UNAUTHORIZED


def test_a_visitor_is_sent_to_the_entries_and_changes_nothing(app: Flask, engine: Engine) -> None:
    before, walking = tables(engine), walker(app.test_client())
    inside, crashed = set(), []
    for door in doors(app):
        if door.endpoint in ENDS_THE_SESSION:
            continue
        answer = walking.at(door, {kind.partition(":")[0]: str(new_id()) for kind in door.places.values()})
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            crashed.append(door.name)
        if not _is_sent_away(answer):
            inside.add(door.endpoint)

    assert crashed == []
    assert inside - {"UtilView.back", "PortalAuthView.login"} == PUBLIC
    assert changed(before, tables(engine)) == []
