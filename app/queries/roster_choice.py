"""Who of the chosen people can stand on a new roster, and why the others cannot (R32, R35)."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.access.policy import require
from app.domain.blocks import Block
from app.domain.results import BatchResult
from app.domain.roles import Actor, Permission
from app.domain.roster_members import Chosen, member_blocks, sheet_of
from app.queries.cases import load
from app.queries.decisions import Preview
from app.queries.roster_rows import names_by_id


def choice(session: Session, actor: Actor, ids: Sequence[int], seen: Mapping[int, int]) -> Preview:
    """The judgement of the export row by row, nothing written.

    Where county or programme version differ, those that go with the first one that can remain.
    """
    require(actor, Permission.ROSTER_EXPORT)
    loaded = load(session, actor, ids, verbs=())
    names = names_by_id(session, [case.id for case in loaded.cases])
    blocked = member_blocks(Chosen(loaded.cases, loaded.programmes, names, seen))
    cases = {case.id: case for case in loaded.cases}
    free = [cases[i] for i in dict.fromkeys(ids) if i in cases and i not in blocked]
    for case in free:
        if sheet_of(case) != sheet_of(free[0]):
            blocked[case.id] = Block("roster_mixed")
    moved = [case.id for case in free if case.id not in blocked]
    result = BatchResult.of(ids, moved=moved, blocked={i: (block,) for i, block in blocked.items()})
    return Preview(result, (), {i: cases[i].lock for i in moved})
