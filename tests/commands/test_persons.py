from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands import employers, own_account, person_moves, persons
from app.commands.consents import ConsentGiven
from app.commands.persons import PersonEdit
from app.domain.errors import (
    Blocked,
    DomainError,
    EmployerNotActive,
    IdentityTaken,
    InvalidInput,
    NotAllowed,
    NotFound,
    Stale,
)
from app.domain.registration import Finding, Verdict
from app.models.account import Account, IdentityClaim
from app.models.audit import AuditEvent
from app.models.employer import Employer, RegistrationReview
from app.models.person import Person
from app.models.work import Message
from tests.commands.flow import Flow
from tests.factories.accounts import PASSWORD, VISITOR


def register(people, form):
    return persons.register(
        people.engine,
        actor=VISITOR,
        form=form,
        cipher=people.cipher,
        passwords=people.passwords,
        now=people.now,
    )


def decide(people, firm, seen, verdict=Verdict.APPROVE, actor=None, **given):
    return persons.decide(
        people.engine, actor=actor or firm.admin, verdict=verdict, seen=seen, now=people.now, **given
    )


def edit(people, talents, talent, form):
    return persons.edit(
        people.engine,
        actor=talent.actor,
        lock=talents.row(talent).lock,
        form=form,
        cipher=people.cipher,
        now=people.now,
    )


def counts(engine):
    with Session(engine) as session:
        return [
            session.scalar(select(func.count()).select_from(t))
            for t in (Account, Person, IdentityClaim, AuditEvent)
        ]


def errors_of(call):
    with pytest.raises(InvalidInput) as refused:
        call()
    return sorted((e.field, e.code) for e in refused.value.errors)


def codes_of(call):
    with pytest.raises(Blocked) as refused:
        call()
    return [block.code for block in refused.value.blocks]


def test_registering_derives_birth_sex_and_pinyin(firms, talents):
    talent = talents.registered(firms.active(), name="曾小美")

    row = talents.row(talent)
    assert (row.state, row.sex, row.birth) == ("registered", row.sex, date(1990, 3, 7))
    assert (row.name_py, row.name_initials, row.name_key) == ("zengxiaomei", "zxm", "曾小美")
    assert talent.actor.roles == {"applicant"}


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "suspended"])
def test_only_active_employers_can_be_chosen(people, firms, talents, engine, state):
    firm = firms.active()
    with Session(engine) as session, session.begin():
        session.get(Employer, firm.id).state = state
    before = counts(engine)

    assert errors_of(lambda: register(people, talents.form(firm.id))) == [("employer", "employer_not_active")]
    assert counts(engine) == before


def test_an_employer_that_does_not_exist_cannot_be_chosen(people, talents):
    assert errors_of(lambda: register(people, talents.form(4711))) == [("employer", "employer_not_active")]
    assert errors_of(lambda: register(people, talents.form(None))) == [("employer", "employer_not_active")]


def test_consent_to_an_old_version_is_no_consent(people, firms, talents):
    form = talents.form(firms.active().id, consent=ConsentGiven(0, None))

    assert errors_of(lambda: register(people, form)) == [
        ("notice", "notice_outdated"),
        ("sensitive", "consent_required"),
    ]


def test_sex_and_birth_that_differ_from_the_number_are_named(people, firms, talents):
    firm = firms.active()
    number = talents.form(firm.id).doc_no
    wrong = "2" if int(number[16]) % 2 else "1"
    form = replace(talents.form(firm.id), doc_no=number, sex=wrong, birth=date(1990, 3, 8))

    assert errors_of(lambda: register(people, form)) == [("birth", "birth_differs"), ("sex", "sex_differs")]


def test_a_passport_needs_sex_and_birth_from_the_form(people, firms, talents):
    firm = firms.active()
    form = replace(talents.form(firm.id), doc_type="2", doc_no="e 1234 5678")

    assert errors_of(lambda: register(people, form)) == [("birth", "required"), ("sex", "required")]
    made = register(people, replace(form, sex="2", birth=date(1985, 5, 5)))
    with Session(people.engine) as session:
        assert session.get(Account, made.account_id).doc_no_masked == "E1*****78"


def test_someone_too_young_is_refused(people, firms, talents):
    from_site = replace(
        talents.form(firms.active().id), doc_type="2", doc_no="E12345678", sex="1", birth=date(2015, 1, 1)
    )

    assert errors_of(lambda: register(people, from_site)) == [("birth", "age_out_of_range")]


def test_a_number_of_an_employers_contact_is_taken_for_persons(people, firms, talents, engine):
    contact = firms.form()
    firm = firms.active()
    employers.register(
        engine, actor=VISITOR, form=contact, cipher=people.cipher, passwords=people.passwords, now=people.now
    )
    before = counts(engine)

    with pytest.raises(IdentityTaken):
        register(people, replace(talents.form(firm.id), doc_no=contact.doc_no))
    assert counts(engine) == before


def test_simultaneous_registrations_of_both_parties_with_one_number_leave_one_account(
    people, firms, talents, engine
):
    firm = firms.active()
    as_person = [talents.form(firm.id, mobile="13700000009") for _ in range(2)]
    as_employer = [firms.form(mobile="13700000009") for _ in range(2)]
    before = counts(engine)[0]

    def attempt(form):
        command = register if hasattr(form, "employer_id") else _register_employer
        try:
            command(people, form)
        except DomainError as refused:
            return refused.code
        return "made"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(attempt, as_person + as_employer))

    assert answers == ["identity_taken"] * 3 + ["made"]
    assert counts(engine)[0] == before + 1


def _register_employer(people, form):
    return employers.register(
        people.engine,
        actor=VISITOR,
        form=form,
        cipher=people.cipher,
        passwords=people.passwords,
        now=people.now,
    )


def test_three_of_four_move_and_the_fourth_says_why(people, firms, talents, engine):
    firm = firms.active()
    waiting = [talents.registered(firm) for _ in range(3)]
    done = talents.active(firm)
    seen = {t.id: talents.row(t).lock for t in [*waiting, done]}

    result = decide(people, firm, seen)

    assert result.moved == tuple(t.id for t in waiting)
    assert [b.code for b in result.blocks_of(done.id)] == ["wrong_status"]
    with Session(engine) as session:
        told = session.scalars(
            select(Message.account_id).where(
                Message.template == "sms.reg_approve", Message.subject_kind == "person"
            )
        ).all()
    assert set(told) == {t.actor.account_id for t in [*waiting, done]}


def test_a_person_of_another_employer_is_unknown(people, firms, talents):
    mine, other = firms.active(), firms.active()
    theirs = talents.registered(other)

    result = decide(people, mine, {theirs.id: 0})

    assert (result.unknown, result.skipped) == ((theirs.id,), ())
    assert talents.row(theirs).state == "registered"


def test_nobody_approves_himself(people, firms, talents):
    firm = firms.active()
    talent = talents.registered(firm)
    himself = replace(firm.admin, person_key=talent.actor.person_key)

    result = decide(people, firm, {talent.id: 0}, actor=himself)

    assert [b.code for b in result.blocks_of(talent.id)] == ["own_application"]
    assert talents.row(talent).state == "registered"


def test_readers_and_service_staff_do_not_review(people, firms, talents):
    firm = firms.active()
    talent = talents.registered(firm)

    for function in ("employer_reader", "service_staff"):
        with pytest.raises(NotAllowed):
            decide(people, firm, {talent.id: 0}, actor=people.staff(firm.admin, function))
    assert decide(
        people, firm, {talent.id: 0}, actor=people.staff(firm.admin, "employer_reviewer")
    ).moved == (talent.id,)


def test_staff_of_a_suspended_employer_review_nobody(people, firms, talents):
    firm = firms.active()
    talent = talents.registered(firm)
    employers.suspend(
        people.engine,
        actor=firm.leader,
        employer_id=firm.id,
        lock=firms.row(firm).lock,
        reason="停业",
        now=people.now,
    )

    with pytest.raises(EmployerNotActive):
        decide(people, firm, {talent.id: 0})
    assert talents.row(talent).state == "registered"


def test_a_return_carries_its_reason_and_comes_back(people, firms, talents, engine):
    firm = firms.active()
    talent = talents.registered(firm)

    decide(
        people,
        firm,
        {talent.id: 0},
        Verdict.SEND_BACK,
        findings=(Finding("other", "姓名有误", field="name"),),
        opinion="请改正",
    )

    row = talents.row(talent)
    assert (row.state, row.return_reason) == ("returned", "姓名有误 请改正")
    edit(people, talents, talent, PersonEdit(name="孙大美"))
    persons.submit(engine, actor=talent.actor, lock=talents.row(talent).lock, now=people.now)
    assert (talents.row(talent).state, talents.row(talent).name_py) == ("registered", "sundamei")
    talents.decide(firm, Verdict.APPROVE, talent)
    with Session(engine) as session:
        verdicts = session.scalars(
            select(RegistrationReview.verdict)
            .where(RegistrationReview.subject_id == talent.id)
            .order_by(RegistrationReview.id)
        ).all()
    assert verdicts == ["send_back", "approve"]
    assert talents.row(talent).return_reason is None


def test_editing_frees_the_old_numbers_and_claims_the_new(people, firms, talents, engine):
    firm = firms.active()
    talent, old = talents.registered(firm, mobile="13700000011"), "13700000011"
    fresh = people.numbers()

    edit(people, talents, talent, PersonEdit(doc_type="1", doc_no=fresh["doc_no"], mobile=fresh["mobile"]))

    assert talents.registered(firm, mobile=old)
    with Session(engine) as session:
        account = session.get(Account, talent.actor.account_id)
        held = session.scalars(select(IdentityClaim.kind).where(IdentityClaim.account_id == account.id)).all()
    assert sorted(held) == ["cn18", "mobile"]
    assert account.person_key != talent.actor.person_key
    assert account.mobile_masked[-4:] == fresh["mobile"][-4:]


def test_editing_to_a_taken_number_changes_nothing(people, firms, talents, engine):
    firm = firms.active()
    talent = talents.registered(firm)
    talents.registered(firm, mobile="13700000012")
    before = counts(engine)

    with pytest.raises(IdentityTaken):
        edit(people, talents, talent, PersonEdit(name="孙大美", mobile="13700000012"))

    assert counts(engine) == before
    assert talents.row(talent).name == "孙小美"


def test_editing_with_ones_own_numbers_changes_nothing(people, firms, talents, engine):
    talent = talents.registered(firms.active(), mobile="13700000013")
    before = counts(engine)

    assert edit(people, talents, talent, PersonEdit(mobile="137 0000 0013")) == 0
    assert counts(engine) == before


def test_an_approved_person_does_not_edit(people, firms, talents):
    talent = talents.active(firms.active())

    assert codes_of(lambda: edit(people, talents, talent, PersonEdit(name="别人"))) == ["wrong_status"]


def test_a_waiting_person_switches_to_the_right_employer(people, firms, talents, engine):
    wrong, right = firms.active(), firms.active()
    talent = talents.registered(wrong)

    person_moves.switch_employer(engine, actor=talent.actor, lock=0, employer_id=right.id, now=people.now)

    assert decide(people, wrong, {talent.id: 1}).unknown == (talent.id,)
    assert decide(people, right, {talent.id: 1}).moved == (talent.id,)
    assert codes_of(
        lambda: person_moves.switch_employer(
            engine, actor=talent.actor, lock=2, employer_id=wrong.id, now=people.now
        )
    ) == ["wrong_status"]


def test_switching_to_an_employer_that_is_not_active_is_refused(people, firms, talents, engine):
    talent, draft = talents.registered(firms.active()), firms.draft()

    assert errors_of(
        lambda: person_moves.switch_employer(
            engine, actor=talent.actor, lock=0, employer_id=draft.id, now=people.now
        )
    ) == [("employer", "employer_not_active")]
    assert talents.row(talent).lock == 0


def test_leaving_and_choosing_another_employer(people, firms, talents, engine):
    old, new = firms.active(), firms.active()
    talent = talents.active(old)

    person_moves.leave(engine, actor=old.admin, person_id=talent.id, lock=1, now=people.now)
    assert (talents.row(talent).state, talents.row(talent).employer_id) == ("unbound", None)
    actor = people.actor(talent.actor.account_id)
    person_moves.choose_employer(engine, actor=actor, lock=2, employer_id=new.id, now=people.now)

    assert (talents.row(talent).state, talents.row(talent).employer_id) == ("registered", new.id)


def test_another_employer_cannot_make_a_person_leave(people, firms, talents, engine):
    talent, stranger = talents.active(firms.active()), firms.active()

    with pytest.raises(NotFound):
        person_moves.leave(engine, actor=stranger.admin, person_id=talent.id, lock=1, now=people.now)
    with pytest.raises(Stale):
        person_moves.leave(engine, actor=talent.actor, person_id=talent.id, lock=0, now=people.now)
    assert talents.row(talent).state == "active"


def test_closing_frees_the_numbers_and_ends_the_sign_ins(people, firms, talents, engine):
    firm = firms.active()
    talent = talents.active(firm, mobile="13700000014")
    people.signed_in(talent.actor)

    def close(password):
        person_moves.close(
            engine,
            actor=talent.actor,
            lock=1,
            password=password,
            hasher=people.passwords.hasher,
            now=people.now,
        )

    assert errors_of(lambda: close("wrong")) == [("password", "wrong_password")]
    close(PASSWORD)

    assert talents.row(talent).state == "closed"
    assert people.open_sessions(talent.actor) == 0
    with Session(engine) as session:
        account = session.get(Account, talent.actor.account_id)
    assert (account.active, account.mobile_masked, account.person_key) == (False, None, None)
    assert talents.registered(firm, mobile="13700000014")


def test_the_employer_assigns_who_serves_a_person(people, firms, talents, engine):
    firm, other = firms.active(), firms.active()
    talent = talents.active(firm)
    server, stranger = people.staff(firm.admin, "service_staff"), people.staff(other.admin, "service_staff")

    def assign(account_id):
        lock = talents.row(talent).lock
        person_moves.assign_service(
            engine, actor=firm.admin, person_id=talent.id, lock=lock, account_id=account_id, now=people.now
        )

    for wrong in (stranger.account_id, talent.actor.account_id, 1):
        assert errors_of(lambda account_id=wrong: assign(account_id)) == [("service_account", "not_a_choice")]
    assign(server.account_id)
    assert talents.row(talent).service_account_id == server.account_id
    assign(None)
    assert talents.row(talent).service_account_id is None


def test_who_somebody_is_does_not_change_under_a_case_on_its_way(flow: Flow) -> None:
    (case,) = flow.sealed()
    holder, me, engine = flow.people[case], flow.me(case), flow.engine

    def lock() -> int:
        with Session(engine) as session:
            return session.get_one(Person, holder.id).lock

    person_moves.leave(engine, actor=me, person_id=holder.id, lock=lock(), now=flow.now)
    person_moves.choose_employer(engine, actor=me, lock=lock(), employer_id=flow.firm.id, now=flow.now)
    before, cipher = lock(), flow.town.ports.cipher
    number = flow.town.numbers()[0]

    for form in (PersonEdit(name="王五六"), PersonEdit(doc_type="1", doc_no=number)):
        with pytest.raises(Blocked) as refused:
            persons.edit(engine, actor=me, lock=before, form=form, cipher=cipher, now=flow.now)
        assert [block.code for block in refused.value.blocks] == ["open_application_exists"]
    mobile = flow.town.numbers()[1]
    persons.edit(engine, actor=me, lock=before, form=PersonEdit(mobile=mobile), cipher=cipher, now=flow.now)

    with Session(engine) as session:
        person = session.get_one(Person, holder.id)
        assert (person.name, person.lock) == (holder.name, before + 1)


def test_an_employer_that_is_suspended_meanwhile_approves_nobody(people, firms, talents, monkeypatch):
    firm = firms.active()
    talent = talents.registered(firm)
    asked = persons.require_active

    def suspended_after_the_look(engine, actor):
        asked(engine, actor)
        with Session(engine) as session:
            lock = session.get_one(Employer, firm.id).lock
        employers.suspend(
            engine, actor=firm.leader, employer_id=firm.id, lock=lock, reason="核查", now=people.now
        )

    monkeypatch.setattr(persons, "require_active", suspended_after_the_look)

    with pytest.raises(EmployerNotActive):
        decide(people, firm, {talent.id: talents.row(talent).lock})

    assert talents.row(talent).state == "registered"


def test_a_returned_registration_is_changed_or_explained(people, firms, talents, engine):
    firm = firms.active()
    talent = talents.registered(firm)
    flagged = (Finding("mismatch", "与身份证不符", field="name"), Finding("mismatch", "停机", field="mobile"))
    decide(people, firm, {talent.id: 0}, Verdict.SEND_BACK, findings=flagged)
    before = talents.row(talent)

    with pytest.raises(Blocked) as refused:
        persons.submit(engine, actor=talent.actor, lock=before.lock, now=people.now)
    assert [block.params["item"] for block in refused.value.blocks] == ["name", "mobile"]
    with pytest.raises(Blocked):
        persons.submit(engine, actor=talent.actor, lock=before.lock, answer="  ", now=people.now)
    row = talents.row(talent)
    assert (row.state, row.lock, row.return_answer) == ("returned", before.lock, None)

    edit(people, talents, talent, PersonEdit(name="孙大美"))
    with pytest.raises(Blocked) as half:
        persons.submit(engine, actor=talent.actor, lock=talents.row(talent).lock, now=people.now)
    assert [block.params["item"] for block in half.value.blocks] == ["mobile"]

    persons.submit(
        engine, actor=talent.actor, lock=talents.row(talent).lock, answer="手机号码已恢复", now=people.now
    )
    assert (talents.row(talent).state, talents.row(talent).return_answer) == ("registered", "手机号码已恢复")
    talents.decide(firm, Verdict.APPROVE, talent)
    assert talents.row(talent).return_answer is None


def test_a_mobile_changed_among_ones_account_data_was_changed_too(people, firms, talents, engine):
    firm = firms.active()
    talent = talents.registered(firm)
    flagged = (Finding("mismatch", "停机", field="mobile"),)
    later = people.now + timedelta(minutes=1)

    def new_mobile(mobile, now):
        own_account.change_mobile(
            engine,
            actor=talent.actor,
            password=PASSWORD,
            mobile=mobile,
            cipher=people.cipher,
            hasher=people.passwords.hasher,
            now=now,
        )

    new_mobile("13700000071", people.now - timedelta(minutes=1))
    decide(people, firm, {talent.id: talents.row(talent).lock}, Verdict.SEND_BACK, findings=flagged)

    with pytest.raises(Blocked):
        persons.submit(engine, actor=talent.actor, lock=talents.row(talent).lock, now=later)
    new_mobile("13700000072", later)
    persons.submit(engine, actor=talent.actor, lock=talents.row(talent).lock, now=later)
    assert talents.row(talent).state == "registered"


def test_what_was_changed_before_an_earlier_return_answers_no_later_one(people, firms, talents, engine):
    firm = firms.active()
    talent = talents.registered(firm)
    flagged = (Finding("mismatch", "与身份证不符", field="name"),)
    decide(people, firm, {talent.id: 0}, Verdict.SEND_BACK, findings=flagged)
    edit(people, talents, talent, PersonEdit(name="孙大美"))
    persons.submit(engine, actor=talent.actor, lock=talents.row(talent).lock, now=people.now)
    decide(people, firm, {talent.id: talents.row(talent).lock}, Verdict.SEND_BACK, findings=flagged)

    with pytest.raises(Blocked):
        persons.submit(engine, actor=talent.actor, lock=talents.row(talent).lock, now=people.now)
    assert talents.row(talent).state == "returned"
