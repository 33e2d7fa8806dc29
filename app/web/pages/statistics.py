"""What the page of statistics shows: every report that has a chart, its first rows, and its export (I4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext

from app.domain.reports import CellValue, Chart, Column, Kind
from app.domain.worktime import local_day
from app.queries.reports import REPORTS, Report
from app.queries.reports.base import MOMENT
from app.web.current import current_actor, read_session
from app.web.export_words import word
from app.web.forms.query import FIRST_DAY, day_of
from app.web.pages import export_forms, stages

SHOWN = 12
"""Rows of a figure on the page; the sheet has them all."""
DAYS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """Programme and days of the page."""

    programme: str
    first: date
    last: date

    def filters(self, report: Report) -> dict[str, str]:
        """Those of the page's filters that a report knows."""
        given = {
            "programme": self.programme,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
        }
        names = {entry.name for entry in report.filters}
        return {name: value for name, value in given.items() if name in names and value}


def asked_of(given: Mapping[str, str], now: datetime) -> Asked:
    """The filters of an address: the last thirty days of the first programme unless it says otherwise."""
    last = day_of(given.get("to")) or local_day(now)
    first = day_of(given.get("from")) or max(last - timedelta(days=DAYS - 1), FIRST_DAY)
    codes = [programme.code for programme in stages.published()]
    wanted = given.get("programme", "")
    return Asked(wanted if wanted in codes else next(iter(codes), ""), min(first, last), max(first, last))


def board(asked: Asked, now: datetime) -> dict[str, Any]:
    """Everything the template needs."""
    drawn = [(report.chart, report) for report in REPORTS.values() if report.chart]
    actor = current_actor()
    return {
        "title": gettext("Statistics"),
        "asked": asked,
        "programmes": [(one.code, one.short_name) for one in stages.published()],
        "spans": _spans(asked, local_day(now)),
        "figures": [
            _figure(report, chart, asked, now)
            for chart, report in sorted(drawn, key=lambda pair: pair[0].place)
            if report.may(actor)
        ],
    }


def _spans(asked: Asked, today: date) -> list[dict[str, Any]]:
    """The usual times, as links."""
    starts = [
        (gettext("Last 7 days"), today - timedelta(days=6)),
        (gettext("Last 30 days"), today - timedelta(days=DAYS - 1)),
        (gettext("Last 90 days"), today - timedelta(days=89)),
        (gettext("This year"), today.replace(month=1, day=1)),
    ]
    return [
        {
            "text": text,
            "url": _url(asked, start, today),
            "current": (asked.first, asked.last) == (start, today),
        }
        for text, start in starts
    ]


def _url(asked: Asked, first: date, last: date) -> str:
    given = {"programme": asked.programme, "from": first.isoformat(), "to": last.isoformat()}
    return url_for("StatisticsView.board") + "?" + urlencode(given)


def _figure(report: Report, chart: Chart, asked: Asked, now: datetime) -> dict[str, Any]:
    filters = asked.filters(report)
    found = list(report.rows(read_session(), current_actor(), {**filters, MOMENT: now}))
    kept, tones = _columns(report), dict(chart.columns)
    return {
        "code": report.code,
        "title": gettext(report.title),
        "note": gettext(chart.note),
        "shape": chart.shape.value,
        "columns": [
            {
                "title": gettext(column.title),
                "tone": tones.get(at, ""),
                "counts": column.kind is Kind.COUNT,
            }
            for at, column in kept
        ],
        "rows": [_cells(row, kept) for row in islice(found, SHOWN)],
        "left": max(len(found) - SHOWN, 0),
        "export": export_forms.button(report.code, filters),
    }


def _columns(report: Report) -> list[tuple[int, Column]]:
    """What names the rows, their words and counts; further text is for the sheet, where programmes may mix."""
    return [
        (at, column) for at, column in enumerate(report.columns) if at == 0 or column.kind is not Kind.TEXT
    ]


def _cells(row: Sequence[CellValue], kept: Sequence[tuple[int, Column]]) -> list[str]:
    return [
        word(column.words, str(row[at])) if column.kind is Kind.WORD else str(row[at]) for at, column in kept
    ]
