"""People of one side at every step of their way, each with an account that can come and see."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import applications, persons
from app.domain.registration import Finding, Verdict
from app.models.account import Account
from app.models.person import Person
from tests.commands.flow import REFUSED, RETURNED
from tests.doors.house import Side
from tests.web.desk import new_employer


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody at an entry; without a name a visitor, who has no account.

    `further` are addresses that no link leads to: pages that follow upon a form.
    """

    title: str
    entry: str = ""
    username: str = ""
    further: tuple[str, ...] = ()


def gather(side: Side) -> list[Guest]:
    """Let cases and registrations come to every step, and name those whose pages differ by it."""
    case = _cases(side)
    by_step = [
        Guest(f"person, {step}", "person", side.people[key].username, _follows(step, key))
        for step, key in case.items()
    ]
    return [
        *by_step,
        Guest("person, registration waits", "person", _username(side, int(side.keys["new_person"]))),
        Guest("person, registration returned", "person", _username(side, _returned(side))),
        Guest("employer, not submitted", "employer", new_employer(side.town, username="emp-blank").username),
    ]


def _cases(side: Side) -> dict[str, int]:
    empty, filled = side.draft(), side.filled()
    (submitted,), (gate,), (county,) = side.submitted(), side.at_gate(), side.sealed()
    approved = side.approved()[0]
    offices = (side.county, side.county_leader, side.city)
    for steps in (1, 2, 3):  # one case more before each office that follows
        (further,) = side.sealed()
        for office in offices[:steps]:
            side.approve(office, further)
    (returned,), (rejected,) = side.submitted(), side.sealed()
    applications.send_back(
        side.engine,
        actor=side.clerk,
        ids=(returned,),
        seen=side.locks(returned),
        order=RETURNED,
        now=side.now,
    )
    applications.reject(
        side.engine,
        actor=side.county,
        ids=(rejected,),
        seen=side.locks(rejected),
        order=REFUSED,
        now=side.now,
    )
    return {
        "draft is empty": empty,
        "draft is filled in": filled,
        "case waits for the employer": submitted,
        "case waits for its roster": gate,
        "case is with the county": county,
        "case is approved": approved,
        "case was returned": returned,
        "case was rejected": rejected,
    }


def _follows(step: str, case: int) -> tuple[str, ...]:
    if step.startswith("draft"):
        return (f"/apply/{case}/form", f"/apply/{case}/check")
    return (f"/apply/{case}/receipt",) if step == "case waits for the employer" else ()


def _returned(side: Side) -> int:
    """A person whose registration was returned."""
    made = side.newcomer(f"per-{side.mark}-returned")
    with Session(side.engine) as session:
        lock = session.scalars(select(Person.lock).where(Person.id == made)).one()
    persons.decide(
        side.engine,
        actor=side.clerk,
        verdict=Verdict.SEND_BACK,
        seen={made: lock},
        findings=(Finding("incomplete", "请核对姓名"),),
        now=side.now,
    )
    return made


def _username(side: Side, person_id: int) -> str:
    with Session(side.engine) as session:
        return session.scalars(select(Account.username).where(Account.person_id == person_id)).one()
