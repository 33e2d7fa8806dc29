"""What an employer returned of a person's registration, and what the person has changed since."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.registration import Finding, RegistrationVerb, SubjectKind, unanswered
from app.models.audit import AuditEvent
from app.queries.employer_facts import last_findings


@dataclass(frozen=True, slots=True)
class Returned:
    """The items of the last return and the fields changed since."""

    findings: tuple[Finding, ...]
    changed: frozenset[tuple[str, str]]

    def open_items(self) -> tuple[str, ...]:
        """The codes of items still as they were; "" is the whole registration."""
        return tuple(unanswered(self.findings, changed=self.changed, answered=frozenset()))


def returned_items(session: Session, person_id: int) -> Returned:
    """Return what was flagged; a registration that was not returned last has nothing."""
    return Returned(
        last_findings(session, SubjectKind.PERSON, person_id), _changed_since_return(session, person_id)
    )


def _changed_since_return(session: Session, person_id: int) -> frozenset[tuple[str, str]]:
    """Read off the audit chain: a person's submissions are not kept as copies."""
    e = AuditEvent
    own = (e.subject_kind == SubjectKind.PERSON.value, e.subject_id == person_id)
    last = select(func.max(e.seq)).where(*own, e.event == RegistrationVerb.SEND_BACK.value).scalar_subquery()
    edits = session.scalars(
        select(e.payload).where(*own, e.event == RegistrationVerb.EDIT.value, e.seq > last)
    )
    return frozenset(("field", code) for payload in edits for code in payload.get("fields", ()))
