"""Approved cases that wait for their card, on the desk that issues them (打印, R20; model 3: issue)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor
from app.models.application import Application, Submission
from app.models.programme import Programme
from app.queries import desks
from app.queries.listed import Chosen, Shown
from app.queries.listed import choose as choose_of
from app.queries.paging import Order, Page, page_of
from app.queries.programmes import programmes_of


@dataclass(frozen=True, slots=True)
class PrintOrderRow:
    """One case to print; the number is masked, names are those of the submission."""

    id: int
    lock: int
    no: str | None
    name: str
    doc_no_masked: str
    employer_name: str
    category_title: str
    programme_name: str
    frozen_reason: str | None
    entered_at: datetime


def to_print(
    session: Session, actor: Actor, *, programme: str = "", cursor: str | None = None, limit: int = 50
) -> Page[PrintOrderRow]:
    """Return a page of what waits on the actor's printing desk, oldest first; `programme` "" is all (R24)."""
    a, s = Application, Submission
    statement = (
        select(
            a.id, a.lock, a.no, s.person_name, s.doc_no_masked, s.employer_name, a.category,
            a.programme_version_id, Programme.short_name, a.frozen_reason, a.entered_at,
        )
        .select_from(a)
        .join(s, (s.application_id == a.id) & (s.n == a.version_no))
        .join(Programme, Programme.id == a.programme_id)
    )  # fmt: skip
    order = Order(a.id, a.entered_at, ascending=True)
    rows = page_of(
        session,
        _waiting(actor, statement, programme),
        lambda row: row,
        order=order,
        cursor=cursor,
        limit=limit,
    )
    titles = _category_titles(session, {row.programme_version_id for row in rows.items})
    return Page(tuple(_row(row, titles) for row in rows.items), rows.next_cursor, rows.count)


@dataclass(frozen=True, slots=True)
class PrintList:
    """Everything that the print queue showed at one moment, for “select all”; `programme` "" is all."""

    programme: str
    shown: Shown

    def request(self) -> list[object]:
        """What an idempotency key covers."""
        return ["listed", self.programme, *self.shown.request()]


def choose(session: Session, actor: Actor, listed: PrintList, *, maximum: int) -> Chosen:
    """The rows of the queue as it was shown, under the actor's scope now. Raises as `listed.choose`."""
    waiting = _waiting(actor, select(Application.id), listed.programme)
    return choose_of(session, waiting, listed.shown, maximum=maximum)


def _waiting(actor: Actor, statement: Any, programme: str) -> Any:
    named = (desks.of_programme(programme),) if programme else ()
    return visible(statement.where(*desks.printing(actor), *named), actor, Application)


def _category_titles(session: Session, version_ids: set[int]) -> dict[tuple[int, str], str]:
    documents = programmes_of(session, tuple(version_ids))
    return {
        (version_id, category.code): category.title
        for version_id, document in documents.items()
        for category in document.categories
    }


def _row(row: Any, titles: dict[tuple[int, str], str]) -> PrintOrderRow:
    return PrintOrderRow(
        id=row.id,
        lock=row.lock,
        no=row.no,
        name=row.person_name,
        doc_no_masked=row.doc_no_masked,
        employer_name=row.employer_name,
        category_title=titles.get((row.programme_version_id, row.category or ""), ""),
        programme_name=row.short_name,
        frozen_reason=row.frozen_reason,
        entered_at=row.entered_at,
    )
