"""Export of a roster: chosen members at the gate become a numbered, frozen list (R32, model 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert

from app.access.policy import require
from app.commands import series, transitions
from app.commands.employer_state import require_active
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.blocks import Block
from app.domain.errors import Blocked, NotFound
from app.domain.roles import Actor, Permission, Role
from app.domain.roster import (
    MAX_MEMBERS,
    MAX_SHEETS,
    MemberRow,
    page_count,
    roster_digest,
    row_as_json,
)
from app.domain.roster_members import Chosen, member_blocks, sheet_of
from app.domain.worktime import local_day
from app.models.agency import Agency
from app.models.ids import new_id
from app.models.roster import Roster, RosterItem
from app.queries.cases import Loaded, load
from app.queries.roster_rows import member_rows, names_by_id

SERIES = "roster"


@dataclass(frozen=True, slots=True)
class Exported:
    """The new roster; `skipped` is empty: all members or none."""

    id: int
    no: str
    pages: int
    size: int


@retried
def export(
    engine: Engine,
    *,
    actor: Actor,
    ids: Sequence[int],
    seen: Mapping[int, int],
    now: datetime,
    key: str | None = None,
) -> Exported:
    """Put exactly these cases, in this order, on a new roster with a number (导出汇总表).

    Raises NotFound for a foreign id, Blocked naming every member that cannot stand on it.
    Source: R32, R35, D5.
    """
    require(actor, Permission.ROSTER_EXPORT)
    require_active(engine, actor)
    chosen = tuple(dict.fromkeys(ids))
    _refuse_size(chosen)
    locks = sorted((str(i), lock) for i, lock in seen.items())
    request = ["roster_export", [str(i) for i in chosen], locks]
    with unit_of_work(engine, actor, now=now, key=key, request=request) as work:
        if work.replay is not None:
            return Exported(
                int(work.replay["id"]), work.replay["no"], work.replay["pages"], work.replay["size"]
            )
        loaded = load(work.session, actor, chosen, verbs=(), lock=True)
        if len(loaded.cases) != len(chosen):
            raise NotFound
        _refuse_members(work, loaded, seen)
        made = _make(work, loaded, chosen)
        work.remember({"id": str(made.id), "no": made.no, "pages": made.pages, "size": made.size})
        return made


def _refuse_size(chosen: Sequence[int]) -> None:
    if not chosen:
        raise Blocked(Block("roster_empty"))
    if len(chosen) > MAX_MEMBERS:
        raise Blocked(Block("roster_too_large", {"pages": MAX_SHEETS}))


def _refuse_members(work: Work, loaded: Loaded, seen: Mapping[int, int]) -> None:
    if len({sheet_of(case) for case in loaded.cases}) > 1:
        raise Blocked(Block("roster_mixed"))
    names = names_by_id(work.session, [case.id for case in loaded.cases])
    blocks = member_blocks(Chosen(loaded.cases, loaded.programmes, names, seen))
    if blocks:
        raise Blocked(*blocks.values())


def _make(work: Work, loaded: Loaded, chosen: Sequence[int]) -> Exported:
    case = loaded.cases[0]
    programme = loaded.programmes[case.version_id]
    county = work.session.get(Agency, case.county_id)
    if county is None:
        raise NotFound
    found = member_rows(work.session, programme, chosen)
    rows = [found[application_id] for application_id in chosen]
    year = local_day(work.now).year
    number = series.take(work, SERIES, county.code, year)[0]
    roster_id, no, digest = new_id(), series.written(f"R{county.code}", year, number), roster_digest(rows)
    made = Exported(roster_id, no, page_count(len(rows)), len(rows))
    values = {"employer_id": case.employer_id, "county_id": county.id, "agency_path": county.path}
    work.session.execute(
        insert(Roster).values(
            id=roster_id,
            no=no,
            digest=digest,
            pages=made.pages,
            size=made.size,
            programme_version_id=case.version_id,
            exported_by=work.actor.account_id,
            exported_at=work.now,
            **values,
        )
    )
    _insert_items(work, roster_id, rows)
    moves = [
        transitions.Move(member, transitions.kept(member, roster_id=roster_id)) for member in loaded.cases
    ]
    transitions.touch(
        work, moves, event="roster_export", programmes=loaded.programmes, digests=loaded.digests, ref=no
    )
    payload = {"no": no, "digest": digest, "pages": made.pages, "members": [str(i) for i in chosen]}
    work.audit("roster", roster_id, "export", payload, role=Role.EMPLOYER_REVIEWER)
    return made


def _insert_items(work: Work, roster_id: int, rows: Sequence[MemberRow]) -> None:
    items = [
        {
            "roster_id": roster_id,
            "application_id": row.application_id,
            "position": position,
            "version_no": row.version_no,
            "row": row_as_json(row),
        }
        for position, row in enumerate(rows, 1)
    ]
    work.session.execute(insert(RosterItem), items)


@retried
def record_print(engine: Engine, *, actor: Actor, roster_id: int, file_format: str, now: datetime) -> None:
    """Log that somebody took the form with full numbers in it (an export in the sense of the access log)."""
    with unit_of_work(engine, actor, now=now) as work:
        work.access("export", "roster", roster_id, detail=file_format[:20])
