"""A small fictional town made by commands: bureaus, an approved employer per county, persons, officers.

Every row is valid as a user's would be; only bureaus are inserted, since FAB's generated form writes those.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from app.commands import accounts, employers, persons, programmes
from app.commands.accounts import AccountForm
from app.commands.consents import ConsentGiven
from app.commands.employers import EmployerForm
from app.commands.persons import PersonForm
from app.domain.identity import check_character
from app.domain.passwords import Passwords
from app.domain.ports import Ports
from app.domain.registration import Verdict
from app.domain.roles import (
    SEEDED_GRANTS,
    SUPERUSER_PERMISSIONS,
    SUPERUSER_ROLE,
    AccountKind,
    Actor,
    Permission,
)
from app.models.account import Account
from app.models.agency import Agency
from app.models.employer import Employer
from app.models.ids import new_id
from app.models.person import Person
from app.models.programme import ProgrammeVersion

PASSWORD = "Demo-pass-2026"
VISITOR = Actor.anonymous(ip="127.0.0.1", request_id="test")
CONSENT = ConsentGiven(1, 1, "test")


def resident_number(serial: int, born: str = "19900307") -> str:
    """A valid resident ID number of an invented person; an odd serial is a man's."""
    body = f"110101{born}{serial % 1000:03d}"
    return body + check_character(body)


@dataclass(frozen=True, slots=True)
class Bureaus:
    """The agency tree: one city, two counties open for employers."""

    city: int
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Firm:
    """An approved employer with the account that registered it."""

    id: int
    name: str
    username: str
    account_id: int


@dataclass(frozen=True, slots=True)
class Talent:
    """An approved person."""

    id: int
    name: str
    username: str
    account_id: int
    doc_no: str
    mobile: str


@dataclass(slots=True)
class Town:
    """Makes people and organisations on one test database."""

    engine: Engine
    ports: Ports
    passwords: Passwords
    now: datetime
    serial: int = field(default=100)
    bureaus: Bureaus = field(init=False)

    def __post_init__(self) -> None:
        """The agency tree and the accounts that approve."""
        self.bureaus = self._bureaus()
        self.officer("county-a-specialist", self.bureaus.a, {"county_specialist", "registrar"})
        self.officer("county-b-specialist", self.bureaus.b, {"county_specialist", "registrar"})

    def _bureaus(self) -> Bureaus:
        city, a, b = new_id(), new_id(), new_id()
        rows = [
            {
                "id": city,
                "parent_id": None,
                "level": "city",
                "code": "1000",
                "name": "云海市人社局",
                "path": f"/{city}/",
            },
            {
                "id": a,
                "parent_id": city,
                "level": "county",
                "code": "1001",
                "name": "甲县人社局",
                "path": f"/{city}/{a}/",
            },
            {
                "id": b,
                "parent_id": city,
                "level": "county",
                "code": "1002",
                "name": "乙县人社局",
                "path": f"/{city}/{b}/",
            },
        ]
        with self.writing() as session:
            for row in rows:
                session.execute(insert(Agency).values(**row, open_for_employers=row["level"] == "county"))
        return Bureaus(city, a, b)

    def writing(self) -> "_Writing":
        """A session that commits at the end, for what no command does."""
        return _Writing(self.engine)

    def numbers(self) -> tuple[str, str]:
        """An ID number and a mobile nobody has yet."""
        self.serial += 1
        return resident_number(self.serial), f"138{self.serial:08d}"

    def account(self, username: str, name: str) -> AccountForm:
        """The form of a further account."""
        doc_no, mobile = self.numbers()
        return AccountForm(username, PASSWORD, name, "1", doc_no, mobile)

    def superuser(self) -> Actor:
        """The actor who makes officers."""
        return Actor(account_id=0, kind=AccountKind.SUPERUSER, permissions=frozenset(SUPERUSER_PERMISSIONS))

    def republish(self, **settings: object) -> None:
        """Publish the shipped programme anew with other settings."""
        with Session(self.engine) as session:
            document = dict(session.scalars(select(ProgrammeVersion.document)).first())
        document["settings"] = {**document["settings"], **settings}
        given = {"actor": self.superuser(), "now": self.now}
        programmes.import_document(self.engine, document=document, **given)
        programmes.publish(self.engine, code="bohai-talent-card", **given)

    def officer(self, username: str, agency_id: int, roles: set[str], name: str = "") -> Actor:
        """An officer with these roles who has signed in before."""
        with Session(self.engine) as session:
            known = session.scalar(select(Account.id).where(Account.username == username))
        if known is not None:
            return self.actor(known)
        made = accounts.create_officer(
            self.engine,
            actor=self.superuser(),
            form=self.account(username, name or "官员" + "甲乙丙丁戊己庚辛壬癸"[self.serial % 10]),
            agency_id=agency_id,
            roles=roles,
            cipher=self.ports.cipher,
            passwords=self.passwords,
            now=self.now,
        )
        self._settled(made.account_id)
        return self.actor(made.account_id)

    def staff(self, firm: Firm, username: str, functions: set[str], name: str = "经办员") -> Actor:
        """A sub-account of an employer."""
        made = accounts.create_staff(
            self.engine,
            actor=self.actor(firm.account_id),
            form=self.account(username, name),
            functions=functions,
            cipher=self.ports.cipher,
            passwords=self.passwords,
            now=self.now,
        )
        self._settled(made.account_id)
        return self.actor(made.account_id)

    def _settled(self, account_id: int) -> None:
        with self.writing() as session:
            session.execute(
                update(Account).where(Account.id == account_id).values(password_changed_at=self.now)
            )

    def firm(self, name: str = "云海甲企业有限公司", username: str = "emp-a", county: str = "a") -> Firm:
        """An employer whose registration is approved."""
        doc_no, mobile = self.numbers()
        form = EmployerForm(
            name, getattr(self.bureaus, county), username, PASSWORD, "王联系", "1", doc_no, mobile, CONSENT
        )
        made = employers.register(
            self.engine,
            actor=VISITOR,
            form=form,
            cipher=self.ports.cipher,
            passwords=self.passwords,
            now=self.now,
        )
        with self.writing() as session:  # files and submission are not what these tests are about
            row = session.get(Employer, made.employer_id)
            assert row is not None
            row.state, row.version_no = "active", 1
        return Firm(made.employer_id, name, username, made.account_id)

    def person(
        self, firm: Firm, name: str = "李明芳", username: str = "per-a1", *, doc_no: str = ""
    ) -> Talent:
        """A person approved by the employer; with a new number if none is given."""
        made_up, mobile = self.numbers()
        doc_no = doc_no or made_up
        form = PersonForm(name, username, PASSWORD, "1", doc_no, mobile, firm.id, CONSENT)
        made = persons.register(
            self.engine,
            actor=VISITOR,
            form=form,
            cipher=self.ports.cipher,
            passwords=self.passwords,
            now=self.now,
        )
        with Session(self.engine) as session:
            lock = session.scalar(select(Person.lock).where(Person.id == made.person_id)) or 0
        result = persons.decide(
            self.engine,
            actor=self.actor(firm.account_id),
            verdict=Verdict.APPROVE,
            seen={made.person_id: lock},
            now=self.now,
        )
        assert result.moved == (made.person_id,)
        return Talent(made.person_id, name, username, made.account_id, doc_no, mobile)

    def actor(self, account_id: int) -> Actor:
        """What a sign-in of this account would act as."""
        with Session(self.engine) as session:
            row = session.get(Account, account_id)
            assert row is not None
            roles = frozenset(role.name for role in row.roles)
            agency = session.get(Agency, row.agency_id) if row.agency_id else None
            granted = {
                grant for role in roles if role != SUPERUSER_ROLE for grant in SEEDED_GRANTS.get(role, ())
            }
            return Actor(
                account_id=row.id,
                kind=AccountKind(row.kind),
                full_name=row.full_name,
                username=row.username,
                person_key=row.person_key,
                employer_id=row.employer_id,
                person_id=row.person_id,
                agency_id=row.agency_id,
                agency_path=agency.path if agency else None,
                agency_level=agency.level if agency else None,
                roles=roles,
                permissions=frozenset(Permission(grant).value for grant in granted),
                session_key=f"test-{row.id}",
            )


class _Writing:
    """`with town.writing() as session:` commits at the end."""

    def __init__(self, engine: Engine) -> None:
        self.session = Session(engine.execution_options(write=True))

    def __enter__(self) -> Session:
        return self.session

    def __exit__(self, failed: object, *_rest: object) -> None:
        if failed is None:
            self.session.commit()
        else:
            self.session.rollback()
        self.session.close()
