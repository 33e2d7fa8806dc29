"""What may be done to a case now, by whom, and if not, why not (D11): the one place that decides it.

A case is first reduced to its `Situation` - the few facts that matter, without ids - so that a batch asks
the rules once per distinct situation (D12). Guards come in the order of model section 3: permission, lock,
frozen, status; then the holder; then the further guards of the verb, all of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.blocks import Block
from app.domain.form import TargetKind
from app.domain.predicates import MATERIALS_VIEWED, ROSTER_SEALED, Facts
from app.domain.programme import BatchMode, Kind, Programme, Reason, ReasonFor, Stage
from app.domain.roles import Actor
from app.domain.situation import Situation, situation
from app.domain.states import (
    NEEDS,
    STATUSES,
    VERDICTS,
    Case,
    Item,
    NewFacts,
    Order,
    Programmes,
    RosterState,
    Status,
    Verb,
    Waiting,
)

Blocks = tuple[Block, ...]
ALLOWED: Blocks = ()


def judge(
    verb: Verb,
    case: Case,
    actor: Actor,
    *,
    programme: Programme,
    now: datetime,
    seen: int | None = None,
    order: Order | None = None,
) -> Blocks:
    """Why `actor` cannot do `verb` to `case` now; empty when it is allowed.

    Source: model section 3 (guards and their order), D5, D8, D11. Without `order` the words that the actor
    still has to say (reasons, items) are not asked for: that is what buttons need.
    """
    return judge_situation(
        verb, situation(verb, case, actor, now=now, seen=seen), actor, programme=programme, order=order
    )


def judge_situation(
    verb: Verb, at: Situation, actor: Actor, *, programme: Programme, order: Order | None = None
) -> Blocks:
    """`judge` on a situation."""
    first = _common(verb, at, actor, programme)
    if first is not None:
        return (first,)
    return tuple(_FURTHER[verb](at, _Question(verb, actor, programme, order)))


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch, judged: the cases that may move, and the blocks of the others by id."""

    allowed: tuple[Case, ...]
    blocked: Mapping[int, Blocks]


def judge_all(
    verb: Verb,
    cases: Iterable[Case],
    actor: Actor,
    *,
    programmes: Programmes,
    now: datetime,
    seen: Mapping[int, int] | None = None,
    order: Order | None = None,
) -> Judged:
    """Judge many cases, asking the rules once per distinct situation (D12)."""
    answers: dict[Situation, Blocks] = {}
    allowed: list[Case] = []
    blocked: dict[int, Blocks] = {}
    locks = seen or {}
    for case in cases:
        at = situation(verb, case, actor, now=now, seen=locks.get(case.id))
        blocks = answers.get(at)
        if blocks is None:
            blocks = judge_situation(verb, at, actor, programme=programmes[case.version_id], order=order)
            answers[at] = blocks
        if blocks:
            blocked[case.id] = blocks
        else:
            allowed.append(case)
    return Judged(tuple(allowed), blocked)


def _common(verb: Verb, at: Situation, actor: Actor, programme: Programme) -> Block | None:
    if actor.is_superuser:
        return Block("superuser_never_decides")
    if not actor.may(NEEDS[verb]):
        return Block("not_your_role")
    return _standing(verb, at) or _offer(verb, at, actor, programme)


def _standing(verb: Verb, at: Situation) -> Block | None:
    """Stale, frozen, wrong status: in this order."""
    if at.stale:
        return Block("stale")
    if at.frozen is not None and verb not in (Verb.WITHDRAW, Verb.CANCEL):
        return Block("frozen", {"reason": at.frozen})
    return None if at.status in STATUSES[verb] else Block("wrong_status", {"status": at.status.value})


def _offer(verb: Verb, at: Situation, actor: Actor, programme: Programme) -> Block | None:
    """Whether the stage offers the verdict; who does not hold it learns that first."""
    if verb not in VERDICTS or VERDICTS[verb] in _stage(at, programme).verdicts:
        return None
    return _holder_block(at, actor, programme) or Block("verdict_not_offered")


def _stage(at: Situation, programme: Programme) -> Stage:
    return programme.stage(at.stage or "")


def holds(stage: Stage, at: Situation, actor: Actor) -> bool:
    """Whether the actor is a holder of `stage` for this case (model: Holder)."""
    return stage.role in actor.roles and at.is_at(stage.party)


def _holder_block(at: Situation, actor: Actor, programme: Programme) -> Block | None:
    stage = _stage(at, programme)
    if holds(stage, at, actor):
        return None
    elsewhere = any(holds(programme.stage(code), at, actor) for code in at.chain)
    return Block("wrong_stage", {"stage": stage.title}) if elsewhere else Block("not_your_role")


@dataclass(frozen=True, slots=True)
class _Question:
    verb: Verb
    actor: Actor
    programme: Programme
    order: Order | None


def _decision(at: Situation, question: _Question) -> Iterator[Block]:
    holder = _holder_block(at, question.actor, question.programme)
    if holder is not None:
        yield holder
        return
    stage = _stage(at, question.programme)
    if question.verb is Verb.BACK and at.chain.index(stage.code) == 0:
        yield Block("no_previous_stage")
    yield from _requirements(stage, at, question.verb)
    yield from _persons(at)
    yield from _claim_of_other(at)
    if question.order is not None:
        yield from _words(stage, at, question)


def _requirements(stage: Stage, at: Situation, verb: Verb) -> Iterator[Block]:
    """The roster gates every verdict (D5: the county can decide only after it); the rest gates approval."""
    if stage.is_gate and not at.ready:
        yield Block("roster_not_sealed")
    if verb is not Verb.APPROVE:
        return
    facts = Facts(
        materials=at.materials, card_active=at.card_active, roster_sealed=at.ready,
        materials_viewed=not at.unseen, checks_clean=at.clean,
    )  # fmt: skip
    for condition in stage.requires:
        if condition.predicate == ROSTER_SEALED or condition.holds(facts):
            continue
        if condition.predicate == MATERIALS_VIEWED:
            yield Block("materials_not_viewed", {"materials": list(at.unseen)})
        else:
            yield Block("requirement_unmet", {"requirement": condition.predicate})


def _persons(at: Situation) -> Iterator[Block]:
    """Four-eyes always holds (D8); an account without a known natural person cannot decide."""
    if at.is_own:
        yield Block("own_application")
    if at.approved_elsewhere:
        yield Block("same_person")


def _claim_of_other(at: Situation) -> Iterator[Block]:
    if at.claimer is not None:
        yield Block("claimed_by_other", {"name": at.claimer})


def _words(stage: Stage, at: Situation, question: _Question) -> Iterator[Block]:
    order = question.order or Order()
    if order.in_batch and stage.batch is not BatchMode.ANY:
        clean = stage.batch is BatchMode.CLEAN and at.clean and not at.unseen
        if not clean:
            yield Block("batch_not_clean")
    if question.verb is Verb.SEND_BACK:
        yield from _items(question.programme, order)
    elif question.verb in (Verb.BACK, Verb.REJECT) and not _has_reason(question.programme, order):
        yield Block("reason_required")


def _items(programme: Programme, order: Order) -> Iterator[Block]:
    if not order.items:
        yield Block("item_reason_required")
    for item in order.items:
        if not _target_exists(programme, item):
            yield Block("field_invalid", {"field": item.target_code})
        elif not _reason_suffices(programme, item, or_text=True):
            yield Block("item_reason_required")


def _target_exists(programme: Programme, item: Item) -> bool:
    if item.target_kind == TargetKind.FIELD:
        return any(entry.code == item.target_code for entry in programme.fields)
    if item.target_kind == TargetKind.MATERIAL:
        return any(entry.code == item.target_code for entry in programme.materials)
    return item.target_kind == TargetKind.GENERAL and not item.target_code


_USES: Mapping[str, frozenset[ReasonFor]] = {
    TargetKind.FIELD: frozenset({ReasonFor.FIELD, ReasonFor.BOTH}),
    TargetKind.MATERIAL: frozenset({ReasonFor.MATERIAL, ReasonFor.BOTH}),
    TargetKind.GENERAL: frozenset(ReasonFor),
}


def reasons_for(programme: Programme, target_kind: str) -> tuple[Reason, ...]:
    """The reasons a reviewer may choose for a field, a material or the whole case."""
    return tuple(reason for reason in programme.reasons if reason.use in _USES[target_kind])


def _reason_suffices(programme: Programme, item: Item, *, or_text: bool) -> bool:
    if item.reason_code is None:
        return or_text and bool(item.text.strip())
    reason = next(
        (entry for entry in reasons_for(programme, item.target_kind) if entry.code == item.reason_code), None
    )
    return reason is not None and (bool(item.text.strip()) or not reason.text_required)


def _has_reason(programme: Programme, order: Order) -> bool:
    if order.items:
        with_words = [
            Item(item.target_kind, item.target_code, item.reason_code, item.text or order.text)
            for item in order.items
        ]
        return all(
            _target_exists(programme, item) and _reason_suffices(programme, item, or_text=True)
            for item in with_words
        )
    return bool(order.text.strip())


def _submit(at: Situation, question: _Question) -> Iterator[Block]:
    del question
    if not at.is_applicant:
        yield Block("not_your_role")


def _cancel(at: Situation, question: _Question) -> Iterator[Block]:
    del at
    if question.order is not None and not question.order.text.strip():
        yield Block("reason_required")


def _undo(at: Situation, question: _Question) -> Iterator[Block]:
    del question
    if at.undo is not None:
        yield Block(at.undo)


def _pull_back(at: Situation, question: _Question) -> Iterator[Block]:
    position = at.chain.index(at.stage or "")
    if position == 0:
        yield Block("no_previous_stage")
        return
    previous = question.programme.stage(at.chain[position - 1])
    if not holds(previous, at, question.actor):
        yield Block("not_your_role")
        return
    if not previous.pull_back:
        yield Block("verdict_not_offered")
    elif at.ready and (at.opened or at.roster is RosterState.SEALED):
        yield Block("pull_back_too_late")


def _claim(at: Situation, question: _Question) -> Iterator[Block]:
    holder = _holder_block(at, question.actor, question.programme)
    if holder is not None:
        yield holder
        return
    yield from _persons(at)
    yield from _claim_of_other(at)


def _release(at: Situation, question: _Question) -> Iterator[Block]:
    holder = _holder_block(at, question.actor, question.programme)
    if holder is not None:
        yield holder
        return
    yield from _claim_of_other(at)


def _reassign(at: Situation, question: _Question) -> Iterator[Block]:
    """Whoever holds another stage of the same office leads here; at an office's only stage, its holders."""
    stage = _stage(at, question.programme)
    office = [question.programme.stage(code) for code in at.chain]
    peers = [peer for peer in office if peer.party is stage.party and peer.code != stage.code]
    if not any(holds(peer, at, question.actor) for peer in peers or [stage]):
        yield Block("not_your_role")


def _issue(at: Situation, question: _Question) -> Iterator[Block]:
    issue = question.programme.issue
    if issue.role not in question.actor.roles or not at.is_at(issue.party):
        yield Block("not_your_role")
        return
    if at.is_own:
        yield Block("own_application")
    if not at.approvals_complete:
        yield Block("wrong_status", {"status": at.status.value})
    if at.missing_glyphs:
        yield Block("glyph_missing", {"characters": at.missing_glyphs})


_FURTHER: Mapping[Verb, Callable[[Situation, _Question], Iterator[Block]]] = {
    Verb.SUBMIT: _submit,
    Verb.WITHDRAW: _submit,
    Verb.CANCEL: _cancel,
    Verb.UNDO: _undo,
    Verb.PULL_BACK: _pull_back,
    Verb.CLAIM: _claim,
    Verb.RELEASE: _release,
    Verb.REASSIGN: _reassign,
    Verb.ISSUE: _issue,
} | dict.fromkeys(VERDICTS, _decision)


def judge_new(
    actor: Actor, facts: NewFacts, *, programme: Programme, kind: str, day: date, now: datetime
) -> Blocks:
    """Why `actor` cannot start an application of `kind` today (model: new; requirements R27, I6, I7)."""
    if actor.is_superuser:
        return (Block("superuser_never_decides"),)
    if not actor.may(NEEDS[Verb.NEW]) or actor.person_id is None:
        return (Block("not_your_role"),)
    return tuple(_new(facts, programme, kind, day, now))


def _new(facts: NewFacts, programme: Programme, kind: str, day: date, now: datetime) -> Iterator[Block]:  # noqa: PLR0917 - private
    if not facts.person_active:
        yield Block("person_not_active")
    if not facts.employer_active:
        yield Block("employer_not_active")
    offered = next((entry for entry in programme.kinds if entry.code == kind), None)
    if offered is None:
        yield Block("kind_not_offered")
        return
    if not programme.is_open(kind, day):
        windows = [f"{window.opens}–{window.closes or ''}" for window in programme.windows_for(kind)]
        yield Block("window_closed", {"windows": ", ".join(windows)})
    if facts.has_open:
        yield Block("open_application_exists", {"no": facts.open_no or "-"})
    yield from _card(facts, offered)
    if facts.cooling_off_until is not None and now < facts.cooling_off_until:
        yield Block("cooling_off", {"date": facts.cooling_off_until.date().isoformat()})


def _card(facts: NewFacts, kind: Kind) -> Iterator[Block]:
    if kind.needs_card and facts.card_no is None:
        yield Block("active_card_missing")
    if not kind.needs_card and facts.card_no is not None:
        yield Block("active_card_exists", {"no": facts.card_no})


def waits_for(status: Status, stage: Stage | None, *, is_ready: bool) -> Waiting:
    """The one party an application waits for (model: Application, invariant I11)."""
    if status in (Status.DRAFT, Status.RETURNED):
        return Waiting.APPLICANT
    if status is Status.APPROVED:
        return Waiting.PRINTER
    if status is not Status.IN_REVIEW or stage is None:
        return Waiting.NOBODY
    if not is_ready and stage.is_gate:
        return Waiting.ROSTER
    return Waiting(stage.party.value)
