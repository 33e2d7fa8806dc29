"""What was refused to somebody, as `access_event` rows: the chains hold accepted commands only (model 8, I7)."""

from datetime import datetime

from sqlalchemy import Engine, insert

from app.commands.retry import retried
from app.commands.unit_of_work import Work, access_row, unit_of_work
from app.domain.results import BatchResult
from app.domain.roles import Actor
from app.models.audit import AccessEvent

DENIED, PAGE = "denied", "page"
_TO_THE_ACTOR = frozenset({"not_your_role", "superuser_never_decides", "own_application", "same_person"})
"""Refusals because of who asks; the others are for the state a row is in and happen all day."""
_DETAIL_LENGTH = 200


def log_denials(work: Work, object_kind: str, result: BatchResult) -> None:
    """Note every row of a batch that was refused to the actor himself, or that he may not know of (T1)."""
    denied = [(row_id, "unknown") for row_id in result.unknown]
    denied += [(row.id, row.blocks[0].code) for row in result.skipped if row.blocks[0].code in _TO_THE_ACTOR]
    if denied:
        rows = [access_row(work.actor, work.now, DENIED, object_kind, i, code, None) for i, code in denied]
        work.session.execute(insert(AccessEvent), rows)


@retried
def record_denial(
    engine: Engine, *, actor: Actor, door: str, object_id: int | None, result: str, now: datetime
) -> None:
    """Note that a signed-in actor stood before a door that stayed shut: no right to it, or not his record (T1).

    `door` is the route with its method, `object_id` the key that was tried, `result` 'forbidden' or 'unknown'.
    """
    with unit_of_work(engine, actor, now=now) as work:
        work.access(DENIED, PAGE, object_id, result=result, detail=door[:_DETAIL_LENGTH])
