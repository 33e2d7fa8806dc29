from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands import account_changes, sign_in
from app.domain.errors import DomainError
from app.domain.sign_in import Entry, SignInFailed, WrongEntry
from app.models.account import Account
from app.models.audit import AccessEvent
from app.models.work import SignInFailure
from tests.factories.accounts import PASSWORD, VISITOR


class CountingHasher:
    """The real hasher, counting how often it is asked."""

    def __init__(self, hasher, *, outdated=False):
        self.hasher, self.outdated, self.verified = hasher, outdated, 0

    def hash(self, password):
        return self.hasher.hash(password)

    def verify(self, stored, password):
        self.verified += 1
        return self.hasher.verify(stored, password)

    def needs_rehash(self, stored):
        return self.outdated or self.hasher.needs_rehash(stored)


@pytest.fixture
def enter(people):
    def attempt(name, password=PASSWORD, entry=Entry.EMPLOYER, at=None, hasher=None):
        return sign_in.authenticate(
            people.engine,
            entry=entry,
            name=name,
            password=password,
            actor=VISITOR,
            cipher=people.cipher,
            hasher=hasher or people.passwords.hasher,
            now=at or people.now,
        )

    return attempt


def log(engine):
    with Session(engine) as session:
        rows = select(AccessEvent.result).where(AccessEvent.kind == "sign_in").order_by(AccessEvent.id)
        return list(session.scalars(rows))


def failures(engine):
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(SignInFailure))


@pytest.mark.parametrize("name", ["emp-x1", " EMP-X1 ", "13700000051", "+86 137 0000 0051"])
def test_user_name_and_mobile_both_sign_in(firms, enter, engine, name):
    admin = firms.draft(username="emp-x1", mobile="13700000051").admin

    found = enter(name)

    assert (found.account_id, found.kind, found.must_change_password) == (admin.account_id, "employer", False)
    assert log(engine) == ["ok"]


def test_an_account_whose_password_someone_else_set_must_change_it(people, firms, enter):
    clerk = people.staff(firms.draft().admin, "employer_reader")

    assert enter(clerk.username).must_change_password


def test_unknown_name_and_wrong_password_cost_the_same_and_answer_the_same(people, firms, enter):
    firms.draft(username="emp-x1")
    hasher = CountingHasher(people.passwords.hasher)
    answers = []

    for name, password in (("emp-x1", "wrong"), ("nobody", PASSWORD), ("13999999999", PASSWORD), ("", "")):
        with pytest.raises(SignInFailed) as refused:
            enter(name, password, hasher=hasher)
        answers.append((refused.value.code, refused.value.status, dict(refused.value.params)))

    assert answers == [answers[0]] * 4
    assert hasher.verified == 4


def test_the_right_entry_is_named_only_after_the_right_password(firms, talents, enter, engine):
    talent = talents.registered(firms.active())
    name = talent.actor.username

    with pytest.raises(SignInFailed):
        enter(name, "wrong")
    with pytest.raises(WrongEntry) as refused:
        enter(name)
    assert refused.value.entry == "person"
    assert enter(name, entry=Entry.PERSON).account_id == talent.actor.account_id
    assert log(engine) == ["failed", "wrong_entry", "ok"]


def test_officers_and_superusers_use_the_officers_entry(people, firms, enter):
    officer, root = people.officer(firms.county, "registrar"), people.superuser()

    for actor in (officer, root):
        assert enter(actor.username, entry=Entry.OFFICER).account_id == actor.account_id
        with pytest.raises(WrongEntry):
            enter(actor.username, entry=Entry.PERSON)


def test_five_failures_lock_for_a_quarter_of_an_hour_and_leave_sessions_alone(people, firms, enter, engine):
    admin = firms.draft(username="emp-x1").admin
    people.signed_in(admin)
    for _ in range(5):
        with pytest.raises(SignInFailed):
            enter("emp-x1", "wrong")

    with pytest.raises(SignInFailed):
        enter("emp-x1")
    with pytest.raises(SignInFailed):
        enter("emp-x1", at=people.now + timedelta(minutes=14))

    assert people.open_sessions(admin) == 1
    assert failures(engine) == 5  # tries against the lock do not prolong it
    assert enter("emp-x1", at=people.now + timedelta(minutes=15, seconds=1)).account_id == admin.account_id
    assert failures(engine) == 0
    assert log(engine) == ["failed"] * 5 + ["locked"] * 2 + ["ok"]


def test_four_failures_do_not_lock(firms, enter):
    firms.draft(username="emp-x1")
    for _ in range(4):
        with pytest.raises(SignInFailed):
            enter("emp-x1", "wrong")

    assert enter("emp-x1")


def test_a_disabled_account_fails_like_any_other(people, firms, enter):
    firm = firms.draft()
    clerk = people.staff(firm.admin, "employer_reader")
    account_changes.disable(people.engine, actor=firm.admin, account_id=clerk.account_id, now=people.now)

    with pytest.raises(SignInFailed):
        enter(clerk.username)


def test_an_outdated_hash_is_renewed(people, firms, enter, engine):
    admin = firms.draft(username="emp-x1").admin

    def stored():
        with Session(engine) as session:
            return session.get(Account, admin.account_id).password

    before = stored()
    enter("emp-x1")
    assert stored() == before
    enter("emp-x1", hasher=CountingHasher(people.passwords.hasher, outdated=True))
    assert stored() != before
    assert people.passwords.hasher.verify(stored(), PASSWORD)


def test_an_overlong_password_is_only_wrong(firms, enter):
    firms.draft(username="emp-x1")

    with pytest.raises(DomainError, match="sign_in_failed"):
        enter("emp-x1", PASSWORD + "x" * 1_000_000)


def test_a_present_password_is_proved_for_dangerous_steps_until_the_account_is_locked(people, firms):
    admin = firms.draft().admin

    def proved(actor, password):
        given = {"hasher": people.passwords.hasher, "now": people.now}
        return sign_in.proved(people.engine, actor=actor, password=password, **given) is not None

    assert proved(admin, PASSWORD)
    assert not proved(replace(admin, account_id=1), PASSWORD)
    assert [proved(admin, "wrong") for _ in range(5)] == [False] * 5
    assert not proved(admin, PASSWORD)
