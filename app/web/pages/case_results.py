"""The answer to a batch of cases: every row by name, what happened, why not, the way back (D12, R31)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from app.domain.results import BatchResult
from app.domain.roles import Actor
from app.domain.states import Status, Verb, Waiting
from app.queries.applications import Row, rows_by_id
from app.queries.decisions import Preview, Undoable, undoable
from app.queries.open_points import Points
from app.web import labels
from app.web.pages import outcomes, stages

Names = Mapping[int, str]
"""Cases by id, as `names_by_id` says them."""
TITLES = {
    Verb.APPROVE: lambda: gettext("Result: approve"),
    Verb.SEND_BACK: lambda: gettext("Result: return for correction"),
    Verb.UNDO: lambda: gettext("Result: undo"),
    Verb.PULL_BACK: lambda: gettext("Result: pull back"),
}


def result_page(
    verb: Verb, result: BatchResult, names: Names, *, back: str, undo: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The page after a batch; never a bare success."""
    page = _page(result, names, back)
    page["title"] = TITLES.get(verb, lambda: labels.label("verb", verb.value))()
    if undo is not None and undo["fields"]["batch"] == result.batch_id:
        page["undo"] = undo
    return page


def preview_page(found: Preview, names: Names, points: Mapping[int, Points], *, back: str) -> dict[str, Any]:
    """The page of a dry run, from which the same rows can be approved; open points are said and stop nothing."""
    page = _page(found.result, names, back)
    page["rows"] = [
        replace(line, reasons=_said(points[line.id]))
        if line.outcome == "moved" and line.id in points
        else line
        for line in page["rows"]
    ]
    page["title"] = gettext("Check before approving")
    page["note"] = gettext("Nothing has been changed yet.")
    page["dry"] = True
    count = len(found.result.moved)
    page["go_on"] = _go_on(
        found,
        url_for("ApplicationView.action_post"),
        look=("approve", "approve", "check"),
        text=ngettext("Approve %(num)s case", "Approve %(num)s cases", count),
        note=gettext("Nothing has been changed yet. Only the rows marked “Possible” move."),
    )
    return page


def _said(points: Points) -> tuple[str, ...]:
    """Open points in words, those of the question that the desk asks."""
    unseen = gettext("Materials not looked at yet: %(n)s.", n=points.unseen) if points.unseen else ""
    checks = (
        ngettext("%(num)s check needs a look.", "%(num)s checks need a look.", points.findings)
        if points.findings
        else ""
    )
    return tuple(part for part in (unseen, checks) if part)


def roster_page(found: Preview, names: Names, *, back: str) -> dict[str, Any]:
    """The page of an export that was refused: who cannot stand on a roster, and the same for the others."""
    page = _page(found.result, names, back, done=gettext("Can be exported"))
    page["title"] = gettext("Result: export roster")
    page["possible"] = gettext("%(n)s can be exported", n=len(found.result.moved))
    page["note"] = gettext("No roster was made yet.")
    page["dry"] = True
    count = len(found.result.moved)
    page["go_on"] = _go_on(
        found,
        url_for("RosterView.export"),
        look=("export", "primary", "download"),
        text=ngettext("Export a roster of %(num)s person", "Export a roster of %(num)s people", count),
        note=gettext("The people marked “Skipped” will not stand on the roster."),
    )
    return page


def _go_on(
    found: Preview, url: str, *, look: tuple[str, str, str], text: str, note: str
) -> dict[str, Any] | None:
    """The same again for the rows that can move, where any can; `look` is action, style and symbol of the button."""
    if not found.result.moved:
        return None
    action, style, symbol = look
    return {
        "url": url,
        "rowids": [f"{row_id}:{found.locks[row_id]}" for row_id in found.result.moved],
        "action": action,
        "style": style,
        "symbol": symbol,
        "text": text,
        "note": note,
    }


def _page(result: BatchResult, names: Names, back: str, done: str = "") -> dict[str, Any]:
    lines = outcomes.lines(result, names, stages.case_urls(back=back), done=done)
    return {
        "title": "",
        "note": _summary(result),
        "rows": lines,
        "moved": len(result.moved),
        "skipped": len(result.skipped),
        "unknown": len(result.unknown),
        "back_url": back,
        "list_title": gettext("List"),
        "undo": None,
        "dry": False,
        "possible": "",
        "go_on": None,
    }


def _summary(result: BatchResult) -> str:
    total = len(result.moved) + len(result.skipped) + len(result.unknown)
    return gettext("%(moved)s of %(total)s rows done", moved=len(result.moved), total=total)


def undo_offer(session: Session, actor: Actor, *, now: datetime, back: str) -> dict[str, Any] | None:
    """The notice that names the actor's last decision and takes it back, while that is possible."""
    undo = undoable(session, actor, now=now)
    if undo is None:
        return None
    ids = [undo.application_id] if undo.application_id else []
    return _undo_of(undo, rows_by_id(session, actor, ids) if ids else {}, back)


def _undo_of(undo: Undoable, rows: Mapping[int, Row], back: str) -> dict[str, Any]:
    row = rows.get(undo.application_id or 0)
    return {
        "text": decided_text(undo.verdict, row) if row else _count_text(undo),
        "url": url_for("ApplicationView.undo"),
        "until": undo.until,
        "fields": {"batch": undo.batch_id, "back": back},
    }


def _count_text(undo: Undoable) -> str:
    word = labels.label("verdict", undo.verdict)
    return ngettext("%(word)s: %(num)s case", "%(word)s: %(num)s cases", undo.rows, word=word)


def decided_text(verb: str, row: Row) -> str:
    """What was decided on whom and where the case is now; `row` is the case after it."""
    word = labels.label("verdict", verb)
    word = labels.label("verb", verb) if word == verb else word
    text = gettext("%(what)s: %(name)s (no. %(no)s)", what=word, name=row.name, no=row.no or "")
    if row.status == Status.RETURNED:
        return gettext("%(text)s, waiting for the applicant's correction", text=text)
    if row.waits_for is Waiting.ROSTER:
        return gettext("%(text)s, now waiting for the stamped roster", text=text)
    return (
        gettext("%(text)s, now with: %(stage)s", text=text, stage=row.stage_title)
        if row.stage_title
        else text
    )
