"""More of everything in a furnished house, so that every list has more rows than before."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import insert, select

from app.models.agency import Agency
from app.models.ids import new_id
from app.models.programme import Programme, ProgrammeVersion
from app.models.reference import Code, CodeList, Notice, Phrase
from app.models.work import Holiday
from app.queries.exports import EXPORT_JOB
from tests.doors.house import Side
from tests.web.desk import approved_with_photo, new_employer
from tests.web.town import Town

MORE = 3
"""Cases at each step; a page of any list still holds them."""


def grow(side: Side) -> None:
    """More of every kind where the side's employer, its county and its city see them."""
    for n, letter in enumerate("子丑寅"):
        _party(side, f"more-{n}", f"云海{letter}字企业有限公司")
    _cases(side)
    for n in range(MORE):  # last: a newer notice is to be agreed to
        _reference(side.town, n)


def _party(side: Side, name: str, title: str) -> None:
    town = side.town
    side.newcomer(f"per-{name}")
    town.staff(side.firm, f"emp-{name}", {"employer_reader"})
    town.officer(f"officer-{name}", town.bureaus.city, {"city_leader"})
    side.hand_in(new_employer(town, title.replace("字", "新"), f"new-{name}", side.mark).id)
    side.change(town.firm(title, f"old-{name}", side.mark))
    for owner in (side.firm.account_id, side.county.account_id):
        side.job(owner, kind="test", state="done")
        side.job(owner, kind=EXPORT_JOB, state="dead", report="applications", filters={})


def _cases(side: Side) -> None:
    """Cases at every desk, rosters before and after the stamp, cards."""
    side.filled()
    side.submitted(MORE)
    for case in side.at_gate(MORE):
        side.export(case)
    side.at_gate(MORE)
    chain = (side.county, side.county_leader, side.city, side.city_leader)
    for steps in range(len(chain) + 1):
        for _ in range(MORE):
            ids = side.sealed()
            for actor in chain[:steps]:
                side.approve(actor, *ids)
    for case in approved_with_photo(side, MORE):
        side.issue(case)


def _reference(town: Town, n: int) -> None:
    """One more row of what superusers configure."""
    kinds: Mapping[Any, Mapping[str, Any]] = {
        Agency: {"code": f"30{n}", "name": f"又{n}县人社局", "path": f"/{new_id()}/"},
        CodeList: {"code": f"more_{n}", "title": f"又{n}"},
        Code: {"code": f"m{n}"},
        Notice: {"version": 50 + n},
        Phrase: {},
        Programme: {"code": f"more-{n}"},
        ProgrammeVersion: {"n": 50 + n, "state": "draft"},
        Holiday: {"day": date(2027, 2, 1 + n)},
        Role: {"name": f"more {n}"},
    }
    with town.writing() as session:
        for model, changes in kinds.items():
            table = model.__table__
            row = session.execute(select(table).order_by(table.c.id).limit(1)).mappings().first()
            assert row is not None
            key = {"id": new_id()} if table.name != "ab_role" else {"id": 900 + n}
            session.execute(insert(table).values(**{**row, **key, **changes}))
