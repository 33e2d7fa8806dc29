from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands import account_changes, accounts, claims, numbers, own_account
from app.domain.errors import Blocked, DomainError, IdentityTaken, InvalidInput, NotAllowed, NotFound
from app.domain.identity import MOBILE
from app.models.account import Account, IdentityClaim
from app.models.audit import AccessEvent, AuditEvent
from app.models.work import LoginSession
from tests.commands.test_races import overtaken
from tests.factories.accounts import PASSWORD, VISITOR

NEW = "Another-pass-77"
ALL = ("employer_admin", "employer_reviewer", "service_staff", "employer_reader")


def codes_of(call):
    with pytest.raises(Blocked) as refused:
        call()
    return [block.code for block in refused.value.blocks]


def errors_of(call):
    with pytest.raises(InvalidInput) as refused:
        call()
    return [(e.field, e.code) for e in refused.value.errors]


def account(engine, actor):
    with Session(engine) as session:
        return session.get(Account, actor.account_id)


def total(engine, table):
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table))


def create(people, admin, form, *functions):
    return accounts.create_staff(
        people.engine,
        actor=admin,
        form=form,
        functions=functions,
        cipher=people.cipher,
        passwords=people.passwords,
        now=people.now,
    )


def test_a_sub_account_belongs_to_its_employer_and_has_its_numbers_claimed(people, firms, engine):
    firm = firms.draft()

    clerk = people.staff(firm.admin, "employer_reviewer", "service_staff")

    assert (clerk.employer_id, clerk.roles) == (firm.id, {"employer_reviewer", "service_staff"})
    assert clerk.person_key is not None
    assert account(engine, clerk).password_changed_at is None


@pytest.mark.parametrize(
    ("functions", "code"),
    [((), "not_a_choice"), (("city_leader",), "not_a_choice"), (("employer_admin",), "admin_needs_all")],
)
def test_functions_are_of_the_closed_list_and_administrators_hold_all(people, firms, functions, code):
    firm = firms.draft()

    assert errors_of(lambda: create(people, firm.admin, people.form(), *functions)) == [("functions", code)]


def test_only_administrators_make_accounts(people, firms):
    firm = firms.draft()
    clerk = people.staff(firm.admin, "employer_reviewer")

    with pytest.raises(NotAllowed):
        create(people, clerk, people.form(), "employer_reader")


def test_a_number_is_taken_across_all_parties(people, firms, talents, engine):
    firm = firms.active()
    talents.registered(firm, mobile="13700000021")
    before = total(engine, Account)

    with pytest.raises(IdentityTaken):
        create(people, firm.admin, people.form(mobile="13700000021"), "employer_reader")
    with pytest.raises(IdentityTaken):
        accounts.create_officer(
            engine,
            actor=people.superuser(),
            form=people.form(mobile="13700000021"),
            agency_id=firms.county,
            roles={"registrar"},
            cipher=people.cipher,
            passwords=people.passwords,
            now=people.now,
        )
    assert total(engine, Account) == before + 1  # the superuser himself


def test_functions_change_at_once_and_end_the_sign_ins(people, firms, engine):
    firm = firms.draft()
    clerk = people.staff(firm.admin, "employer_reviewer")
    people.signed_in(clerk)

    account_changes.set_functions(
        engine, actor=firm.admin, account_id=clerk.account_id, functions={"service_staff"}, now=people.now
    )

    assert people.actor(clerk.account_id).roles == {"service_staff"}
    assert people.open_sessions(clerk) == 0


def test_nobody_changes_himself_or_the_last_administrator(people, firms, engine):
    firm = firms.draft()
    second = people.staff(firm.admin, *ALL)

    def demote(actor, target):
        account_changes.set_functions(
            engine, actor=actor, account_id=target.account_id, functions={"employer_reader"}, now=people.now
        )

    assert codes_of(lambda: demote(firm.admin, firm.admin)) == ["own_account"]
    demote(firm.admin, second)
    third = people.staff(firm.admin, *ALL)
    account_changes.disable(engine, actor=third, account_id=firm.admin.account_id, now=people.now)
    assert codes_of(
        lambda: account_changes.disable(
            engine, actor=people.superuser(), account_id=third.account_id, now=people.now
        )
    ) == ["last_administrator"]
    assert account(engine, third).active


def test_two_administrators_cannot_disable_each_other_at_the_same_time(people, firms, engine):
    firm = firms.draft()
    second = people.staff(firm.admin, *ALL)

    def disable(pair):
        try:
            account_changes.disable(engine, actor=pair[0], account_id=pair[1].account_id, now=people.now)
        except DomainError as refused:
            return refused.code
        return "disabled"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(disable, [(firm.admin, second), (second, firm.admin)]))

    assert answers == ["blocked", "disabled"]
    assert sorted([account(engine, firm.admin).active, account(engine, second).active]) == [False, True]


def test_disabling_ends_sessions_at_once_and_enabling_brings_the_account_back(people, firms, engine):
    firm = firms.draft()
    clerk = people.staff(firm.admin, "employer_reader")
    people.signed_in(clerk)

    account_changes.disable(
        engine, actor=firm.admin, account_id=clerk.account_id, reason="离职", now=people.now
    )
    assert (account(engine, clerk).active, people.open_sessions(clerk)) == (False, 0)
    account_changes.disable(engine, actor=firm.admin, account_id=clerk.account_id, now=people.now)
    account_changes.enable(engine, actor=firm.admin, account_id=clerk.account_id, now=people.now)
    assert account(engine, clerk).active
    with Session(engine) as session:
        events = session.scalars(
            select(AuditEvent.event)
            .where(AuditEvent.subject_kind == "account", AuditEvent.subject_id == clerk.account_id)
            .order_by(AuditEvent.seq)
        ).all()
    assert events == ["create", "disable", "enable"]


def test_an_account_of_another_employer_is_not_found(people, firms, engine):
    mine, other = firms.draft(), firms.draft()
    theirs = people.staff(other.admin, "employer_reader")

    for call in (
        lambda: account_changes.disable(
            engine, actor=mine.admin, account_id=theirs.account_id, now=people.now
        ),
        lambda: account_changes.close(engine, actor=mine.admin, account_id=theirs.account_id, now=people.now),
        lambda: account_changes.set_functions(
            engine, actor=mine.admin, account_id=theirs.account_id, functions=ALL, now=people.now
        ),
        lambda: account_changes.reset_password(
            engine,
            actor=mine.admin,
            account_id=theirs.account_id,
            password=NEW,
            passwords=people.passwords,
            now=people.now,
        ),
    ):
        with pytest.raises(NotFound):
            call()
    assert people.actor(theirs.account_id).roles == {"employer_reader"}


def test_closing_a_sub_account_frees_its_numbers_but_the_contact_stays(people, firms, talents, engine):
    firm = firms.active()
    form = people.form()
    made = create(people, firm.admin, form, "employer_reader")
    second = people.staff(firm.admin, *ALL)

    account_changes.close(engine, actor=firm.admin, account_id=made.account_id, reason="离职", now=people.now)

    assert talents.registered(firm, doc_no=form.doc_no, mobile=form.mobile)
    assert errors_of(
        lambda: account_changes.close(engine, actor=second, account_id=firm.admin.account_id, now=people.now)
    ) == [("account", "contact_account")]
    with pytest.raises(NotFound):
        account_changes.enable(engine, actor=firm.admin, account_id=made.account_id, now=people.now)


def test_a_reset_password_must_be_changed_and_ends_the_sign_ins(people, firms, engine):
    firm = firms.draft()
    clerk = people.staff(firm.admin, "employer_reader")
    people.signed_in(clerk)

    account_changes.reset_password(
        engine,
        actor=firm.admin,
        account_id=clerk.account_id,
        password=NEW,
        passwords=people.passwords,
        now=people.now,
    )

    row = account(engine, clerk)
    assert people.passwords.hasher.verify(row.password, NEW)
    assert (row.password_changed_at, people.open_sessions(clerk)) == (None, 0)


def test_ones_own_password_is_changed_with_the_old_one_and_keeps_the_present_sign_in(people, firms, engine):
    admin = firms.draft().admin
    here = people.signed_in(admin)
    people.signed_in(admin, "other")

    def change(old, new):
        own_account.change_password(
            engine, actor=admin, old=old, new=new, passwords=people.passwords, now=people.now
        )

    assert errors_of(lambda: change("wrong", NEW)) == [("old", "wrong_password")]
    assert errors_of(lambda: change(PASSWORD, PASSWORD)) == [("new", "password_unchanged")]
    assert errors_of(lambda: change(PASSWORD, "short")) == [("new", "password_short")]
    assert people.open_sessions(admin) == 2
    change(PASSWORD, NEW)

    assert people.passwords.hasher.verify(account(engine, admin).password, NEW)
    assert people.open_sessions(admin) == 1
    with Session(engine) as session:
        assert session.get(LoginSession, here).revoked_at is None


def test_ones_own_mobile_is_changed_with_the_password(people, firms, engine):
    admin = firms.draft(mobile="13700000031").admin

    def change(password, mobile):
        own_account.change_mobile(
            engine,
            actor=admin,
            password=password,
            mobile=mobile,
            cipher=people.cipher,
            hasher=people.passwords.hasher,
            now=people.now,
        )

    assert errors_of(lambda: change("wrong", "13700000032")) == [("password", "wrong_password")]
    change(PASSWORD, "13700000032")

    assert account(engine, admin).mobile_masked == "137****0032"
    assert firms.draft(mobile="13700000031")


def test_superusers_make_officers_with_roles_of_officers_only(people, firms, engine):
    def officer(actor, *roles):
        return accounts.create_officer(
            engine,
            actor=actor,
            form=people.form(),
            agency_id=firms.county,
            roles=roles,
            cipher=people.cipher,
            passwords=people.passwords,
            now=people.now,
        )

    root = people.superuser()
    made = people.actor(officer(root, "registrar", "county_specialist").account_id)
    assert (made.agency_id, made.roles) == (firms.county, {"registrar", "county_specialist"})
    for wrong in ((), ("employer_admin",), ("Admin",), ("applicant",), ("nobody",)):
        assert errors_of(lambda roles=wrong: officer(root, *roles)) == [("roles", "not_a_choice")]
    assert errors_of(lambda: officer(root, "auditor", "registrar")) == [("roles", "auditor_alone")]
    with pytest.raises(NotAllowed):
        officer(firms.draft().admin, "registrar")

    account_changes.set_officer_roles(
        engine, actor=root, account_id=made.account_id, roles={"auditor"}, now=people.now
    )
    assert people.actor(made.account_id).roles == {"auditor"}


def test_visitors_make_no_superuser(people, engine):
    with pytest.raises(NotAllowed):
        accounts.create_superuser(
            engine,
            actor=VISITOR,
            username="root",
            password=PASSWORD,
            full_name="某某",
            passwords=people.passwords,
            now=people.now,
        )


def release(people, actor, kind, number, reason="本人申请"):
    return claims.release_claim(
        people.engine,
        actor=actor,
        kind=kind,
        number=number,
        reason=reason,
        cipher=people.cipher,
        now=people.now,
    )


def test_a_registrar_releases_a_number_which_leaves_the_account(people, firms, talents, engine):
    firm = firms.active()
    form = talents.form(firm.id)
    talent = talents.registered(firm, doc_no=form.doc_no, mobile=form.mobile)
    people.signed_in(talent.actor)

    assert release(people, firm.registrar, "1", form.doc_no.lower()) == talent.actor.account_id

    row = account(engine, talent.actor)
    assert (row.doc_no_id, row.doc_no_masked, row.person_key) == (None, None, None)
    assert row.mobile_id is not None
    assert people.open_sessions(talent.actor) == 0
    assert talents.registered(firm, doc_no=form.doc_no)
    with Session(engine) as session:
        logged = session.scalar(select(AccessEvent.detail).where(AccessEvent.kind == "release_claim"))
    assert logged == "本人申请"


def test_releasing_needs_a_reason_a_right_and_an_account_of_the_county(people, firms, talents, engine):
    firm = firms.active()
    talents.registered(firm, mobile="13700000041")
    stranger = people.officer(people.agency(parent=firms.city), "registrar")
    before = total(engine, IdentityClaim)

    assert errors_of(lambda: release(people, firm.registrar, "mobile", "13700000041", "")) == [
        ("reason", "required")
    ]
    assert errors_of(lambda: release(people, firm.registrar, "mobile", "1")) == [
        ("number", "mobile_malformed")
    ]
    for actor in (firm.leader, people.superuser(), firm.admin):
        with pytest.raises(NotAllowed):
            release(people, actor, "mobile", "13700000041")
    for actor, number in ((stranger, "13700000041"), (firm.registrar, "13700000042")):
        with pytest.raises(NotFound):
            release(people, actor, "mobile", number)
    assert total(engine, IdentityClaim) == before


def claimed(engine, actor):
    with Session(engine) as session:
        mine = IdentityClaim.account_id == actor.account_id
        return session.scalar(select(func.count()).where(mine, IdentityClaim.kind == MOBILE))


def new_mobile(people, actor, mobile):
    own_account.change_mobile(
        people.engine,
        actor=actor,
        password=PASSWORD,
        mobile=mobile,
        cipher=people.cipher,
        hasher=people.passwords.hasher,
        now=people.now,
    )


def test_of_two_new_mobiles_at_once_an_account_claims_the_last_only(people, firms, engine):
    admin = firms.draft(mobile="13700000051").admin

    def first(work):
        held = work.session.get_one(Account, admin.account_id, with_for_update=True)
        numbers.replace(work, people.cipher, held, (numbers.mobile_claim("+8613700000052"),))
        work.audit("account", admin.account_id, "change_numbers", {"kinds": [MOBILE]})

    def second():
        new_mobile(people, admin, "13700000053")

    overtaken(engine, first, second, actor=admin, now=people.now)

    assert (account(engine, admin).mobile_masked, claimed(engine, admin)) == ("137****0053", 1)


def test_a_number_given_up_meanwhile_is_not_released_in_place_of_the_new_one(people, firms, engine):
    firm = firms.active(mobile="13700000061")

    def first(work):
        held = work.session.get_one(Account, firm.admin.account_id, with_for_update=True)
        numbers.replace(work, people.cipher, held, (numbers.mobile_claim("+8613700000062"),))

    def second():
        with pytest.raises(NotFound):
            release(people, firm.registrar, "mobile", "13700000061")

    overtaken(engine, first, second, actor=firm.admin, now=people.now)

    assert (account(engine, firm.admin).mobile_masked, claimed(engine, firm.admin)) == ("137****0062", 1)


def test_a_password_reset_meanwhile_is_not_changed_with_the_old_one(people, firms, engine):
    firm = firms.draft()
    clerk = people.staff(firm.admin, "employer_reviewer")
    reset = "Reset-by-admin-88"

    class Slow:
        """Hashing takes its time: meanwhile the administrator resets the password."""

        def hash(self, password):
            account_changes.reset_password(
                engine,
                actor=firm.admin,
                account_id=clerk.account_id,
                password=reset,
                passwords=people.passwords,
                now=people.now,
            )
            return people.passwords.hasher.hash(password)

        def verify(self, stored, password):
            return people.passwords.hasher.verify(stored, password)

    def change():
        own_account.change_password(
            engine,
            actor=clerk,
            old=PASSWORD,
            new=NEW,
            passwords=replace(people.passwords, hasher=Slow()),
            now=people.now,
        )

    assert errors_of(change) == [("old", "wrong_password")]
    assert people.passwords.hasher.verify(account(engine, clerk).password, reset)
