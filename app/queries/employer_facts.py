"""What an employer's registration consists of now, what was last returned, what is still missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.blocks import Block
from app.domain.errors import FieldError
from app.domain.registration import EmployerState, Finding, SubjectKind, changes_between, unanswered
from app.domain.site import CreditCodeRule, Site
from app.domain.text import N_
from app.models.account import Account
from app.models.employer import Employer, EmployerSubmission, RegistrationReview
from app.models.file import Attachment, Blob


def snapshot(session: Session, employer: Employer) -> dict[str, object]:
    """Return the employer's values by field code as a submission freezes them; numbers masked (D23)."""
    contact = session.execute(
        select(Account.full_name, Account.doc_type, Account.doc_no_masked, Account.mobile_masked).where(
            Account.id == employer.contact_account_id
        )
    ).first()
    return {
        "name": employer.name,
        "credit_code": employer.credit_code,
        "agency": str(employer.agency_id),
        "address": employer.address,
        "phone": employer.phone,
        **dict(employer.data or {}),
        "contact": contact.full_name if contact else None,
        "contact_doc_type": contact.doc_type if contact else None,
        "contact_doc_no": contact.doc_no_masked if contact else None,
        "contact_mobile": contact.mobile_masked if contact else None,
    }


def attached_files(session: Session, employer_id: int) -> list[dict[str, str]]:
    """Return the present registration files as a submission freezes them; ids are strings (D15)."""
    rows = session.execute(
        select(Attachment.id, Attachment.slot, Attachment.file_name, Blob.id.label("blob_id"), Blob.sha256)
        .join(Blob, Blob.id == Attachment.blob_id)
        .where(
            Attachment.owner_kind == "employer",
            Attachment.owner_id == employer_id,
            Attachment.removed_at.is_(None),
        )
        .order_by(Attachment.slot, Attachment.position, Attachment.id)
    )
    return [
        {
            "slot": r.slot,
            "sha256": r.sha256,
            "blob_id": str(r.blob_id),
            "file_name": r.file_name,
            "id": str(r.id),
        }
        for r in rows
    ]


def last_submission(session: Session, employer_id: int) -> EmployerSubmission | None:
    """Return the newest submission of an employer."""
    newest = select(EmployerSubmission).where(EmployerSubmission.employer_id == employer_id)
    return session.scalar(newest.order_by(EmployerSubmission.n.desc()).limit(1))


def last_findings(session: Session, kind: SubjectKind, subject_id: int) -> tuple[Finding, ...]:
    """Return the items of the last verdict if it was a return, else none."""
    review = session.scalar(
        select(RegistrationReview)
        .where(RegistrationReview.subject_kind == kind.value, RegistrationReview.subject_id == subject_id)
        .order_by(RegistrationReview.id.desc())
        .limit(1)
    )
    if review is None or review.verdict != "send_back":
        return ()
    return tuple(finding_of(item) for item in review.items)


def finding_of(item: dict[str, str]) -> Finding:
    """Read back one stored item of a return."""
    kind, code = item["target_kind"], item["target_code"]
    return Finding(
        item["reason_code"],
        item["text"],
        field=code if kind == "field" else None,
        material=code if kind == "material" else None,
    )


@dataclass(frozen=True, slots=True)
class Incomplete:
    """What keeps an employer from submitting: fields, materials, returned items still as they were."""

    errors: tuple[FieldError, ...]
    missing: tuple[Block, ...]
    findings: tuple[Finding, ...]
    changed: frozenset[tuple[str, str]]

    def unanswered(self, answered: frozenset[str]) -> tuple[Block, ...]:
        """Return a block for each returned item that was neither changed nor answered (R14)."""
        left = unanswered(self.findings, changed=self.changed, answered=answered)
        return tuple(Block("flagged_unanswered", {"item": code}) for code in left)


def incomplete(
    session: Session,
    employer: Employer,
    site: Site,
    *,
    data: Mapping[str, object],
    files: Sequence[Mapping[str, str]],
) -> Incomplete:
    """Say what is missing for a submission of `data` and `files` (R12, R14)."""
    errors = list(site.missing_fields(dict(data)))
    if site.credit_code is CreditCodeRule.REQUIRED and not data.get("credit_code"):
        errors.append(FieldError("credit_code", "required", N_("Please fill in this field.")))
    materials = site.missing_materials(frozenset(file["slot"] for file in files))
    missing = (
        [Block("material_missing", {"materials": "、".join(m.title for m in materials)})] if materials else []
    )
    returned = employer.state == EmployerState.RETURNED
    return Incomplete(
        tuple(errors),
        tuple(missing),
        last_findings(session, SubjectKind.EMPLOYER, employer.id) if returned else (),
        changed_since(last_submission(session, employer.id), data, files) if returned else frozenset(),
    )


def changed_since(
    last: EmployerSubmission | None, data: Mapping[str, object], files: Sequence[Mapping[str, str]]
) -> frozenset[tuple[str, str]]:
    """Return (kind, code) of the fields and materials that differ from a submission."""
    old_data, old_files = (last.data, last.files) if last else ({}, [])
    changed = {("field", code) for code in changes_between(old_data, data)}
    if any(code.startswith("contact") for _, code in changed):
        changed.add(("field", "contact"))
    return frozenset(
        changed | {("material", code) for code in changes_between(by_slot(old_files), by_slot(files))}
    )


def by_slot(files: Sequence[Mapping[str, str]]) -> dict[str, object]:
    """Return the digests of frozen files by material."""
    slots: dict[str, list[str]] = {}
    for file in files:
        slots.setdefault(file["slot"], []).append(file["sha256"])
    return dict(slots)
