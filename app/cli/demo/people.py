"""The demo city's bureaus, officers, employers, staff and persons."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

import yaml
from flask import current_app
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.cli.demo.papers import page
from app.commands import accounts, employer_materials, employers, own_account, persons
from app.commands.consents import ConsentGiven
from app.commands.files import store_uploads
from app.domain.identity import check_character, credit_check_character
from app.domain.materials import FileRule, Upload
from app.domain.passwords import Passwords
from app.domain.ports import Ports
from app.domain.registration import Finding, Verdict
from app.domain.roles import Actor
from app.extensions import db, utc_now
from app.models.agency import Agency
from app.models.employer import Employer
from app.models.person import Person
from app.queries.actors import actor_named
from app.queries.reference import current_site

T = TypeVar("T")
PASSWORD = "Demo-pass-2026"  # noqa: S105 - the demo accounts' password is public
FIRST_PASSWORD = "Demo-start-2026"  # noqa: S105 - accounts made by others change it at once
DATA: Any = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "seed" / "demo" / "accounts.yaml").read_text(encoding="utf-8")
)

ACCOUNTS = (
    ("admin · auditor", "superuser · auditor of the city bureau"),
    ("emp-a · emp-a-clerk · emp-a-specialist", "approved employer in county A"),
    ("emp-b", "approved employer in county B"),
    ("emp-new · emp-returned", "registration not submitted · returned"),
    ("per-a1 … per-a6 · per-b1", "persons of emp-a and emp-b, one at each step"),
    ("county-a-specialist · county-a-leader · county-b-specialist · county-b-leader", "county officers"),
    ("city-specialist · city-leader · city-print", "city officers"),
)


@dataclass(frozen=True, slots=True)
class Loader:
    """What every step of the demo needs."""

    engine: Engine
    ports: Ports
    passwords: Passwords
    now: datetime

    @classmethod
    def of_app(cls) -> Self:
        """The loader of the current application."""
        ports: Ports = current_app.extensions["yingcai.ports"]
        return cls(db.engine, ports, current_app.extensions["yingcai.passwords"], utc_now())

    def is_empty(self) -> bool:
        """Whether there is no employer yet."""
        with Session(self.engine) as session:
            return session.scalar(select(Employer.id).limit(1)) is None

    def ago(self, days: float) -> datetime:
        """The moment `days` before now."""
        return self.now - timedelta(days=days)

    def actor(self, username: str) -> Actor:
        """The actor of a demo account."""
        with Session(self.engine) as session:
            return actor_named(session, username)

    def read(self, query: Callable[[Session], T]) -> T:
        """Run a query in a session of its own."""
        with Session(self.engine) as session:
            return query(session)


def load_people(loader: Loader) -> None:
    """Everything up to the registrations, in the order people would do it."""
    _agencies(loader)
    who = DATA["superuser"]
    accounts.create_superuser(
        loader.engine,
        actor=Actor.system(),
        username=who["username"],
        password=PASSWORD,
        full_name=who["name"],
        passwords=loader.passwords,
        now=loader.ago(40),
    )
    for officer in DATA["officers"]:
        _officer(loader, officer)
    for employer in DATA["employers"]:
        _employer(loader, employer)
    for staff in DATA["staff"]:
        _staff(loader, staff)
    for person in DATA["persons"]:
        _person(loader, person)


def _agencies(loader: Loader) -> None:
    with Session(loader.engine.execution_options(write=True)) as session, session.begin():
        parent: Agency | None = None
        for entry in DATA["agencies"]:
            agency = Agency(
                code=entry["code"],
                division_code=entry["code"],
                level=entry["level"],
                name=entry["name"],
                phone=entry["phone"],
                open_for_employers=entry.get("open", False),
                parent_id=parent.id if parent else None,
                path=entry["code"],
            )
            session.add(agency)
            session.flush()
            agency.path = f"{parent.path if parent else '/'}{agency.id}/"
            parent = parent or agency


def _agency_id(loader: Loader, code: str) -> int:
    return loader.read(lambda s: s.execute(select(Agency.id).where(Agency.code == code)).scalar_one())


def id_number(entry: dict[str, Any], place: str = "890121") -> str:
    """A valid ID number of an invented place."""
    born: date = entry["born"]
    body = f"{place}{born:%Y%m%d}{entry['sequence']:03d}"
    return body + check_character(body)


def _form(entry: dict[str, Any]) -> accounts.AccountForm:
    return accounts.AccountForm(
        username=entry["username"],
        password=FIRST_PASSWORD,
        full_name=entry["name"],
        doc_type="1",
        doc_no=id_number(entry),
        mobile=entry["mobile"],
    )


def _own_password(loader: Loader, username: str) -> None:
    actor = loader.actor(username)
    own_account.change_password(
        loader.engine,
        actor=actor,
        old=FIRST_PASSWORD,
        new=PASSWORD,
        passwords=loader.passwords,
        now=loader.ago(38),
    )


def _officer(loader: Loader, entry: dict[str, Any]) -> None:
    accounts.create_officer(
        loader.engine,
        actor=loader.actor(DATA["superuser"]["username"]),
        form=_form(entry),
        agency_id=_agency_id(loader, entry["agency"]),
        roles=entry["roles"],
        cipher=loader.ports.cipher,
        passwords=loader.passwords,
        now=loader.ago(39),
    )
    _own_password(loader, entry["username"])


def _employer(loader: Loader, entry: dict[str, Any]) -> None:
    body: str = entry["credit"]
    registered = employers.register(
        loader.engine,
        actor=Actor.anonymous(ip="127.0.0.1"),
        form=employers.EmployerForm(
            name=entry["name"],
            agency_id=_agency_id(loader, entry["agency"]),
            username=entry["username"],
            password=PASSWORD,
            contact_name=entry["contact"],
            doc_type="1",
            doc_no=id_number(entry),
            mobile=entry["mobile"],
            credit_code=body + credit_check_character(body),
            address=entry["address"],
            phone=entry["phone"],
            consent=ConsentGiven(1, 1, "demo"),
        ),
        cipher=loader.ports.cipher,
        passwords=loader.passwords,
        now=loader.ago(36),
    )
    if entry["state"] == "draft":
        return
    _materials(loader, entry)
    actor = loader.actor(entry["username"])
    employers.submit(
        loader.engine, actor=actor, lock=_lock(loader, Employer, registered.employer_id), now=loader.ago(35)
    )
    registrar = next(
        o["username"]
        for o in DATA["officers"]
        if "registrar" in o["roles"] and o["agency"] == entry["agency"]
    )
    returned = entry["state"] == "returned"
    last = loader.read(lambda s: current_site(s).materials[-1].code)
    findings = (Finding("no_seal", "", None, last),) if returned else ()
    result = employers.decide(
        loader.engine,
        actor=loader.actor(registrar),
        verdict=Verdict.SEND_BACK if returned else Verdict.APPROVE,
        seen={registered.employer_id: _lock(loader, Employer, registered.employer_id)},
        findings=findings,
        now=loader.ago(34),
    )
    _demand_moved(result.moved, registered.employer_id)


def _demand_moved(moved: tuple[int, ...], wanted: int) -> None:
    if moved != (wanted,):
        raise RuntimeError(f"demo: {wanted} did not move")


def _materials(loader: Loader, entry: dict[str, Any]) -> None:
    actor = loader.actor(entry["username"])
    for material in loader.read(lambda s: current_site(s).materials):
        upload = Upload(f"{material.title}.jpg", page(material.title, [entry["name"], entry["contact"]]))
        (stored,) = store_uploads(
            loader.engine,
            actor=actor,
            uploads=[upload],
            rule=FileRule(material.types, material.max_mb, material.max_files),
            field=material.code,
            vault=loader.ports.vault,
            images=loader.ports.images,
            now=loader.ago(35),
        )
        employer_materials.attach(
            loader.engine,
            actor=actor,
            slot=material.code,
            blob_id=stored.blob_id,
            file_name=stored.file_name,
            now=loader.ago(35),
        )


def _lock(loader: Loader, model: Any, key: int) -> int:
    return loader.read(lambda s: s.execute(select(model.lock).where(model.id == key)).scalar_one())


def _staff(loader: Loader, entry: dict[str, Any]) -> None:
    accounts.create_staff(
        loader.engine,
        actor=loader.actor(entry["employer"]),
        form=_form(entry),
        functions=entry["functions"],
        cipher=loader.ports.cipher,
        passwords=loader.passwords,
        now=loader.ago(33),
    )
    _own_password(loader, entry["username"])


def _person(loader: Loader, entry: dict[str, Any]) -> None:
    employer = loader.actor(entry["employer"])
    registered = persons.register(
        loader.engine,
        actor=Actor.anonymous(ip="127.0.0.1"),
        form=persons.PersonForm(
            name=entry["name"],
            username=entry["username"],
            password=PASSWORD,
            doc_type="1",
            doc_no=id_number(entry),
            mobile=entry["mobile"],
            employer_id=employer.employer_id,
            consent=ConsentGiven(1, 1, "demo"),
        ),
        cipher=loader.ports.cipher,
        passwords=loader.passwords,
        now=loader.ago(30),
    )
    if entry["case"] == "none":
        return
    result = persons.decide(
        loader.engine,
        actor=employer,
        verdict=Verdict.APPROVE,
        seen={registered.person_id: _lock(loader, Person, registered.person_id)},
        now=loader.ago(29),
    )
    _demand_moved(result.moved, registered.person_id)
