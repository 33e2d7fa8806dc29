"""Doors that a hostile reading found open or broken: service staff, stock groups, role names, odd input."""

from collections.abc import Callable

import pytest
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.browser import Browser
from tests.web.case_flow import Flow
from tests.web.superuser import superuser
from tests.web.town import Town

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
