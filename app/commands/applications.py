"""The verbs of reviewers and applicants on existing applications (D12): a single is a batch of one.

Each answers a `BatchResult` that names every id once; `required` turns the result of one id into the refusal
that a single-object call raises. `drafts` and `submissions` hold new, save and submit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine, select, update

from app.commands import transitions
from app.commands.denials import log_denials
from app.commands.form import Form, take_words
from app.commands.freezing import hold_bonds, recompute_frozen
from app.commands.retry import retried
from app.commands.transitions import Move, Writing
from app.commands.unit_of_work import Work, unit_of_work
from app.domain import steps, workflow
from app.domain.blocks import Block
from app.domain.errors import Blocked, DomainError, NotFound, Stale
from app.domain.programme import Programme
from app.domain.results import BatchResult, refuse_too_many
from app.domain.roles import Actor
from app.domain.states import Case, Order, Status, Verb
from app.domain.steps import Deadline
from app.models.application import Application, Draft, Review, Submission
from app.models.ids import new_id
from app.queries import applications as lists
from app.queries import cases
from app.queries.applications import Listed
from app.queries.calendar import deadlines
from app.queries.listed import Chosen
from app.queries.sets import among
from config import BATCH_MAX

Seen = Mapping[int, int]
"""The lock each row had when the actor looked at it; a row without one is not compared."""

_LEAVING = frozenset({Verb.SEND_BACK, Verb.REJECT, Verb.WITHDRAW, Verb.CANCEL, Verb.PULL_BACK})


@dataclass(frozen=True, slots=True)
class _Asked:
    """One submission of a batch."""

    verb: Verb
    ids: tuple[int, ...]
    seen: Seen
    order: Order
    key: str | None
    listed: Listed | None = None

    def request(self) -> list[object]:
        """What the idempotency key stands for (T7)."""
        seen = sorted((str(i), lock) for i, lock in self.seen.items())
        said = transitions.review_content(self.verb.value, self.order)
        if self.listed is not None:  # the same form again means the same rows, wherever they are by now
            return [self.verb.value, self.listed.request(), said]
        return [self.verb.value, [str(i) for i in self.ids], seen, said]


def approve(
    engine: Engine,
    *,
    actor: Actor,
    ids: Sequence[int] = (),
    seen: Seen | None = None,
    listed: Listed | None = None,
    now: datetime,
    key: str | None = None,
    text: str = "",
    batch_max: int = BATCH_MAX,
) -> BatchResult:
    """Approve each application at its present stage (审核通过): `ids`, or everything a list showed.

    Of `listed`, rows that arrived or changed after it was shown are skipped. Raises InvalidInput above
    `batch_max` rows. Source: R31, D12.
    """
    asked = _asked(Verb.APPROVE, ids, seen or {}, Order(text), key=key, listed=listed)
    return _do(engine, actor, asked, now=now, batch_max=batch_max)


def send_back(
    engine: Engine,
    *,
    actor: Actor,
    ids: Sequence[int] = (),
    seen: Seen | None = None,
    listed: Listed | None = None,
    order: Order,
    now: datetime,
    key: str | None = None,
    batch_max: int = BATCH_MAX,
) -> BatchResult:
    """Return each application to its applicant with items and their reasons (退回修改).

    `ids` or `listed` as in `approve`. Source: R31, model 3.
    """
    asked = _asked(Verb.SEND_BACK, ids, seen or {}, order, key=key, listed=listed)
    return _do(engine, actor, asked, now=now, batch_max=batch_max)


def back(
    engine: Engine,
    *,
    actor: Actor,
    ids: Sequence[int],
    seen: Seen,
    order: Order,
    now: datetime,
    key: str | None = None,
    batch_max: int = BATCH_MAX,
) -> BatchResult:
    """Return each application one stage (退回上一步), with a reason. Source: A15."""
    return _do(engine, actor, _asked(Verb.BACK, ids, seen, order, key=key), now=now, batch_max=batch_max)


def reject(
    engine: Engine,
    *,
    actor: Actor,
    ids: Sequence[int],
    seen: Seen,
    order: Order,
    now: datetime,
    key: str | None = None,
    batch_max: int = BATCH_MAX,
) -> BatchResult:
    """Refuse each application for good (不予通过), with a reason. Source: A16."""
    return _do(engine, actor, _asked(Verb.REJECT, ids, seen, order, key=key), now=now, batch_max=batch_max)


def undo(
    engine: Engine,
    *,
    actor: Actor,
    now: datetime,
    ids: Sequence[int] = (),
    batch_id: int | None = None,
    seen: Seen | None = None,
    key: str | None = None,
) -> BatchResult:
    """Take back the actor's last decision on each of `ids`, or on all of one batch, inside the undo window.

    Row by row under the same guards; history only grows. A batch that could be done can be undone, whatever
    the limit is by now. Source: model 3 (Undo window), invariant I15.
    """
    chosen = tuple(ids) if batch_id is None else _of_batch(engine, actor, batch_id)
    limit = BATCH_MAX if batch_id is None else len(chosen)
    return _do(
        engine, actor, _asked(Verb.UNDO, chosen, seen or {}, Order(), key=key), now=now, batch_max=limit
    )


def _of_batch(engine: Engine, actor: Actor, batch_id: int) -> tuple[int, ...]:
    mine = (Review.batch_id == batch_id, Review.actor_id == actor.account_id)
    with engine.connect() as connection:
        return tuple(
            connection.scalars(select(Review.application_id).where(*mine).order_by(Review.application_id))
        )


def pull_back(
    engine: Engine,
    *,
    actor: Actor,
    ids: Sequence[int],
    seen: Seen,
    now: datetime,
    key: str | None = None,
    batch_max: int = BATCH_MAX,
) -> BatchResult:
    """Take cases back to the previous stage before the next office works on them (撤回). Source: model 3."""
    return _do(
        engine, actor, _asked(Verb.PULL_BACK, ids, seen, Order(), key=key), now=now, batch_max=batch_max
    )


def withdraw(
    engine: Engine, *, actor: Actor, ids: Sequence[int], seen: Seen, now: datetime, key: str | None = None
) -> BatchResult:
    """The applicant takes the application back (撤回). Source: model 3, requirement I1."""
    return _do(
        engine, actor, _asked(Verb.WITHDRAW, ids, seen, Order(), key=key), now=now, batch_max=BATCH_MAX
    )


def cancel(
    engine: Engine,
    *,
    actor: Actor,
    ids: Sequence[int],
    seen: Seen,
    reason: str,
    now: datetime,
    key: str | None = None,
) -> BatchResult:
    """End open applications (作废): duplicate, death, employer gone; a reason is required.

    Source: model 3.
    """
    return _do(
        engine, actor, _asked(Verb.CANCEL, ids, seen, Order(reason), key=key), now=now, batch_max=BATCH_MAX
    )


def required(result: BatchResult, row_id: int) -> BatchResult:
    """The result of a single, or the refusal it means: NotFound, Stale, Blocked with every reason."""
    if row_id in result.unknown:
        raise NotFound
    blocks = result.blocks_of(row_id)
    if blocks:
        raise refusal(blocks)
    return result


def refusal(blocks: Sequence[Block]) -> DomainError:
    """The error that a single-object call raises for these blocks."""
    return Stale() if blocks[0].code == "stale" else Blocked(*blocks)


def _asked(
    verb: Verb,
    ids: Sequence[int],
    seen: Seen,
    order: Order,
    *,
    key: str | None,
    listed: Listed | None = None,
) -> _Asked:
    unique, form = tuple(dict.fromkeys(ids)), Form()
    text = take_words(form, "opinion", order.text)
    items = tuple(replace(item, text=take_words(form, "opinion", item.text)) for item in order.items)
    form.finish()
    said = Order(text, items, in_batch=len(unique) > 1)
    return _Asked(verb, unique, seen, said, key, listed)


def _chosen(work: Work, asked: _Asked, batch_max: int) -> tuple[_Asked, Chosen]:
    """The batch with the rows its list showed, and what came later."""
    if asked.listed is None:
        return asked, Chosen()
    chosen = lists.choose(work.session, work.actor, asked.listed, maximum=batch_max)
    ids = tuple(chosen.rows)
    order = replace(asked.order, in_batch=len(ids) > 1)
    return replace(asked, ids=ids, seen=chosen.rows, order=order), chosen


@retried
def _do(engine: Engine, actor: Actor, asked: _Asked, *, now: datetime, batch_max: int) -> BatchResult:
    """One batch in one transaction, with a number of statements that does not grow with its rows (D12)."""
    refuse_too_many(len(asked.ids), batch_max)
    with unit_of_work(engine, actor, now=now, key=asked.key, request=asked.request()) as work:
        if work.replay is not None:
            return BatchResult.from_json(work.replay)
        asked, chosen = _chosen(work, asked, batch_max)
        if asked.verb in _LEAVING:
            cases.lock_with_roster_members(work.session, actor, asked.ids)
        if asked.verb is Verb.UNDO:
            mine = among(work.session, Application.id, asked.ids)
            hold_bonds(
                work.session,
                select(Application.person_id).where(mine),
                select(Application.employer_id).where(mine),
            )
        loaded = cases.load(work.session, actor, asked.ids, verbs={asked.verb}, lock=True)
        judged = workflow.judge_all(
            asked.verb,
            loaded.cases,
            actor,
            programmes=loaded.programmes,
            now=now,
            seen=asked.seen,
            order=asked.order,
        )
        batch_id = new_id()
        moves = _moves(
            asked.verb, judged.allowed, loaded.programmes, now=now, due=deadlines(work.session, now)
        )
        transitions.write(
            work,
            moves,
            Writing(
                event=asked.verb.value,
                programmes=loaded.programmes,
                digests=loaded.digests,
                verb=asked.verb,
                order=asked.order,
                key=asked.key,
                batch_id=batch_id,
            ),
        )
        went = {case.id for case in judged.allowed}
        if asked.verb is Verb.UNDO:  # a rejected case is final: nothing that happened meanwhile froze it
            recompute_frozen(work, application_ids=went)
            _drafts_as_submitted(work, [case.id for case in judged.allowed if case.status is Status.RETURNED])
        named, blocked = (*asked.ids, *chosen.later), {**judged.blocked, **chosen.blocks()}
        result = BatchResult.of(named, moved=went, blocked=blocked, batch_id=batch_id)
        log_denials(work, "application", result)
        work.remember(result.to_json())
        return result


def _drafts_as_submitted(work: Work, ids: Sequence[int]) -> None:
    """What applicants changed after a return that was taken back goes with it: the next return may unlock
    other items, and a change of one that is locked by then could neither be submitted nor taken back.
    """
    if not ids:
        return
    a, s = Application, Submission
    present = (
        select(s.data, s.files)
        .join(a, (a.id == s.application_id) & (a.version_no == s.n))
        .where(a.id == Draft.application_id)
    )
    work.session.execute(
        update(Draft)
        .where(among(work.session, Draft.application_id, ids))
        .values(
            data=present.with_only_columns(s.data).scalar_subquery(),
            files=present.with_only_columns(s.files).scalar_subquery(),
            saved_at=work.now,
        ),
        execution_options={"synchronize_session": False},
    )


def _moves(
    verb: Verb, allowed: Sequence[Case], programmes: Mapping[int, Programme], *, now: datetime, due: Deadline
) -> list[Move]:
    """Each case with its step; cases in equal circumstances share one."""
    made: Callable[..., steps.Step] = steps.APPLY[verb]
    known: dict[object, steps.Step] = {}
    moves = []
    for case in allowed:
        same = steps.circumstances(verb, case)
        step = known.get(same) if same is not None else None
        if step is None:
            step = made(case, programmes[case.version_id], now=now, due=due)
            if same is not None:
                known[same] = step
        moves.append(Move(case, step))
    return moves
