"""Work for every desk of the demo: further employers, registrations and lots of applications that travel together."""

from collections.abc import Sequence
from typing import Any

import yaml

from app.cli.demo import cases
from app.cli.demo.firms import register_employer
from app.cli.demo.loader import SEED, Loader, demand_moved, lock_of, officer_with
from app.cli.demo.people import decide_person, register_person
from app.commands import applications, employer_changes
from app.commands.submissions import Answer
from app.domain.registration import Finding
from app.domain.states import Item, Order
from app.models.employer import Employer

FURTHER: Any = yaml.safe_load((SEED / "further.yaml").read_text(encoding="utf-8"))
REGISTERED = 28.0
"""Days ago when the persons of the lots registered."""


def load_further(loader: Loader) -> None:
    """Everything in `further.yaml`."""
    for employer in FURTHER["employers"]:
        register_employer(loader, employer)
    _change(loader, FURTHER["change"])
    for entry in FURTHER["registrations"]:
        _registration(loader, entry)
    cases.examine(loader, [person["name"] for lot in FURTHER["lots"] for person in lot["persons"]])
    for lot in FURTHER["lots"]:
        _lot(loader, lot)


def _change(loader: Loader, entry: dict[str, Any]) -> None:
    actor = loader.actor(entry["employer"])
    employer_changes.request_change(
        loader.engine,
        actor=actor,
        lock=lock_of(loader, Employer, actor.employer_id or 0),
        form=employer_changes.ChangeForm(name=entry["name"]),
        now=loader.ago(entry["days"]),
    )


def _registration(loader: Loader, entry: dict[str, Any]) -> None:
    person_id = register_person(loader, entry, entry["employer"], days=entry["days"])
    if entry.get("returned"):
        finding = Finding("incomplete", "请填写与身份证一致的姓名。", "name")
        decide_person(loader, person_id, entry["employer"], days=entry["days"] - 1, findings=(finding,))


def _lot(loader: Loader, lot: dict[str, Any]) -> None:
    """One lot from the drafts to where it stands."""
    employer, at, days = lot["employer"], lot["at"], lot["days"]
    ids = [_applied(loader, employer, person, days) for person in lot["persons"]]
    clerk = cases.clerk_of(employer)
    match at:
        case "submitted":
            return
        case "returned":
            _return(loader, clerk, ids, item=Item("material", "contract", "unclear", ""), days=days - 1)
        case "resubmitted":
            _return(loader, clerk, ids, item=Item("field", "position", "mismatch", ""), days=days - 1)
            for application_id, person in zip(ids, lot["persons"], strict=True):
                _correct(loader, person, application_id, days - 3)
        case _:
            cases.approve(loader, clerk, ids, days - 1)
            roster_id = cases.export_roster(loader, employer, ids, days - 1.5)
            if at != "exported":
                cases.seal(loader, employer, roster_id, days - 2)
                _part(loader, lot, ids)


def _part(loader: Loader, lot: dict[str, Any], ids: Sequence[int]) -> None:
    """From the common roster on, members at the same place go on together."""
    parts: dict[str, list[int]] = {}
    for application_id, person in zip(ids, lot["persons"], strict=True):
        parts.setdefault(person.get("at", lot["at"]), []).append(application_id)
    for at, members in parts.items():
        _onward(loader, lot["employer"], members, lot["days"] - 3, at=at)


def _applied(loader: Loader, employer: str, person: dict[str, Any], days: float) -> int:
    person_id = register_person(loader, person, employer, days=REGISTERED)
    decide_person(loader, person_id, employer, days=REGISTERED - 1)
    application_id = cases.draft(loader, person["username"], person["data"], days + 1, complete=True)
    cases.submit(loader, person["username"], application_id, days)
    return application_id


def _correct(loader: Loader, person: dict[str, Any], application_id: int, days: float) -> None:
    cases.save(loader, person["username"], application_id, person["corrected"], days=days)
    answers = [Answer("field", code, "已按证书更正。") for code in person["corrected"]]
    cases.submit(loader, person["username"], application_id, days, answers=answers)


def _onward(loader: Loader, employer: str, ids: Sequence[int], days: float, *, at: str) -> None:
    """From the sealed roster to the desk `at`, the print queue, the card or a negative end."""
    match at:
        case "returned_by_county":
            specialist = officer_with("county_specialist", cases.office_of(employer, "county"))
            _return(loader, specialist, ids, item=Item("material", "contract", "mismatch", ""), days=days)
        case "rejected":
            cases.approve_until(loader, employer, ids, days, until="county_leader")
            _reject(loader, officer_with("county_leader", cases.office_of(employer, "county")), ids, days - 2)
        case "printing" | "issued":
            cases.approve_until(loader, employer, ids, days)
            if at == "issued":
                cases.issue(loader, ids, days - 5)
        case _:
            cases.approve_until(loader, employer, ids, days, until=at)


def _return(loader: Loader, username: str, ids: Sequence[int], *, item: Item, days: float) -> None:
    result = applications.send_back(
        loader.engine,
        actor=loader.actor(username),
        ids=ids,
        seen=cases.locks(loader, ids),
        order=Order("", (item,)),
        now=loader.ago(days),
    )
    demand_moved(result.moved, ids)


def _reject(loader: Loader, username: str, ids: Sequence[int], days: float) -> None:
    words = "经核实，暂不符合骨干人才的条件。"
    result = applications.reject(
        loader.engine,
        actor=loader.actor(username),
        ids=ids,
        seen=cases.locks(loader, ids),
        order=Order(words, (Item("general", "", "not_eligible", words),)),
        now=loader.ago(days),
    )
    demand_moved(result.moved, ids)
