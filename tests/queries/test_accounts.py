import pytest
from sqlalchemy.orm import Session

from app.commands import account_changes
from app.domain.errors import NotFound
from app.queries import accounts, reference


@pytest.fixture
def read(engine):
    def call(function, *args, **given):
        with Session(engine) as session:
            return function(session, *args, **given)

    return call


def test_an_administrator_sees_the_accounts_of_his_employer(people, firms, read):
    firm, other = firms.draft(), firms.draft()
    clerk = people.staff(firm.admin, "employer_reviewer")
    people.staff(other.admin, "employer_reader")

    rows = read(accounts.staff, firm.admin)

    assert [(r.id, r.is_contact, r.is_own) for r in rows] == [
        (firm.admin.account_id, True, True),
        (clerk.account_id, False, False),
    ]
    assert rows[1].roles == ("employer_reviewer",)
    assert [r.id for r in read(accounts.staff, clerk)] == [clerk.account_id]


def test_closed_accounts_leave_the_list(people, firms, read):
    firm = firms.draft()
    clerk = people.staff(firm.admin, "employer_reader")
    account_changes.close(people.engine, actor=firm.admin, account_id=clerk.account_id, now=people.now)

    assert [r.id for r in read(accounts.staff, firm.admin)] == [firm.admin.account_id]


def test_superusers_see_officers_and_others_only_themselves(people, firms, read):
    officer = people.officer(firms.county, "registrar")
    root = people.superuser()

    row = read(accounts.detail, root, officer.account_id)

    assert (row.id, row.agency_id, row.roles) == (officer.account_id, firms.county, ("registrar",))
    with pytest.raises(NotFound):
        read(accounts.detail, officer, root.account_id)
    assert read(accounts.mine, officer).is_own


def test_service_staff_are_offered_and_without_any_the_administrators(people, firms, read):
    firm = firms.draft()
    assert [c.account_id for c in read(accounts.service_staff, firm.id)] == [firm.admin.account_id]

    server = people.staff(firm.admin, "service_staff")
    assert [(c.account_id, c.name) for c in read(accounts.service_staff, firm.id)] == [
        (server.account_id, "赵一鸣")
    ]

    account_changes.disable(people.engine, actor=firm.admin, account_id=server.account_id, now=people.now)
    assert [c.account_id for c in read(accounts.service_staff, firm.id)] == [firm.admin.account_id]


def test_roles_of_officers_exclude_those_of_other_parties(read):
    roles = read(accounts.officer_roles)

    assert {"registrar", "auditor", "city_leader"} <= set(roles)
    assert not {"Admin", "applicant", "employer_admin", "Public"} & set(roles)


def test_open_bureaus_are_offered_with_their_path(people, firms, read):
    people.agency(parent=firms.city, is_open=False)

    offered = read(reference.open_agencies)

    assert [choice.id for choice in offered] == [firms.county]
    assert " / " in offered[0].path_name


def test_reference_data_of_the_demo_site_is_there(read):
    assert list(read(reference.document_types)) == ["1", "2", "3", "4", "5", "6", "6a", "7"]
    assert read(reference.document_types)["6a"].checker == "resident_card_old"
    assert read(reference.current_site).material("licence").title == "营业执照或法人证书"
    assert set(read(reference.code_choices, "unit_natures")) >= {"organ", "other"}
