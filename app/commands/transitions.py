"""The set-based writer of workflow state (D12): the only code that changes workflow columns of applications.

Whatever the verb and however many cases: one UPDATE, and one bulk statement each for reviews, items,
approvals, events and messages. Nobody else may raise a lock. Callers hold the rows locked and judged.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import delete, select, update

from app.commands.bulk import insert_rows, update_rows
from app.commands.chain import Entry, State, append, common_part, payload
from app.commands.unit_of_work import Work
from app.domain.audit import digest_of
from app.domain.errors import Stale
from app.domain.programme import Occasion, Programme
from app.domain.states import FINAL, UNSEALED, VERDICTS, Case, Desk, Order, Status, Verb
from app.domain.steps import Step
from app.models.application import Application, Approval, Review, ReviewItem
from app.models.ids import new_id
from app.models.roster import Roster
from app.models.work import Message
from app.queries.cases import before_text, load_unscoped
from app.queries.sets import among

_STATE = (
    "status", "stage_code", "is_ready", "desk_role", "desk_agency_id", "version_no", "roster_id",
    "entered_at",
    "due_at", "reached_agency_at", "closed_at", "undo_until", "frozen_reason", "decision_batch_id", "lock",
    "audit_seq", "audit_head",
)  # fmt: skip
_CLEARED = "opened_at = NULL, claimed_by = NULL, claimed_until = NULL"
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


def write(work: Work, moves: Sequence[Move], writing: Writing) -> None:
    """Store the moves, their reviews, approvals, events and messages; void the rosters that members left.

    The number of statements does not depend on the number of moves. Raises Stale if a row changed under us.
    """
    if not moves:
        return
    reviews = [new_id() if _is_reviewed(writing.verb) else 0 for _ in moves]
    _events(work, moves, writing)
    if _is_reviewed(writing.verb):
        _reviews(work, moves, reviews, writing)
    _approvals(work, moves, reviews)
    _messages(work, moves, reviews, writing)
    left = {move.step.left_roster for move in moves if move.step.left_roster is not None}
    if left:
        void_rosters(work, left, leaving={move.case.id for move in moves})


def _is_reviewed(verb: Verb | None) -> bool:
    return verb in VERDICTS or verb is Verb.UNDO


def _events(work: Work, moves: Sequence[Move], writing: Writing) -> None:
    """Chain one event per case and move the workflow columns and heads in one conditional UPDATE."""
    commons = {version: _common(work, writing, digest) for version, digest in writing.digests.items()}
    entries = [_entry(move, writing, commons[move.case.version_id]) for move in moves]
    heads = append(work, entries)
    columns = (*_STATE, *moves[0].extra)
    rows = [_row(move, head, writing.batch_id) for move, head in zip(moves, heads, strict=True)]
    table = Application.__table__
    changed = update_rows(
        work.session,
        table,
        keys=("id", "lock", "stage_code"),
        columns=columns,
        rows=rows,
        also=_CLEARED,
    )
    if changed != len(moves):
        raise Stale


def _common(work: Work, writing: Writing, programme_digest: str) -> str:
    said = None
    if _is_reviewed(writing.verb):
        said = digest_of(review_content(writing.event, writing.order))
    return common_part(
        key=writing.key,
        programme=programme_digest,
        request=work.actor.request_id,
        review=said,
        ref=writing.ref,
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


def _row(move: Move, head: str, batch_id: int | None) -> tuple[Any, ...]:
    case, step = move.case, move.step
    return (
        case.id, case.lock, case.stage_code, step.status.value, step.stage_code, step.is_ready,
        step.desk.role,
        step.desk.agency_id, step.version_no, step.roster_id, step.entered_at, step.due_at,
        step.reached_agency_at,
        step.closed_at, step.undo_until, step.frozen_reason, batch_id, case.lock + 1, case.audit_seq + 1,
        head,
        *move.extra.values(),
    )  # fmt: skip


_REVIEW = (
    "application_id", "id", "version_no", "stage_code", "verdict", "actor_id", "actor_key", "actor_name",
    "role",
    "lock_seen", "text", "before", "undoes_id", "batch_id", "at",
)  # fmt: skip
_ITEM = ("id", "application_id", "review_id", "target_kind", "target_code", "reason_code", "text")


def _reviews(work: Work, moves: Sequence[Move], ids: Sequence[int], writing: Writing) -> None:
    actor, is_undo = work.actor, writing.verb is Verb.UNDO
    text = writing.order.text or None
    rows = []
    for review_id, move in zip(ids, moves, strict=True):
        case = move.case
        last = case.last if is_undo else None
        stage = last.stage_code if last else case.stage_code
        role = _role(writing, case)
        rows.append(
            (case.id, review_id, case.version_no, stage, writing.event, actor.account_id,
             actor.person_key or "",
             actor.full_name, role or "", case.lock, text, before_text(case),
             last.review_id if last else None, writing.batch_id,
             work.now)
        )  # fmt: skip
    insert_rows(work.session, Review.__table__, _REVIEW, rows)
    items = [
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
        for item in writing.order.items
    ]
    insert_rows(work.session, ReviewItem.__table__, _ITEM, items)


_APPROVAL = ("application_id", "stage_code", "version_no", "actor_key", "applicant_key", "review_id")


def _approvals(work: Work, moves: Sequence[Move], ids: Sequence[int]) -> None:
    """Rewrite the live approvals where a verb changed them, add the new one where it approved."""
    rewritten = [move.case.id for move in moves if move.step.approvals is not None]
    if rewritten:
        work.session.execute(delete(Approval).where(among(work.session, Approval.application_id, rewritten)))
    rows: list[tuple[Any, ...]] = []
    for review_id, move in zip(ids, moves, strict=True):
        case = move.case
        for kept in move.step.approvals or ():
            rows.append(
                (
                    case.id,
                    kept.stage_code,
                    kept.version_no,
                    kept.actor_key,
                    case.applicant_key,
                    kept.review_id,
                )
            )
        if move.step.adds_approval:
            key = work.actor.person_key or ""
            rows.append((case.id, case.stage_code, case.version_no, key, case.applicant_key, review_id))
    insert_rows(work.session, Approval.__table__, _APPROVAL, rows)


_MESSAGE = (
    "id", "account_id", "template", "params", "subject_kind", "subject_id", "review_id", "batch_id",
    "not_before",
    "state", "attempts", "created",
)  # fmt: skip


def _messages(work: Work, moves: Sequence[Move], ids: Sequence[int], writing: Writing) -> None:
    """Tell the applicants after the undo window; recall what an undone verdict would have said (I5)."""
    if writing.verb is Verb.UNDO:
        undone = [move.case.last.review_id for move in moves if move.case.last]
        waiting = (among(work.session, Message.review_id, undone), Message.state == "waiting")
        work.session.execute(update(Message).where(*waiting).values(state="recalled"))
        return
    rows = []
    for review_id, move in zip(ids, moves, strict=True):
        programme = writing.programmes[move.case.version_id]
        template = programme.messages.get(_occasion(writing.verb, move.step) or Occasion.RETURNED)
        if template is None or _occasion(writing.verb, move.step) is None:
            continue
        params = json.dumps({"programme": programme.short_name}, ensure_ascii=False)
        rows.append(
            (new_id(), move.case.account_id, template, params, "application", move.case.id, review_id or None,
             writing.batch_id, move.step.undo_until or work.now, "waiting", 0, work.now)
        )  # fmt: skip
    insert_rows(work.session, Message.__table__, _MESSAGE, rows)


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


def touch(
    work: Work,
    moves: Sequence[Move],
    *,
    event: str,
    programmes: Mapping[int, Programme],
    digests: Mapping[int, str],
    ref: str | None = None,
) -> None:
    """Raise the locks of `moves` with one event each, beside any verdict: export, seal, void, return
    of a scan,
    freeze, thaw. Make the steps with `kept`. `ref` names the roster or cause in the event.
    """
    if moves:
        _events(work, moves, Writing(event=event, programmes=programmes, digests=digests, ref=ref))


def members_of(work: Work, roster_ids: Iterable[int]) -> list[int]:
    """The ids of the applications linked to these rosters."""
    a = Application
    return list(
        work.session.scalars(select(a.id).where(among(work.session, a.roster_id, roster_ids)).order_by(a.id))
    )


def void_rosters(work: Work, roster_ids: Iterable[int], *, leaving: Iterable[int] = ()) -> None:
    """Make rosters that are not sealed void and unlink their members, whose locks rise (model 4).

    `leaving` are members already unlinked by the caller. Sealed rosters stay as they are.
    """
    session, gone = work.session, set(leaving)
    unsealed = [state.value for state in UNSEALED]
    rosters = session.execute(
        select(Roster.id, Roster.no, Roster.digest)
        .where(among(session, Roster.id, roster_ids), Roster.state.in_(unsealed))
        .order_by(Roster.id)
        .with_for_update()
    ).all()
    ids = [row.id for row in rosters]
    if not ids:
        return
    session.execute(
        update(Roster).where(among(session, Roster.id, ids)).values(state="void", lock=Roster.lock + 1)
    )
    work.audit_many("roster", [(row.id, "void", {"no": row.no, "digest": row.digest}) for row in rosters])
    members = [member for member in members_of(work, ids) if member not in gone]
    loaded = load_unscoped(session, work.actor, members, lock=True)
    moves = [Move(case, kept(case, roster_id=None)) for case in loaded.cases]
    touch(work, moves, event="roster_void", programmes=loaded.programmes, digests=loaded.digests)
