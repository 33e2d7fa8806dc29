"""What a verb makes of a case: the next status, stage, desk, readiness, approvals (D11, model section 3).

Pure: takes the facts of a case and returns the values the transition writer stores. It asks nothing about
who may do it; `workflow.judge` did.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.programme import Party, Programme, Stage
from app.domain.states import (
    FINAL,
    UNSEALED,
    Approved,
    Case,
    Desk,
    RosterState,
    Status,
    Verb,
    agency_of,
)

Deadline = Callable[[int | None], datetime | None]
"""Turns a limit of working days from now into a moment; None stays None."""


@dataclass(frozen=True, slots=True)
class Step:
    """The workflow columns of a case after a verb, and what happens beside them.

    `approvals` is None where the live approvals stay; `added` is the one to add; `left_roster` names an
    unsealed roster that becomes void because this member left it.
    """

    status: Status
    stage_code: str | None
    is_ready: bool
    desk: Desk
    version_no: int
    roster_id: int | None
    entered_at: datetime
    due_at: datetime | None
    reached_agency_at: datetime | None
    closed_at: datetime | None
    undo_until: datetime | None
    frozen_reason: str | None = None
    approvals: tuple[Approved, ...] | None = None
    adds_approval: bool = False
    left_roster: int | None = None


def is_ready_at(stage: Stage, case: Case, programme: Programme) -> bool:
    """Whether everything from outside that `stage` waits for is there (model: is_ready, D5)."""
    if not stage.is_gate or programme.roster_advises:
        return True
    return case.roster is not None and case.roster.state is RosterState.SEALED


def _at_stage(case: Case, programme: Programme, code: str, *, now: datetime, due: Deadline) -> Step:
    stage = programme.stage(code)
    reached = case.reached_agency_at
    if reached is None and stage.party is not Party.EMPLOYER:
        reached = now
    return Step(
        status=Status.IN_REVIEW,
        stage_code=code,
        is_ready=is_ready_at(stage, case, programme),
        desk=desk_of(stage, case),
        version_no=case.version_no,
        roster_id=case.roster.id if case.roster else None,
        entered_at=now,
        due_at=due(stage.limit_days),
        reached_agency_at=reached,
        closed_at=None,
        undo_until=None,
    )


def desk_of(stage: Stage, case: Case) -> Desk:
    """Whose queue the case is in at `stage`."""
    return Desk(stage.role, agency_of(stage.party, county_id=case.county_id, city_id=case.city_id))


def _away(case: Case, status: Status, now: datetime) -> Step:
    """No desk any more: returned, or final. The case leaves its roster; an unsealed one becomes void."""
    left = case.roster.id if case.roster and case.roster.state in UNSEALED else None
    return Step(
        status=status,
        stage_code=None,
        is_ready=False,
        desk=Desk(),
        version_no=case.version_no,
        roster_id=None,
        entered_at=now,
        due_at=None,
        reached_agency_at=case.reached_agency_at,
        closed_at=now if status in FINAL else None,
        undo_until=None,
        approvals=() if status is Status.RETURNED else None,
        left_roster=left,
    )


def submit(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """Submit version n+1: in review at the first stage of its chain (`case.chain`), approvals cleared."""
    step = _at_stage(case, programme, case.chain[0], now=now, due=due)
    return _changed(step, version_no=case.version_no + 1, roster_id=None, approvals=())


def approve(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """Approve: the next stage of the chain, after the last one approved and at the printer's desk."""
    position = case.chain.index(case.stage_code or "") + 1
    until = _undo_until(case, programme, now)
    if position < len(case.chain):
        step = _at_stage(case, programme, case.chain[position], now=now, due=due)
        return _changed(step, undo_until=until, adds_approval=True)
    issue = programme.issue
    return Step(
        status=Status.APPROVED,
        stage_code=None,
        is_ready=False,
        desk=Desk(issue.role, agency_of(issue.party, county_id=case.county_id, city_id=case.city_id)),
        version_no=case.version_no,
        roster_id=case.roster.id if case.roster else None,
        entered_at=now,
        due_at=due(issue.limit_days),
        reached_agency_at=case.reached_agency_at or now,
        closed_at=None,
        undo_until=until,
        adds_approval=True,
    )


def send_back(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """Return to the applicant: approvals cleared, the roster left."""
    del due
    return _changed(_away(case, Status.RETURNED, now), undo_until=_undo_until(case, programme, now))


def back(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """Return one stage: approvals from that stage on are removed."""
    position = case.chain.index(case.stage_code or "") - 1
    step = _at_stage(case, programme, case.chain[position], now=now, due=due)
    kept = set(case.chain[:position])
    approvals = tuple(approval for approval in case.approvals if approval.stage_code in kept)
    return _changed(step, undo_until=_undo_until(case, programme, now), approvals=approvals)


def reject(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """Refuse for good; only undo inside its window takes it back."""
    del due
    return _changed(_away(case, Status.REJECTED, now), undo_until=_undo_until(case, programme, now))


def pull_back(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """Take the case back to the previous stage; a roster not sealed becomes void."""
    position = case.chain.index(case.stage_code or "") - 1
    step = _at_stage(case, programme, case.chain[position], now=now, due=due)
    kept = set(case.chain[:position])
    approvals = tuple(approval for approval in case.approvals if approval.stage_code in kept)
    left = case.roster.id if case.roster and case.roster.state in UNSEALED else None
    return _changed(step, approvals=approvals, roster_id=None, left_roster=left)


def undo(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """Restore everything the last verdict changed; a roster void since then stays void and unlinked."""
    del due
    old = case.last.before if case.last else None
    if old is None:
        raise ValueError("undo was judged")
    roster = case.old_roster
    live = roster is not None and roster.id == old.roster_id and roster.state is not RosterState.VOID
    desk = Desk()
    if old.stage_code is not None:
        desk = desk_of(programme.stage(old.stage_code), case)
    return Step(
        status=old.status,
        stage_code=old.stage_code,
        is_ready=old.is_ready,
        desk=desk,
        version_no=case.version_no,
        roster_id=old.roster_id if live else None,
        entered_at=old.entered_at,
        due_at=old.due_at,
        reached_agency_at=old.reached_agency_at,
        closed_at=now if old.status in FINAL else None,
        undo_until=None,
        approvals=old.approvals,
    )


def withdraw(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """The applicant takes the application back."""
    del programme, due
    return _away(case, Status.WITHDRAWN, now)


def cancel(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """An officer ends an open application."""
    del programme, due
    return _away(case, Status.CANCELLED, now)


def issue(case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """The card is made: final, and still on its roster."""
    del programme, due
    step = _away(case, Status.ISSUED, now)
    return _changed(step, roster_id=case.roster.id if case.roster else None, left_roster=None)


def _undo_until(case: Case, programme: Programme, now: datetime) -> datetime | None:
    """The end of the undo window; None at a stage whose decisions stand at once."""
    minutes = programme.settings.undo_minutes
    may_undo = programme.stage(case.stage_code or "").undo
    return now + timedelta(minutes=minutes) if may_undo and minutes else None


def _changed(step: Step, **values: object) -> Step:
    names = Step.__slots__
    merged = {name: values.get(name, getattr(step, name)) for name in names}
    return Step(**merged)  # type: ignore[arg-type]


APPLY: dict[Verb, Callable[..., Step]] = {
    Verb.SUBMIT: submit,
    Verb.APPROVE: approve,
    Verb.SEND_BACK: send_back,
    Verb.BACK: back,
    Verb.REJECT: reject,
    Verb.UNDO: undo,
    Verb.PULL_BACK: pull_back,
    Verb.WITHDRAW: withdraw,
    Verb.CANCEL: cancel,
    Verb.ISSUE: issue,
}


def apply(verb: Verb, case: Case, programme: Programme, *, now: datetime, due: Deadline) -> Step:
    """What `verb` makes of `case`. Source: model section 3, column “result”."""
    return APPLY[verb](case, programme, now=now, due=due)


_OWN = frozenset({Verb.UNDO, Verb.BACK, Verb.PULL_BACK, Verb.SUBMIT})
"""Verbs whose step holds something of the single case: its approvals, its past, its chain."""


def circumstances(verb: Verb, case: Case) -> object:
    """What the step of `verb` depends on: cases with equal circumstances get equal steps.

    None: ask for each.
    """
    if verb in _OWN:
        return None
    roster = case.roster
    link = None if roster is None else (roster.id, roster.state)
    reached = case.reached_agency_at
    place = (case.county_id, case.city_id)
    return (case.version_id, case.stage_code, case.chain, place, link, case.version_no, reached)
