"""What was returned to an applicant, item by item, as he reads it (model: Per-item verdicts)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session, aliased

from app.domain.form import Target, TargetKind
from app.domain.programme import Programme, Verdict
from app.models.application import Review, ReviewItem


@dataclass(frozen=True, slots=True)
class Flagged:
    """One returned item with its reason, as the applicant reads it."""

    target: Target
    reason_code: str | None
    reason_title: str
    text: str
    stage_title: str
    opinion: str
    """What the reviewer wrote on the case as a whole; empty where an item says the same."""


def last_return(session: Session, application_id: int, programme: Programme) -> tuple[Flagged, ...]:
    """The items of the newest send_back that was not undone, in the order they were given."""
    r, taken_back = Review, aliased(Review)
    undone = exists().where(taken_back.application_id == r.application_id, taken_back.undoes_id == r.id)
    last = session.execute(
        select(r.id, r.stage_code, r.text)
        .where(r.application_id == application_id, r.verdict == Verdict.SEND_BACK, ~undone)
        .order_by(r.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return ()
    i = ReviewItem
    rows = session.execute(
        select(i.target_kind, i.target_code, i.reason_code, i.text)
        .where(and_(i.application_id == application_id, i.review_id == last.id))
        .order_by(i.id)
    ).all()
    title = programme.stage(last.stage_code).public_title
    opinion = "" if any(row.text == last.text for row in rows) else last.text or ""
    return tuple(_flagged(programme, row, title, opinion) for row in rows)


def _flagged(programme: Programme, row: Any, stage_title: str, opinion: str) -> Flagged:
    reason = next((entry for entry in programme.reasons if entry.code == row.reason_code), None)
    words = [part for part in (reason.text if reason else "", row.text or "") if part]
    return Flagged(
        target=Target(TargetKind(row.target_kind), row.target_code or ""),
        reason_code=row.reason_code,
        reason_title=reason.title if reason else "",
        text=" ".join(words),
        stage_title=stage_title,
        opinion=opinion,
    )
