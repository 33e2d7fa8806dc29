"""The demo city's bureaus, officers, employers, staff and persons."""

from typing import Any

from sqlalchemy.orm import Session

from app.cli.demo.firms import register_employer
from app.cli.demo.loader import DATA, PASSWORD, Loader, agency_id, demand_moved, id_number, lock_of
from app.commands import accounts, own_account, person_moves, persons
from app.commands.consents import ConsentGiven
from app.domain.registration import Finding, Verdict
from app.domain.roles import Actor
from app.models.agency import Agency
from app.models.person import Person

FIRST_PASSWORD = "Demo-start-2026"  # noqa: S105 - accounts made by others change it at once


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
        register_employer(loader, employer)
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
        agency_id=agency_id(loader, entry["agency"]),
        roles=entry["roles"],
        cipher=loader.ports.cipher,
        passwords=loader.passwords,
        now=loader.ago(39),
    )
    _own_password(loader, entry["username"])


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
    person_id = register_person(loader, entry, entry["employer"], days=30)
    if entry["case"] != "none":
        decide_person(loader, person_id, entry["employer"], days=29)
    if "service" in entry:
        _assign(loader, person_id, entry)


def _assign(loader: Loader, person_id: int, entry: dict[str, Any]) -> None:
    """Give the person the member of the service staff who serves him."""
    person_moves.assign_service(
        loader.engine,
        actor=loader.actor(entry["employer"]),
        person_id=person_id,
        lock=lock_of(loader, Person, person_id),
        account_id=loader.actor(entry["service"]).account_id,
        now=loader.ago(28),
    )


def register_person(loader: Loader, entry: dict[str, Any], employer: str, *, days: float) -> int:
    """Register a person under an employer; returns the id."""
    return persons.register(
        loader.engine,
        actor=Actor.anonymous(ip="127.0.0.1"),
        form=persons.PersonForm(
            name=entry["name"],
            username=entry["username"],
            password=PASSWORD,
            doc_type="1",
            doc_no=id_number(entry),
            mobile=entry["mobile"],
            employer_id=loader.actor(employer).employer_id,
            consent=ConsentGiven(1, 1, "demo"),
        ),
        cipher=loader.ports.cipher,
        passwords=loader.passwords,
        now=loader.ago(days),
    ).person_id


def decide_person(
    loader: Loader, person_id: int, employer: str, *, days: float, findings: tuple[Finding, ...] = ()
) -> None:
    """The employer approves a registration, or returns it with findings."""
    result = persons.decide(
        loader.engine,
        actor=loader.actor(employer),
        verdict=Verdict.SEND_BACK if findings else Verdict.APPROVE,
        seen={person_id: lock_of(loader, Person, person_id)},
        findings=findings,
        now=loader.ago(days),
    )
    demand_moved(result.moved, [person_id])
