"""单位用户管理 by its pages (R22)."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models.account import Account
from tests.web.browser import Browser
from tests.web.test_register import named_errors
from tests.web.town import PASSWORD, Town

Browse = Callable[..., Browser]
ALL = ["employer_admin", "employer_reviewer", "service_staff", "employer_reader"]


def clerk_form(town: Town, **changes: object) -> dict[str, object]:
    """A valid new sub-account."""
    doc_no, mobile = town.numbers()
    form: dict[str, object] = {
        "username": "emp-a-new",
        "password": "Quiet-river-58",
        "full_name": "钱经办",
        "doc_type": "1",
        "doc_no": doc_no,
        "mobile": mobile,
        "functions": ["employer_reviewer"],
    }
    return form | changes


def stored(app: Flask, username: str) -> Account | None:
    """An account as the database has it."""
    with app.app_context():
        return db.session.scalars(select(Account).where(Account.username == username)).one_or_none()


def address_of(app: Flask, username: str) -> str:
    """The page of an account."""
    account = stored(app, username)
    assert account is not None
    return f"/employer/users/{account.id}"


@pytest.fixture
def admin(browse: Browse, town: Town) -> Browser:
    """The administrator of an approved employer."""
    town.firm()
    browser = browse("employer", "emp-a")
    browser.get("/employer/users")
    return browser


def test_the_list_shows_accounts_of_the_own_employer_only(admin: Browser, town: Town) -> None:
    town.firm("云海乙企业有限公司", "emp-b", county="b")

    page = admin.get("/employer/users")

    assert "emp-a" in page
    assert "emp-b" not in page


def test_an_administrator_creates_an_account_with_functions(admin: Browser, town: Town, app: Flask) -> None:
    answer = admin.post("/employer/users/new", clerk_form(town), follow=False)

    assert answer.location == "/employer/users"
    assert "钱经办" in admin.get("/employer/users")
    account = stored(app, "emp-a-new")
    assert account is not None
    assert account.password_changed_at is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"functions": []}, "functions"),
        ({"functions": ["county_leader"]}, "functions"),
        ({"functions": ["employer_admin"]}, "functions"),
        ({"username": "emp-a"}, "username"),
        ({"doc_no": "1"}, "doc_no"),
        ({"password": "short"}, "password"),
    ],
)
def test_a_bad_account_is_refused_at_its_field(
    admin: Browser, town: Town, app: Flask, *, changes: dict[str, object], field: str
) -> None:
    answer = admin.post("/employer/users/new", clerk_form(town, **changes), follow=False)

    assert answer.status_code == 422
    assert f'id="{field}"' in answer.text
    assert f"{field}-error" in answer.text or field in named_errors(answer.text)
    assert stored(app, "emp-a-new") is None


def test_disabling_ends_the_sign_in_at_once_and_enabling_allows_a_new_one(
    admin: Browser, browse: Browse, town: Town, app: Flask
) -> None:
    account = stored(app, "emp-a")
    assert account is not None
    admin.post("/employer/users/new", clerk_form(town))
    with town.writing() as session:
        row = session.scalars(select(Account).where(Account.username == "emp-a-new")).one()
        row.password_changed_at = town.now
    clerk = browse()
    clerk.sign_in("employer", "emp-a-new", "Quiet-river-58")
    clerk.get("/home")
    address = address_of(app, "emp-a-new")
    admin.get(address)

    assert admin.post(address + "/disable", follow=False).location == "/employer/users"

    assert clerk.client.get("/home").status_code == 302
    admin.get(address)
    admin.post(address + "/enable")
    clerk.sign_in("employer", "emp-a-new", "Quiet-river-58")
    clerk.get("/home")


def test_functions_are_assigned_but_never_ones_own(admin: Browser, town: Town, app: Flask) -> None:
    admin.post("/employer/users/new", clerk_form(town))
    address = address_of(app, "emp-a-new")
    admin.get(address)

    changed = admin.post(address + "/functions", {"functions": ALL}, follow=False)
    own = admin.post(address_of(app, "emp-a") + "/functions", {"functions": ["service_staff"]}, follow=False)

    assert changed.location == address
    assert own.status_code == 422
    assert "单位管理员" in admin.get(address)


def test_the_last_administrator_cannot_be_disabled_by_himself(admin: Browser, app: Flask) -> None:
    answer = admin.post(address_of(app, "emp-a") + "/disable", follow=False)

    assert answer.status_code == 409
    account = stored(app, "emp-a")
    assert account is not None
    assert account.active


@pytest.mark.parametrize("step", ["", "/functions", "/password", "/disable", "/enable"])
def test_an_account_of_another_employer_answers_like_a_missing_one(
    admin: Browser, town: Town, app: Flask, step: str
) -> None:
    town.firm("云海乙企业有限公司", "emp-b", county="b")
    foreign = address_of(app, "emp-b")
    missing = "/employer/users/12345"
    sent = {"functions": ALL, "password": "Quiet-river-58"}

    def status(address: str) -> int:
        if not step:
            return admin.client.get(address).status_code
        return admin.post(address + step, sent, follow=False).status_code

    assert (status(foreign), status(missing)) == (404, 404)


def test_a_clerk_has_no_right_to_the_users_page(browse: Browse, town: Town) -> None:
    town.staff(town.firm(), "emp-a-clerk", {"employer_reviewer"})

    answer = browse("employer", "emp-a-clerk").client.get("/employer/users")

    assert answer.status_code == 403


def test_a_reset_password_opens_the_account_until_its_owner_chooses_another(
    admin: Browser, browse: Browse, town: Town, app: Flask
) -> None:
    admin.post("/employer/users/new", clerk_form(town))
    address = address_of(app, "emp-a-new")
    admin.get(address)
    weak = admin.post(address + "/password", {"password": "weak"}, follow=False)
    admin.post(address + "/password", {"password": "Given-by-admin-7"})

    clerk = browse()
    clerk.sign_in("employer", "emp-a-new", "Given-by-admin-7")

    assert weak.status_code == 422
    assert clerk.client.get("/home").location == "/account/password"
    assert PASSWORD not in admin.page
