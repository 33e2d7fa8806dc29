import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands import employer_changes
from app.commands.employer_changes import ChangeForm, ContactForm
from app.domain.errors import Blocked, IdentityTaken, InvalidInput, NameTaken, NotAllowed, NotFound, Stale
from app.domain.registration import Verdict
from app.models.account import Account, IdentityClaim
from app.models.employer import EmployerChange
from tests.factories.employers import credit_code


def codes_of(call):
    with pytest.raises(Blocked) as refused:
        call()
    return [block.code for block in refused.value.blocks]


@pytest.fixture
def ask(people, firms):
    def request(firm, **changes):
        return employer_changes.request_change(
            people.engine,
            actor=firm.admin,
            lock=firms.row(firm).lock,
            form=ChangeForm(**changes),
            now=people.now,
        )

    return request


@pytest.fixture
def answer(people):
    def decide(actor, change_id, verdict=Verdict.APPROVE, lock=0, reason=""):
        employer_changes.decide_change(
            people.engine,
            actor=actor,
            change_id=change_id,
            lock=lock,
            verdict=verdict,
            reason=reason,
            now=people.now,
        )

    return decide


def state_of(engine, change_id):
    with Session(engine) as session:
        return session.get(EmployerChange, change_id).state


def test_the_old_values_stay_until_the_bureau_approves(people, firms, engine, ask, answer):
    firm, other = firms.active(), people.agency(parent=firms.city)
    old = firms.row(firm).name

    change = ask(firm, name="云海新名研究院", credit_code=credit_code(5), agency_id=other)
    assert (firms.row(firm).name, firms.row(firm).agency_id) == (old, firm.agency_id)
    answer(firm.registrar, change)

    row = firms.row(firm)
    assert (row.name, row.credit_code, row.agency_id) == ("云海新名研究院", credit_code(5), other)
    assert row.agency_path.endswith(f"/{other}/")
    with Session(engine) as session:
        stored = session.get(EmployerChange, change)
    assert (stored.state, stored.before["name"]) == ("approved", old)


def test_a_reason_that_is_too_long_is_refused_at_its_field(firms, engine, ask, answer):
    firm = firms.active()
    change = ask(firm, name="云海新名研究院")

    with pytest.raises(InvalidInput) as refused:
        answer(firm.registrar, change, Verdict.SEND_BACK, reason="长" * 501)

    assert [error.field for error in refused.value.errors] == ["reason"]
    assert state_of(engine, change) == "submitted"


def test_a_returned_change_leaves_the_values_and_carries_its_reason(firms, engine, ask, answer):
    firm = firms.active()
    old = firms.row(firm).name
    change = ask(firm, name="云海新名研究院")

    assert codes_of(lambda: answer(firm.registrar, change, Verdict.SEND_BACK)) == ["reason_required"]
    answer(firm.registrar, change, Verdict.SEND_BACK, reason="请附变更通知书")

    assert (firms.row(firm).name, state_of(engine, change)) == (old, "returned")
    assert codes_of(lambda: answer(firm.registrar, change, lock=1)) == ["wrong_status"]
    assert ask(firm, name="云海新名研究院")


def test_only_one_change_is_open_at_a_time(firms, ask):
    firm = firms.active()
    ask(firm, name="云海新名研究院")

    assert codes_of(lambda: ask(firm, name="云海另名研究院")) == ["change_open"]


def test_a_change_of_nothing_is_refused(firms, ask):
    firm = firms.active()

    with pytest.raises(InvalidInput) as refused:
        ask(firm, name=firms.row(firm).name, agency_id=firm.agency_id)
    assert [e.code for e in refused.value.errors] == ["nothing_changed"]


def test_only_active_employers_ask_for_changes(firms, ask):
    firm = firms.draft()

    assert codes_of(lambda: ask(firm, name="云海新名研究院")) == ["wrong_status"]


def test_a_credit_code_taken_meanwhile_refuses_the_approval(firms, engine, ask, answer):
    firm = firms.active()
    change = ask(firm, credit_code=credit_code(6))
    firms.draft(credit_code=credit_code(6))

    with pytest.raises(NameTaken):
        answer(firm.registrar, change)
    assert (state_of(engine, change), firms.row(firm).credit_code) == ("submitted", None)
    other = firms.active()
    with pytest.raises(NameTaken):
        ask(other, credit_code=credit_code(6))


def test_the_new_bureau_of_another_county_does_not_decide_the_move(people, firms, engine, ask, answer):
    firm, other = firms.active(), people.agency(parent=firms.city)
    change = ask(firm, agency_id=other)
    stranger = people.officer(other, "registrar")

    with pytest.raises(NotFound):
        answer(stranger, change)
    with pytest.raises(NotAllowed):
        answer(firm.leader, change)
    assert codes_of(lambda: answer(people.officer(firms.city, "registrar"), change)) == ["not_your_role"]
    with pytest.raises(Stale):
        answer(firm.registrar, change, lock=3)
    assert state_of(engine, change) == "submitted"


def test_a_change_is_withdrawn_by_its_employer_only(people, firms, engine, ask):
    firm, other = firms.active(), firms.active()
    change = ask(firm, name="云海新名研究院")

    def withdraw(actor, lock=0):
        employer_changes.withdraw_change(engine, actor=actor, change_id=change, lock=lock, now=people.now)

    with pytest.raises(NotFound):
        withdraw(other.admin)
    withdraw(firm.admin)
    assert state_of(engine, change) == "withdrawn"
    assert codes_of(lambda: withdraw(firm.admin, 1)) == ["wrong_status"]


def test_replacing_the_contact_frees_both_numbers(people, firms, talents, engine):
    firm = firms.active(mobile="13700000061")
    with Session(engine) as session:
        old_digests = set(
            session.scalars(
                select(IdentityClaim.digest).where(IdentityClaim.account_id == firm.admin.account_id)
            )
        )
    people.signed_in(firm.admin)
    people.signed_in(firm.admin, "other")
    new = people.numbers()

    employer_changes.replace_contact(
        engine,
        actor=firm.admin,
        lock=firms.row(firm).lock,
        form=ContactForm("周新人", **new),
        cipher=people.cipher,
        now=people.now,
    )

    with Session(engine) as session:
        account = session.get(Account, firm.admin.account_id)
        digests = set(
            session.scalars(select(IdentityClaim.digest).where(IdentityClaim.account_id == account.id))
        )
    assert (account.full_name, account.mobile_masked[-4:]) == ("周新人", new["mobile"][-4:])
    assert len(digests) == 2
    assert not digests & old_digests
    assert people.open_sessions(firm.admin) == 1
    assert talents.registered(firm, mobile="13700000061")


def test_a_contact_whose_number_is_taken_is_refused(people, firms, talents, engine):
    firm = firms.active()
    talents.registered(firm, mobile="13700000062")
    with Session(engine) as session:
        before = session.scalar(select(func.count()).select_from(IdentityClaim))

    with pytest.raises(IdentityTaken):
        employer_changes.replace_contact(
            engine,
            actor=firm.admin,
            lock=firms.row(firm).lock,
            form=ContactForm("周新人", **(people.numbers() | {"mobile": "13700000062"})),
            cipher=people.cipher,
            now=people.now,
        )
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(IdentityClaim)) == before
        assert session.get(Account, firm.admin.account_id).full_name == "钱小二"
