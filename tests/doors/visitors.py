"""Who walks: every seeded role, with the keys that are foreign to it and the keys that are its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import accounts
from app.domain.roles import SUPERUSER_PERMISSIONS
from app.models.account import Account
from app.models.agency import Agency
from app.models.application import Review
from app.models.ids import new_id
from app.models.programme import ProgrammeVersion
from app.models.reference import Code, CodeList, Notice, Phrase
from app.models.work import Holiday, Message
from app.queries.reference import TEMPLATES_LIST
from tests.doors.house import Keys, Side
from tests.web.town import PASSWORD, Town

OFFICE_KINDS = {
    "agency": Agency,
    "code": Code,
    "code_list": CodeList,
    "holiday": Holiday,
    "message": Message,
    "message_text": Code,
    "notice": Notice,
    "phrase": Phrase,
    "review": Review,
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
    rights: frozenset[str] = frozenset()


def office_keys(town: Town) -> dict[str, str]:
    """One row of everything that superusers configure or look up."""
    with town.writing() as session:
        session.add(Holiday(day=date(2027, 1, 1), title="元旦"))
    with Session(town.engine) as session:
        return {kind: str(session.scalars(_first(kind, model)).one()) for kind, model in OFFICE_KINDS.items()}


def _first(kind: str, model: Any) -> Any:
    found = select(model.id).order_by(model.id).limit(1)
    if kind != "message_text":
        return found
    return found.join(CodeList, CodeList.id == Code.list_id).where(CodeList.code == TEMPLATES_LIST)


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
    others = ("card", "card_no", "person", "employer", "case_file", "blob", "chain")
    neighbour = {kind: key for kind, key in a.keys.items() if kind not in others} | {
        "case": a.keys["ready_case"]
    }
    found = [
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
        Visitor("auditor", "officer", "auditor", (_without(near, "chain"),), near),
        Visitor("superuser", "officer", "admin", (), near),
    ]
    return [replace(visitor, rights=_rights(town, visitor.username)) for visitor in found]


def _rights(town: Town, username: str) -> frozenset[str]:
    """What the seeded roles of the account grant."""
    with Session(town.engine) as session:
        account_id = session.scalars(select(Account.id).where(Account.username == username)).one()
    superusers = {right.value for right in SUPERUSER_PERMISSIONS} if username == "admin" else set()
    return frozenset(town.actor(account_id).permissions | superusers)


def _without(keys: Keys, kind: str) -> Keys:
    return {name: key for name, key in keys.items() if name != kind}


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
