"""The landing page, the three entries, log-out (R1, R5, R16, R17, R40)."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models.work import LoginSession
from tests.web.browser import Browser, text_of
from tests.web.town import Town

Browse = Callable[..., Browser]
ENTRIES = ("employer", "person", "officer")


def running(app: Flask) -> int:
    """How many sign-ins are alive."""
    with app.app_context():
        alive = select(func.count()).where(LoginSession.revoked_at.is_(None))
        return db.session.scalar(alive) or 0


def test_landing_leads_to_three_entries_and_keeps_where_the_visitor_wanted_to_go(browse: Browse) -> None:
    page = browse().get("/?next=/employer")

    for entry in ENTRIES:
        assert f'href="/login/{entry}?next=/employer"' in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize("address", ["/home", "/employer", "/employer/users", "/registration", "/account"])
def test_a_page_that_needs_a_sign_in_sends_visitors_to_the_entries(browse: Browse, address: str) -> None:
    answer = browse().client.get(address)

    assert answer.status_code == 302
    assert answer.location.startswith("/?next=%2F") or answer.location.startswith("/?next=/")


def test_each_entry_offers_its_own_registration(browse: Browse) -> None:
    browser = browse()

    assert 'href="/register/employer"' in browser.get("/login/employer")
    assert 'href="/register/person"' in browser.get("/login/person")
    assert "/register/" not in browser.get("/login/officer")


def test_sign_in_makes_a_session_and_leads_home(browse: Browse, town: Town, app: Flask) -> None:
    town.firm()
    browser = browse()
    browser.get("/login/employer")

    answer = browser.post(
        "/login/employer", {"username": "emp-a", "password": "Demo-pass-2026"}, follow=False
    )

    assert (answer.status_code, answer.location) == (302, "/home")
    assert running(app) == 1
    assert "王联系" in browser.get("/home")


def test_sign_in_leads_where_the_visitor_wanted_but_never_to_another_site(browse: Browse, town: Town) -> None:
    town.firm()
    sent = {"username": "emp-a", "password": "Demo-pass-2026"}
    inside, outside = browse(), browse()
    inside.get("/login/employer")
    outside.get("/login/employer")

    assert inside.post("/login/employer?next=/employer", sent, follow=False).location == "/employer"
    assert outside.post("/login/employer?next=//evil.example/x", sent, follow=False).location == "/"


def test_unknown_user_and_wrong_password_get_the_same_answer(browse: Browse, town: Town) -> None:
    town.firm()
    answers = []
    for name in ("emp-a", "nobody-here"):
        browser = browse()
        browser.get("/login/employer")
        answer = browser.post(
            "/login/employer", {"username": name, "password": "Wrong-pass-2026"}, follow=False
        )
        answers.append((answer.status_code, text_of(answer.text).replace(name, "")))

    assert answers[0] == answers[1]
    assert answers[0][0] == 422


def test_the_right_entry_is_named_only_after_the_password_proved_right(browse: Browse, town: Town) -> None:
    town.firm()
    right, wrong = browse(), browse()
    right.get("/login/person")
    wrong.get("/login/person")

    hinted = right.post("/login/person", {"username": "emp-a", "password": "Demo-pass-2026"}, follow=False)
    general = wrong.post("/login/person", {"username": "emp-a", "password": "Wrong-pass-2026"}, follow=False)

    assert hinted.status_code == general.status_code == 422
    assert "请从单位入口登录" in text_of(hinted.text)
    assert "请从" not in text_of(general.text)


def test_the_mobile_is_accepted_as_user_name(browse: Browse, town: Town) -> None:
    talent = town.person(town.firm())
    browser = browse()
    browser.get("/login/person")

    answer = browser.post(
        "/login/person", {"username": talent.mobile, "password": "Demo-pass-2026"}, follow=False
    )

    assert answer.location == "/home"


def test_five_failures_lock_the_account_but_never_a_running_session(browse: Browse, town: Town) -> None:
    town.firm()
    inside = browse("employer", "emp-a")
    outside = browse()
    outside.get("/login/employer")
    for _ in range(5):
        outside.post("/login/employer", {"username": "emp-a", "password": "Wrong-pass-2026"}, follow=False)

    locked = outside.post(
        "/login/employer", {"username": "emp-a", "password": "Demo-pass-2026"}, follow=False
    )

    assert locked.status_code == 422
    assert "王联系" in inside.get("/home")


def test_sign_in_replaces_the_token_of_the_visitor(browse: Browse, town: Town) -> None:
    town.firm()
    browser = browse()
    browser.get("/login/employer")
    stale = browser.token
    browser.post("/login/employer", {"username": "emp-a", "password": "Demo-pass-2026"}, follow=False)

    answer = browser.client.post("/logout", data={"csrf_token": stale})

    assert answer.status_code == 400
    assert "王联系" in browser.get("/home")


def test_log_out_is_a_post_that_revokes_the_session(browse: Browse, town: Town, app: Flask) -> None:
    town.firm()
    browser = browse("employer", "emp-a")
    cookie = browser.client.get_cookie("sid")
    assert cookie is not None
    assert browser.client.get("/logout").status_code == 405
    browser.get("/home")

    assert browser.post("/logout", follow=False).location == "/"

    thief = browse()
    thief.client.set_cookie("sid", cookie.value)
    assert thief.client.get("/home").status_code == 302
    assert running(app) == 0


def test_a_form_without_token_is_refused(browse: Browse, town: Town) -> None:
    town.firm()

    answer = browse().client.post("/login/employer", data={"username": "emp-a", "password": "Demo-pass-2026"})

    assert answer.status_code == 400


def test_an_account_with_a_password_of_somebody_else_chooses_its_own_first(
    browse: Browse, town: Town
) -> None:
    firm = town.firm()
    town.staff(firm, "emp-a-clerk", {"employer_reviewer"})
    admin = browse("employer", "emp-a")
    page = admin.get("/employer/users")
    clerk_url = page.split("emp-a-clerk")[0].rsplit('href="', 1)[1].split('"')[0]
    admin.get(clerk_url)
    assert admin.post(clerk_url + "/password", {"password": "Given-by-admin-7"}).status_code == 200

    clerk = browse()
    clerk.sign_in("employer", "emp-a-clerk", "Given-by-admin-7")
    assert clerk.client.get("/home").location == "/account/password"
    clerk.get("/account/password")
    clerk.post("/account/password", {"old": "Given-by-admin-7", "new": "My-own-choice-8"}, follow=False)

    assert "经办员" in clerk.get("/home")
