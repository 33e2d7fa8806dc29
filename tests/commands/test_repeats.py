"""The same form sent again (T7): one effect and one answer; other content under its key is refused."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands import materials, roster_export, rosters
from app.domain.errors import Blocked, IdempotencyMismatch
from app.domain.materials import Upload
from app.domain.ports import Ports
from app.models.audit import AuditEvent
from app.models.roster import Roster, RosterScan
from app.queries.audit import broken_chains
from tests.adapters.papers import jpeg, person
from tests.commands.flow import Flow
from tests.commands.paper import exported, photo, pictures, printed, tools_of, uploads
from tests.commands.test_races import at_once


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


def test_a_roster_form_sent_twice_at_once_makes_one_roster(flow: Flow) -> None:
    ids = flow.at_gate()
    seen = flow.locks(*ids)

    def send() -> roster_export.Exported:
        return roster_export.export(
            flow.engine, actor=flow.clerk, ids=ids, seen=seen, now=flow.now, key="one-form"
        )

    answers = at_once([send] * 4)

    assert len(set(answers)) == 1
    with Session(flow.engine) as session:
        assert session.scalars(select(Roster.id)).all() == [answers[0].id]


def test_a_file_sent_twice_at_once_under_one_key_is_attached_once(flow: Flow, wired: Ports) -> None:
    application_id = flow.draft()
    file = Upload("照片.jpg", jpeg(person()))

    def send() -> tuple[object, ...]:
        return materials.attach_material(
            flow.engine, actor=flow.me(application_id), application_id=application_id, slot="photo",
            uploads=[file], vault=wired.vault, images=wired.images, now=flow.now, key="one-form",
        )  # fmt: skip

    answers = at_once([send] * 3)

    assert len(set(answers)) == 1
    assert len(answers[0]) == 1


def test_a_stamped_sheet_sent_again_under_its_key_is_taken_once(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate()
    made = exported(flow, ids)
    (page,) = pictures(printed(flow, wired, made.id))
    given = {"actor": flow.clerk, "roster_id": made.id, "tools": tools_of(wired), "now": flow.now}
    first, second = uploads(photo(page)), uploads(photo(page, seed=5, tilt=-3.0))

    sealed = at_once([lambda: rosters.seal(flow.engine, uploads=first, key="seal", **given)] * 2)
    replaced = at_once(
        [lambda: rosters.replace_scan(flow.engine, uploads=second, key="replace", **given)] * 2
    )
    late = [
        rosters.seal(flow.engine, uploads=first, key="seal", **given),
        rosters.replace_scan(flow.engine, uploads=second, key="replace", **given),
    ]

    assert [*sealed, *replaced] == [late[0]] * 2 + [late[1]] * 2
    with Session(flow.engine) as session:
        scans = session.scalars(
            select(RosterScan.superseded_at.is_(None)).order_by(RosterScan.position)
        ).all()
        chain = select(AuditEvent.event).where(AuditEvent.subject_id == made.id).order_by(AuditEvent.seq)
        assert (scans, session.scalars(chain).all()[-2:]) == ([False, True], ["seal", "scan_replace"])
        assert list(broken_chains(session)) == []
    with pytest.raises(IdempotencyMismatch):
        rosters.replace_scan(flow.engine, uploads=first, key="replace", **given)
    with pytest.raises(Blocked):
        rosters.seal(flow.engine, uploads=first, **given)
