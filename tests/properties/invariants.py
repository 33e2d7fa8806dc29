"""Invariants of the workflow (model section 6) asked of a database."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.states import OPEN, Status
from app.models.application import Application, Approval, Submission
from app.models.audit import AuditEvent
from app.models.roster import Roster, RosterItem


def replays(session: Session, case: int) -> None:
    """I1, I2: the events give the row; each follows the one before; the lock counts them."""
    events = session.scalars(
        select(AuditEvent.payload)
        .where(AuditEvent.subject_kind == "application", AuditEvent.subject_id == case)
        .order_by(AuditEvent.seq)
    ).all()
    row = session.get_one(Application, case, populate_existing=True)
    state = None
    for payload in events:
        assert payload["from"] == state
        state = payload["to"]
    assert state == {
        "status": row.status, "stage": row.stage_code, "ready": row.is_ready, "lock": row.lock,
        "version": row.version_no,
        "roster": None if row.roster_id is None else str(row.roster_id), "frozen": row.frozen_reason,
    }  # fmt: skip
    assert (row.lock, row.audit_seq) == (len(events) - 1, len(events))


def approvals_hold(session: Session, case: int) -> None:
    """I3, I4: who is approved was approved by each stage, by different people.

    The gate needs a sealed roster.
    """
    row = session.get_one(Application, case)
    approvals = session.scalars(
        select(Approval).where(Approval.application_id == case).order_by(Approval.review_id)
    ).all()
    people = [approval.actor_key for approval in approvals]
    assert len(set(people)) == len(people)
    assert row.applicant_key not in people
    if row.version_no == 0:
        return
    chain = session.get_one(Submission, (case, row.version_no)).chain
    if row.status in (Status.APPROVED, Status.ISSUED):
        assert [approval.stage_code for approval in approvals] == chain
    past_gate = row.status in (Status.APPROVED, Status.ISSUED) or any(
        approval.stage_code not in ("employer", "unit")
        for approval in approvals
        if row.status == Status.IN_REVIEW
    )
    if past_gate and "county_specialist" in chain:
        roster = session.get_one(Roster, row.roster_id)
        item = session.get_one(RosterItem, (roster.id, case))
        assert (roster.state, item.version_no) == ("sealed", row.version_no)


def one_open(session: Session) -> None:
    """I5."""
    counted = (
        select(func.count())
        .where(Application.status.in_([status.value for status in OPEN]))
        .group_by(Application.person_id, Application.programme_id)
    )
    assert all(n == 1 for n in session.scalars(counted))


def rosters_hold(session: Session) -> None:
    """I6, the workflow's part: members of a roster not sealed wait at the gate; a void one has none."""
    rows = session.execute(
        select(Roster.state, Application).join(Application, Application.roster_id == Roster.id)
    )
    for state, row in rows:
        assert state != "void"
        if state == "exported":
            assert (row.status, row.is_ready, row.stage_code) == ("in_review", False, "county_specialist")
