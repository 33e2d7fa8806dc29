"""Refusals at the edges of the registration commands: what nobody reaches through the pages."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.commands import (
    account_changes,
    accounts,
    claims,
    employer_changes,
    employer_materials,
    employers,
    own_account,
    person_moves,
    persons,
    sign_in,
)
from app.commands.employer_changes import ChangeForm, ContactForm
from app.commands.persons import PersonEdit
from app.domain.errors import Blocked, InvalidInput, NameTaken, NotAllowed, NotFound, Stale
from app.domain.registration import Finding, Verdict
from app.domain.roles import Permission
from app.domain.sign_in import Entry, SignInFailed
from app.models.account import Account
from app.models.reference import Site
from app.queries import employer_changes as changes
from app.queries import employers as employer_queries
from app.queries import persons as person_queries
from tests.factories.accounts import PASSWORD, VISITOR
from tests.factories.employers import credit_code


def codes_of(call):
    with pytest.raises(Blocked) as refused:
        call()
    return [block.code for block in refused.value.blocks]


def errors_of(call):
    with pytest.raises(InvalidInput) as refused:
        call()
    return sorted((e.field, e.code) for e in refused.value.errors)


def change_site(engine, **entries):
    with Session(engine) as session, session.begin():
        document = session.scalar(select(Site.document))
        session.execute(update(Site).values(document=document | entries))


def test_whoever_holds_less_neither_manages_nor_grants_more(people, firms, engine):
    firm = firms.draft()
    second = people.staff(firm.admin, "employer_reviewer", "service_staff")
    half = replace(
        people.staff(firm.admin, "employer_reader"),
        permissions=frozenset({Permission.EMPLOYER_USERS}),
    )

    assert codes_of(
        lambda: account_changes.disable(engine, actor=half, account_id=second.account_id, now=people.now)
    ) == ["grants_exceed_own"]
    assert codes_of(
        lambda: accounts.create_staff(
            engine,
            actor=half,
            form=people.form(),
            functions={"employer_reviewer"},
            cipher=people.cipher,
            passwords=people.passwords,
            now=people.now,
        )
    ) == ["grants_exceed_own"]


def test_commands_for_one_party_do_not_find_accounts_of_another(people, firms, talents, engine):
    firm, root = firms.active(), people.superuser()
    talent, officer = talents.registered(firm), people.officer(firms.county, "registrar")
    given = {"now": people.now}

    for call in (
        lambda: account_changes.set_officer_roles(
            engine, actor=root, account_id=firm.admin.account_id, roles={"registrar"}, **given
        ),
        lambda: account_changes.close(engine, actor=root, account_id=talent.actor.account_id, **given),
        lambda: account_changes.disable(engine, actor=root, account_id=1, **given),
        lambda: persons.submit(engine, actor=officer, lock=0, **given),
        lambda: employers.submit(engine, actor=replace(firm.admin, employer_id=1), lock=0, **given),
    ):
        with pytest.raises(NotFound):
            call()


def test_functions_are_no_matter_of_superusers(people, firms, engine):
    with pytest.raises(NotAllowed):
        account_changes.set_functions(
            engine,
            actor=people.superuser(),
            account_id=firms.draft().admin.account_id,
            functions={"employer_reader"},
            now=people.now,
        )


def test_an_officer_needs_a_bureau_that_exists(people, engine):
    with pytest.raises(NotFound):
        accounts.create_officer(
            engine,
            actor=people.superuser(),
            form=people.form(),
            agency_id=1,
            roles={"registrar"},
            cipher=people.cipher,
            passwords=people.passwords,
            now=people.now,
        )


def test_a_superuser_makes_another_and_an_officer_does_not(people, firms, engine):
    def make(actor):
        return accounts.create_superuser(
            engine,
            actor=actor,
            username="second-root",
            password=PASSWORD,
            full_name="某某",
            passwords=people.passwords,
            now=people.now,
        )

    with pytest.raises(NotAllowed):
        make(people.officer(firms.county, "registrar"))
    root = people.superuser()
    made = people.actor(make(root).account_id)
    assert (made.roles, made.person_key) == ({"Admin"}, None)


def test_a_number_of_someone_without_employer_is_not_released(people, firms, talents, engine):
    firm = firms.active()
    talent = talents.active(firm, mobile="13700000101")
    person_moves.leave(engine, actor=talent.actor, person_id=talent.id, lock=1, now=people.now)

    def release(kind, number):
        claims.release_claim(
            engine,
            actor=firm.registrar,
            kind=kind,
            number=number,
            reason="x",
            cipher=people.cipher,
            now=people.now,
        )

    with pytest.raises(NotFound):
        release("mobile", "13700000101")
    assert errors_of(lambda: release("99", "123")) == [("kind", "document_type_unknown")]


def test_a_change_is_not_decided_by_its_own_contact_nor_withdrawn_by_strangers(people, firms, engine):
    firm, other = firms.active(), people.agency(parent=firms.city)
    change = employer_changes.request_change(
        engine,
        actor=firm.admin,
        lock=firms.row(firm).lock,
        form=ChangeForm(agency_id=other),
        now=people.now,
    )
    himself = replace(firm.registrar, person_key=firm.admin.person_key)
    clerk = replace(firm.registrar, permissions=firm.admin.permissions)

    assert codes_of(
        lambda: employer_changes.decide_change(
            engine, actor=himself, change_id=change, lock=0, verdict=Verdict.APPROVE, now=people.now
        )
    ) == ["own_application"]
    with pytest.raises(NotFound):
        employer_changes.withdraw_change(engine, actor=clerk, change_id=change, lock=0, now=people.now)
    with pytest.raises(Stale):
        employer_changes.withdraw_change(engine, actor=firm.admin, change_id=change, lock=7, now=people.now)
    employer_changes.decide_change(
        engine, actor=firm.registrar, change_id=change, lock=0, verdict=Verdict.APPROVE, now=people.now
    )
    assert firms.row(firm).agency_id == other
    with Session(engine) as session:
        assert changes.detail(session, firm.admin, change).state == "approved"


def test_a_contact_change_answers_a_remark_about_the_contact(people, firms, engine):
    firm = firms.returned(Finding("mismatch", field="contact"))

    assert codes_of(lambda: firms.submit(firm)) == ["flagged_unanswered"]
    employer_changes.replace_contact(
        engine,
        actor=firm.admin,
        lock=firms.row(firm).lock,
        form=ContactForm("周新人", **people.numbers()),
        cipher=people.cipher,
        now=people.now,
    )
    assert firms.submit(firm) == 2


def test_a_file_must_exist_and_approved_registrations_keep_theirs(people, firms, engine):
    firm = firms.draft()
    attachment = firms.attach(firm, "licence")

    with pytest.raises(NotFound):
        employer_materials.attach(
            engine, actor=firm.admin, slot="licence", blob_id=1, file_name="x.pdf", now=people.now
        )
    with Session(engine) as session, session.begin():
        session.get(type(firms.row(firm)), firm.id).state = "active"
    assert codes_of(
        lambda: employer_materials.detach(engine, actor=firm.admin, attachment_id=attachment, now=people.now)
    ) == ["wrong_status"]


def test_the_site_says_whether_a_credit_code_is_asked(people, firms, engine):
    def register(**changes):
        form = firms.form(**changes)
        made = employers.register(
            engine,
            actor=VISITOR,
            form=form,
            cipher=people.cipher,
            passwords=people.passwords,
            now=people.now,
        )
        with Session(engine) as session:
            return session.get(type(firms.row(firms.draft())), made.employer_id).credit_code

    change_site(engine, credit_code="off")
    assert register(credit_code=credit_code(31)) is None
    change_site(engine, credit_code="optional")
    assert register(credit_code=credit_code(31)) == credit_code(31)
    with pytest.raises(NameTaken):
        register(credit_code=credit_code(31))
    change_site(engine, credit_code="required")
    assert errors_of(register) == [("credit_code", "required")]


def test_a_document_type_out_of_use_is_refused(people, firms, talents, engine):
    form = replace(talents.form(firms.active().id), doc_type="99")

    assert errors_of(
        lambda: persons.register(
            engine, actor=VISITOR, form=form, cipher=people.cipher, passwords=people.passwords, now=people.now
        )
    ) == [("doc_type", "document_type_unknown")]


def test_a_birth_date_in_the_future_is_refused(people, firms, talents, engine):
    talent = talents.registered(firms.active())
    form = PersonEdit(doc_type="2", doc_no="E12345678", sex="1", birth=date(2027, 1, 1))

    assert errors_of(
        lambda: persons.edit(
            engine, actor=talent.actor, lock=0, form=form, cipher=people.cipher, now=people.now
        )
    ) == [("birth", "birth_in_future")]


def test_a_passport_replaces_an_id_number_with_its_own_birth_and_sex(people, firms, talents, engine):
    talent = talents.registered(firms.active())
    form = PersonEdit(doc_type="2", doc_no="E12345678", sex="2", birth=date(1991, 1, 1))

    persons.edit(engine, actor=talent.actor, lock=0, form=form, cipher=people.cipher, now=people.now)

    row = talents.row(talent)
    assert (row.doc_type, row.sex, row.birth) == ("2", "2", date(1991, 1, 1))
    with Session(engine) as session:
        assert session.get(Account, talent.actor.account_id).doc_type == "2"


def test_an_account_that_is_gone_changes_nothing_of_its_own(people, firms, engine):
    ghost = replace(firms.draft().admin, account_id=1)
    given = {"now": people.now, "passwords": people.passwords}

    with pytest.raises(InvalidInput) as refused:
        own_account.change_password(engine, actor=ghost, old="a", new="Another-pass-2026", **given)

    assert [error.code for error in refused.value.errors] == ["wrong_password"]


def test_a_batch_over_the_limit_is_refused_as_a_whole(people, firms, engine):
    firm = firms.submitted()

    with pytest.raises(InvalidInput) as refused:
        employers.decide(
            engine,
            actor=firm.registrar,
            verdict=Verdict.APPROVE,
            seen=dict.fromkeys(range(10_001), 0),
            now=people.now,
        )

    said = refused.value.errors[0]
    assert (said.code, said.params) == ("batch_too_large", {"max": 10_000, "count": 10_001})


def test_officers_do_not_review_persons(people, firms, talents, engine):
    firm = firms.active()
    talent = talents.registered(firm)

    with pytest.raises(NotAllowed):
        persons.decide(
            engine, actor=firm.registrar, verdict=Verdict.APPROVE, seen={talent.id: 0}, now=people.now
        )


def test_a_password_changed_during_the_sign_in_wins(people, firms, engine):
    firm = firms.draft()
    clerk = people.staff(firm.admin, "employer_reader")

    class Racing:
        """Lets an administrator reset the password between proof and sign-in."""

        def hash(self, password):
            return people.passwords.hasher.hash(password)

        def needs_rehash(self, stored):
            return people.passwords.hasher.needs_rehash(stored)

        def verify(self, stored, password):
            account_changes.reset_password(
                engine,
                actor=firm.admin,
                account_id=clerk.account_id,
                password="Another-pass-77",
                passwords=people.passwords,
                now=people.now,
            )
            return people.passwords.hasher.verify(stored, password)

    with pytest.raises(SignInFailed):
        sign_in.authenticate(
            engine,
            entry=Entry.EMPLOYER,
            name=clerk.username,
            password=PASSWORD,
            actor=VISITOR,
            cipher=people.cipher,
            hasher=Racing(),
            now=people.now,
        )


def test_only_staff_have_an_employer_page_and_only_persons_their_own(people, firms, talents, engine):
    firm = firms.active()
    with Session(engine) as session:
        with pytest.raises(NotFound):
            person_queries.own(session, firm.admin)
        with pytest.raises(NotFound):
            employer_queries.own_status(session, people.superuser())
        with pytest.raises(NotFound):
            employer_queries.detail(session, talents.registered(firm).actor, firms.draft().id)
