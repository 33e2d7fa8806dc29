"""The export buttons of lists: they order a report under the filters the list shows."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from app.queries.reports import REPORTS
from app.web.current import current_actor


def button(code: str, filters: Mapping[str, str], *, number: str = "") -> dict[str, Any] | None:
    """The form of a list's export button; None for whoever may not export the report."""
    if not REPORTS[code].may(current_actor()):
        return None
    fields = {"report": code, **{name: value for name, value in filters.items() if value}}
    return {"url": url_for("ExportView.order"), "fields": fields | ({"number": number} if number else {})}
