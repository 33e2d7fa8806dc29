"""Cards: list, detail with prints, the print queue's facts, and the public check (I3, model 4)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.access.policy import require
from app.access.scope import visible
from app.domain.cards import LIVE, CardState, masked_name, state_on
from app.domain.errors import NotFound
from app.domain.programme import FaceItem
from app.domain.roles import AccountKind, Actor, Permission
from app.domain.worktime import local_day
from app.models.account import Account
from app.models.application import Application
from app.models.card import Card, CardPrint
from app.models.employer import Employer
from app.models.person import Person
from app.models.programme import Programme as ProgrammeRow
from app.queries.paging import CAP, Order, Page, page_of
from app.queries.persons import named


@dataclass(frozen=True, slots=True)
class CardRow:
    """One card in a list; `state` is what holds today (a card past its end is expired)."""

    id: int
    lock: int
    no: str
    name: str
    employer_id: int
    employer_name: str
    programme_name: str
    category: str
    state: CardState
    valid_from: date
    valid_to: date | None
    issued_at: datetime
    application_id: int


@dataclass(frozen=True, slots=True)
class PrintRow:
    """One print of a card; the newest is the one in force."""

    id: int
    batch_no: int
    reason: str | None
    at: datetime
    by: str
    handed_to: str | None
    handed_at: datetime | None
    is_newest: bool


@dataclass(frozen=True, slots=True)
class CardDetail:
    """A card with its prints, newest first."""

    row: CardRow
    application_no: str | None
    state_reason: str | None
    prints: tuple[PrintRow, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What the public learns from a card's code: nothing that is not on the card, the name masked."""

    card_no: str
    name: str
    programme: str
    category: str
    state: CardState
    is_reissued: bool
    valid_from: date
    valid_to: date | None

    @property
    def is_valid(self) -> bool:
        """Whether this very print is in force."""
        return self.state is CardState.ACTIVE and not self.is_reissued


def _rows() -> Any:
    c = Card
    return (
        select(
            c.id, c.lock, c.no, Person.name, c.employer_id, Employer.name.label("employer_name"),
            ProgrammeRow.short_name, c.face, c.state, c.valid_from, c.valid_to, c.issued_at,
            c.application_id, c.state_reason,
        )
        .select_from(c)
        .join(Person, Person.id == c.person_id)
        .join(Account, Account.id == Person.account_id)
        .join(Employer, Employer.id == c.employer_id)
        .join(ProgrammeRow, ProgrammeRow.id == c.programme_id)
    )  # fmt: skip


def _row(row: Any, today: date) -> CardRow:
    return CardRow(
        id=row.id,
        lock=row.lock,
        no=row.no,
        name=row.face.get(FaceItem.NAME, row.name),
        employer_id=row.employer_id,
        employer_name=row.employer_name,
        programme_name=row.short_name,
        category=row.face.get(FaceItem.CATEGORY, ""),
        state=state_on(CardState(row.state), row.valid_to, today),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        issued_at=row.issued_at,
        application_id=row.application_id,
    )


def cards(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    state: CardState | None = None,
    q: str = "",
    employer_id: int | None = None,
    not_handed_over: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[CardRow]:
    """The cards in the actor's scope, newest first; `q` is a number or a name, `state` what holds today."""
    require(actor, Permission.CARD_LIST)
    today = local_day(now)
    statement = _rows()
    if state is not None:
        statement = statement.where(_in_state(state, today))
    if q.strip():
        statement = statement.where(_matches(q))
    if employer_id is not None:
        statement = statement.where(Card.employer_id == employer_id)
    if not_handed_over:
        statement = statement.where(Card.id.in_(_waiting_for_hand_over()))
    order = Order(Card.id, Card.issued_at, ascending=False)
    return page_of(
        session,
        visible(statement, actor, Card),
        lambda row: _row(row, today),
        order=order,
        cursor=cursor,
        limit=limit,
    )


def _matches(q: str) -> Any:
    """One number or the beginning of a name: two parts, each with its index."""
    c, p = Card.__table__.alias("numbered"), Card.__table__.alias("held")
    return Card.id.in_(
        union_all(
            select(c.c.id).where(c.c.no == q.strip().upper()),
            select(p.c.id).where(p.c.person_id.in_(named(q))),
        )
    )


def _in_state(state: CardState, today: date) -> Any:
    ended = Card.valid_to < today
    live = Card.state.in_(LIVE)
    if state is CardState.EXPIRED:
        return or_(Card.state == "expired", live & ended)
    if state in (CardState.ACTIVE, CardState.LOST):
        return (Card.state == state) & (Card.valid_to.is_(None) | ~ended)
    return Card.state == state


def _waiting_for_hand_over() -> Any:
    newer = CardPrint.__table__.alias("newer")
    replaced = (
        select(newer.c.id).where(newer.c.card_id == CardPrint.card_id, newer.c.id > CardPrint.id).exists()
    )
    return select(CardPrint.card_id).where(CardPrint.handed_at.is_(None), ~replaced)


def card(session: Session, actor: Actor, card_id: int, *, now: datetime) -> CardDetail:
    """One card. Raises NotFound for foreign and missing alike."""
    return _detail(session, actor, Card.id == card_id, now=now)


def card_by_no(session: Session, actor: Actor, no: str, *, now: datetime) -> CardDetail:
    """The card of a number. Raises NotFound for foreign and missing alike."""
    return _detail(session, actor, Card.no == no, now=now)


def _detail(session: Session, actor: Actor, condition: Any, *, now: datetime) -> CardDetail:
    require(actor, Permission.CARD_SHOW)
    found = session.execute(visible(_rows().where(condition), actor, Card)).first()
    if found is None:
        raise NotFound
    number = session.scalar(select(Application.no).where(Application.id == found.application_id))
    prints = _prints(session, found.id, names_officers=actor.kind is not AccountKind.PERSON)
    return CardDetail(_row(found, local_day(now)), number, found.state_reason, prints)


def card_of_case(session: Session, actor: Actor, application_id: int) -> int:
    """The card issued on a case the actor sees. Raises NotFound."""
    found = session.scalar(visible(select(Card.id).where(Card.application_id == application_id), actor, Card))
    if found is None:
        raise NotFound
    return found


def state_counts(session: Session, actor: Actor, *, now: datetime) -> dict[str, int]:
    """How many cards of each state of today the actor sees, how many wait for hand-over; one statement."""
    require(actor, Permission.CARD_LIST)
    today = local_day(now)
    parts = {state.value: _in_state(state, today) for state in CardState} | {"waiting": _to_hand_over(today)}
    counted = [
        select(literal(name).label("name"), func.count().label("n")).select_from(
            visible(select(Card.id).where(condition), actor, Card).limit(CAP).subquery()
        )
        for name, condition in parts.items()
    ]
    return {row.name: row.n for row in session.execute(union_all(*counted))}


def _to_hand_over(today: date) -> Any:
    return _in_state(CardState.ACTIVE, today) & Card.id.in_(_waiting_for_hand_over())


def _prints(session: Session, card_id: int, *, names_officers: bool) -> tuple[PrintRow, ...]:
    """The prints, newest first; holders see offices, not officers, as on their timeline."""
    rows = session.execute(
        select(CardPrint, Account.full_name)
        .join(Account, Account.id == CardPrint.by)
        .where(CardPrint.card_id == card_id)
        .order_by(CardPrint.id.desc())
    ).all()
    return tuple(
        PrintRow(
            p.id,
            p.batch_no,
            p.reason,
            p.at,
            name if names_officers else "",
            p.handed_to,
            p.handed_at,
            is_newest=at == 0,
        )
        for at, (p, name) in enumerate(rows)
    )


def newest_print(session: Session, actor: Actor, card_id: int) -> CardPrint:
    """The print in force of a card the actor sees. Raises NotFound."""
    require(actor, Permission.CARD_SHOW)
    seen = visible(select(Card.id).where(Card.id == card_id), actor)
    newest = select(CardPrint).where(CardPrint.card_id.in_(seen)).order_by(CardPrint.id.desc()).limit(1)
    found: CardPrint | None = session.scalar(newest)
    if found is None:
        raise NotFound
    return found


def verify(session: Session, token: str, *, now: datetime) -> Verified:
    """The public check of a printed card: valid, lost, void, expired, or replaced by a newer print (已补发).

    Raises NotFound for an unknown token. Source: I3, contract (/verify/<token>).
    """
    found = find_print(session, token, now=now)
    if found is None:
        raise NotFound
    return found


def find_print(session: Session, token: str, *, now: datetime) -> Verified | None:
    """As `verify`, but None for an unknown token: its page says so in the words of the check."""
    found = session.execute(
        select(CardPrint.id, Card, ProgrammeRow.name)
        .join(Card, Card.id == CardPrint.card_id)
        .join(ProgrammeRow, ProgrammeRow.id == Card.programme_id)
        .where(CardPrint.token == token[:40])
    ).first()
    if found is None:
        return None
    stored = found.Card
    newest = session.scalar(
        select(CardPrint.id).where(CardPrint.card_id == stored.id).order_by(CardPrint.id.desc()).limit(1)
    )
    return Verified(
        card_no=stored.no,
        name=masked_name(stored.face.get(FaceItem.NAME, "")),
        programme=stored.face.get("programme", found.name),
        category=stored.face.get(FaceItem.CATEGORY, ""),
        state=state_on(CardState(stored.state), stored.valid_to, local_day(now)),
        is_reissued=newest != found.id,
        valid_from=stored.valid_from,
        valid_to=stored.valid_to,
    )
