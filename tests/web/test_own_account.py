"""My account and a person's own registration by their pages (R26, A20, A21, D24)."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.commands import persons
from app.domain.registration import Finding, Verdict
from app.extensions import db
from app.models.person import Person
from tests.web.browser import Browser, text_of
from tests.web.test_employer_pages import lock_of
from tests.web.test_register import consented, named_errors, person_form
from tests.web.town import Firm, Town

Browse = Callable[..., Browser]


def stored(app: Flask) -> Person:
    """The person as the database has him."""
    with app.app_context():
        return db.session.scalars(select(Person).where(Person.name.in_(["欧阳小雨", "欧阳大雨"]))).one()


@pytest.fixture
def firm(town: Town) -> Firm:
    """An approved employer."""
    return town.firm()


@pytest.fixture
def newcomer(browse: Browse, town: Town, firm: Firm) -> Browser:
    """A person who has just registered."""
    browser = consented(browse, "person")
    browser.post("/register/person/form", person_form(town, firm.id), follow=False)
    browser.get("/registration")
    return browser


def returned(town: Town, app: Flask, firm: Firm) -> None:
    """The employer returns the registration."""
    person = stored(app)
    result = persons.decide(
        town.engine,
        actor=town.actor(firm.account_id),
        verdict=Verdict.SEND_BACK,
        seen={person.id: person.lock},
        findings=(Finding("mismatch", "姓名与证件不一致", field="name"),),
        now=town.now,
    )
    assert result.moved == (person.id,)


def test_a_waiting_person_sees_who_reviews_and_may_correct(newcomer: Browser, app: Flask) -> None:
    assert "待审核" in newcomer.page
    lock = lock_of(newcomer.get("/registration/edit"))

    answer = newcomer.post(
        "/registration/edit", {"lock": lock, "name": "欧阳大雨", "doc_type": "1"}, follow=False
    )

    assert answer.location == "/registration"
    assert (stored(app).name, stored(app).state) == ("欧阳大雨", "registered")


def test_a_returned_person_sees_the_reason_edits_and_submits_again(
    newcomer: Browser, town: Town, app: Flask, firm: Firm
) -> None:
    returned(town, app, firm)

    page = newcomer.get("/home")

    assert "已退回" in page
    assert "姓名与证件不一致" in page
    lock = lock_of(newcomer.get("/registration/edit"))
    newcomer.post("/registration/edit", {"lock": lock, "name": "欧阳大雨", "doc_type": "1"})
    answer = newcomer.post(
        "/registration/submit", {"lock": lock_of(newcomer.get("/registration"))}, follow=False
    )
    assert answer.location == "/registration"
    assert stored(app).state == "registered"


@pytest.mark.parametrize(("field", "value"), [("name", "1"), ("mobile", "12"), ("doc_no", "110101900307001")])
def test_a_malformed_correction_is_named_at_its_field(
    newcomer: Browser, app: Flask, *, field: str, value: str
) -> None:
    lock = lock_of(newcomer.get("/registration/edit"))
    sent = {"lock": lock, "name": "欧阳大雨", "doc_type": "1"} | {field: value}

    answer = newcomer.post("/registration/edit", sent, follow=False)

    assert answer.status_code == 422
    assert named_errors(answer.text) == [field]
    assert stored(app).name == "欧阳小雨"


def test_a_waiting_person_may_choose_another_active_employer(
    newcomer: Browser, town: Town, app: Flask
) -> None:
    other = town.firm("云海丙企业有限公司", "emp-c")
    lock = lock_of(newcomer.get("/registration/employer"))

    answer = newcomer.post("/registration/employer", {"lock": lock, "employer": str(other.id)}, follow=False)

    assert answer.location == "/registration"
    assert stored(app).employer_id == other.id


@pytest.mark.parametrize("forged", ["", "0", "x", "12345678901234567890123"])
def test_a_forged_employer_is_refused_and_nothing_changes(
    newcomer: Browser, app: Flask, firm: Firm, forged: str
) -> None:
    lock = lock_of(newcomer.get("/registration/employer"))

    answer = newcomer.post("/registration/employer", {"lock": lock, "employer": forged}, follow=False)

    assert answer.status_code == 422
    assert stored(app).employer_id == firm.id


def test_an_approved_person_cannot_correct_the_registration_any_more(browse: Browse, town: Town) -> None:
    town.person(town.firm())
    browser = browse("person", "per-a1")
    page = browser.get("/registration")

    lock = lock_of(browser.get("/registration/edit"))
    answer = browser.post(
        "/registration/edit", {"lock": lock, "name": "李换名", "doc_type": "1"}, follow=False
    )

    assert 'href="/registration/edit"' not in page
    assert answer.status_code == 422
    assert "李换名" not in browser.get("/registration")


def test_the_registration_page_is_a_persons_own(browse: Browse, town: Town) -> None:
    town.firm()

    assert browse("employer", "emp-a").client.get("/registration").status_code == 403


def test_changing_the_password_ends_all_other_sign_ins(browse: Browse, town: Town) -> None:
    town.firm()
    here, there = browse("employer", "emp-a"), browse("employer", "emp-a")
    here.get("/account/password")

    wrong = here.post("/account/password", {"old": "Wrong-pass-2026", "new": "My-own-choice-8"}, follow=False)
    right = here.post("/account/password", {"old": "Demo-pass-2026", "new": "My-own-choice-8"}, follow=False)

    assert (wrong.status_code, named_errors(wrong.text)) == (422, ["old"])
    assert right.location == "/home"
    assert there.client.get("/home").status_code == 302
    assert here.client.get("/home").status_code == 200


def test_signing_out_the_others_keeps_this_device(browse: Browse, town: Town) -> None:
    town.firm()
    here, there = browse("employer", "emp-a"), browse("employer", "emp-a")
    page = here.get("/account")
    assert text_of(page).count("127.0.0.1") == 2

    here.post("/account/sign-out-others", follow=False)

    assert there.client.get("/home").status_code == 302
    assert text_of(here.get("/account")).count("127.0.0.1") == 1


def test_a_new_mobile_needs_the_password_and_is_then_the_user_name(browse: Browse, town: Town) -> None:
    town.firm()
    _, mobile = town.numbers()
    browser = browse("employer", "emp-a")
    browser.get("/account")

    wrong = browser.post("/account/mobile", {"mobile": mobile, "password": "no"}, follow=False)
    right = browser.post("/account/mobile", {"mobile": mobile, "password": "Demo-pass-2026"}, follow=False)

    assert (wrong.status_code, named_errors(wrong.text)) == (422, ["password"])
    assert right.location == "/account"
    browse("employer", mobile)


@pytest.mark.parametrize(
    ("page", "field", "more"),
    [
        ("/account/password", "old", {"new": "My-own-choice-8"}),
        ("/account/mobile", "password", {"mobile": "13700000077"}),
    ],
)
def test_the_present_password_is_not_guessed_where_it_is_asked(
    town: Town, browse: Browse, page: str, field: str, more: dict[str, str]
) -> None:
    town.firm()
    browser = browse("employer", "emp-a")
    browser.get("/account/password")

    wrong = [browser.post(page, {field: f"Guess-{n}-2026"} | more, follow=False) for n in range(5)]
    right = browser.post(page, {field: "Demo-pass-2026"} | more, follow=False)

    assert {answer.status_code for answer in [*wrong, right]} == {422}
    assert "当前密码不正确" in right.text
