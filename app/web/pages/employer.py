"""What the page 单位信息维护 shows, prepared from the query's values: facts, materials, what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.domain.registration import EmployerState, Finding
from app.domain.site import CreditCodeRule, Site
from app.queries.employers import EmployerStatus, MaterialStatus
from app.web import files as links
from app.web import labels
from app.web.forms.data import lists_of
from app.web.pages import history
from app.web.pages.cases import value_text

UPLOAD_DIALOG = "upload-dialog"


@dataclass(frozen=True, slots=True)
class FactLine:
    """One value with the bureau's remark on it, if it was returned, and whether it was corrected since."""

    code: str
    title: str
    value: Any
    flag: str
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Returned:
    """An item of a return: where it stands on the page, why it came back, whether it was corrected since."""

    title: str
    text: str
    anchor: str
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class StatusPage:
    """Everything the template loops over."""

    facts: Sequence[FactLine]
    materials: Sequence[Mapping[str, Any]]
    types: Sequence[tuple[str, str]]
    endings: Sequence[str]
    max_mb: int
    flags: Mapping[str, str]
    returned: Sequence[Returned]
    reasons: Sequence[str]
    step: int
    required: int
    attached: int
    timeline: Sequence[Mapping[str, Any]]


def status_page(found: EmployerStatus, site: Site, session: Session) -> StatusPage:
    """Prepare the page; the query has judged what is possible."""
    employer = found.employer
    returned = employer.state == EmployerState.RETURNED
    flags = _flags(employer.findings, site) if returned else {}
    required = [one for one in employer.materials if one.material.required]
    return StatusPage(
        facts=_facts(found, site, session, flags),
        materials=[_material(one, site, found) for one in employer.materials],
        types=[(one.code, one.title) for one in site.materials],
        endings=sorted({kind.value for one in site.materials for kind in one.types}),
        max_mb=max((one.max_mb for one in site.materials), default=10),
        flags=flags,
        returned=[_returned(one, found, site) for one in employer.findings] if returned else (),
        reasons=_reasons(found, site),
        step=_step(found),
        required=len(required),
        attached=sum(1 for one in required if one.files and not one.waits_for_correction),
        timeline=history.timeline(employer.history, site),
    )


def _flags(findings: Sequence[Finding], site: Site) -> dict[str, str]:
    return {
        finding.target[1]: history.finding_text(finding, site) for finding in findings if finding.target[1]
    }


def _returned(finding: Finding, found: EmployerStatus, site: Site) -> Returned:
    kind, code = finding.target
    anchor = {"field": f"fact-{code}", "material": f"material-{code}"}.get(kind, "submit")
    return Returned(
        history.finding_title(finding, history.item_titles(site)),
        history.finding_text(finding, site),
        anchor,
        code not in found.unanswered,
    )


def _facts(found: EmployerStatus, site: Site, session: Session, flags: Mapping[str, str]) -> list[FactLine]:
    employer, data = found.employer, found.employer.data
    values: list[tuple[str, str, Any]] = [
        ("name", gettext("Name of the employer"), employer.name),
        ("agency", gettext("Bureau in charge"), employer.agency_path_name),
    ]
    if site.credit_code is not CreditCodeRule.OFF:
        values.append(("credit_code", gettext("Unified social credit code"), employer.credit_code))
    values += [
        ("address", gettext("Address"), data.get("address")),
        ("phone", gettext("Telephone"), data.get("phone")),
    ]
    lists = lists_of(session, site.fields)
    values += [
        (field.code, field.title, value_text(field, data.get(field.code), lists)) for field in site.fields
    ]
    return [
        FactLine(code, title, value, flags.get(code, ""), code not in found.unanswered)
        for code, title, value in [*values, *_contact(data)]
    ]


def _contact(data: Mapping[str, object]) -> list[tuple[str, str, Any]]:
    kind = data.get("contact_doc_type")
    return [
        ("contact", gettext("Contact person"), data.get("contact")),
        (
            "contact_doc_type",
            gettext("Type of ID document"),
            labels.label("doc_type", kind) if kind else None,
        ),
        ("contact_doc_no", gettext("ID number"), data.get("contact_doc_no")),
        ("contact_mobile", gettext("Mobile number"), data.get("contact_mobile")),
    ]


def _material(status: MaterialStatus, site: Site, found: EmployerStatus) -> dict[str, Any]:
    material = status.material
    may_change = found.may_edit and found.employer.state in {EmployerState.DRAFT, EmployerState.RETURNED}
    returned = found.employer.state == EmployerState.RETURNED
    submission = found.employer.submission
    before = (
        {file.blob_id for file in submission.files if file.slot == material.code} if submission else set()
    )
    limits = gettext(
        "%(types)s, up to %(n)s MB each, at most %(files)s files",
        types=gettext(", ").join(kind.value.upper() for kind in material.types),
        n=material.max_mb,
        files=material.max_files,
    )
    return {
        "id": material.code,
        "title": material.title,
        "required": material.required,
        "rules": " · ".join(part for part in (material.hint, limits) if part),
        "error": "",
        "flag": gettext("; ").join(history.finding_text(finding, site) for finding in status.findings)
        if returned
        else "",
        "is_corrected": not status.waits_for_correction,
        "files": [
            {
                "name": file.file_name,
                "is_old": returned and bool(status.findings) and status.changed and file.blob_id in before,
                "preview_url": links.attachment(file.id).preview,
                "download_url": links.attachment(file.id).download,
                "delete_url": url_for("EmployerView.remove", key=file.id) if may_change else "",
            }
            for file in status.files
        ],
        "upload": UPLOAD_DIALOG if may_change and len(status.files) < material.max_files else None,
    }


def _reasons(found: EmployerStatus, site: Site) -> list[str]:
    titles = history.item_titles(site)
    fields = [
        gettext(
            "%(field)s: %(error)s",
            field=titles.get(error.field, error.field),
            error=labels.field_error_text(error),
        )
        for error in found.errors
    ]
    return [*(labels.block_text(block) for block in found.blocks), *fields]


def _step(found: EmployerStatus) -> int:
    """The step of the checklist 资料 – 材料 – 提交申请 that comes next; 4 when all are done."""
    if found.employer.state not in {EmployerState.DRAFT, EmployerState.RETURNED}:
        return 4
    materials = found.employer.materials
    to_correct = found.unanswered - {one.material.code for one in materials}
    if found.errors or to_correct - {""}:
        return 1
    return 2 if any(one.is_missing or one.waits_for_correction for one in materials) else 3
