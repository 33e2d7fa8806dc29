"""The columns of a frozen submission, its digest included (model 8: secret fields by blind index).

Made without the database: of an applicant's draft by `submissions`, of invented answers by the volume loader.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.audit import digest_of
from app.domain.values import Value
from app.queries.drafts import Background, FileRow


@dataclass(frozen=True, slots=True)
class Answer:
    """The applicant's words to a returned item, instead of (or beside) changing it."""

    target_kind: str
    target_code: str
    text: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """The numbers of an account as a frozen row keeps them: secret id, mask, blind index."""

    account_id: int
    name: str
    doc_no: tuple[int, str, str]
    mobile: tuple[int, str, str]
    person_key: str


@dataclass(frozen=True, slots=True)
class Parties:
    """The applicant and the member of staff chosen (D6: name and phone are frozen)."""

    applicant: Numbered
    staff: Numbered | None


@dataclass(frozen=True, slots=True)
class Content:
    """What is frozen of a draft: the values and files that the form asks for, and the category among them."""

    values: Mapping[str, Value]
    files: Sequence[FileRow]
    category: str | None


def frozen(
    content: Content, back: Background, parties: Parties, *, chain: Sequence[str], answers: Sequence[Answer]
) -> dict[str, Any]:
    """The columns of the submission but application, number and time; `files` are those asked for."""
    files = [
        {"slot": f.slot, "sha256": f.sha256, "blob_id": str(f.blob_id), "file_name": f.file_name}
        for f in content.files
    ]
    said = [{"kind": a.target_kind, "code": a.target_code, "text": a.text.strip()} for a in answers]
    staff, applicant = parties.staff, parties.applicant
    digest = digest_of(
        {
            "values": content.values,
            "files": [[f["slot"], f["sha256"]] for f in files],
            "chain": list(chain),
            "answers": said,
            "person": [
                back.person_name,
                back.sex,
                back.doc_type,
                applicant.doc_no[2],
                applicant.mobile[2],
            ],
            "employer": [str(back.employer_id), back.employer_name, back.agency_path],
            "service": [staff.name, staff.mobile[2]] if staff else None,
            "category": content.category,
        }
    )
    return {
        "data": content.values,
        "files": files,
        "chain": list(chain),
        "person_name": back.person_name,
        "person_sex": back.sex,
        "doc_type": back.doc_type,
        "employer_name": back.employer_name,
        "doc_no_id": applicant.doc_no[0],
        "doc_no_masked": applicant.doc_no[1],
        "mobile_id": applicant.mobile[0],
        "mobile_masked": applicant.mobile[1],
        "service_account_id": staff.account_id if staff else None,
        "service_name": staff.name if staff else None,
        "service_phone_id": staff.mobile[0] if staff else None,
        "service_phone_masked": staff.mobile[1] if staff else None,
        "category": content.category,
        "answers": said,
        "digest": digest,
    }
