"""What an employer returned of a person's registration, and what the person has changed since."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.registration import Finding, RegistrationVerb, SubjectKind, unanswered
from app.models.audit import AuditEvent
from app.models.person import Person
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
    """Read off the audit chains: a person's submissions are not kept as copies."""
    e = AuditEvent
    own = (e.subject_kind == SubjectKind.PERSON.value, e.subject_id == person_id)
    returned = (*own, e.event == RegistrationVerb.SEND_BACK.value)
    last = session.execute(select(e.seq, e.at).where(*returned).order_by(e.seq.desc()).limit(1)).first()
    if last is None:
        return frozenset()
    edits = session.scalars(
        select(e.payload).where(*own, e.event == RegistrationVerb.EDIT.value, e.seq > last.seq)
    )
    changed = {code for payload in edits for code in payload.get("fields", ())}
    changed |= _numbers_since(session, person_id, last.at)
    return frozenset(("field", code) for code in changed)


def _numbers_since(session: Session, person_id: int, moment: datetime) -> set[str]:
    """The numbers changed among the data of the account, which has a chain of its own."""
    e = AuditEvent
    account = select(Person.account_id).where(Person.id == person_id).scalar_subquery()
    of_account = (e.subject_kind == "account", e.subject_id == account)
    found = session.scalars(select(e.payload).where(*of_account, e.event == "change_numbers", e.at > moment))
    return {kind for payload in found for kind in payload.get("kinds", ())}
