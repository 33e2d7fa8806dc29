"""Open applications freeze while their person or employer cannot go on, and thaw when no cause is left (I9)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from app.commands.unit_of_work import Work, party_of
from app.domain.audit import Event
from app.domain.registration import EmployerState, PersonState
from app.domain.states import OPEN, FrozenBy
from app.models.application import Application
from app.models.audit import AuditEvent
from app.models.employer import Employer
from app.models.person import Person


def recompute_frozen(
    work: Work,
    *,
    application_ids: Collection[int] = (),
    person_ids: Collection[int] = (),
    employer_ids: Collection[int] = (),
) -> int:
    """Recompute the causes of the open applications concerned; return how many changed.

    A case is frozen while its employer is suspended, or its person is not active under that very employer.
    Every change raises the lock and stands on the case's chain. Source: I9, model section 2.
    """
    rows = _load(work, application_ids, person_ids, employer_ids)
    changed = [(row, wanted) for row in rows if (wanted := _cause(row)) != row.frozen_reason]
    for row, wanted in changed:
        _write(work, row, wanted)
    return len(changed)


def _load(work: Work, application_ids: Collection[int], person_ids: Collection[int], employer_ids: Collection[int]) -> Any:
    concerned: list[ColumnElement[bool]] = [
        Application.id.in_(application_ids),
        Application.person_id.in_(person_ids),
        Application.employer_id.in_(employer_ids),
    ]
    return work.session.execute(
        select(
            Application.id,
            Application.status,
            Application.stage_code,
            Application.is_ready,
            Application.lock,
            Application.employer_id,
            Application.frozen_reason,
            Application.audit_seq,
            Application.audit_head,
            Person.state.label("person_state"),
            Person.employer_id.label("person_employer_id"),
            Employer.state.label("employer_state"),
        )
        .join(Person, Person.id == Application.person_id)
        .join(Employer, Employer.id == Application.employer_id)
        .where(Application.status.in_([status.value for status in OPEN]), or_(*concerned))
        .order_by(Application.id)
        .with_for_update(of=Application)
    ).all()


def _cause(row: Any) -> str | None:
    if row.employer_state == EmployerState.SUSPENDED:
        return FrozenBy.EMPLOYER_SUSPENDED.value
    if row.person_state != PersonState.ACTIVE or row.person_employer_id != row.employer_id:
        return FrozenBy.PERSON_LEFT.value
    return None


def _write(work: Work, row: Any, wanted: str | None) -> None:
    event = Event(
        subject_kind="application",
        subject_id=row.id,
        seq=row.audit_seq + 1,
        event="freeze" if wanted else "thaw",
        at=work.now,
        actor_id=work.actor.account_id,
        party=party_of(work.actor),
        role=None,
        payload={"cause": wanted, "was": row.frozen_reason, "status": row.status, "lock_seen": row.lock},
        prev_hash=row.audit_head,
    )
    head = event.hash()
    work.session.add(
        AuditEvent(
            subject_kind=event.subject_kind,
            subject_id=event.subject_id,
            seq=event.seq,
            event=event.event,
            at=event.at,
            actor_id=event.actor_id,
            party=event.party,
            role=event.role,
            payload=dict(event.payload),
            prev_hash=event.prev_hash,
            hash=head,
        )
    )
    work.session.flush()
    work.session.execute(
        update(Application)
        .where(Application.id == row.id)
        .values(frozen_reason=wanted, lock=Application.lock + 1, opened_at=None, audit_seq=event.seq, audit_head=head)
    )
