"""Data exports by XlsxWriter, row by row in constant memory; no cell is ever a formula (domain.md 9, T9)."""

import re
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter

from app.domain.reports import CellValue, DataSheet

ROWS_PER_SHEET = 1_000_000
"""A sheet holds 1,048,576 lines; what is more goes onto another one."""
_LONGEST = 32_000
"""A cell holds 32,767 characters; XlsxWriter leaves out a longer one without a word."""
_FIRST = 3
"""Lines above the rows: title, note, heads."""
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


def plain(text: str) -> str:
    """`text` without the characters that xlsx refuses, which would kill the whole file."""
    return _UNPRINTABLE.sub("", text)


def write_report(sheet: DataSheet, target: Path, *, rows_per_sheet: int = ROWS_PER_SHEET) -> int:
    """Write the sheet into `target` (its folder takes the scratch files too) and return the number of rows."""
    options = {"constant_memory": True, "tmpdir": str(target.parent), "strings_to_formulas": False,
               "strings_to_urls": False, "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(str(target), options) as book:
        writer, rows, written = _Writer(book, sheet), iter(sheet.rows), 0
        while True:
            added = writer.page(islice(rows, rows_per_sheet))
            written += added
            if added < rows_per_sheet:
                writer.foot(sheet.foot(written))
                return written


class _Writer:
    """One workbook with the sheet's pages, one after another."""

    def __init__(self, book: Any, sheet: DataSheet) -> None:
        self._book, self._sheet = book, sheet
        self._text = book.add_format({"num_format": "@", "valign": "top"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left", "valign": "top"})
        self._count = book.add_format({"num_format": "0", "valign": "top"})
        self._head = book.add_format(
            {"num_format": "@", "bold": True, "bg_color": "#E8EEF7", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )  # fmt: skip
        self._title = book.add_format({"num_format": "@", "bold": True, "font_size": 14})
        self._grey = book.add_format({"num_format": "@", "font_color": "#595959"})

    def page(self, rows: Any) -> int:
        """A new page with as many rows as come; returns their number."""
        number = len(self._book.worksheets()) + 1
        name = _NOT_IN_NAMES.sub(" ", plain(self._sheet.title)).strip()[:25] or "1"
        self._page = self._book.add_worksheet(name if number == 1 else f"{name} {number}")
        self._set_up()
        self._line = _FIRST
        for row in rows:
            for column, value in enumerate(row):
                self._write(self._line, column, value)
            self._line += 1
        return self._line - _FIRST

    def foot(self, text: str) -> None:
        """The last line of the last page, and at the foot of every printed one."""
        self._page.write_string(self._line + 1, 0, plain(text), self._grey)
        for page in self._book.worksheets():
            page.set_footer("&C&P / &N")

    def _set_up(self) -> None:
        page, sheet = self._page, self._sheet
        page.freeze_panes(_FIRST, 0)
        page.repeat_rows(_FIRST - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        for column, head in enumerate(sheet.heads):
            page.set_column(column, column, head.width)
        page.set_row(0, 24)
        page.write_string(0, 0, plain(sheet.title), self._title)
        page.write_string(1, 0, plain(sheet.note), self._grey)
        page.set_row(_FIRST - 1, 30)
        for column, head in enumerate(sheet.heads):
            page.write_string(_FIRST - 1, column, plain(head.title), self._head)

    def _write(self, line: int, column: int, value: CellValue) -> None:
        if isinstance(value, datetime):
            self._page.write_datetime(line, column, value, self._moment)
        elif isinstance(value, int):
            self._page.write_number(line, column, value, self._count)
        else:
            self._page.write_string(line, column, plain(value or "")[:_LONGEST], self._text)
