"""What step 3 shows, from one `DraftView`: everything once more, what is wrong, where to change it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from app.domain.checks import Check, Finding
from app.domain.errors import FieldError
from app.domain.form import Target, TargetKind
from app.domain.programme import FieldKind, Shows
from app.queries.checks import on_draft
from app.queries.drafts import DraftView
from app.web import findings, labels
from app.web.current import utc_now
from app.web.forms.desk import target_name
from app.web.pages import cases
from app.web.pages.apply import UNANSWERED, anchor, common, flag_text, material_rows, name_of

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
    shown = {view.programme.material(file.slot).shows for file in view.files}
    is_material = [cases.is_material(view.programme, error.field) for error in mistakes]
    has_dates = any(entry.kind is FieldKind.DATE and entry.code in view.values for entry in view.form.fields)
    looked = (
        (not all(is_material), False, gettext("Every entry asked for is there")),
        (any(is_material), False, gettext("Every material asked for is there")),
        (
            bool(remarked & {Check.NUMBER_DISAGREES, Check.SEX_DISAGREES}),
            False,
            gettext("ID number, birth date and sex fit together"),
        ),
        (Check.DATE_PASSED in remarked, not has_dates, gettext("No date has passed")),
        (
            bool(remarked.intersection(LEGIBLE)),
            not view.files,
            gettext("The files can be shown; pictures are large enough, sharp and bright"),
        ),
        (
            bool(remarked & {Check.PHOTO_SHAPE, Check.PHOTO_GROUND}),
            Shows.PHOTO not in shown,
            gettext("The photo has the shape of an ID photo and a white ground"),
        ),
        (Check.ONE_SIDE in remarked, Shows.CARD not in shown, gettext("Both sides of the ID document")),
        (Check.REPEATED_FILE in remarked, not view.files, gettext("No file was uploaded twice")),
    )
    return [text for is_wrong, is_absent, text in looked if not (is_wrong or is_absent)]


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
