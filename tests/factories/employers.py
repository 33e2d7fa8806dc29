"""Employers in every state, taken there by the commands."""

from dataclasses import dataclass, field
from itertools import count

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.commands import employer_materials, employers
from app.commands.employers import EmployerForm
from app.domain.identity import CREDIT_ALPHABET, credit_check_character
from app.domain.registration import Finding, Verdict
from app.domain.roles import Actor
from app.models.employer import Employer
from app.models.file import Blob
from app.models.ids import new_id
from tests.factories.accounts import CONSENT, PASSWORD, VISITOR, People


def credit_code(serial: int) -> str:
    """A valid unified social credit code."""
    body = f"9189{serial:013d}"
    assert set(body) <= set(CREDIT_ALPHABET)
    return body + credit_check_character(body)


@dataclass(frozen=True)
class Firm:
    """An employer, its first account as actor, its bureau's registrar and leader."""

    id: int
    admin: Actor
    agency_id: int
    registrar: Actor
    leader: Actor


@dataclass
class Employers:
    """Makes employers of one county; `county_of` another one by giving its id."""

    people: People
    serials: count = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.city = self.people.agency("city")
        self.county = self.people.agency(parent=self.city)
        self.offices: dict[int, tuple[Actor, Actor]] = {}

    def office(self, agency_id: int) -> tuple[Actor, Actor]:
        """The registrar and the leader of a bureau."""
        if agency_id not in self.offices:
            registrar = self.people.officer(agency_id, "registrar")
            self.offices[agency_id] = registrar, self.people.officer(agency_id, "county_leader")
        return self.offices[agency_id]

    def form(self, agency_id: int | None = None, **changes: object) -> EmployerForm:
        serial = next(self.serials)
        given = {
            "name": f"云海第{serial}研究所",
            "agency_id": agency_id or self.county,
            "username": f"emp-{serial:04d}",
            "password": PASSWORD,
            "contact_name": "钱小二",
            "consent": CONSENT,
        }
        return EmployerForm(**(given | self.people.numbers() | changes))

    def draft(self, agency_id: int | None = None, **changes: object) -> Firm:
        people, form = self.people, self.form(agency_id, **changes)
        made = employers.register(
            people.engine,
            actor=VISITOR,
            form=form,
            cipher=people.cipher,
            passwords=people.passwords,
            now=people.now,
        )
        registrar, leader = self.office(form.agency_id)
        return Firm(made.employer_id, people.actor(made.account_id), form.agency_id, registrar, leader)

    def blob(self, kind: str = "application/pdf") -> int:
        """A stored file's row; its bytes are nobody's concern here."""
        blob_id = new_id()
        with Session(self.people.engine) as session, session.begin():
            session.execute(
                insert(Blob).values(
                    id=blob_id,
                    sha256=f"{blob_id:064x}",
                    size=9,
                    type=kind,
                    pages=1,
                    key=f"k/{blob_id}",
                    data_key=b"x",
                    key_id="k1",
                    created=self.people.now,
                )
            )
        return blob_id

    def attach(self, firm: Firm, slot: str, name: str = "a.pdf") -> int:
        return employer_materials.attach(
            self.people.engine,
            actor=firm.admin,
            slot=slot,
            blob_id=self.blob(),
            file_name=name,
            now=self.people.now,
        )

    def submit(self, firm: Firm, **given: object) -> int:
        return employers.submit(
            self.people.engine, actor=firm.admin, lock=self.row(firm).lock, now=self.people.now, **given
        )

    def submitted(self, agency_id: int | None = None, **changes: object) -> Firm:
        firm = self.draft(agency_id, **changes)
        for slot in ("licence", "authorization"):
            self.attach(firm, slot)
        self.submit(firm)
        return firm

    def decide(self, firm: Firm, verdict: Verdict, *findings: Finding) -> None:
        result = employers.decide(
            self.people.engine,
            actor=firm.registrar,
            verdict=verdict,
            seen={firm.id: self.row(firm).lock},
            findings=findings,
            now=self.people.now,
        )
        assert result.moved == (firm.id,), result

    def active(self, agency_id: int | None = None, **changes: object) -> Firm:
        firm = self.submitted(agency_id, **changes)
        self.decide(firm, Verdict.APPROVE)
        return firm

    def returned(self, *findings: Finding) -> Firm:
        firm = self.submitted()
        self.decide(firm, Verdict.SEND_BACK, *(findings or (Finding("unclear", material="licence"),)))
        return firm

    def row(self, firm: Firm) -> Employer:
        with Session(self.people.engine) as session:
            return session.get(Employer, firm.id)
