"""The timeline of a case: what happened, when, where, with which words (R13, requirement I1).

Applicants see offices, not officers (`public_title`); reviewers see who decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.errors import NotFound
from app.domain.programme import Programme, Stage
from app.domain.roles import AccountKind, Actor
from app.models.account import Account
from app.models.application import Application, Review, ReviewItem
from app.models.audit import AuditEvent
from app.models.programme import ProgrammeVersion
from app.queries.programmes import programme_of

PRIVATE = frozenset({"reassign", "undo"})
"""Events inside an office, which the applicant does not see; nor the verdicts that were taken back."""
BETWEEN_OFFICES = frozenset({"back"})
"""Verdicts whose words are meant for another office."""


@dataclass(frozen=True, slots=True)
class SaidItem:
    """One returned item of a verdict."""

    target_kind: str
    target_code: str
    target_title: str
    reason_title: str
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of the timeline.

    `actor_name` is empty for applicants; `is_undone` marks a verdict taken back.
    """

    seq: int
    event: str
    at: datetime
    party: str
    actor_name: str
    stage_title: str
    status: str
    next_stage_title: str
    version_no: int
    text: str
    items: tuple[SaidItem, ...]
    is_undone: bool
    review_id: int | None


def timeline(session: Session, actor: Actor, application_id: int) -> tuple[Moment, ...]:
    """The events of a case the actor sees, oldest first, in four statements. Raises NotFound."""
    v, a = ProgrammeVersion, Application
    statement = select(v.document, v.digest).select_from(a).join(v, v.id == a.programme_version_id)
    found = session.execute(visible(statement.where(a.id == application_id), actor, a)).first()
    if found is None:
        raise NotFound
    programme = programme_of(found.document, found.digest)
    reviews = _reviews(session, application_id)
    items = _items(session, application_id, programme)
    e = AuditEvent
    events = session.execute(
        select(e.seq, e.event, e.at, e.actor_id, e.party, e.payload, Account.full_name)
        .outerjoin(Account, Account.id == e.actor_id)
        .where(e.subject_kind == "application", e.subject_id == application_id)
        .order_by(e.seq)
    )
    outside = actor.kind is AccountKind.PERSON
    undone = {row.undoes_id for row in reviews.values() if row.undoes_id}
    moments = (_moment(row, programme, reviews, items, undone=undone, outside=outside) for row in events)
    return tuple(one for one in moments if not (outside and (one.event in PRIVATE or one.is_undone)))


def findings(session: Session, actor: Actor, review_id: int) -> tuple[SaidItem, ...]:
    """What one decision said item by item, in the words of the case's own programme. Raises NotFound."""
    v, a, r = ProgrammeVersion, Application, Review
    statement = select(r.application_id, v.document, v.digest).join(a, a.id == r.application_id)
    wanted = statement.join(v, v.id == a.programme_version_id).where(r.id == review_id)
    found = session.execute(visible(wanted, actor, r)).first()
    if found is None:
        raise NotFound
    items = _items(session, found.application_id, programme_of(found.document, found.digest))
    return items.get(review_id, ())


def _reviews(session: Session, application_id: int) -> dict[int, Any]:
    """The reviews of a case by the lock they saw: that is what ties them to their event."""
    r = Review
    rows = session.execute(
        select(r.id, r.lock_seen, r.stage_code, r.text, r.undoes_id, r.actor_name).where(
            r.application_id == application_id
        )
    )
    return {row.lock_seen: row for row in rows}


def _items(session: Session, application_id: int, programme: Programme) -> dict[int, tuple[SaidItem, ...]]:
    i = ReviewItem
    rows = session.execute(
        select(i.review_id, i.target_kind, i.target_code, i.reason_code, i.text)
        .where(i.application_id == application_id)
        .order_by(i.id)
    )
    found: dict[int, list[SaidItem]] = {}
    for row in rows:
        found.setdefault(row.review_id, []).append(said_item(programme, row))
    return {review_id: tuple(said) for review_id, said in found.items()}


def said_item(programme: Programme, row: Any) -> SaidItem:
    """A row of `review_item` in the words of the programme."""
    titles = {entry.code: entry.title for entry in programme.fields}
    titles |= {entry.code: entry.title for entry in programme.materials}
    reason = next((entry for entry in programme.reasons if entry.code == row.reason_code), None)
    return SaidItem(
        target_kind=row.target_kind,
        target_code=row.target_code or "",
        target_title=titles.get(row.target_code or "", ""),
        reason_title=reason.title if reason else "",
        text=" ".join(part for part in (reason.text if reason else "", row.text or "") if part),
    )


def _moment(
    row: Any,
    programme: Programme,
    reviews: Mapping[int, Any],
    items: Mapping[int, Sequence[SaidItem]],
    *,
    undone: set[int],
    outside: bool,
) -> Moment:
    old, new = row.payload.get("from") or {}, row.payload.get("to") or {}
    review = reviews.get(old.get("lock", -1)) if new.get("lock") != old.get("lock") else None
    words = None if outside and row.event in BETWEEN_OFFICES else review
    return Moment(
        seq=row.seq,
        event=row.event,
        at=row.at,
        party=row.party,
        actor_name="" if outside else row.full_name or "",
        stage_title=_title(programme, _at(programme, row, review), outside=outside),
        status=str(new.get("status", "")),
        next_stage_title=_title(programme, new.get("stage"), outside=outside),
        version_no=int(new.get("version", 0)),
        text=(words.text or "") if words else "",
        items=tuple(items.get(words.id, ())) if words else (),
        is_undone=review is not None and review.id in undone,
        review_id=review.id if review else None,
    )


def _at(programme: Programme, row: Any, review: Any) -> str | None:
    """The stage an event belongs to; what an employer does to a case that stands before an office (export,
    upload) belongs to none.
    """
    if review is not None:
        return str(review.stage_code) if review.stage_code else None
    code = (row.payload.get("from") or {}).get("stage")
    stage = _stage(programme, code)
    is_guest = row.party == AccountKind.EMPLOYER and stage is not None and stage.party != row.party
    return None if is_guest else code


def _stage(programme: Programme, code: str | None) -> Stage | None:
    return next((entry for entry in programme.stages if entry.code == code), None)


def _title(programme: Programme, code: str | None, *, outside: bool) -> str:
    stage = _stage(programme, code)
    if stage is None:
        return ""
    return stage.public_title if outside else stage.title
