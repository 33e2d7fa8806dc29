"""Invariant I8: a number is claimed once over all accounts, and every open account's numbers are claimed."""

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import (
    account_changes,
    accounts,
    claims,
    employer_changes,
    employers,
    own_account,
    person_moves,
    persons,
)
from app.commands.employer_changes import ContactForm
from app.commands.persons import PersonEdit
from app.domain.errors import DomainError
from app.models.account import Account, IdentityClaim
from app.models.employer import Employer
from app.models.person import Person
from app.models.work import SecretValue
from tests.factories.accounts import PASSWORD, VISITOR, mobile, resident_number

VERBS = (
    "employer",
    "person",
    "staff",
    "edit",
    "contact",
    "close",
    "close_staff",
    "release",
    "mobile",
    "leave",
)
steps = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 4), st.integers(0, 4), st.integers(0, 30)), max_size=12
)


def claims_and_numbers(engine):
    with Session(engine) as session:
        claimed = Counter((c.account_id, c.digest) for c in session.scalars(select(IdentityClaim)))
        held = Counter()
        for account in session.scalars(select(Account)):
            for secret_id in (account.doc_no_id, account.mobile_id):
                if secret_id is not None:
                    secret = session.get(SecretValue, secret_id)
                    held[account.id, secret.digest] += 1
                    assert account.closed_at is None
            assert (account.person_key is None) == (account.doc_no_id is None)
        digests = [digest for _, digest in claimed]
    assert len(digests) == len(set(digests))
    return claimed, held


class World:
    """Takes one random step; refusals are fine, they only must change nothing."""

    def __init__(self, people, firms, talents):
        self.people, self.firms, self.talents = people, firms, talents
        self.firm = firms.active()

    def take(self, verb, doc, phone, pick):
        numbers = {"doc_type": "1", "doc_no": resident_number(500 + doc), "mobile": mobile(500 + phone)}
        before = claims_and_numbers(self.people.engine)
        try:
            getattr(self, verb)(numbers, pick)
        except DomainError:
            assert claims_and_numbers(self.people.engine) == before

    def common(self):
        return {"cipher": self.people.cipher, "passwords": self.people.passwords, "now": self.people.now}

    def pick(self, pick, model, *conditions):
        with Session(self.people.engine) as session:
            found = session.scalars(select(model).where(*conditions).order_by(model.id)).all()
        return found[pick % len(found)] if found else None

    def employer(self, numbers, _pick):
        form = replace(self.firms.form(), **numbers)
        employers.register(self.people.engine, actor=VISITOR, form=form, **self.common())

    def person(self, numbers, _pick):
        form = replace(self.talents.form(self.firm.id), **numbers)
        persons.register(self.people.engine, actor=VISITOR, form=form, **self.common())

    def staff(self, numbers, _pick):
        form = self.people.form(**numbers)
        accounts.create_staff(
            self.people.engine,
            actor=self.firm.admin,
            form=form,
            functions={"employer_reader"},
            **self.common(),
        )

    def edit(self, numbers, pick):
        if person := self.pick(pick, Person):
            persons.edit(
                self.people.engine,
                actor=self.people.actor(person.account_id),
                lock=person.lock,
                form=PersonEdit(**numbers),
                cipher=self.people.cipher,
                now=self.people.now,
            )

    def contact(self, numbers, pick):
        employer = self.pick(pick, Employer)
        employer_changes.replace_contact(
            self.people.engine,
            actor=self.people.actor(employer.contact_account_id),
            lock=employer.lock,
            form=ContactForm("周新人", **numbers),
            cipher=self.people.cipher,
            now=self.people.now,
        )

    def close(self, _numbers, pick):
        if person := self.pick(pick, Person):
            person_moves.close(
                self.people.engine,
                actor=self.people.actor(person.account_id),
                lock=person.lock,
                password=PASSWORD,
                hasher=self.people.passwords.hasher,
                now=self.people.now,
            )

    def close_staff(self, _numbers, pick):
        if account := self.pick(pick, Account, Account.employer_id == self.firm.id):
            account_changes.close(
                self.people.engine, actor=self.firm.admin, account_id=account.id, now=self.people.now
            )

    def release(self, numbers, pick):
        kind, number = ("1", numbers["doc_no"]) if pick % 2 else ("mobile", numbers["mobile"])
        claims.release_claim(
            self.people.engine,
            actor=self.firm.registrar,
            kind=kind,
            number=number,
            reason="测试",
            cipher=self.people.cipher,
            now=self.people.now,
        )

    def mobile(self, numbers, pick):
        if person := self.pick(pick, Person):
            own_account.change_mobile(
                self.people.engine,
                actor=self.people.actor(person.account_id),
                password=PASSWORD,
                mobile=numbers["mobile"],
                cipher=self.people.cipher,
                hasher=self.people.passwords.hasher,
                now=self.people.now,
            )

    def leave(self, _numbers, pick):
        if person := self.pick(pick, Person):
            person_moves.leave(
                self.people.engine,
                actor=self.people.actor(person.account_id),
                person_id=person.id,
                lock=person.lock,
                now=self.people.now,
            )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=steps)
def test_claims_are_exactly_the_numbers_of_open_accounts(people, firms, talents, taken):
    world = World(people, firms, talents)

    for step in taken:
        world.take(*step)
        claimed, held = claims_and_numbers(people.engine)
        assert claimed == held
