"""What an employer's registration consists of at this moment, and what was last submitted and returned."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.registration import Finding, SubjectKind
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
    """Return the employer's present registration files as a submission freezes them; ids are strings (D15)."""
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
