"""Who walks: every seeded role, with the keys that are foreign to it and the keys that are its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import accounts
from app.models.agency import Agency
from app.models.ids import new_id
from app.models.programme import ProgrammeVersion
from app.models.reference import Code, CodeList, Holiday, Notice, Phrase
from tests.doors.house import Keys, Side
from tests.web.town import PASSWORD, Town

OFFICE_KINDS = {
    "agency": Agency,
    "code": Code,
    "code_list": CodeList,
    "holiday": Holiday,
    "notice": Notice,
    "phrase": Phrase,
    "role": Role,
    "version": ProgrammeVersion,
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """An account, the entry it signs in at, and its key rings."""

    title: str
    entry: str
    username: str
    foreign: Sequence[Keys]
    own: Keys


def office_keys(town: Town) -> dict[str, str]:
    """One row of everything that superusers configure."""
    with Session(town.engine) as session:
        return {
            kind: str(session.scalars(select(model.id)).first() or new_id())
            for kind, model in OFFICE_KINDS.items()
        }


def missing(keys: Keys) -> dict[str, str]:
    """Keys of the same shape that never existed."""
    return {kind: _unused(text) for kind, text in keys.items()}


def _unused(text: str) -> str:
    if len(text) < 10:
        return "987654"
    letter = text[0] if text[0].isalpha() else ""
    return f"{letter}{new_id()}" + text.removeprefix(letter + text.lstrip("acs").partition("-")[0])


def visitors(town: Town, a: Side, b: Side, c: Side) -> list[Visitor]:
    """Everybody; the second employer's side is foreign to the first's people, the second city to city offices."""
    office = office_keys(town)
    near, far, away = ({**side.keys, **office} for side in (a, b, c))
    holder = a.holder
    assert holder is not None
    _hire(town, a)
    neighbour = {**a.keys, "case": a.keys["ready_case"]}
    del (
        neighbour["card"],
        neighbour["person"],
        neighbour["employer"],
        neighbour["case_file"],
        neighbour["blob"],
    )
    return [
        Visitor("administrator of employer A", "employer", "emp-a", (far,), near),
        Visitor("clerk of employer A", "employer", "emp-a-clerk", (far,), near),
        Visitor("service staff of employer A", "employer", "emp-a-service", (far, _cases(a)), near),
        Visitor("reader of employer A", "employer", "emp-a-reader", (far,), near),
        Visitor("administrator of employer B", "employer", "emp-b", (near,), far),
        Visitor(
            "pending employer",
            "employer",
            "emp-new-a",
            (near | {"attachment": b.keys["attachment"], "attachment_file": b.keys["attachment_file"]},),
            near,
        ),
        Visitor("person", "person", holder.username, (far, neighbour), near),
        Visitor("county A specialist", "officer", "county-a-specialist", (far, a.unreached), near),
        Visitor("county A leader", "officer", "county-a-leader", (far, a.unreached), near),
        Visitor("county B specialist", "officer", "county-b-specialist", (near,), far),
        Visitor("county B leader", "officer", "county-b-leader", (near,), far),
        Visitor("city specialist", "officer", "city-specialist", (away, a.unreached), near),
        Visitor("city leader", "officer", "city-leader", (away, a.unreached), near),
        Visitor("printer", "officer", "city-print", (away, a.unreached), near),
        Visitor("auditor", "officer", "auditor", (near,), near),
        Visitor("superuser", "officer", "admin", (), near),
    ]


def _cases(side: Side) -> dict[str, str]:
    """What service staff do not see of the people they do not serve."""
    kinds = ("case", "gate_case", "ready_case", "roster", "open_roster", "card", "person", "new_person")
    return {kind: side.keys[kind] for kind in (*kinds, "case_file", "scan_file", "account")}


def _hire(town: Town, a: Side) -> None:
    town.staff(a.firm, "emp-a-clerk", {"employer_reviewer"})
    town.staff(a.firm, "emp-a-service", {"service_staff"})
    town.staff(a.firm, "emp-a-reader", {"employer_reader"})
    town.officer("auditor", town.bureaus.city, {"auditor"})
    made = accounts.create_superuser(
        town.engine,
        actor=town.superuser(),
        username="admin",
        password=PASSWORD,
        full_name="系统管理员",
        passwords=town.passwords,
        now=town.now,
    )
    town._settled(made.account_id)
