"""What could be done: the dry run of a batch, the actions of one case, what can still be undone (I14).

All ask the function that commands ask; an action offered here is accepted there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain import steps, workflow
from app.domain.blocks import Block
from app.domain.errors import NotFound
from app.domain.programme import MOST_UNDO_MINUTES, Programme, Verdict
from app.domain.results import BatchResult, refuse_too_many
from app.domain.roles import Actor
from app.domain.states import Case, Order, Status, Verb
from app.models.application import Application, Review
from app.queries import cases
from app.queries.applications import Listed, choose
from app.queries.listed import Chosen
from config import BATCH_MAX

OFFERED = tuple(verb for verb in Verb if verb is not Verb.NEW)


@dataclass(frozen=True, slots=True)
class Action:
    """One verb on one case: allowed when `blocks` is empty, else why not."""

    verb: Verb
    blocks: tuple[Block, ...]

    @property
    def is_allowed(self) -> bool:
        """Whether the server would accept it now."""
        return not self.blocks


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a row of a dry run would go."""

    id: int
    status: str
    stage_code: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """The result a batch would have, where its rows would go, and the locks to go on with."""

    result: BatchResult
    outcomes: tuple[Outcome, ...]
    locks: Mapping[int, int]


def preview(
    session: Session,
    actor: Actor,
    verb: Verb,
    *,
    ids: Sequence[int] = (),
    seen: Mapping[int, int] | None = None,
    listed: Listed | None = None,
    maximum: int = BATCH_MAX,
    now: datetime,
    order: Order | None = None,
) -> Preview:
    """The same judgement as the batch, without writing (D12: dry run). Raises InvalidInput as the batch."""
    refuse_too_many(len(ids), maximum)
    chosen, locks, unique = Chosen(), seen, tuple(dict.fromkeys(ids))
    if listed is not None:
        chosen = choose(session, actor, listed, maximum=maximum)
        locks, unique = chosen.rows, tuple(chosen.rows)
    said = order or Order()
    said = Order(said.text.strip(), said.items, in_batch=len(unique) > 1)
    loaded = cases.load(session, actor, unique, verbs={verb})
    judged = workflow.judge_all(
        verb, loaded.cases, actor, programmes=loaded.programmes, now=now, seen=locks, order=said
    )
    made = steps.APPLY[verb]
    outcomes = []
    for case in judged.allowed:
        step = made(case, loaded.programmes[case.version_id], now=now, due=_no_deadline)
        outcomes.append(Outcome(case.id, step.status.value, step.stage_code))
    moved = [case.id for case in judged.allowed]
    blocked = {**judged.blocked, **chosen.blocks()}
    result = BatchResult.of((*unique, *chosen.later), moved=moved, blocked=blocked)
    return Preview(result, tuple(outcomes), {case.id: case.lock for case in judged.allowed})


def _no_deadline(limit: int | None) -> None:
    del limit


def actions(session: Session, actor: Actor, application_id: int, *, now: datetime) -> tuple[Action, ...]:
    """Every verb on one case with what keeps the actor from it. Raises NotFound for what he does not see."""
    loaded = cases.load(session, actor, [application_id], verbs={Verb.UNDO})
    if not loaded.cases:
        raise NotFound
    case = loaded.cases[0]
    return actions_on(case, loaded.programmes[case.version_id], actor, now=now)


def actions_on(case: Case, programme: Programme, actor: Actor, *, now: datetime) -> tuple[Action, ...]:
    """`actions` for a case already loaded (with `undo` among its verbs)."""
    return tuple(
        Action(verb, workflow.judge(verb, case, actor, programme=programme, now=now)) for verb in OFFERED
    )


@dataclass(frozen=True, slots=True)
class Undoable:
    """One's last batch (or single) that can still be taken back, for the notice."""

    batch_id: int
    verdict: str
    rows: int
    until: datetime
    application_id: int | None = None
    """The case, where it is only one."""


LATEST = 2 * BATCH_MAX


def undoable(session: Session, actor: Actor, *, now: datetime) -> Undoable | None:
    """The actor's newest decision of which some row can still be taken back, and how many can.

    The conditions are those of the verb `undo` (`domain.situation`): a property test compares the two. Only the
    actor's last verdicts are looked at, two full batches, and of those only what an undo window can reach: years
    of verdicts may lie behind, and no planner knows that their windows have ended.
    """
    a = Application
    last = (
        select(Review.id, Review.application_id, Review.batch_id, Review.verdict, Review.lock_seen, Review.at)
        .where(Review.actor_id == actor.account_id, Review.verdict != Verdict.UNDO.value)
        .order_by(Review.id.desc())
        .limit(LATEST)
    )
    r = last.subquery("last").c
    still = (
        r.at >= now - timedelta(minutes=MOST_UNDO_MINUTES),
        a.lock == r.lock_seen + 1,
        a.undo_until >= now,
        a.opened_at.is_(None),
        a.frozen_reason.is_(None),
        ~and_(a.status == Status.REJECTED.value, or_(cases.has_newer_open(), cases.has_closed_account())),
    )
    statement = (
        select(
            r.batch_id,
            r.verdict,
            func.max(a.undo_until).label("until"),
            func.count().label("rows"),
            func.min(a.id).label("first_id"),
        )
        .join(a, a.id == r.application_id)
        .where(*still)
        .group_by(r.batch_id, r.verdict)
        .order_by(func.max(r.id).desc())
        .limit(1)
    )
    newest = session.execute(visible(statement, actor, a)).one_or_none()
    if newest is None:
        return None
    only = newest.first_id if newest.rows == 1 else None
    return Undoable(newest.batch_id, newest.verdict, newest.rows, newest.until, only)
