"""Doors that a hostile reading found open or broken: service staff, stock groups, role names, odd input."""

from collections.abc import Callable

import pytest
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.work import Job
from app.queries.exports import EXPORT_JOB
from tests.web.browser import Browser, text_of
from tests.web.case_flow import Flow
from tests.web.superuser import superuser
from tests.web.town import PASSWORD, Town

Browse = Callable[..., Browser]


@pytest.mark.parametrize("path", ["/query", "/persons", "/home"])
def test_service_staff_open_their_lists_and_see_nobody_they_do_not_serve(
    town: Town, flow: Flow, browse: Browse, path: str
) -> None:
    firm = town.firm()
    talent = town.person(firm, "王不见", "per-x1")
    flow.submitted(talent)
    town.staff(firm, "helper", {"service_staff"})
    browser = browse("employer", "helper")

    answer = browser.client.get(path)

    assert answer.status_code in {200, 403}
    assert "王不见" not in answer.text
    if path == "/query":
        assert answer.status_code == 200


def test_service_staff_get_the_answer_of_a_missing_case_for_one_they_do_not_serve(
    town: Town, flow: Flow, browse: Browse
) -> None:
    firm = town.firm()
    application_id = flow.submitted(town.person(firm))
    town.staff(firm, "helper", {"service_staff"})
    browser = browse("employer", "helper")

    foreign, missing = (
        browser.client.get(f"/desk/{key}").status_code for key in (application_id, application_id + 1)
    )

    assert (foreign, missing) == (404, 404)


@pytest.mark.parametrize(
    "path", ["/groups/list/", "/groups/show/1", "/groups/action/x/1", "/groups/action_post"]
)
def test_stock_groups_have_no_address(town: Town, browse: Browse, path: str) -> None:
    browser = superuser(town, browse)

    assert browser.client.get(path).status_code == 404


def test_a_role_of_the_system_keeps_its_name(town: Town, browse: Browse, session: Session) -> None:
    browser = superuser(town, browse)
    role = session.scalars(select(Role).where(Role.name == "county_specialist")).one()
    rights = [str(pair.id) for pair in role.permissions]
    browser.get(f"/roles/edit/{role.id}")

    browser.post(f"/roles/edit/{role.id}", {"name": "cs", "permissions": rights})

    session.expire_all()
    assert session.get_one(Role, role.id).name == "county_specialist"


@pytest.mark.parametrize(
    "query", ["to=9999-12-31", "from=0001-01-01", "from=00010101", "size=²", "size=99999999999"]
)
def test_odd_values_in_an_address_are_ignored(town: Town, browse: Browse, query: str) -> None:
    town.firm()
    browser = browse("employer", "emp-a")

    assert browser.client.get(f"/query?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/verify/%00", "/verify/a%1Fb", "/desk/%00", "/console/%00/"])
def test_an_address_with_a_control_character_names_nothing(town: Town, browse: Browse, path: str) -> None:
    town.firm()

    answers = [
        browser.client.get(path, headers=headers)
        for browser in (browse(), browse("employer", "emp-a"))
        for headers in ({}, {"X-Requested-With": "fetch"})
    ]

    assert [answer.status_code for answer in answers] == [404] * 4


@pytest.mark.parametrize(
    "path",
    [
        "/?next=%00",
        "/query?q=%00x",
        "/query?stage=%00",
        "/query?category=%1B",
        "/persons?q=%00",
        "/cards?q=%00",
    ],
)
def test_an_argument_with_a_control_character_is_refused_in_words(
    town: Town, browse: Browse, path: str
) -> None:
    town.firm()
    browser = browse("employer", "emp-a")

    page = browser.client.get(path)
    problem = browser.client.get(path, headers={"X-Requested-With": "fetch"})

    assert (page.status_code, page.text.count("<h1>")) == (422, 1)
    assert "不允许的字符" in page.text
    assert (problem.status_code, problem.mimetype) == (422, "application/problem+json")
    assert [error["code"] for error in problem.json["errors"]] == ["bad_character"]


@pytest.mark.parametrize("path", ["/employers", "/employers/review", "/persons/review", "/console/job/"])
def test_lists_of_officers_refuse_a_control_character(town: Town, browse: Browse, path: str) -> None:
    browser = superuser(town, browse)

    assert browser.client.get(f"{path}?q=%00").status_code == 422


@pytest.mark.parametrize("entry", ["employer", "person"])
@pytest.mark.parametrize("name", ["username", "password", "submission_key", "odd\x00name"])
def test_a_form_with_a_control_character_is_refused(browse: Browse, entry: str, name: str) -> None:
    browser = browse()
    browser.get(f"/login/{entry}")

    answer = browser.post(f"/login/{entry}", {"username": "x", "password": "y"} | {name: "\x00x"})

    assert answer.status_code == 422


def test_an_export_with_a_control_character_is_not_ordered(
    town: Town, browse: Browse, session: Session
) -> None:
    town.firm()
    browser = browse("employer", "emp-a")
    browser.get("/query")

    answer = browser.post("/exports", {"report": "applications", "q": "王\x00"})

    assert answer.status_code == 422
    assert session.scalars(select(Job.id).where(Job.kind == EXPORT_JOB)).all() == []


def test_a_role_keeps_its_name_when_a_control_character_comes(
    town: Town, browse: Browse, session: Session
) -> None:
    browser = superuser(town, browse)
    names = session.scalars(select(Role.name)).all()
    browser.get("/roles/add")

    assert browser.post("/roles/add", {"name": "a\x00b"}).status_code == 422
    session.expire_all()
    assert session.scalars(select(Role.name)).all() == names


@pytest.mark.parametrize(
    ("site", "status"),
    [("cross-site", 403), ("same-site", 302), ("same-origin", 302), ("none", 302), ("", 302)],
)
def test_a_form_of_another_website_is_refused(town: Town, browse: Browse, site: str, status: int) -> None:
    town.firm()
    browser = browse()
    browser.get("/login/employer")
    form = {"csrf_token": browser.token, "username": "emp-a", "password": PASSWORD}

    answer = browser.client.post(
        "/login/employer", data=form, headers={"Sec-Fetch-Site": site} if site else {}
    )

    assert answer.status_code == status
    assert browser.client.get("/query").status_code == (302 if status == 403 else 200)


def test_a_form_of_another_website_is_told_so_and_not_of_rights(browse: Browse) -> None:
    browser = browse()
    browser.get("/login/employer")
    other = {"Sec-Fetch-Site": "cross-site"}
    form = {"csrf_token": browser.token}

    page = browser.client.post("/login/employer", data=form, headers=other)
    call = browser.client.post("/login/employer", data=form, headers=other | {"X-Requested-With": "fetch"})

    said = ("此请求来自其他网站，未执行", "请从本系统的页面上操作。")
    assert [words in text_of(page.text) for words in said] == [True, True]
    assert "未开放" not in text_of(page.text)
    assert (call.json["code"], call.json["title"], call.json["detail"]) == ("cross_site", *said)


def test_a_page_of_another_website_may_lead_here(browse: Browse) -> None:
    answer = browse().client.get("/login/employer", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200
