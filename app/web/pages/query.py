"""What the query page shows: filters, rows with step, office, waiting time; the same as a sheet (R39)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext

from app.domain.roles import AccountKind, Permission
from app.domain.states import OPEN, Status, Waiting
from app.domain.worktime import local_day
from app.queries.applications import EVER, TODAY, Filters, Row
from app.queries.paging import Page
from app.web import labels
from app.web.current import current_actor
from app.web.forms.query import STATUSES, as_query
from app.web.pages import stages
from app.web.pages.queue import who_columns, working_calendar


def title() -> str:
    """The manual's name for employers, ours for offices."""
    if current_actor().kind is AccountKind.EMPLOYER:
        return gettext("Query of the employer's applications")
    return gettext("Query of applications")


def query_page(
    filters: Filters,
    page: Page[Row],
    *,
    number: str,
    cursor: str | None,
    size: int,
    now: datetime,
) -> dict[str, Any]:
    """Everything the template needs."""
    return {
        "title": title(),
        "filters": as_query(filters),
        "number": number,
        "choices": choices(),
        "is_filtered": bool(as_query(filters) or number),
        "rows": [_row(row, now, search_url(filters)) for row in page.items],
        "columns": _columns(),
        "decides": current_actor().may(Permission.APPLICATION_REVIEW),
        "shows_employer": current_actor().kind is not AccountKind.EMPLOYER,
        "count": page.count,
        "next_cursor": page.next_cursor,
        "previous_cursor": "" if cursor else None,
        "size": size,
        "search_url": url_for("QueryView.search"),
    }


def search_url(filters: Filters) -> str:
    """The address of a search without a number."""
    query = urlencode(as_query(filters))
    return url_for("QueryView.search") + (f"?{query}" if query else "")


def handled_words() -> dict[str, str]:
    """What the filter for one's own decisions offers."""
    return {TODAY: gettext("Today"), EVER: gettext("At any time")}


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the filters offer, from the published documents."""
    programmes = stages.published()
    offered = {
        "programme": [(programme.code, programme.short_name) for programme in programmes],
        "status": [
            (code, gettext("Open") if code == "open" else labels.label("application", code))
            for code in STATUSES
        ],
        "stage": [(stage.code, stage.title) for programme in programmes for stage in programme.stages],
        "category": [(entry.code, entry.title) for programme in programmes for entry in programme.categories],
        "handled": list(handled_words().items()),
    }
    return {name: list(dict(pairs).items()) for name, pairs in offered.items()}


def _columns() -> list[tuple[str, ...]]:
    found = [
        *who_columns(),
        ("category", gettext("Category")),
        ("submitted", gettext("Submitted")),
        ("state", gettext("State")),
        ("step", gettext("Step and office")),
        ("since", gettext("Waiting for")),
    ]
    shown = current_actor().kind is not AccountKind.EMPLOYER
    return [column for column in found if shown or column[0] != "employer"]


def _row(row: Row, now: datetime, back: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "no": row.no,
        "name": row.name,
        "sex": row.sex,
        "doc_no_masked": row.doc_no_masked,
        "employer_name": row.employer_name,
        "category": row.category_title,
        "submitted_at": row.submitted_at,
        "status": row.status,
        "frozen_reason": row.frozen_reason,
        "step": row.stage_title,
        "office": office(row),
        "waiting": waiting_time(row, now),
        "url": stages.case_url(row.id, back=back),
    }


def office(row: Row) -> str:
    """At whom the case waits."""
    return office_word(row.waits_for)


def office_word(waits_for: Waiting) -> str:
    """The word for whom a case waits for."""
    words = {
        Waiting.APPLICANT: gettext("the applicant"),
        Waiting.ROSTER: gettext("the employer (stamped roster)"),
        Waiting.PRINTER: gettext("card printing"),
        Waiting.NOBODY: "",
    }
    return words.get(waits_for, labels.label("party", waits_for.value))


def waiting_time(row: Row, now: datetime) -> str:
    """For how many working days it has waited there; empty for a finished case."""
    if Status(row.status) not in OPEN:
        return ""
    days = working_calendar().between(local_day(row.entered_at), local_day(now))
    return gettext("less than one working day") if days < 1 else gettext("%(n)s working days", n=days)
