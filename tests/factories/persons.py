"""Persons in every state, taken there by the commands."""

from dataclasses import dataclass, field
from itertools import count

from sqlalchemy.orm import Session

from app.commands import persons
from app.commands.persons import PersonForm
from app.domain.registration import Finding, Verdict
from app.domain.roles import Actor
from app.models.person import Person
from tests.factories.accounts import CONSENT, PASSWORD, VISITOR, People
from tests.factories.employers import Firm


@dataclass(frozen=True)
class Talent:
    """A person and his actor."""

    id: int
    actor: Actor


@dataclass
class Persons:
    """Makes persons of given employers."""

    people: People
    serials: count = field(default_factory=lambda: count(1))

    def form(self, employer_id: int | None, **changes: object) -> PersonForm:
        serial = next(self.serials)
        given = {
            "name": "孙小美",
            "username": f"per-{serial:04d}",
            "password": PASSWORD,
            "employer_id": employer_id,
            "consent": CONSENT,
        }
        return PersonForm(**(given | self.people.numbers() | changes))

    def registered(self, firm: Firm, **changes: object) -> Talent:
        people = self.people
        made = persons.register(
            people.engine,
            actor=VISITOR,
            form=self.form(firm.id, **changes),
            cipher=people.cipher,
            passwords=people.passwords,
            now=people.now,
        )
        return Talent(made.person_id, people.actor(made.account_id))

    def decide(
        self, firm: Firm, verdict: Verdict, *talents: Talent, findings: tuple[Finding, ...] = ()
    ) -> None:
        seen = {talent.id: self.row(talent).lock for talent in talents}
        result = persons.decide(
            self.people.engine,
            actor=firm.admin,
            verdict=verdict,
            seen=seen,
            findings=findings,
            now=self.people.now,
        )
        assert set(result.moved) == set(seen), result

    def active(self, firm: Firm, **changes: object) -> Talent:
        talent = self.registered(firm, **changes)
        self.decide(firm, Verdict.APPROVE, talent)
        return talent

    def returned(self, firm: Firm, **changes: object) -> Talent:
        talent = self.registered(firm, **changes)
        self.decide(firm, Verdict.SEND_BACK, talent, findings=(Finding("mismatch", field="name"),))
        return talent

    def row(self, talent: Talent) -> Person:
        with Session(self.people.engine) as session:
            return session.get(Person, talent.id)
