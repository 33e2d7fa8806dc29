"""The machine's own, simpler rules of who may do what: written against model section 3, not against the code."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.programme import BatchMode, Party, Programme
from app.domain.roles import Actor
from app.models.application import Application, Approval, MaterialView, Review, Submission
from app.models.person import Person
from app.models.roster import Roster

OPEN = ("draft", "in_review", "returned", "approved")
UNDOABLE = ("in_review", "returned", "approved", "rejected")


@dataclass(frozen=True, slots=True)
class Facts:
    """One case as the model sees it."""

    row: Application
    chain: tuple[str, ...]
    approvals: dict[str, tuple[str, int]]
    last: Review | None
    roster: str | None
    unseen: dict[int, bool]
    served_by: int | None
    newer_open: bool

    @property
    def state(self) -> tuple[object, ...]:
        """What undo has to restore (invariant I15)."""
        row, held = self.row, tuple(sorted(self.approvals.items()))
        return (row.status, row.stage_code, row.is_ready, row.roster_id, row.version_no, held)


def facts(session: Session, case: int) -> Facts:
    """Read one case."""
    row, submission, roster, person = session.execute(
        select(Application, Submission, Roster.state, Person)
        .join(Person, Person.id == Application.person_id)
        .outerjoin(Roster, Roster.id == Application.roster_id)
        .outerjoin(
            Submission,
            (Submission.application_id == Application.id) & (Submission.n == Application.version_no),
        )
        .where(Application.id == case)
        .execution_options(populate_existing=True)
    ).one()
    approvals = session.scalars(select(Approval).where(Approval.application_id == case))
    newest = select(Review).where(Review.application_id == case).order_by(Review.id.desc()).limit(1)
    later = select(Application.id).where(
        Application.person_id == row.person_id, Application.programme_id == row.programme_id,
        Application.id != case, Application.status.in_(OPEN),
    )  # fmt: skip
    return Facts(
        row=row,
        chain=tuple(submission.chain) if submission else (),
        approvals={a.stage_code: (a.actor_key, a.version_no) for a in approvals},
        last=session.scalar(newest),
        roster=roster,
        unseen=_unseen(session, row, submission),
        served_by=person.service_account_id if person.employer_id == row.employer_id else None,
        newer_open=session.scalar(later.limit(1)) is not None,
    )


def _unseen(session: Session, row: Application, submission: Submission | None) -> dict[int, bool]:
    """By account: whether it looked at every material of this version."""
    slots = {file["slot"] for file in submission.files} if submission else set()
    seen: dict[int, set[str]] = {}
    views = select(MaterialView.actor_id, MaterialView.slot).where(
        MaterialView.application_id == row.id, MaterialView.version_no == row.version_no
    )
    for actor_id, slot in session.execute(views):
        seen.setdefault(actor_id, set()).add(slot)
    return {actor_id: bool(slots - have) for actor_id, have in seen.items()}


def sees(actor: Actor, case: Facts) -> bool:
    """Whether the case is in the actor's scope (D13, INV9)."""
    row = case.row
    if actor.kind == "person":
        return row.person_id == actor.person_id
    if actor.kind == "employer":
        served = actor.roles != {"service_staff"} or case.served_by == actor.account_id
        return row.employer_id == actor.employer_id and served
    if actor.kind == "officer":
        place = row.city_id if actor.agency_level == "city" else row.county_id
        return actor.roles != {"auditor"} and row.reached_agency_at is not None and place == actor.agency_id
    return actor.kind == "superuser"


def holds(actor: Actor, case: Facts, stage: str | None, programme: Programme) -> bool:
    """Whether the actor sits at this stage of the case."""
    if stage is None:
        return False
    found = programme.stage(stage)
    return found.role in actor.roles and _sits(actor, case, found.party)


def _sits(actor: Actor, case: Facts, party: Party) -> bool:
    row = case.row
    if party is Party.EMPLOYER:
        return actor.employer_id == row.employer_id
    return actor.agency_id == (row.county_id if party is Party.COUNTY else row.city_id)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A verb as somebody tries it."""

    verb: str
    actor: Actor
    now: datetime
    stale: bool = False
    worded: bool = True
    many: bool = False


def allows(attempt: Attempt, case: Facts, programme: Programme) -> bool | None:
    """Whether the server has to accept; None where only the automatic checks of the files decide."""
    if not sees(attempt.actor, case) or attempt.actor.kind == "superuser" or attempt.stale:
        return False
    frozen = case.row.frozen_reason is not None and attempt.verb not in ("withdraw", "cancel")
    rule = {"undo": _undo, "pull_back": _pull_back, "withdraw": _withdraw, "cancel": _cancel, "issue": _issue}
    return not frozen and rule.get(attempt.verb, _verdict)(attempt, case, programme)


def _verdict(attempt: Attempt, case: Facts, programme: Programme) -> bool | None:
    row, actor = case.row, attempt.actor
    if row.status != "in_review" or not holds(actor, case, row.stage_code, programme):
        return False
    stage = programme.stage(row.stage_code or "")
    claimed = row.claimed_until is not None and row.claimed_until > attempt.now
    others = {key for code, (key, _) in case.approvals.items() if code != stage.code}
    if (
        attempt.verb not in {verdict.value for verdict in stage.verdicts}
        or (stage.is_gate and not row.is_ready)
        or actor.person_key in others | {row.applicant_key}
        or (claimed and row.claimed_by != actor.account_id)
        or (attempt.verb == "back" and case.chain[0] == stage.code)
        or (attempt.verb != "approve" and not attempt.worded)
    ):
        return False
    return _looked(attempt, case, programme)


def _looked(attempt: Attempt, case: Facts, programme: Programme) -> bool | None:
    stage, unseen = (
        programme.stage(case.row.stage_code or ""),
        case.unseen.get(attempt.actor.account_id, True),
    )
    asks = any(condition.predicate == "materials_viewed" for condition in stage.requires)
    if attempt.verb == "approve" and asks and unseen:
        return False
    if not attempt.many or stage.batch is BatchMode.ANY:
        return True
    return False if stage.batch is BatchMode.OFF or unseen else None


def _undo(attempt: Attempt, case: Facts, programme: Programme) -> bool:
    row, last = case.row, case.last
    if last is None or last.verdict == "undo" or row.status not in UNDOABLE:
        return False
    return (
        last.actor_id == attempt.actor.account_id
        and programme.stage(last.stage_code).undo
        and row.lock == last.lock_seen + 1
        and row.undo_until is not None
        and attempt.now <= row.undo_until
        and row.opened_at is None
        and not (row.status == "rejected" and case.newer_open)
    )


def _pull_back(attempt: Attempt, case: Facts, programme: Programme) -> bool:
    row = case.row
    if row.status != "in_review" or row.stage_code == case.chain[0]:
        return False
    previous = case.chain[case.chain.index(row.stage_code or "") - 1]
    late = row.is_ready and (row.opened_at is not None or case.roster == "sealed")
    return (
        holds(attempt.actor, case, previous, programme) and programme.stage(previous).pull_back and not late
    )


def _withdraw(attempt: Attempt, case: Facts, programme: Programme) -> bool:
    del programme
    own = attempt.actor.kind == "person" and attempt.actor.person_id == case.row.person_id
    return own and case.row.status in ("draft", "in_review", "returned")


def _cancel(attempt: Attempt, case: Facts, programme: Programme) -> bool:
    del programme
    return "city_leader" in attempt.actor.roles and case.row.status in OPEN and attempt.worded


def _issue(attempt: Attempt, case: Facts, programme: Programme) -> bool:
    at_desk = programme.issue.role in attempt.actor.roles and _sits(
        attempt.actor, case, programme.issue.party
    )
    return case.row.status == "approved" and at_desk
