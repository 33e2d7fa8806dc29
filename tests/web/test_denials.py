"""Doors that stayed shut are noted with who stood before them (T1); visitors and wrong addresses are not."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.models.audit import AccessEvent
from app.models.ids import new_id
from tests.web.browser import Browser, text_of
from tests.web.case_flow import Flow
from tests.web.superuser import superuser
from tests.web.town import Town


def noted(engine: Engine) -> list[tuple[int, int | None, str, str | None]]:
    """Account, key, result and door of every refusal."""
    e = AccessEvent
    with Session(engine) as session:
        rows = session.execute(
            select(e.actor_id, e.object_id, e.result, e.detail).where(e.kind == "denied").order_by(e.id)
        )
        return [tuple(row) for row in rows]


def test_a_foreign_record_and_a_function_without_the_right_are_noted(
    engine: Engine, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    own, other = town.firm(), town.firm("海州贸易有限公司", "emp-b")
    person = town.person(other, "李明芳", "per-b1")
    case = flow.submitted(person)
    browser = browse("employer", own.username)

    browser.get(f"/desk/{case}", status=404)
    browser.get("/accounts/list/", status=403)

    me = own.account_id
    assert noted(engine) == [
        (me, case, "unknown", "GET DeskView.show"),
        (me, None, "forbidden", "GET AccountAdminView.list"),
    ]


def test_a_refused_row_of_a_registration_is_noted(
    engine: Engine, town: Town, browse: Callable[..., Browser]
) -> None:
    own, other = town.firm(), town.firm("海州贸易有限公司", "emp-b")
    person = town.person(other, "李明芳", "per-b1")
    browser = browse("employer", own.username)
    browser.get("/persons/review")

    data = {"verdict": "approve", "rowid": f"{person.id}:0", "submission_key": str(new_id())}
    answer = browser.post("/persons/review/decide", data)

    assert answer.status_code == 200
    assert noted(engine) == [(own.account_id, person.id, "unknown", None)]


@pytest.mark.parametrize("address", ["/desk/4711", "/no-such-page", "/accounts/list/"])
def test_visitors_are_not(app: Flask, engine: Engine, address: str) -> None:
    app.test_client().get(address)

    assert noted(engine) == []


def test_an_address_that_names_nothing_is_not(
    engine: Engine, town: Town, browse: Callable[..., Browser]
) -> None:
    browser = browse("employer", town.firm().username)

    browser.get("/no-such-page", status=404)

    assert noted(engine) == []


def test_a_missing_asset_is_not(
    app: Flask, engine: Engine, town: Town, browse: Callable[..., Browser]
) -> None:
    browser = browse("employer", town.firm().username)
    folders = [
        rule.rule.removesuffix("<path:filename>")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.endswith("static")
    ]

    for folder in folders:
        browser.get(f"{folder}missing.css", status=404)

    assert len(folders) >= 3
    assert noted(engine) == []


def test_the_access_log_names_doors_by_their_pages(
    engine: Engine, town: Town, browse: Callable[..., Browser]
) -> None:
    browser = browse("employer", town.firm().username)
    browser.get("/accounts/list/", status=403)
    browser.get("/employers/4711", status=404)
    browser.get("/persons/4711", status=404)
    browser.get("/desk/4711", status=404)

    page = superuser(town, browse).get("/access-log?event=denied")

    doors = [door for _, _, _, door in noted(engine)]
    assert len(doors) == 4
    assert [door for door in doors if door in page or str(door).partition(" ")[2] in page] == []
    text = text_of(page)
    assert "/desk/…" in text


def test_the_access_log_says_in_words_what_was_refused(
    town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    case = flow.submitted(town.person(town.firm("海州贸易有限公司", "emp-b"), "李明芳", "per-b1"))
    browse("employer", town.firm().username).get(f"/desk/{case}", status=404)

    page = superuser(town, browse).get("/access-log?event=denied")

    assert ("被拒绝" in page, "不存在或不可见" in page, "页面" in page) == (True, True, True)
