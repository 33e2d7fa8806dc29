"""Verdicts over many cases, for export: who decided what when, with the returned items in words (R13)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.programme import Programme
from app.domain.roles import AccountKind, Actor
from app.models.application import Application, Review, ReviewItem, Submission
from app.models.employer import Employer
from app.models.person import Person
from app.queries.applications import Filters, conditions
from app.queries.history import SaidItem, said_item
from app.queries.paging import capped_count, chunks
from app.queries.programmes import Known
from app.queries.sets import AnySelect, among


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict. `actor_name` is empty for applicants; `is_undone`: it was taken back later."""

    no: str | None
    programme_name: str
    person_name: str
    employer_name: str
    version_no: int
    at: datetime
    stage_title: str
    verdict: str
    actor_name: str
    role: str
    text: str
    items: tuple[str, ...]
    is_undone: bool


def every_verdict(session: Session, actor: Actor, filters: Filters) -> Iterator[Verdict]:
    """The verdicts on every application that the filters show, newest case first, oldest verdict first in it."""
    known = Known(session)
    outside = actor.kind is AccountKind.PERSON
    for rows in chunks(session, _statement(actor, filters), ((Application.id, False), (Review.id, True))):
        cases, ids = {row.application_id for row in rows}, [row.review_id for row in rows]
        items, undone = _items(session, cases, ids), _undone(session, cases)
        for row in rows:
            programme = known.programme(row.programme_version_id)
            said = [said_item(programme, item) for item in items.get(row.review_id, ())]
            yield _verdict(row, programme, said, is_undone=row.review_id in undone, outside=outside)


def how_many_verdicts(session: Session, actor: Actor, filters: Filters) -> int:
    """Their number, at most to the cap."""
    return capped_count(session, _statement(actor, filters))


def _statement(actor: Actor, filters: Filters) -> AnySelect:
    a, r, s = Application, Review, Submission
    statement = (
        select(
            a.id.label("application_id"), a.no, a.programme_version_id, r.id.label("review_id"), r.version_no, r.at,
            r.stage_code, r.verdict, r.actor_name, r.role, r.text, s.person_name, s.employer_name, Person.name,
            Employer.name.label("employer"),
        )
        .select_from(r)
        .join(a, a.id == r.application_id)
        .join(Employer, Employer.id == a.employer_id)
        .join(Person, Person.id == a.person_id)
        .outerjoin(s, (s.application_id == a.id) & (s.n == r.version_no))
    )  # fmt: skip
    return visible(statement.where(*conditions(filters)), actor, a)


def _items(session: Session, cases: Collection[int], ids: Collection[int]) -> dict[int, list[Any]]:
    i = ReviewItem
    rows = session.execute(
        select(i.review_id, i.target_kind, i.target_code, i.reason_code, i.text)
        .where(among(session, i.application_id, cases), among(session, i.review_id, ids))
        .order_by(i.id)
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.review_id, []).append(row)
    return found


def _undone(session: Session, cases: Collection[int]) -> frozenset[int]:
    back = select(Review.undoes_id).where(
        among(session, Review.application_id, cases), Review.undoes_id.is_not(None)
    )
    return frozenset(found for found in session.scalars(back) if found is not None)


def _verdict(
    row: Any, programme: Programme, said: Sequence[SaidItem], *, is_undone: bool, outside: bool
) -> Verdict:
    stage = next((entry for entry in programme.stages if entry.code == row.stage_code), None)
    title = (stage.public_title or stage.title if outside else stage.title) if stage else row.stage_code
    return Verdict(
        no=row.no,
        programme_name=programme.short_name,
        person_name=row.person_name or row.name,
        employer_name=row.employer_name or row.employer,
        version_no=row.version_no,
        at=row.at,
        stage_title=title,
        verdict=row.verdict,
        actor_name="" if outside else row.actor_name,
        role="" if outside else row.role,
        text=row.text or "",
        items=tuple(_line(item) for item in said),
        is_undone=is_undone,
    )


def _line(item: SaidItem) -> str:
    """One returned item: what, the reason's title, its text."""
    return " · ".join(
        dict.fromkeys(part for part in (item.target_title, item.reason_title, item.text) if part)
    )
