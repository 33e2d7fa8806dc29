"""The rows of a transition: event, review, items, approvals, message, made from cases and their steps.

Nothing here reads or writes the database: `transitions` stores the rows, and the volume loader of the
demo makes whole histories of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from app.commands.chain import Entry, State, common_part, payload
from app.domain.audit import digest_of
from app.domain.programme import Occasion, Programme
from app.domain.roles import Actor
from app.domain.states import FINAL, VERDICTS, Approved, Case, Desk, Order, Status, Verb
from app.domain.steps import Step, desk_of
from app.models.ids import new_id
from app.queries.cases import before_text

Row = tuple[Any, ...]

_WITH_WORDS = frozenset({Verb.UNDO, Verb.CANCEL})
"""What history keeps as it keeps verdicts: what was taken back, and why a case was ended."""
_OCCASIONS: Mapping[Verb, Occasion] = {Verb.SEND_BACK: Occasion.RETURNED, Verb.REJECT: Occasion.REJECTED}


@dataclass(frozen=True, slots=True)
class Move:
    """One case with what becomes of it. `extra` are more columns to set (all moves of a call alike)."""

    case: Case
    step: Step
    extra: Mapping[str, Any] = field(default_factory=dict)
    submission_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """What is the same for all cases of one call."""

    event: str
    programmes: Mapping[int, Programme]
    digests: Mapping[int, str]
    verb: Verb | None = None
    order: Order = field(default_factory=Order)
    key: str | None = None
    batch_id: int | None = None
    ref: str | None = None
    roles: dict[tuple[int, str | None, tuple[str, ...]], str | None] = field(default_factory=dict)


def is_reviewed(verb: Verb | None) -> bool:
    """Whether history keeps a review of the verb."""
    return verb in VERDICTS or verb in _WITH_WORDS


def entries(moves: Sequence[Move], writing: Writing, *, actor: Actor) -> list[Entry]:
    """One event per case, for its chain."""
    commons = {
        version: _common(writing, digest, actor.request_id) for version, digest in writing.digests.items()
    }
    return [_entry(move, writing, commons[move.case.version_id]) for move in moves]


def _common(writing: Writing, programme_digest: str, request_id: str | None) -> str:
    said = None
    if is_reviewed(writing.verb):
        said = digest_of(review_content(writing.event, writing.order))
    return common_part(
        key=writing.key, programme=programme_digest, request=request_id, review=said, ref=writing.ref
    )


def review_content(verdict: str, order: Order) -> dict[str, object]:
    """What the digest of a review in the chain covers: verdict, words, items."""
    items = [[item.target_kind, item.target_code, item.reason_code, item.text] for item in order.items]
    return {"verdict": verdict, "text": order.text, "items": items}


def _entry(move: Move, writing: Writing, common: str) -> Entry:
    case, step = move.case, move.step
    old = State(
        case.status.value, case.stage_code, case.is_ready, case.roster.id if case.roster else None,
        case.version_no, case.lock, case.frozen_reason,
    )  # fmt: skip
    new = State(
        step.status.value, step.stage_code, step.is_ready, step.roster_id, step.version_no, case.lock + 1,
        step.frozen_reason,
    )  # fmt: skip
    roster = (case.roster.no, case.roster.digest) if case.roster else None
    digest = move.submission_digest or case.submission_digest
    text = payload(old, new, common=common, submission=digest, roster=roster)
    role = _role(writing, case)
    return Entry(case.id, case.audit_seq, case.audit_head, writing.event, role, text)


def _role(writing: Writing, case: Case) -> str | None:
    """`role_of`, remembered: the cases of a batch stand at few stages."""
    if writing.verb is Verb.UNDO:
        return role_of(writing.verb, case, writing.programmes[case.version_id])
    at = (case.version_id, case.stage_code, case.chain)
    if at not in writing.roles:
        writing.roles[at] = role_of(writing.verb, case, writing.programmes[case.version_id])
    return writing.roles[at]


def role_of(verb: Verb | None, case: Case, programme: Programme) -> str | None:
    """The role in which the actor does `verb` to the case, for history."""
    if verb is Verb.ISSUE:
        return programme.issue.role
    if verb is Verb.UNDO:
        return programme.stage(case.last.stage_code).role if case.last else None
    if verb is Verb.PULL_BACK:
        return programme.stage(case.chain[case.chain.index(case.stage_code or "") - 1]).role
    return programme.stage(case.stage_code).role if verb in VERDICTS and case.stage_code else None


REVIEW = (
    "application_id", "id", "version_no", "stage_code", "verdict", "actor_id", "actor_key", "actor_name",
    "role",
    "lock_seen", "text", "before", "undoes_id", "batch_id", "at",
)  # fmt: skip
ITEM = ("id", "application_id", "review_id", "target_kind", "target_code", "reason_code", "text")


def review_rows(
    moves: Sequence[Move], ids: Sequence[int], writing: Writing, *, actor: Actor, now: datetime
) -> list[Row]:
    """The verdicts with what they changed, as `REVIEW` names the columns."""
    is_undo, text = writing.verb is Verb.UNDO, writing.order.text or None
    rows = []
    for review_id, move in zip(ids, moves, strict=True):
        case = move.case
        last = case.last if is_undo else None
        stage = (
            last.stage_code if last else case.stage_code
        ) or ""  # a case can be ended outside every stage
        rows.append(
            (case.id, review_id, case.version_no, stage, writing.event, actor.account_id,
             actor.person_key or "", actor.full_name, _role(writing, case) or "", case.lock, text,
             before_text(case), last.review_id if last else None, writing.batch_id, now)
        )  # fmt: skip
    return rows


def item_rows(moves: Sequence[Move], ids: Sequence[int], order: Order) -> list[Row]:
    """The returned items of each verdict, as `ITEM` names the columns."""
    return [
        (
            new_id(),
            move.case.id,
            review_id,
            item.target_kind,
            item.target_code or None,
            item.reason_code,
            item.text or None,
        )
        for review_id, move in zip(ids, moves, strict=True)
        for item in order.items
    ]


APPROVAL = (
    "application_id", "stage_code", "version_no", "actor_key", "applicant_key", "review_id", "role", "place_id",
    "programme_id",
)  # fmt: skip


def approvals_after(move: Move, review_id: int, actor: Actor) -> tuple[Approved, ...]:
    """The live approvals that a step writes: those it keeps where it rewrites them, and the one it adds."""
    case = move.case
    kept_ones = move.step.approvals or ()
    if not move.step.adds_approval:
        return kept_ones
    added = Approved(case.stage_code or "", case.version_no, actor.person_key or "", review_id)
    return (*kept_ones, added)


def approval_row(case: Case, one: Approved, programme: Programme) -> Row:
    """One live approval, as `APPROVAL` names the columns; at the desk of its stage in the case's own document."""
    desk = desk_of(programme.stage(one.stage_code), case)
    place = desk.agency_id or case.employer_id
    return (
        case.id, one.stage_code, one.version_no, one.actor_key, case.applicant_key, one.review_id, desk.role,
        place, case.programme_id,
    )  # fmt: skip


MESSAGE = (
    "id", "account_id", "template", "params", "subject_kind", "subject_id", "review_id", "batch_id",
    "not_before",
    "state", "attempts", "created",
)  # fmt: skip


RECALL_MARGIN = timedelta(minutes=1)
"""An undo asked for at the end of its window may still wait for a lock; nothing is announced before it is done."""


def message_rows(moves: Sequence[Move], ids: Sequence[int], writing: Writing, *, now: datetime) -> list[Row]:
    """What the applicants are told after the undo window, as `MESSAGE` names the columns (I5)."""
    rows = []
    for review_id, move in zip(ids, moves, strict=True):
        programme = writing.programmes[move.case.version_id]
        occasion = _occasion(writing.verb, move.step)
        template = programme.messages.get(occasion) if occasion is not None else None
        if template is None:
            continue
        until = move.step.undo_until
        params = json.dumps({"programme": programme.short_name}, ensure_ascii=False)
        rows.append(
            (new_id(), move.case.account_id, template, params, "application", move.case.id, review_id or None,
             writing.batch_id, until + RECALL_MARGIN if until else now, "waiting", 0, now)
        )  # fmt: skip
    return rows


def _occasion(verb: Verb | None, step: Step) -> Occasion | None:
    if verb is Verb.APPROVE:
        return Occasion.APPROVED if step.status is Status.APPROVED else None
    if verb is Verb.ISSUE:
        return Occasion.READY_TO_COLLECT
    return _OCCASIONS.get(verb) if verb is not None else None


def kept(case: Case, **changed: Any) -> Step:
    """A step that changes nothing but what is named: for roster events, freezing, thawing."""
    step = Step(
        status=case.status,
        stage_code=case.stage_code,
        is_ready=case.is_ready,
        desk=Desk(case.desk_role, case.desk_agency_id),
        version_no=case.version_no,
        roster_id=case.roster.id if case.roster else None,
        entered_at=case.entered_at,
        due_at=case.due_at,
        reached_agency_at=case.reached_agency_at,
        closed_at=None,
        undo_until=None,
        frozen_reason=case.frozen_reason,
    )
    if case.status in FINAL:
        raise ValueError("final states stay final")
    return replace(step, **changed)
