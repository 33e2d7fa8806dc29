"""Cards: issue with number, validity and token; reprint, loss, cancellation, hand-over (model 4, I3, I7)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update

from app.access.policy import require
from app.access.scope import visible
from app.commands import series, transitions
from app.commands.denials import log_denials
from app.commands.form import Form
from app.commands.renewals import end_live
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.audit import digest_of
from app.domain.blocks import Block
from app.domain.cards import CardState, CardVerb, after
from app.domain.errors import Blocked, NotAllowed, NotFound, Stale
from app.domain.names import plain_text
from app.domain.ports import PdfWriter
from app.domain.programme import Programme
from app.domain.programme_card import card_number, series_scope, valid_to
from app.domain.results import BatchResult, refuse_too_many
from app.domain.roles import AccountKind, Actor, Permission
from app.domain.states import Case, Verb
from app.domain.steps import apply
from app.domain.workflow import judge_all
from app.domain.worktime import local_day
from app.models.card import Card, CardPrint
from app.models.ids import new_id
from app.queries.card_rows import Holder, holders
from app.queries.cases import Loaded, load
from app.queries.listed import Chosen
from app.queries.print_queue import PrintList, choose
from app.queries.sets import among
from config import BATCH_MAX

SERIES = "card"
PDF_JOB = "card_pdf"
REASON_LENGTH = 200
NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Issued:
    """What a print order did: each id once, the batch of the prints and the job that renders them."""

    result: BatchResult
    batch_no: int | None = None
    job_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reprinted:
    """A new print of a card."""

    print_id: int
    batch_no: int
    job_id: int


@retried
def issue(
    engine: Engine,
    *,
    actor: Actor,
    ids: Sequence[int] = (),
    seen: Mapping[int, int] | None = None,
    listed: PrintList | None = None,
    pdf: PdfWriter,
    base_url: str,
    now: datetime,
    key: str | None = None,
    batch_max: int = BATCH_MAX,
) -> Issued:
    """Issue a card for every approved case among `ids` that may have one; the others say why not (打印).

    Numbers, validity and tokens are made here; live cards of the same person and programme end first. A job
    renders one PDF for the batch; the numbers stand even if that fails. `base_url` is the public address that
    the code on the card leads to. Of `listed`, cases that came after it was shown are skipped. Raises
    InvalidInput above `batch_max` cases. Source: model 3 (issue), model 4 (Card), invariants I5, I9.
    """
    require(actor, Permission.CARD_PRINT)
    refuse_too_many(len(ids), batch_max)
    locks = seen or {}
    request = ["issue", listed.request() if listed else sorted((str(i), locks.get(i)) for i in ids)]
    with unit_of_work(engine, actor, now=now, key=key, request=request) as work:
        if work.replay is not None:
            return _stored(work.replay)
        chosen = Chosen()
        if listed is not None:
            chosen = choose(work.session, actor, listed, maximum=batch_max)
            ids, locks = tuple(chosen.rows), chosen.rows
        loaded = load(work.session, actor, ids, verbs=(Verb.ISSUE,), lock=True)
        people = holders(work.session, [case.id for case in loaded.cases])
        cases = [_with_glyphs(case, people.get(case.id), loaded, pdf) for case in loaded.cases]
        judged = judge_all(Verb.ISSUE, cases, actor, programmes=loaded.programmes, now=now, seen=locks)
        moved = [case.id for case in judged.allowed]
        blocked = {**judged.blocked, **chosen.blocks()}
        issued = Issued(BatchResult.of((*ids, *chosen.later), moved=moved, blocked=blocked))
        if moved:
            issued = _issue(work, judged.allowed, loaded, people, base_url=base_url, issued=issued, key=key)
        log_denials(work, "application", issued.result)
        work.remember(_json(issued))
        return issued


def _with_glyphs(case: Case, holder: Holder | None, loaded: Loaded, pdf: PdfWriter) -> Case:
    text = holder.printed_text(loaded.programmes[case.version_id]) if holder else ""
    return replace(case, missing_glyphs=pdf.missing_glyphs(text))


def _issue(
    work: Work,
    cases: Sequence[Case],
    loaded: Loaded,
    people: Mapping[int, Holder],
    *,
    base_url: str,
    issued: Issued,
    key: str | None,
) -> Issued:
    day, batch_no = local_day(work.now), new_id()
    end_live(work, cases, people, day)
    cards = _cards(work, cases, loaded, people, day=day)
    work.session.execute(insert(Card), cards)
    work.session.execute(insert(CardPrint), [_print(work, card["id"], batch_no) for card in cards])
    moves = [
        transitions.Move(
            case, apply(Verb.ISSUE, case, loaded.programmes[case.version_id], now=work.now, due=_no_deadline)
        )
        for case in cases
    ]
    writing = transitions.Writing(
        event="issue",
        verb=Verb.ISSUE,
        programmes=loaded.programmes,
        digests=loaded.digests,
        key=key,
        batch_id=batch_no,
    )
    transitions.write(work, moves, writing)
    work.audit_many("card", [(card["id"], "issue", {"no": card["no"]}) for card in cards])
    return replace(issued, batch_no=batch_no, job_id=_render(work, batch_no, base_url))


def _no_deadline(limit_days: int | None) -> None:
    del limit_days


def _cards(
    work: Work, cases: Sequence[Case], loaded: Loaded, people: Mapping[int, Holder], *, day: date
) -> list[dict[str, Any]]:
    """The rows of the new cards; numbers are taken per series, in the order of the ids."""
    by_series: dict[str, list[Case]] = {}
    for case in cases:
        scope = series_scope(loaded.programmes[case.version_id], agency_code=people[case.id].agency_code)
        by_series.setdefault(scope, []).append(case)
    rows = []
    for scope, members in sorted(by_series.items()):
        numbers = series.take(work, SERIES, scope, day.year, count=len(members))
        rows += [
            card_row(case, people[case.id], loaded.programmes[case.version_id], now=work.now, seq=seq)
            for case, seq in zip(members, numbers, strict=True)
        ]
    return rows


def card_row(case: Case, holder: Holder, programme: Programme, *, now: datetime, seq: int) -> dict[str, Any]:
    """The columns of a new card, the `seq`-th of its series."""
    day = local_day(now)
    no = card_number(
        programme, agency_code=holder.agency_code, year=day.year, seq=seq, category=holder.category
    )
    until = valid_to(programme, issued_on=day, category=holder.category, values=holder.values)
    return {
        "id": new_id(),
        "no": no,
        "application_id": case.id,
        "person_id": case.person_id,
        "programme_id": holder.programme_id,
        "programme_version_id": case.version_id,
        "employer_id": case.employer_id,
        "county_id": case.county_id,
        "city_id": case.city_id,
        "agency_path": holder.agency_path,
        "state": CardState.ACTIVE,
        "valid_from": day,
        "valid_to": until,
        "face": holder.face(programme, card_no=no, valid_to=until),
        "issued_at": now,
        "lock": 0,
    }


def _print(work: Work, card_id: int, batch_no: int, reason: str | None = None) -> dict[str, Any]:
    return print_row(card_id, batch_no, by=work.actor.account_id, at=work.now, reason=reason)


def print_row(
    card_id: int, batch_no: int, *, by: int, at: datetime, reason: str | None = None
) -> dict[str, Any]:
    """The columns of a print, with a token of its own."""
    token = secrets.token_urlsafe(24)
    return {
        "id": new_id(), "card_id": card_id, "batch_no": batch_no, "token": token, "reason": reason,
        "at": at, "by": by,
    }  # fmt: skip


def _render(work: Work, batch_no: int, base_url: str) -> int:
    args = {"batch": str(batch_no), "base_url": base_url}
    return work.job(PDF_JOB, args, key=f"{PDF_JOB}:{batch_no}", owner=work.actor.account_id)


def _json(issued: Issued) -> dict[str, Any]:
    return {"result": issued.result.to_json(), "batch": _text(issued.batch_no), "job": _text(issued.job_id)}


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _stored(stored: Mapping[str, Any]) -> Issued:
    batch, job = stored["batch"], stored["job"]
    return Issued(
        BatchResult.from_json(stored["result"]), int(batch) if batch else None, int(job) if job else None
    )


@retried
def reprint(
    engine: Engine,
    *,
    actor: Actor,
    card_id: int,
    reason: str,
    base_url: str,
    lock: int | None = None,
    now: datetime,
) -> Reprinted:
    """Print a card again under its number, with a token of its own; the older print answers 已补发 (补发).

    A lost card is in force again with the new print. Raises NotFound, InvalidInput, Blocked, Stale.
    Source: I3.
    """
    require(actor, Permission.CARD_PRINT)
    why = _required("reason", reason, REASON_LENGTH)
    with unit_of_work(engine, actor, now=now) as work:
        card = _locked(work, card_id, lock)
        _become(work, card, CardVerb.REPRINT, reason=why)
        row = _print(work, card.id, new_id(), why)
        work.session.execute(insert(CardPrint).values(**row))
        return Reprinted(row["id"], row["batch_no"], _render(work, row["batch_no"], base_url))


def report_lost(
    engine: Engine, *, actor: Actor, card_id: int, lock: int | None = None, now: datetime
) -> None:
    """Suspend a lost card (挂失): by its holder or by the printer. Raises NotFound, Blocked, Stale."""
    _simple(engine, actor, card_id, CardVerb.REPORT_LOST, lock=lock, now=now)


def found(engine: Engine, *, actor: Actor, card_id: int, lock: int | None = None, now: datetime) -> None:
    """Put a lost card into force again: by its holder or by the printer. Raises NotFound, Blocked, Stale."""
    _simple(engine, actor, card_id, CardVerb.FOUND, lock=lock, now=now)


@retried
def _simple(
    engine: Engine, actor: Actor, card_id: int, verb: CardVerb, *, lock: int | None, now: datetime
) -> None:
    if not (
        actor.may(Permission.CARD_PRINT)
        or (actor.kind is AccountKind.PERSON and actor.may(Permission.CARD_SHOW))
    ):
        raise NotAllowed
    with unit_of_work(engine, actor, now=now) as work:
        _become(work, _locked(work, card_id, lock), verb)


@retried
def cancel(
    engine: Engine, *, actor: Actor, card_id: int, reason: str, lock: int | None = None, now: datetime
) -> None:
    """Make a card void for good (作废). Raises NotFound, InvalidInput, Blocked, Stale."""
    require(actor, Permission.CARD_PRINT)
    why = _required("reason", reason, REASON_LENGTH)
    with unit_of_work(engine, actor, now=now) as work:
        _become(work, _locked(work, card_id, lock), CardVerb.CANCEL, reason=why)


@retried
def hand_over(
    engine: Engine,
    *,
    actor: Actor,
    seen: Mapping[int, int],
    handed_to: str,
    now: datetime,
    batch_max: int = BATCH_MAX,
) -> int:
    """Record who took the newest prints of the cards `seen` (id → lock as seen) (领取); how many. All or none.

    The number of statements does not depend on the number of cards. Raises InvalidInput above `batch_max`
    cards, NotFound for a card the actor does not see, Stale for one that changed since, Blocked for one that
    is not in force. Source: I3.
    """
    require(actor, Permission.CARD_PRINT)
    refuse_too_many(len(seen), batch_max)
    name = _required("handed_to", handed_to, NAME_LENGTH)
    with unit_of_work(engine, actor, now=now) as work:
        mine = among(work.session, Card.id, sorted(seen))
        cards = work.session.scalars(
            visible(select(Card).where(mine), actor).order_by(Card.id).with_for_update(of=Card)
        ).all()
        if len(cards) != len(seen):
            raise NotFound
        if any(card.lock != seen[card.id] for card in cards):
            raise Stale
        _hand_over(work, cards)
        chosen = among(work.session, CardPrint.card_id, sorted(seen))
        newest = select(CardPrint.id).where(chosen, ~_newer_print())
        done = work.session.execute(
            update(CardPrint)
            .where(CardPrint.id.in_(newest), CardPrint.handed_at.is_(None))
            .values(handed_to=name, handed_at=now)
            .returning(CardPrint.id)
        ).all()
        return len(done)


def _hand_over(work: Work, cards: Sequence[Card]) -> None:
    """Raise the locks of cards in force with one event each, in two statements."""
    for card in cards:
        following = after(CardVerb.HAND_OVER, CardState(card.state))
        if isinstance(following, Block):
            raise Blocked(following)
    mine = among(work.session, Card.id, [card.id for card in cards])
    work.session.execute(
        update(Card).where(mine).values(lock=Card.lock + 1, state_reason=None),
        execution_options={"synchronize_session": False},
    )
    said = [
        (card.id, CardVerb.HAND_OVER.value, {"no": card.no, "from": card.state, "to": card.state})
        for card in cards
    ]
    work.audit_many("card", said)


def _newer_print() -> Any:
    newer = CardPrint.__table__.alias("newer")
    return select(newer.c.id).where(newer.c.card_id == CardPrint.card_id, newer.c.id > CardPrint.id).exists()


def _required(field: str, text: str, max_length: int) -> str:
    """One line of text that must be there. Raises InvalidInput."""
    form = Form()
    line = form.take(field, lambda given: plain_text(given, max_length), text)
    form.finish()
    return line or ""


def _locked(work: Work, card_id: int, seen: int | None) -> Card:
    statement = visible(select(Card).where(Card.id == card_id), work.actor)
    card: Card | None = work.session.scalar(statement.with_for_update(of=Card))
    if card is None:
        raise NotFound
    if seen is not None and seen != card.lock:
        raise Stale
    return card


def _become(work: Work, card: Card, verb: CardVerb, *, reason: str | None = None) -> None:
    """Move a card to the state that follows. The chain keeps the reason's digest, the row its words."""
    following = after(verb, CardState(card.state))
    if isinstance(following, Block):
        raise Blocked(following)
    values: dict[str, Any] = {"state": following, "lock": card.lock + 1, "state_reason": reason}
    work.session.execute(update(Card).where(Card.id == card.id, Card.lock == card.lock).values(**values))
    said = {"reason": digest_of(reason)} if reason else {}
    work.audit(
        "card", card.id, verb.value, {"no": card.no, "from": card.state, "to": following.value, **said}
    )
