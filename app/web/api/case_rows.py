"""Applications as they leave: the item of a list and everything of one case, numbers masked."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import FieldError
from app.domain.roles import AccountKind
from app.domain.states import Status
from app.domain.values import kept_id, kept_text
from app.queries import drafts
from app.queries.applications import Row
from app.queries.desk import DeskCase, Version
from app.queries.drafts import DraftView, FileRow
from app.queries.history import Moment
from app.web import labels
from app.web.api import wire
from app.web.current import current_actor, read_session, utc_now

ITEM = wire.of(
    id=wire.ID,
    no=wire.nullable(wire.STRING),
    lock=wire.WHOLE,
    status=wire.STATUS,
    stage=wire.nullable(wire.STRING),
    is_ready=wire.FLAG,
    waits_for=wire.WAITS_FOR,
    name=wire.STRING,
    category=wire.nullable(wire.STRING),
    entered_at=wire.MOMENT,
)
VALUES: dict[str, Any] = {"type": "object", "additionalProperties": True}
FILE = wire.of(
    id=wire.ID,
    name=wire.STRING,
    type=wire.nullable(wire.STRING),
    size=wire.nullable(wire.WHOLE),
    pages=wire.nullable(wire.WHOLE),
    sha256=wire.STRING,
)
MATERIAL = wire.of(type=wire.STRING, title=wire.STRING, required=wire.FLAG, files=wire.many(FILE))
ANSWER = wire.of(kind=wire.STRING, code=wire.STRING, text=wire.STRING)
VERSION = wire.of(
    n=wire.WHOLE,
    submitted_at=wire.MOMENT,
    name=wire.STRING,
    sex=wire.STRING,
    doc_type=wire.STRING,
    doc_no_masked=wire.STRING,
    mobile_masked=wire.STRING,
    employer=wire.STRING,
    service_name=wire.nullable(wire.STRING),
    service_phone_masked=wire.nullable(wire.STRING),
    category=wire.nullable(wire.STRING),
    data=VALUES,
    answers=wire.many(ANSWER),
    digest=wire.STRING,
)
MISTAKE = wire.of(field=wire.STRING, code=wire.STRING, text=wire.STRING)
DRAFT = wire.of(
    data=VALUES,
    saved_at=wire.nullable(wire.MOMENT),
    fields=wire.many(wire.of(code=wire.STRING, title=wire.STRING, kind=wire.STRING, required=wire.FLAG)),
    errors=wire.many(MISTAKE),
)
SAID = wire.of(kind=wire.STRING, code=wire.STRING, title=wire.STRING, reason=wire.STRING, text=wire.STRING)
EVENT = wire.of(
    seq=wire.WHOLE,
    event=wire.STRING,
    at=wire.MOMENT,
    party=wire.STRING,
    actor=wire.STRING,
    stage=wire.STRING,
    status=wire.STRING,
    next_stage=wire.STRING,
    version=wire.WHOLE,
    text=wire.STRING,
    items=wire.many(SAID),
    is_undone=wire.FLAG,
)
ACTION = wire.of(verb=wire.STRING, allowed=wire.FLAG, reasons=wire.many(wire.REASON))
CASE = wire.of(
    id=wire.ID,
    no=wire.nullable(wire.STRING),
    lock=wire.WHOLE,
    status=wire.STATUS,
    stage=wire.nullable(wire.STRING),
    is_ready=wire.FLAG,
    waits_for=wire.WAITS_FOR,
    name=wire.STRING,
    category=wire.nullable(wire.STRING),
    entered_at=wire.MOMENT,
    programme=wire.STRING,
    kind=wire.STRING,
    frozen_reason=wire.nullable(wire.STRING),
    roster_id=wire.nullable(wire.ID),
    version=wire.nullable(VERSION),
    draft=wire.nullable(DRAFT),
    materials=wire.many(MATERIAL),
    timeline=wire.many(EVENT),
    actions=wire.many(ACTION),
)


def item(row: Row) -> dict[str, Any]:
    """A line of a list."""
    return {
        "id": str(row.id),
        "no": row.no,
        "lock": row.lock,
        "status": row.status,
        "stage": row.stage_code,
        "is_ready": row.is_ready,
        "waits_for": row.waits_for.value,
        "name": row.name,
        "category": row.category,
        "entered_at": wire.moment(row.entered_at),
    }


def case(found: DeskCase) -> dict[str, Any]:
    """Everything of one case; its draft is the applicant's alone, while it is with him (model 3, Scope)."""
    facts, draft = found.case, _own_draft(found)
    current = found.current
    return {
        "id": str(facts.id),
        "no": facts.no,
        "lock": facts.lock,
        "status": facts.status.value,
        "stage": facts.stage_code,
        "is_ready": facts.is_ready,
        "waits_for": found.waits_for.value,
        "name": found.person_name,
        "category": current.category if current else None,
        "entered_at": wire.moment(facts.entered_at),
        "programme": found.programme.code,
        "kind": facts.kind,
        "frozen_reason": facts.frozen_reason,
        "roster_id": wire.text_id(found.roster.id if found.roster else None),
        "version": _version(current) if current else None,
        "draft": _draft(draft) if draft else None,
        "materials": _materials_of(found, draft),
        "timeline": [_event(moment) for moment in found.history],
        "actions": [_action(action) for action in found.actions],
    }


def _own_draft(found: DeskCase) -> DraftView | None:
    actor = current_actor()
    with_applicant = found.case.status in {Status.DRAFT, Status.RETURNED}
    if actor.kind is not AccountKind.PERSON or not with_applicant:
        return None
    return drafts.draft(read_session(), actor, found.case.id, now=utc_now())


def _version(current: Version) -> dict[str, Any]:
    answers = [{"kind": t.kind.value, "code": t.code, "text": text} for t, text in current.answers]
    return {
        "n": current.n,
        "submitted_at": wire.moment(current.submitted_at),
        "name": current.person_name,
        "sex": current.person_sex,
        "doc_type": current.doc_type,
        "doc_no_masked": current.doc_no_masked,
        "mobile_masked": current.mobile_masked,
        "employer": current.employer_name,
        "service_name": current.service_name,
        "service_phone_masked": current.service_phone_masked,
        "category": current.category,
        "data": _shown(current.values),
        "answers": answers,
        "digest": current.digest,
    }


def _draft(view: DraftView) -> dict[str, Any]:
    fields = [
        {
            "code": entry.code,
            "title": entry.title,
            "kind": entry.kind.value,
            "required": entry.code in view.form.required,
        }
        for entry in view.form.fields
    ]
    return {
        "data": _shown(view.values),
        "saved_at": wire.moment(view.saved_at),
        "fields": fields,
        "errors": [mistake(error) for error in view.errors],
    }


def mistake(error: FieldError) -> dict[str, str]:
    """A mistake at a field."""
    return {"field": error.field, "code": error.code, "text": labels.field_error_text(error)}


def _materials_of(found: DeskCase, draft: DraftView | None) -> list[dict[str, Any]]:
    form = draft.form if draft else found.form
    current = found.current.files if found.current else ()
    files = draft.files if draft else current
    return [
        {
            "type": material.code,
            "title": material.title,
            "required": material.code in form.required_materials,
            "files": [file_of(file) for file in files if file.slot == material.code],
        }
        for material in form.materials
    ]


def file_of(file: FileRow) -> dict[str, Any]:
    """A file of a material."""
    return {
        "id": str(file.blob_id),
        "name": file.file_name,
        "type": file.type,
        "size": file.size,
        "pages": file.pages,
        "sha256": file.sha256,
    }


def _event(moment: Moment) -> dict[str, Any]:
    items = [
        {
            "kind": said.target_kind,
            "code": said.target_code,
            "title": said.target_title,
            "reason": said.reason_title,
            "text": said.text,
        }
        for said in moment.items
    ]
    return {
        "seq": moment.seq,
        "event": moment.event,
        "at": wire.moment(moment.at),
        "party": moment.party,
        "actor": moment.actor_name,
        "stage": moment.stage_title,
        "status": moment.status,
        "next_stage": moment.next_stage_title,
        "version": moment.version_no,
        "text": moment.text,
        "items": items,
        "is_undone": moment.is_undone,
    }


def _action(action: Any) -> dict[str, Any]:
    return {
        "verb": action.verb.value,
        "allowed": action.is_allowed,
        "reasons": [wire.reason(block) for block in action.blocks],
    }


def _shown(values: Mapping[str, object]) -> dict[str, object]:
    """Answers as they may leave: of a telephone number the masked text alone (I18)."""
    return {code: value if kept_id(value) is None else kept_text(value) for code, value in values.items()}
