"""What the page of one's own exports shows."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext

from app.queries.exports import KEPT_FOR, ExportRow
from app.queries.paging import Page
from app.queries.reports import REPORTS
from app.queries.reports.base import DIGESTS
from app.web.export_words import word


def export_page(found: Page[ExportRow], *, cursor: str | None, size: int) -> dict[str, Any]:
    """Everything the template needs."""
    return {
        "rows": [_row(row) for row in found.items],
        "days": KEPT_FOR.days,
        "count": found.count,
        "next_cursor": found.next_cursor,
        "previous_cursor": "" if cursor else None,
        "size": size,
    }


def _row(row: ExportRow) -> dict[str, Any]:
    report = REPORTS.get(row.report)
    return {
        "id": row.id,
        "title": gettext(report.title) if report else row.report,
        "filters": filters_in_words(row.report, row.filters),
        "state": row.state,
        "progress": row.progress,
        "rows": row.rows,
        "size": row.size,
        "created": row.created,
        "expires": row.expires if row.has_file else None,
        "has_file": row.has_file,
        "is_over": row.is_over,
        "job_url": url_for("JobView.state", key=row.id),
        "file_url": url_for("JobView.result", key=row.id) if row.has_file else "",
        "again_url": url_for("ExportView.again", key=row.id) if row.is_over and not row.has_file else "",
        "delete_url": url_for("ExportView.delete", key=row.id) if row.is_over else "",
    }


def filters_in_words(code: str, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title and word of every filter that was set; a searched number is not said."""
    report = REPORTS.get(code)
    found = []
    for entry in report.filters if report else ():
        value = given.get(entry.name)
        if value in (None, "", []):
            continue
        text = gettext("(not shown)") if entry.name == DIGESTS else str(value)
        found.append((gettext(entry.title), word(entry.words, text) if entry.words else text))
    return found
