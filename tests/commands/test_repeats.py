"""The same form sent again (T7): one effect and one answer; other content under its key is refused."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands import roster_export
from app.domain.errors import IdempotencyMismatch
from app.models.roster import Roster
from tests.commands.flow import Flow


def test_a_roster_form_with_other_locks_under_its_key_is_not_the_same_form(flow: Flow) -> None:
    ids = flow.at_gate()
    seen = flow.locks(*ids)
    given = {"actor": flow.clerk, "ids": ids, "now": flow.now, "key": "one-form"}
    made = roster_export.export(flow.engine, seen=seen, **given)

    with pytest.raises(IdempotencyMismatch):
        roster_export.export(flow.engine, seen={i: lock + 1 for i, lock in seen.items()}, **given)

    assert roster_export.export(flow.engine, seen=seen, **given) == made
    with Session(flow.engine) as session:
        assert session.scalar(select(func.count()).select_from(Roster)) == 1
