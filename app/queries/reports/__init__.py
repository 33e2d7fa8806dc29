"""The reports that can be exported: every module here with a `REPORT` is one, and that file is all there is to it.

A report names its right, its filters and columns, counts like the screen and streams its rows in the actor's
scope. `commands.exports` orders and writes it. Source: R39, I4.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from app.domain.errors import NotFound
from app.queries.reports.base import Report

__all__ = ["REPORTS", "Report", "report_of"]


def _found() -> Iterator[Report]:
    for module in iter_modules(__path__):
        report = getattr(import_module(f"{__name__}.{module.name}"), "REPORT", None)
        if isinstance(report, Report):
            yield report


REPORTS: Mapping[str, Report] = {report.code: report for report in _found()}
"""Report by code."""


def report_of(code: str) -> Report:
    """The report of a code. Raises NotFound."""
    if code not in REPORTS:
        raise NotFound
    return REPORTS[code]
