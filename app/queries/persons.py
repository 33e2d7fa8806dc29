"""Persons as their employer and they themselves see them (R23–R26). Numbers are masked throughout."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from app.access.scope import visible
from app.domain.errors import NotFound
from app.domain.names import is_han, person_key_text
from app.domain.registration import Finding, PersonState, SubjectKind
from app.domain.roles import Actor
from app.models.account import Account
from app.models.employer import Employer
from app.models.person import Person
from app.queries.paging import CAP, Order, Page, page_of
from app.queries.person_facts import Returned, returned_items
from app.queries.prefixes import begins
from app.queries.registration_history import HistoryEntry, history

SEARCH_LENGTH = 60
SEVERAL = "'% %'"
"""Readings of a surname are parted by spaces; the few names with several have an index of their own."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of 个人注册审核 and of the list of persons."""

    id: int
    lock: int
    username: str
    name: str
    doc_type: str
    doc_no_masked: str | None
    mobile_masked: str | None
    sex: str
    state: str
    registered_at: datetime
    return_reason: str | None


@dataclass(frozen=True, slots=True)
class PersonDetail:
    """A registration with what happened to it; `findings` are the returned items while it is returned, `still` the
    codes of those neither changed nor explained.
    """

    id: int
    lock: int
    account_id: int
    username: str
    name: str
    doc_type: str
    doc_no_masked: str | None
    mobile_masked: str | None
    sex: str
    birth: date | None
    state: str
    registered_at: datetime
    decided_at: datetime | None
    return_reason: str | None
    return_answer: str | None
    employer_id: int | None
    employer_name: str | None
    employer_state: str | None
    service_account_id: int | None
    service_name: str | None
    findings: tuple[Finding, ...]
    still: tuple[str, ...]
    history: tuple[HistoryEntry, ...]


def _rows() -> Any:
    return select(
        Person.id,
        Person.lock,
        Account.username,
        Person.name,
        Person.doc_type,
        Account.doc_no_masked,
        Account.mobile_masked,
        Person.sex,
        Person.state,
        Person.registered_at,
        Person.return_reason,
    ).join(Account, Account.id == Person.account_id)


def queue(
    session: Session,
    actor: Actor,
    *,
    tab: str = PersonState.REGISTERED,
    q: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[PersonRow]:
    """Return a page of the persons the actor sees; `tab` is a state, "" is everybody.

    What waits comes oldest first, the rest newest first. `q`: a name, its pinyin or initials, a user name.
    Source: R24, R25.
    """
    statement = visible(_rows(), actor, Person)
    if tab:
        statement = statement.where(Person.state == tab)
    if q.strip():
        statement = statement.where(name_matches(q))
    waiting = tab == PersonState.REGISTERED
    order = (
        Order(Person.id, Person.registered_at, ascending=True)
        if waiting
        else Order(Person.id, ascending=False)
    )
    return page_of(session, statement, lambda row: PersonRow(*row), order=order, cursor=cursor, limit=limit)


def name_matches(q: str) -> ColumnElement[bool]:
    """The person is `named` so."""
    found: ColumnElement[bool] = Person.id.in_(named(q))
    return found


def named(q: str) -> CompoundSelect[Any]:
    """The ids of the persons whose name, its pinyin or initials in any reading, or user name begins with `q`.

    One part for each index: an OR over them, and over two tables, would be served by none.
    """
    text = person_key_text(q.strip())[:SEARCH_LENGTH]
    p, a = Person.__table__.alias("named"), Account.__table__.alias("called")
    parts = [select(p.c.id).where(begins(p.c.name_key, text))]
    if not any(is_han(c) for c in text):
        further = [
            column.contains(f" {text}", autoescape=True) for column in (p.c.name_py, p.c.name_initials)
        ]
        parts += [
            select(p.c.id).where(begins(p.c.name_py, text)),
            select(p.c.id).where(begins(p.c.name_initials, text)),
            select(p.c.id).where(
                literal_column("named.name_py").like(literal_column(SEVERAL)), or_(*further)
            ),
            select(a.c.person_id).where(begins(a.c.username, text), a.c.person_id.is_not(None)),
        ]
    return union_all(*parts)


def tab_counts(session: Session, actor: Actor) -> Mapping[str, int]:
    """Return the capped number of persons per state the actor sees; states without rows are missing (R24)."""
    rows = visible(select(Person.state, func.count()), actor, Person).group_by(Person.state)
    return {state: min(n, CAP) for state, n in session.execute(rows)}


def detail(session: Session, actor: Actor, person_id: int) -> PersonDetail:
    """Return one person with history; raises NotFound for what the actor does not see."""
    serves = aliased(Account)
    statement = (
        select(
            Person,
            Account.username,
            Account.doc_no_masked,
            Account.mobile_masked,
            Employer.name.label("employer_name"),
            Employer.state.label("employer_state"),
            serves.full_name.label("service_name"),
        )
        .join(Account, Account.id == Person.account_id)
        .outerjoin(Employer, Employer.id == Person.employer_id)
        .outerjoin(serves, serves.id == Person.service_account_id)
        .where(Person.id == person_id)
    )
    row = session.execute(visible(statement, actor, Person)).first()
    if row is None:
        raise NotFound
    return _detail(session, actor, row)


def own(session: Session, actor: Actor) -> PersonDetail:
    """Return the actor's own registration; raises NotFound for accounts that are no person."""
    if actor.person_id is None:
        raise NotFound
    return detail(session, actor, actor.person_id)


def _detail(session: Session, actor: Actor, row: Any) -> PersonDetail:
    person: Person = row.Person
    is_returned = person.state == PersonState.RETURNED
    returned = returned_items(session, person.id) if is_returned else Returned((), frozenset())
    return PersonDetail(
        id=person.id,
        lock=person.lock,
        account_id=person.account_id,
        username=row.username,
        name=person.name,
        doc_type=person.doc_type,
        doc_no_masked=row.doc_no_masked,
        mobile_masked=row.mobile_masked,
        sex=person.sex,
        birth=person.birth,
        state=person.state,
        registered_at=person.registered_at,
        decided_at=person.decided_at,
        return_reason=person.return_reason,
        return_answer=person.return_answer,
        employer_id=person.employer_id,
        employer_name=row.employer_name,
        employer_state=row.employer_state,
        service_account_id=person.service_account_id,
        service_name=row.service_name,
        findings=returned.findings,
        still=returned.open_items(),
        history=history(session, actor, SubjectKind.PERSON, person.id),
    )
