"""The set-based writer of workflow state (D12): the only code that changes workflow columns of applications.

Whatever the verb and however many cases: one UPDATE, and one bulk statement each for reviews, items,
approvals, events and messages. Nobody else may raise a lock. Callers hold the rows locked and judged.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, literal_column, select, update

from app.commands.bulk import insert_rows, update_rows
from app.commands.chain import append
from app.commands.transition_rows import (
    APPROVAL,
    ITEM,
    MESSAGE,
    REVIEW,
    Move,
    Writing,
    approval_row,
    approvals_after,
    entries,
    is_reviewed,
    item_rows,
    kept,
    message_rows,
    review_content,
    review_rows,
)
from app.commands.unit_of_work import Work
from app.domain.errors import Stale
from app.domain.programme import Programme
from app.domain.states import FINAL, UNSEALED
from app.models.application import Application, Approval, Review, ReviewItem
from app.models.ids import new_id
from app.models.roster import Roster
from app.models.work import Message
from app.queries.cases import load_unscoped
from app.queries.sets import among

__all__ = ["Move", "Writing", "kept", "members_of", "review_content", "touch", "void_rosters", "write"]

_STATE = (
    "status", "stage_code", "is_ready", "desk_role", "desk_agency_id", "version_no", "roster_id",
    "entered_at",
    "due_at", "reached_agency_at", "closed_at", "undo_until", "frozen_reason", "decision_batch_id", "lock",
    "audit_seq", "audit_head",
)  # fmt: skip
_CLEARED = "opened_at = NULL, claimed_by = NULL, claimed_until = NULL"


def write(work: Work, moves: Sequence[Move], writing: Writing) -> None:
    """Store the moves, their reviews, approvals, events and messages; void the rosters that members left.

    The number of statements does not depend on the number of moves. Raises Stale if a row changed under us.
    """
    if not moves:
        return
    reviews = [new_id() if is_reviewed(writing.verb) else 0 for _ in moves]
    _events(work, moves, writing)
    if is_reviewed(writing.verb):
        _reviews(work, moves, reviews, writing)
    _approvals(work, moves, reviews, writing)
    _messages(work, moves, reviews, writing)
    left = {move.step.left_roster for move in moves if move.step.left_roster is not None}
    if left:
        void_rosters(work, left, leaving={move.case.id for move in moves})


def _events(work: Work, moves: Sequence[Move], writing: Writing) -> None:
    """Chain one event per case and move the workflow columns and heads in one conditional UPDATE."""
    heads = append(work, entries(moves, writing, actor=work.actor))
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


def _reviews(work: Work, moves: Sequence[Move], ids: Sequence[int], writing: Writing) -> None:
    rows = review_rows(moves, ids, writing, actor=work.actor, now=work.now)
    insert_rows(work.session, Review.__table__, REVIEW, rows)
    insert_rows(work.session, ReviewItem.__table__, ITEM, item_rows(moves, ids, writing.order))


def _approvals(work: Work, moves: Sequence[Move], ids: Sequence[int], writing: Writing) -> None:
    """Rewrite the live approvals where a verb changed them, add the new one where it approved."""
    rewritten = [move.case.id for move in moves if move.step.approvals is not None]
    if rewritten:
        work.session.execute(delete(Approval).where(among(work.session, Approval.application_id, rewritten)))
    rows = [
        approval_row(move.case, one, writing.programmes[move.case.version_id])
        for review_id, move in zip(ids, moves, strict=True)
        for one in approvals_after(move, review_id, work.actor)
    ]
    insert_rows(work.session, Approval.__table__, APPROVAL, rows)


def _messages(work: Work, moves: Sequence[Move], ids: Sequence[int], writing: Writing) -> None:
    """Tell the applicants after the undo window; recall what is no longer so, because the verdict was undone or
    the case went on meanwhile (I5).
    """
    no_longer_so = (
        Message.subject_kind == "application",
        among(work.session, Message.subject_id, [move.case.id for move in moves]),
        Message.state == literal_column("'waiting'"),  # as a parameter it would not find its partial index
    )
    work.session.execute(update(Message).where(*no_longer_so).values(state="recalled"))
    insert_rows(work.session, Message.__table__, MESSAGE, message_rows(moves, ids, writing, now=work.now))


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
    moves = [Move(case, kept(case, roster_id=None)) for case in loaded.cases if case.status not in FINAL]
    touch(work, moves, event="roster_void", programmes=loaded.programmes, digests=loaded.digests)
