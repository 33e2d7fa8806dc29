"""Superusers make officers, change roles, reset passwords, disable accounts; nobody does it to himself (I4, D8)."""

from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.account import Account, IdentityClaim
from tests.web.browser import Browser
from tests.web.superuser import superuser
from tests.web.town import Town

Browse = Callable[..., Browser]


def officer_form(town: Town, **changes: object) -> dict[str, object]:
    """A valid new officer."""
    doc_no, mobile = town.numbers()
    form = {
        "full_name": "陈新官",
        "doc_type": "1",
        "doc_no": doc_no,
        "mobile": mobile,
        "agency": str(town.bureaus.b),
        "username": "county-b-leader",
        "password": "Quiet-river-58",
        "roles": ["county_leader"],
    }
    return form | changes


def roles_of(session: Session, username: str) -> set[str]:
    """The roles an account holds."""
    account = session.scalars(select(Account).where(Account.username == username)).one()
    found = {role.name for role in account.roles}
    session.rollback()
    return found


def test_a_new_officer_has_a_bureau_roles_and_claimed_numbers(
    town: Town, browse: Browse, session: Session
) -> None:
    browser = superuser(town, browse)
    browser.get("/officers/new")
    before = session.scalar(select(func.count()).select_from(IdentityClaim))
    session.rollback()

    answer = browser.post("/officers/new", officer_form(town), follow=False)

    made = session.scalars(select(Account).where(Account.username == "county-b-leader")).one()
    assert answer.location == f"/officers/{made.id}"
    assert (made.kind, made.agency_id) == ("officer", town.bureaus.b)
    assert {role.name for role in made.roles} == {"county_leader"}
    assert session.scalar(select(func.count()).select_from(IdentityClaim)) == (before or 0) + 2
    page = browser.get(f"/officers/{made.id}")
    assert "陈新官" in page


def test_a_wrong_number_or_no_role_makes_nobody_and_keeps_what_was_typed(
    town: Town, browse: Browse, session: Session
) -> None:
    browser = superuser(town, browse)
    browser.get("/officers/new")
    form = officer_form(town)

    wrong = browser.post("/officers/new", form | {"doc_no": "110101199003070000"})
    bare = browser.post("/officers/new", {key: value for key, value in form.items() if key != "roles"})

    assert [wrong.status_code, bare.status_code] == [422, 422]
    assert 'value="陈新官"' in wrong.text
    assert "Quiet-river-58" not in wrong.text
    assert session.scalar(select(func.count()).where(Account.username == "county-b-leader")) == 0


def test_a_role_of_another_party_is_refused(town: Town, browse: Browse, session: Session) -> None:
    browser = superuser(town, browse)
    browser.get("/officers/new")

    answer = browser.post("/officers/new", officer_form(town, roles=["employer_admin"]))

    assert answer.status_code == 422
    assert session.scalar(select(func.count()).where(Account.username == "county-b-leader")) == 0


def test_new_roles_hold_at_once_and_end_the_sign_ins(town: Town, browse: Browse, session: Session) -> None:
    officer = town.officer("county-a-leader", town.bureaus.a, {"county_leader"})
    signed_in = browse("officer", "county-a-leader")
    signed_in.get("/home")
    browser = superuser(town, browse)
    browser.get(f"/officers/{officer.account_id}")

    browser.post(f"/officers/{officer.account_id}/roles", {"roles": ["county_leader", "registrar"]})

    assert roles_of(session, "county-a-leader") == {"county_leader", "registrar"}
    assert signed_in.client.get("/home").status_code == 302


def test_disabling_ends_sign_ins_and_enabling_lets_in_again(town: Town, browse: Browse) -> None:
    officer = town.officer("county-a-leader", town.bureaus.a, {"county_leader"})
    signed_in = browse("officer", "county-a-leader")
    browser = superuser(town, browse)
    url = f"/officers/{officer.account_id}"
    browser.get(url)

    browser.post(f"{url}/disable", {"reason": "调离岗位"})
    out = signed_in.client.get("/home").status_code
    browser.post(f"{url}/enable", {"reason": "返岗"})

    assert out == 302
    browse("officer", "county-a-leader").get("/home")


def test_a_reset_password_opens_only_the_page_for_a_new_one(town: Town, browse: Browse) -> None:
    officer = town.officer("county-a-leader", town.bureaus.a, {"county_leader"})
    browser = superuser(town, browse)
    url = f"/officers/{officer.account_id}"
    browser.get(url)

    weak = browser.post(f"{url}/password", {"password": "12345678"})
    browser.post(f"{url}/password", {"password": "Quiet-river-58"})
    visitor = browse()
    visitor.sign_in("officer", "county-a-leader", "Quiet-river-58")

    assert weak.status_code == 422
    assert visitor.client.get("/home").location == "/account/password"


def test_the_list_of_accounts_leads_to_a_new_officer(town: Town, browse: Browse) -> None:
    page = superuser(town, browse).get("/accounts/list/")

    assert 'href="/officers/new"' in page


def test_nobody_disables_his_own_account(town: Town, browse: Browse, session: Session) -> None:
    browser = superuser(town, browse)
    me = session.scalars(select(Account).where(Account.kind == "superuser")).one()
    key = me.id
    session.rollback()
    page = browser.get(f"/officers/{key}")

    answer = browser.post(f"/officers/{key}/disable", {"reason": "试试"})

    assert "/disable" not in page
    assert answer.status_code == 422
    assert session.scalars(select(Account.active).where(Account.id == key)).one()


def test_pages_of_accounts_are_the_superusers(town: Town, browse: Browse) -> None:
    town.firm()

    assert browse("officer", "county-a-specialist").client.get("/officers/new").status_code == 403
    assert browse("employer", "emp-a").client.get("/officers/new").status_code == 403
    assert browse().client.get("/officers/new").status_code == 302
