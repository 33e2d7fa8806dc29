"""What happened to a registration: its audit chain with the texts of its reviews (R13, R26)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.domain.registration import Finding, SubjectKind
from app.domain.roles import AccountKind, Actor
from app.models.account import Account
from app.models.agency import Agency
from app.models.audit import AuditEvent
from app.models.employer import Employer, RegistrationReview
from app.queries.employer_facts import finding_of

_LOOK_INSIDE = frozenset({AccountKind.OFFICER, AccountKind.SUPERUSER})


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step: when, what, which office (and who, for those who may know), why."""

    at: datetime
    event: str
    office: str
    actor_name: str
    text: str = ""
    findings: tuple[Finding, ...] = ()
    fields: tuple[str, ...] = ()


def history(session: Session, actor: Actor, kind: SubjectKind, subject_id: int) -> tuple[HistoryEntry, ...]:
    """Return the steps of a registration, oldest first; the caller has checked that `actor` sees the subject.

    Officers' names are shown to officers and superusers only; other parties see the office. Of the steps at
    another employer an employer learns when and what, neither who nor why (I12).
    """
    reviews = _reviews(session, kind, subject_id)
    who, office, employer = aliased(Account), aliased(Agency), aliased(Employer)
    rows = session.execute(
        select(
            AuditEvent.at,
            AuditEvent.event,
            AuditEvent.payload,
            AuditEvent.party,
            who.full_name,
            office.name.label("office"),
            employer.name.label("employer"),
            employer.id.label("employer_id"),
        )
        .outerjoin(who, who.id == AuditEvent.actor_id)
        .outerjoin(office, office.id == who.agency_id)
        .outerjoin(employer, employer.id == who.employer_id)
        .where(AuditEvent.subject_kind == kind.value, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.seq)
    )
    return tuple(_entry(actor, row, reviews) for row in rows)


def _reviews(
    session: Session, kind: SubjectKind, subject_id: int
) -> Mapping[tuple[str, int], RegistrationReview]:
    found = session.scalars(
        select(RegistrationReview).where(
            RegistrationReview.subject_kind == kind.value, RegistrationReview.subject_id == subject_id
        )
    )
    return {(review.verdict, review.lock_seen): review for review in found}


def _entry(actor: Actor, row: Any, reviews: Mapping[tuple[str, int], RegistrationReview]) -> HistoryEntry:
    review = reviews.get((row.event, row.payload.get("lock_seen", -1)))
    hidden = row.party == AccountKind.OFFICER and actor.kind not in _LOOK_INSIDE
    if actor.kind is AccountKind.EMPLOYER and row.employer_id not in {None, actor.employer_id}:
        return HistoryEntry(row.at, row.event, office="", actor_name="")
    return HistoryEntry(
        at=row.at,
        event=row.event,
        office=row.office or row.employer or "",
        actor_name="" if hidden else row.full_name or "",
        text=(review.text if review else None) or "",
        findings=tuple(finding_of(item) for item in review.items or ()) if review else (),
        fields=tuple(row.payload.get("fields", ())),
    )
