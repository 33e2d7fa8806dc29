"""Registration of employers and persons by their pages (R4–R9, I1)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models.account import Account, Consent, IdentityClaim
from app.models.employer import Employer
from app.models.person import Person
from app.models.reference import Notice
from tests.web.browser import Browser, text_of, values
from tests.web.town import Town, resident_number

Browse = Callable[..., Browser]


def employer_form(town: Town, **changes: str) -> dict[str, str]:
    """A valid registration of an employer."""
    doc_no, mobile = town.numbers()
    form = {
        "name": "云海新建设有限公司",
        "agency": str(town.bureaus.a),
        "username": "emp-new",
        "password": "Quiet-river-58",
        "contact_name": "赵联系",
        "doc_type": "1",
        "doc_no": doc_no,
        "mobile": mobile,
    }
    return form | changes


def person_form(town: Town, employer_id: int, **changes: str) -> dict[str, str]:
    """A valid registration of a person."""
    doc_no, mobile = town.numbers()
    form = {
        "name": "欧阳小雨",
        "employer": str(employer_id),
        "employer_name": "云海甲企业有限公司",
        "username": "per-new",
        "password": "Quiet-river-58",
        "doc_type": "1",
        "doc_no": doc_no,
        "mobile": mobile,
    }
    return form | changes


def consented(browse: Browse, kind: str) -> Browser:
    """A visitor who has agreed to the notices."""
    browser = browse()
    browser.get(f"/register/{kind}")
    answer = browser.post(
        f"/register/{kind}", {"notice": "1", "sensitive_version": "1", "sensitive": "y"}, follow=False
    )
    assert answer.location == f"/register/{kind}/form"
    browser.get(f"/register/{kind}/form")
    return browser


def count(app: Flask, model: Any) -> int:
    """Rows of a table."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def named_errors(page: str) -> list[str]:
    """Names of the fields that show an error."""
    return [part.split('"')[0].removesuffix("-error") for part in page.split('class="field-error" id="')[1:]]


def test_the_notice_comes_first_and_names_its_version(browse: Browse) -> None:
    browser = browse()

    page = browser.get("/register/employer")

    assert "用户须知" in page
    assert 'name="notice" value="1"' in page
    assert browser.client.get("/register/employer/form").location == "/register/employer"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"notice": "1", "sensitive_version": "1"},
        {"sensitive": "y"},
        {"notice": "0", "sensitive_version": "1", "sensitive": "y"},
        {"notice": "1x", "sensitive_version": "1", "sensitive": "y"},
    ],
)
def test_without_consent_to_the_present_versions_the_notice_stays(
    browse: Browse, given: dict[str, str]
) -> None:
    browser = browse()
    browser.get("/register/person")

    answer = browser.post("/register/person", given, follow=False)

    assert answer.status_code == 422
    assert "用户须知" in answer.text
    assert browser.client.get("/register/person/form").location == "/register/person"


def test_a_form_posted_without_consent_shows_the_notice_and_registers_nobody(
    browse: Browse, town: Town, app: Flask
) -> None:
    before = count(app, Account)
    browser = browse()
    browser.get("/register/employer")

    answer = browser.post("/register/employer/form", employer_form(town), follow=False)

    assert answer.status_code == 422
    assert "用户须知" in answer.text
    assert (count(app, Account), count(app, Employer)) == (before, 0)


def test_consent_to_an_old_version_shows_the_notice_again(browse: Browse, town: Town, app: Flask) -> None:
    browser = consented(browse, "employer")
    with town.writing() as session:
        old = session.scalars(select(Notice).where(Notice.kind == "employer")).one()
        columns = ("kind", "title", "body", "body_hash", "effective_from")
        session.add(Notice(version=2, **{name: getattr(old, name) for name in columns}))

    answer = browser.post("/register/employer/form", employer_form(town), follow=False)

    assert answer.status_code == 422
    assert 'name="notice" value="2"' in answer.text
    assert count(app, Employer) == 0


def test_an_employer_registers_is_signed_in_and_lands_on_the_checklist(
    browse: Browse, town: Town, app: Flask
) -> None:
    browser = consented(browse, "employer")

    answer = browser.post("/register/employer/form", employer_form(town), follow=False)

    assert (answer.status_code, answer.location) == (302, "/home")
    home = browser.get("/home")
    assert "待提交" in home
    assert 'class="steps"' in home
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.username == "emp-new")).one()
        scopes = db.session.scalars(select(Consent.scope).where(Consent.account_id == account.id)).all()
    assert sorted(scopes) == ["employer", "sensitive"]


def test_each_missing_field_of_an_employer_is_named_and_nothing_is_stored(
    browse: Browse, town: Town, app: Flask
) -> None:
    del town
    tables = (Account, Employer, IdentityClaim)
    browser, before = consented(browse, "employer"), [count(app, table) for table in tables]

    answer = browser.post("/register/employer/form", {}, follow=False)

    assert answer.status_code == 422
    needed = {"name", "agency", "username", "password", "contact_name", "doc_no", "mobile"}
    assert set(named_errors(answer.text)) == needed
    assert [count(app, table) for table in tables] == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "A"),
        ("agency", "1"),
        ("agency", "x"),
        ("username", "Has Space"),
        ("username", "13800000000"),
        ("password", "short"),
        ("password", "emp-new-Aa1234"),
        ("contact_name", "\u202eevil"),
        ("doc_no", resident_number(1)[:-1] + "?"),
        ("doc_no", "110101900307001"),
        ("doc_type", "99"),
        ("mobile", "12345"),
        ("credit_code", "91110000000000000X"),
        ("phone", "call me"),
        ("unit_nature", "no-such"),
        ("staff_count", "many"),
    ],
)
def test_a_malformed_field_is_named_at_the_field(
    browse: Browse, town: Town, app: Flask, *, field: str, value: str
) -> None:
    browser = consented(browse, "employer")

    answer = browser.post("/register/employer/form", employer_form(town, **{field: value}), follow=False)

    assert answer.status_code == 422
    assert field in named_errors(answer.text)
    assert count(app, Employer) == 0


def test_a_number_in_use_is_refused_without_naming_the_holder(browse: Browse, town: Town, app: Flask) -> None:
    holder = town.person(town.firm(), name="邹有主")
    employers, before = count(app, Employer), count(app, Account)
    by_number, by_mobile = consented(browse, "employer"), consented(browse, "employer")

    number = by_number.post(
        "/register/employer/form", employer_form(town, doc_no=holder.doc_no.lower()), follow=False
    )
    mobile = by_mobile.post(
        "/register/employer/form", employer_form(town, mobile=f"+86 {holder.mobile}"), follow=False
    )

    assert (number.status_code, mobile.status_code) == (422, 422)
    assert named_errors(number.text) == ["doc_no"]
    assert named_errors(mobile.text) == ["mobile"]
    assert "该证件号码无法用于注册" in text_of(number.text)
    assert "邹有主" not in number.text + mobile.text
    assert (count(app, Employer), count(app, Account)) == (employers, before)


def test_suggestions_offer_active_employers_only_from_two_characters_on(browse: Browse, town: Town) -> None:
    firm = town.firm()
    pending = town.firm("云海待审企业有限公司", "emp-p")
    with town.writing() as session:
        row = session.get(Employer, pending.id)
        assert row is not None
        row.state = "submitted"
    browser = browse()

    found = browser.client.get("/register/person/employers?q=云海").get_json()

    assert found == [{"id": str(firm.id), "text": firm.name, "hint": ""}]
    assert browser.client.get("/register/person/employers?q=云").get_json() == []
    assert browser.client.get("/register/person/employers").get_json() == []
    grows = "\u0958" * 99  # two characters each, once composed
    assert browser.client.get(f"/register/person/employers?q={grows}").get_json() == []


def test_a_person_registers_and_waits_for_the_employer(browse: Browse, town: Town, app: Flask) -> None:
    firm = town.firm()
    browser = consented(browse, "person")

    answer = browser.post("/register/person/form", person_form(town, firm.id), follow=False)

    assert (answer.status_code, answer.location) == (302, "/home")
    assert "待审核" in browser.get("/home")
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.name == "欧阳小雨")).one()
        assert (person.state, person.employer_id) == ("registered", firm.id)
        assert person.birth is not None
        assert person.birth.isoformat() == "1990-03-07"


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "suspended"])
def test_an_employer_that_is_not_active_is_refused_when_its_id_is_posted_by_hand(
    browse: Browse, town: Town, app: Flask, state: str
) -> None:
    firm = town.firm()
    with town.writing() as session:
        row = session.get(Employer, firm.id)
        assert row is not None
        row.state = state
    browser = consented(browse, "person")

    answer = browser.post("/register/person/form", person_form(town, firm.id), follow=False)

    assert answer.status_code == 422
    assert named_errors(answer.text) == ["employer_name"]
    assert count(app, Person) == 0


@pytest.mark.parametrize("forged", ["0", "-1", "99999999999999999999", "1 OR 1=1", "9007199254740993"])
def test_a_forged_employer_id_is_refused(browse: Browse, town: Town, app: Flask, forged: str) -> None:
    town.firm()
    browser = consented(browse, "person")

    answer = browser.post("/register/person/form", person_form(town, 0, employer=forged), follow=False)

    assert answer.status_code == 422
    assert named_errors(answer.text) == ["employer_name"]
    assert count(app, Person) == 0


def test_a_passport_asks_for_sex_and_birth(browse: Browse, town: Town, app: Flask) -> None:
    firm = town.firm()
    browser = consented(browse, "person")
    passport = {"doc_type": "2", "doc_no": "E12345678"}

    refused = browser.post("/register/person/form", person_form(town, firm.id, **passport), follow=False)
    told = person_form(town, firm.id, sex="2", birth="1988-02-29", **passport)

    assert set(named_errors(refused.text)) == {"sex", "birth"}
    assert browser.post("/register/person/form", told, follow=False).location == "/home"
    assert count(app, Person) == 1


def test_without_script_the_exact_name_of_an_employer_is_enough(browse: Browse, town: Town) -> None:
    firm = town.firm()
    browser = consented(browse, "person")

    answer = browser.post(
        "/register/person/form", person_form(town, 0, employer="", employer_name=firm.name), follow=False
    )

    assert answer.location == "/home"


def test_no_full_number_comes_back_but_in_the_form_of_its_owner(browse: Browse, town: Town) -> None:
    firm = town.firm()
    form = person_form(town, firm.id)
    browser = consented(browse, "person")
    browser.post("/register/person/form", form, follow=False)

    pages = [browser.get(address) for address in ("/home", "/registration", "/registration/edit", "/account")]

    assert [form["doc_no"] in page or form["mobile"] in page for page in pages] == [False] * 4


def test_an_invitation_link_fills_in_the_employer_while_it_is_active(browse: Browse, town: Town) -> None:
    firm = town.firm()
    inside = browse("employer", "emp-a").get("/employer")
    link = f"/register/person?employer={firm.id}"
    browser = browse()
    browser.get(link)
    browser.post(
        "/register/person", {"notice": "1", "sensitive_version": "1", "sensitive": "y"}, follow=False
    )

    invited = browser.get("/register/person/form")
    with town.writing() as session:
        row = session.get(Employer, firm.id)
        assert row is not None
        row.state = "suspended"

    assert link in inside
    assert f'value="{firm.id}"' in invited
    assert f'value="{firm.name}"' in invited
    assert f'value="{firm.id}"' not in browser.get("/register/person/form")


def test_a_password_can_be_shown_and_says_that_it_is_typed_again(town: Town, browse: Browse) -> None:
    browser = consented(browse, "employer")
    url = "/register/employer/form"

    fresh = browser.get(url)
    refused = browser.post(url, employer_form(town) | {"mobile": "12"}, follow=False).text

    for page in (fresh, refused, browse().get("/login/person")):
        button = page.split("data-show-password")[1].split(">")[0]
        assert 'aria-controls="password"' in button
        assert 'aria-pressed="false"' in button
        assert "static/app.js" in page
    assert "请重新输入密码" not in fresh
    assert "请重新输入密码" in refused
    assert employer_form(town)["password"] not in refused


def test_every_mistake_of_a_person_is_named_at_once_and_in_the_order_of_the_page(
    town: Town, browse: Browse, app: Flask
) -> None:
    firm = town.firm()
    browser = consented(browse, "person")
    sent = person_form(town, firm.id)
    wrong = {"name": "赵1", "doc_type": "2", "doc_no": "1", "mobile": "12", "sex": "", "birth": ""}
    before = count(app, Account)

    page = browser.post("/register/person/form", sent | wrong, follow=False).text

    assert named_errors(page) == ["name", "doc_no", "sex", "birth", "mobile"]
    assert count(app, Account) == before
    assert "请选择性别" in page


def test_refusals_of_an_employers_registration_say_what_is_wrong(
    town: Town, browse: Browse, app: Flask
) -> None:
    town.firm()
    browser = consented(browse, "employer")
    sent = employer_form(town)
    before = count(app, Account)

    wrong = {"contact_name": "赵", "phone": "abc", "name": "", "password": "1"}
    page = browser.post("/register/employer/form", sent | wrong, follow=False).text
    taken = browser.post("/register/employer/form", sent | {"username": "emp-a"}, follow=False).text

    assert named_errors(page) == ["name", "password", "contact_name", "phone"]
    assert "姓名须为 2 至 50 个字" in page
    assert "电话号码须为 5 至 20 位数字" in page
    assert "该用户名已被使用" in taken
    assert count(app, Account) == before


def test_a_consent_that_is_not_ticked_says_so(browse: Browse) -> None:
    browser = browse()
    page = browser.get("/register/person")
    sent = {name: values(page, name)[0] for name in ("notice", "sensitive_version")}

    answer = browser.post("/register/person", sent, follow=False)

    assert answer.status_code == 422
    assert "请勾选同意" in answer.text
