"""What step 3 shows, from one `DraftView`: everything once more, what is wrong, where to change it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from app.domain.checks import Check, Finding
from app.domain.document import as_day
from app.domain.errors import FieldError
from app.domain.form import Target, TargetKind
from app.domain.identity import rebuilt_number
from app.domain.malformed import Malformed
from app.domain.materials import type_of_content
from app.domain.programme import FieldKind, FileType, Shows
from app.domain.worktime import local_day
from app.queries.checks import on_draft
from app.queries.drafts import DraftView, FileRow
from app.web import findings, labels
from app.web.current import utc_now
from app.web.forms.desk import target_name
from app.web.pages import cases
from app.web.pages.apply import UNANSWERED, anchor, common, flag_text, material_rows, name_of, slots

MISSING = ("required", "material_missing")
LEGIBLE = (Check.UNREADABLE, Check.SMALL, Check.BLURRED, Check.DARK)


def check_page(
    view: DraftView,
    general: Sequence[str] = (),
    said: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The page of step 3."""
    wrong = {error.field: labels.field_error_text(error) for error in view.errors if error.code != UNANSWERED}
    mistakes = [error for error in view.errors if error.code != UNANSWERED]
    known = {labels.field_error_text(error) for error in mistakes}
    others = [text for text in general if text not in known]  # those of an entry stand with its link
    found = on_draft(view, utc_now())
    checks = [_checked(view, finding) for finding in found]
    return {
        **common(view),
        "problems": [{"text": text, "url": ""} for text in others]
        + [_problem(view, error) for error in mistakes],
        "problems_title": _problems_title(others, mistakes),
        "is_refused": bool(general),
        "is_blocked": bool(mistakes),
        "lines": [
            {
                "title": entry.title,
                "text": cases.as_day(
                    cases.value_text(entry, view.values.get(entry.code), view.lists, view.staff)
                ),
                "error": wrong.get(entry.code, ""),
                "url": _change_url(view, Target(TargetKind.FIELD, entry.code)),
            }
            for entry in view.form.fields
        ],
        "materials": material_rows(view, editable=False),
        "checks": checks,
        "passed": passed(view, found, mistakes),
        "checks_title": ngettext(
            "There is %(num)s remark; the application will probably be returned for it.",
            "There are %(num)s remarks; the application will probably be returned for them.",
            len(checks),
        ),
        "answers": _answers(view, said or {}),
        "question": _question(len(view.files), len(checks)),
    }


def passed(view: DraftView, found: Sequence[Finding], mistakes: Sequence[FieldError]) -> list[str]:
    """What was looked at and is in order, as far as there is something to look at."""
    remarked = {finding.check for finding in found}
    files = [file for file in view.files if file.slot in slots(view)]  # no other is judged
    photos, cards = _showing(view, files, Shows.PHOTO), _showing(view, files, Shows.CARD)
    is_material = [cases.is_material(view.programme, error.field) for error in mistakes]
    looked = (
        (not all(is_material), False, gettext("Every entry asked for is there")),
        (any(is_material), False, gettext("Every material asked for is there")),
        (
            bool(remarked & {Check.NUMBER_DISAGREES, Check.SEX_DISAGREES}),
            not _number_tells(view),
            gettext("ID number, birth date and sex fit together"),
        ),
        (Check.DATE_PASSED in remarked, not _has_judged_dates(view), gettext("No date has passed")),
        (
            bool(remarked.intersection(LEGIBLE)),
            not files or not all(_is_measured(file) for file in files),
            gettext("The files can be shown; pictures are large enough, sharp and bright"),
        ),
        (
            bool(remarked & {Check.PHOTO_SHAPE, Check.PHOTO_GROUND}),
            not photos or not all(_is_measured_picture(file) for file in photos),
            gettext("The photo has the shape of an ID photo and a white ground"),
        ),
        (
            Check.ONE_SIDE in remarked,
            not _has_two_sides(cards),
            gettext("Both sides of the ID document"),
        ),
        (Check.REPEATED_FILE in remarked, not files, gettext("No file was uploaded twice")),
    )
    return [text for is_wrong, is_absent, text in looked if not (is_wrong or is_absent)]


def _showing(view: DraftView, files: Sequence[FileRow], shows: Shows) -> list[FileRow]:
    return [file for file in files if view.programme.material(file.slot).shows is shows]


def _number_tells(view: DraftView) -> bool:
    """Whether the number carries birth date and sex, as a resident's does and a passport's does not."""
    back = view.background
    try:
        return rebuilt_number(back.doc_no_masked, back.birth, local_day(utc_now())) is not None
    except Malformed:
        return True


def _has_judged_dates(view: DraftView) -> bool:
    """Whether a date is there that ends the validity of the card; no other is judged."""
    return any(
        entry.kind is FieldKind.DATE
        and entry.code in view.programme.card.earliest
        and as_day(view.values.get(entry.code)) is not None
        for entry in view.form.fields
    )


def _is_measured(file: FileRow) -> bool:
    """Whether every page of it could be read and was measured; of a PDF that is so once it has its preview."""
    is_readable = file.type is not None and file.pages != 0 and file.preview_state != "failed"
    return is_readable and len(file.measures) >= (file.pages or 1)


def _is_measured_picture(file: FileRow) -> bool:
    return _is_measured(file) and type_of_content(file.type or "") is not FileType.PDF


def _has_two_sides(files: Sequence[FileRow]) -> bool:
    """Whether each material with the sides of a card has two files or pages."""
    pages: dict[str, int] = {}
    for file in files:
        pages[file.slot] = pages.get(file.slot, 0) + (file.pages or 0)
    return bool(pages) and min(pages.values()) > 1


def _problems_title(others: Sequence[str], mistakes: Sequence[FieldError]) -> str:
    """What is missing is no mistake yet: nobody has submitted it."""
    if not others and all(error.code in MISSING for error in mistakes):
        return ngettext("%(num)s thing is still missing", "%(num)s things are still missing", len(mistakes))
    return ngettext(
        "One thing must be corrected before you submit",
        "%(num)s things must be corrected before you submit",
        len(others) + len(mistakes),
    )


def _question(files_held: int, remarks: int) -> str:
    asked = ngettext(
        "Submit the application with %(num)s file?", "Submit the application with %(num)s files?", files_held
    )
    if not remarks:
        return asked
    warned = ngettext(
        "%(num)s remark of the automatic checks is still open; the application will probably be returned for it.",
        "%(num)s remarks of the automatic checks are still open; the application will probably be returned for them.",
        remarks,
    )
    return f"{warned} {asked}"


def _checked(view: DraftView, finding: Finding) -> dict[str, str]:
    """A finding with the place to mend it; locked items and the registration have no such place."""
    is_here = finding.target.kind is not TargetKind.GENERAL
    return {
        "title": findings.found_text(finding),
        "text": findings.mend_text(finding),
        "url": _change_url(view, finding.target) if is_here else "",
    }


def _problem(view: DraftView, error: FieldError) -> dict[str, str]:
    is_material = cases.is_material(view.programme, error.field)
    if error.code == UNANSWERED:
        kind = TargetKind.MATERIAL if is_material else TargetKind.FIELD if error.field else TargetKind.GENERAL
        url = f"#answer-{target_name(kind.value, error.field)}"
    else:
        url = url_for("ApplyView.form", key=view.id) + (
            f"#material-{error.field}" if is_material else f"#f-{error.field}"
        )
    return {"text": cases.error_line(view.programme, error), "url": url}


def _change_url(view: DraftView, target: Target) -> str:
    if not view.unlocked.allows(target):
        return ""
    return url_for("ApplyView.form", key=view.id) + "#" + anchor(target)


def _answers(view: DraftView, said: Mapping[str, str]) -> list[dict[str, Any]]:
    """A place to answer each returned item; the changed ones say so."""
    found: dict[str, dict[str, Any]] = {}
    for item in view.flagged:
        name = name_of(item.target)
        changed = item.target in view.changed or (
            item.target.kind is TargetKind.GENERAL and bool(view.changed)
        )
        found[name] = {
            "name": name,
            "title": cases.target_title(view.programme, item.target),
            "flag": flag_text(item),
            "changed": changed,
            "text": said.get(name, ""),
        }
    return list(found.values())
