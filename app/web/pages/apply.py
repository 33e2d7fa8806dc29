"""What the applicant's pages show, from one `DraftView`: form, materials, what came back or is missing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flask import url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.domain import measures
from app.domain.checks import Finding
from app.domain.form import Target, TargetKind
from app.domain.programme import FileType, Material, Shows
from app.domain.values import control_text, is_same
from app.queries.checks import on_draft
from app.queries.drafts import DraftView, FileRow
from app.queries.returns import Flagged
from app.web import files, findings, labels
from app.web.current import current_sign_in, utc_now
from app.web.forms.apply import PREFIX, CaseForm, Choices, case_form, shown_values
from app.web.forms.desk import target_name
from app.web.pages import cases

UNANSWERED = "flagged_item_unanswered"


def steps() -> list[str]:
    """The way from the notice to the receipt."""
    return [
        gettext("Notes"),
        gettext("Entries and materials"),
        gettext("Check"),
        gettext("Submit"),
    ]


def person_facts(view: DraftView) -> list[tuple[str, str]]:
    """Who applies, from the registration; numbers masked."""
    found = current_sign_in()
    account = found.account if found else None
    back = view.background
    return [
        (gettext("Name in Chinese"), back.person_name),
        (gettext("Sex"), labels.label("sex", back.sex)),
        (gettext("Document type"), labels.label("doc_type", back.doc_type)),
        (gettext("ID number"), (account.doc_no_masked if account else "") or ""),
        (gettext("Employer"), back.employer_name),
        (gettext("Mobile number"), (account.mobile_masked if account else "") or ""),
    ]


def form_for(view: DraftView, typed: Mapping[str, object] | None = None) -> CaseForm:
    """The form of the fields that may be changed, with what is stored or was just typed."""
    free = None if view.unlocked.everything else view.unlocked.fields
    values = {**view.values, **(typed or {})}
    return case_form(
        view.programme,
        Choices(view.lists, view.staff),
        values=values,
        required=view.form.required,
        only=free,
    )


def control_texts(view: DraftView, names: Iterable[Any]) -> dict[str, str]:
    """What the draft holds of these controls or fields, by name of the control."""
    codes = {getattr(name, "short_name", name) for name in names}
    return {
        PREFIX + entry.code: control_text(entry.kind, view.values.get(entry.code))
        for entry in view.programme.fields
        if entry.code in codes
    }


def changed_elsewhere(
    view: DraftView, form: CaseForm, posted: MultiDict[str, str]
) -> dict[str, tuple[str, str]]:
    """What was refused because it has another value by now: what the posting page showed, what it is now."""
    refused = {item.name: item.short_name for item in form if item.errors}
    now, shown = control_texts(view, refused.values()), shown_values(posted)
    pairs = {name: (shown[code][0], now[name]) for name, code in refused.items() if code in shown}
    return {name: pair for name, pair in pairs.items() if not is_same(*pair)}


def asked(view: DraftView) -> list[str]:
    """Codes of the fields that the present answers ask for."""
    return [entry.code for entry in view.form.fields]


def slots(view: DraftView) -> list[str]:
    """Codes of the materials that the present answers ask for."""
    return [material.code for material in view.form.materials]


def form_page(
    view: DraftView, form: CaseForm, shown_before: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """The page of step 2; `shown_before` is what the page before it showed of entries changed elsewhere."""
    rows = material_rows(view)
    missing = form.form_errors or form.errors
    return {
        **common(view),
        "form": form,
        "shown": json.dumps(control_texts(view, form), ensure_ascii=False),
        "shown_before": json.dumps(dict(shown_before), ensure_ascii=False),
        "asked": asked(view),
        "flags": flags(view),
        "returned": returned(view),
        "locked": _locked(view),
        "materials": rows,
        "materials_done": sum(1 for row in rows if row["required"] and row["files"] and row["is_corrected"]),
        "materials_required": sum(1 for row in rows if row["required"]),
        "material_errors": [
            (f"material-{row['id']}", f"{row['title']}: {row['error']}")
            for row in rows
            if row["error"] and missing
        ],
        "uploads": [_upload(material) for material in view.form.materials if _is_free(view, material)],
    }


def common(view: DraftView) -> dict[str, Any]:
    """What the pages of steps 2 and 3 share."""
    return {
        "id": view.id,
        "no": view.no,
        "lock": view.lock,
        "title": cases.application_title(view.programme),
        "kind_title": cases.kind_title(view.programme, view.kind),
        "steps": steps(),
        "saved_at": view.saved_at,
        "person": person_facts(view),
        "home_url": url_for("ApplyView.start"),
        "status_url": url_for("ApplyView.status", key=view.id),
        "form_url": url_for("ApplyView.form", key=view.id),
        "save_url": url_for("ApplyView.form", key=view.id),
        "sign_in_url": url_for(
            "PortalAuthView.entry", entry="person", next=url_for("ApplyView.form", key=view.id)
        ),
        "autosave_url": url_for("ApplyView.autosave", key=view.id),
        "upload_url": url_for("ApplyView.upload", key=view.id),
        "picture_limits": measures.limits(),
        "submit_url": url_for("ApplyView.submit", key=view.id),
        "foot_note": _foot_note(view),
    }


def _foot_note(view: DraftView) -> str:
    first = next(iter(view.programme.route(view.facts)), None)
    office = cases.public_title(view.programme, first)
    return gettext(
        "After submission it goes to: %(office)s. If it is returned, you can correct and submit it again.",
        office=office,
    )


def flags(view: DraftView) -> dict[str, str]:
    """Reason of each returned item, by its name on the page."""
    found: dict[str, list[str]] = {}
    for item in view.flagged:
        found.setdefault(name_of(item.target), []).append(flag_text(item))
    return {name: " ".join(texts) for name, texts in found.items()}


def name_of(target: Target) -> str:
    """How a page names an item."""
    return target_name(target.kind.value, target.code)


def flag_text(item: Flagged) -> str:
    """The reason of a returned item as the applicant reads it."""
    return item.text or item.reason_title


def returned(view: DraftView) -> dict[str, Any] | None:
    """What came back, for the summary on top; None if nothing did."""
    if not view.flagged:
        return None
    lines = [
        {
            "title": cases.target_title(view.programme, item.target),
            "text": flag_text(item),
            "anchor": anchor(item.target),
        }
        for item in view.flagged
    ]
    return {"office": view.flagged[0].stage_title, "text": view.flagged[0].opinion, "lines": lines}


def anchor(target: Target) -> str:
    """Where the form shows an item."""
    if target.kind is TargetKind.FIELD:
        return f"f-{target.code}"
    return f"material-{target.code}" if target.kind is TargetKind.MATERIAL else "case-form"


def _locked(view: DraftView) -> list[tuple[str, str]]:
    """Entries that were not returned: shown, not editable."""
    if view.unlocked.everything:
        return []
    shown = [entry for entry in view.form.fields if entry.code not in view.unlocked.fields]
    return [(e.title, cases.value_text(e, view.values.get(e.code), view.lists, view.staff)) for e in shown]


def _is_free(view: DraftView, material: Material) -> bool:
    return view.unlocked.allows(_of(material.code))


def material_rows(view: DraftView, *, editable: bool = True) -> list[dict[str, Any]]:
    """The checklist of materials under the present answers."""
    marked = flags(view)
    wrong = material_errors(view)
    found = on_draft(view, utc_now()) if editable else ()
    return [
        {
            "id": material.code,
            "title": material.title,
            "required": material.code in view.form.required_materials,
            "rules": cases.material_rules(material),
            "hint": material.hint if editable else "",
            "error": wrong.get(material.code, "") if not editable else "",
            "flag": marked.get(f"material:{material.code}", ""),
            "remarks": [remark_text(one) for one in found if one.target == _of(material.code)],
            "is_corrected": f"material:{material.code}" not in marked
            or Target(TargetKind.MATERIAL, material.code) in view.changed,
            "files": [
                _file(view, file, editable and _is_free(view, material))
                for file in _files(view, material.code)
            ],
            **_upload_button(view, material, editable=editable),
        }
        for material in view.form.materials
    ]


def _upload_button(view: DraftView, material: Material, *, editable: bool) -> dict[str, Any]:
    """The dialog to open; what is full offers none, but a single file is replaced by the next."""
    held, free = len(_files(view, material.code)), editable and _is_free(view, material)
    is_single = material.max_files == 1
    is_full = held >= material.max_files and not is_single
    return {
        "upload": f"upload-{material.code}" if free and not is_full else None,
        "replaces": is_single and held > 0,
        "full": gettext("Full: delete a file to upload another") if free and is_full else "",
    }


def _of(slot: str) -> Target:
    return Target(TargetKind.MATERIAL, slot)


def remark_text(finding: Finding) -> str:
    """What an automatic check found in a file, and what the applicant can do about it."""
    return findings.found_text(finding) + " " + findings.mend_text(finding)


def remarks_on(view: DraftView, slot: str, name: str) -> list[str]:
    """What the automatic checks say about a file that was just uploaded."""
    return [
        remark_text(finding)
        for finding in on_draft(view, utc_now())
        if finding.target == _of(slot) and finding.params.get("file") == name
    ]


def material_errors(view: DraftView) -> dict[str, str]:
    """What is wrong with materials now, by code."""
    return {
        error.field: labels.field_error_text(error)
        for error in view.errors
        if cases.is_material(view.programme, error.field) and error.code != UNANSWERED
    }


def _files(view: DraftView, slot: str) -> Sequence[FileRow]:
    return [file for file in view.files if file.slot == slot]


def _file(view: DraftView, file: FileRow, removable: bool) -> dict[str, Any]:  # noqa: FBT001 - private
    remove = url_for("ApplyView.remove", key=view.id, slot=file.slot, blob=file.blob_id)
    link = files.case_file(view.id, 0, file.blob_id)
    return files.line(link, file, delete_url=remove if removable else None)


def _upload(material: Material) -> dict[str, Any]:
    takes_pictures = FileType.JPG in material.types
    return {
        "code": material.code,
        "title": material.title,
        "rules": cases.material_rules(material),
        "hint": material.hint,
        "types": [kind.value for kind in material.types],
        "shows": material.shows.value,
        "looks": ("photo" if material.shows is Shows.PHOTO else "paper") if takes_pictures else "",
        "max_mb": material.max_mb,
        "max_files": material.max_files,
    }
