"""What `new` is judged on, and what a person may start now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.domain import workflow
from app.domain.blocks import Block
from app.domain.errors import NotFound
from app.domain.programme import Kind, Programme
from app.domain.registration import EmployerState, PersonState
from app.domain.roles import Actor
from app.domain.states import OPEN, NewFacts, Status
from app.domain.worktime import local_day
from app.models.account import Account
from app.models.application import Application
from app.models.card import Card
from app.models.employer import Employer
from app.models.person import Person
from app.queries.programmes import Published, published


@dataclass(frozen=True, slots=True)
class Starting:
    """The facts, and what the new row copies."""

    new: NewFacts
    employer_id: int
    applicant_key: str


@dataclass(frozen=True, slots=True)
class Option:
    """One kind of one programme, with what keeps the person from starting it."""

    programme: Programme
    kind: Kind
    blocks: tuple[Block, ...]


def new_facts(session: Session, actor: Actor, offered: Published, now: datetime) -> Starting:
    """The facts about the actor's person in one programme. Raises NotFound for anyone but a person."""
    row = session.execute(
        select(Person.state, Person.employer_id, Employer.state.label("employer_state"), Account.person_key)
        .outerjoin(Employer, Employer.id == Person.employer_id)
        .join(Account, Account.id == Person.account_id)
        .where(Person.id == actor.person_id)
    ).first()
    if row is None:
        raise NotFound
    a = Application
    mine = (_is_mine(actor.person_id, row.person_key), a.programme_id == offered.programme_id)
    open_case = session.execute(
        select(a.id, a.no).where(*mine, a.status.in_([s.value for s in OPEN])).limit(1)
    ).first()
    refused = session.scalar(select(func.max(a.closed_at)).where(*mine, a.status == Status.REJECTED))
    card = session.scalar(
        select(Card.no)
        .join(a, a.id == Card.application_id)
        .where(*mine, Card.state == "active", Card.valid_to.is_(None) | (Card.valid_to >= local_day(now)))
        .limit(1)
    )
    return Starting(
        NewFacts(
            person_active=row.state == PersonState.ACTIVE,
            employer_active=row.employer_state == EmployerState.ACTIVE,
            has_open=open_case is not None,
            open_no=open_case.no if open_case else None,
            card_no=card,
            cooling_off_until=_cooling_off(refused, offered.document),
        ),
        employer_id=row.employer_id or 0,
        applicant_key=row.person_key or "",
    )


def _is_mine(person_id: int | None, person_key: str | None) -> ColumnElement[bool]:
    """The applications of this human being, those of an account that was closed since included (I5)."""
    by_number = (Application.applicant_key == person_key,) if person_key else ()
    return or_(Application.person_id == person_id, *by_number)


def _cooling_off(refused: datetime | None, programme: Programme) -> datetime | None:
    days = programme.settings.cooling_off_days
    return refused + timedelta(days=days) if refused is not None and days else None


def options(session: Session, actor: Actor, now: datetime) -> tuple[Option, ...]:
    """Every kind of every published programme, each with the reasons why it cannot be started now."""
    found = []
    for offered in published(session):
        facts = new_facts(session, actor, offered, now).new
        for kind in offered.document.kinds:
            blocks = workflow.judge_new(
                actor, facts, programme=offered.document, kind=kind.code, day=local_day(now), now=now
            )
            found.append(Option(offered.document, kind, blocks))
    return tuple(found)
