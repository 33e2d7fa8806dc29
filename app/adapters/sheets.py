"""Spreadsheets: the roster form by openpyxl (domain.md 9, T9); data exports stand in `report_sheets`."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.drawing.image import Image
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from app.adapters.codes import QUIET_MODULES, VERSION_2_MODULES
from app.adapters.report_sheets import plain, write_report
from app.adapters.words import words
from app.domain.ports import CodeTools
from app.domain.reports import DataSheet
from app.domain.roster import QR_WIDTH_MM, ROWS_PER_PAGE, RosterSheet

_A4 = 9
_EMU_PER_CM = 360_000
_HEADER_ROWS = 3
_FOOT_ROWS = 4
_PRINTABLE_UNITS = 133.0
"""Column width units that fit an A4 page in landscape at 100 %, with a little room for other printers."""
_CODE_CM = QR_WIDTH_MM / 10 * (VERSION_2_MODULES + 2 * QUIET_MODULES) / VERSION_2_MODULES
_THIN = Side(style="thin")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)


class OpenpyxlSheets:
    """The `SheetWriter` port."""

    def __init__(self, codes: CodeTools) -> None:
        self._codes = codes

    def roster(self, sheet: RosterSheet) -> bytes:
        """See the port."""
        book = Workbook()
        page = book.active
        if not isinstance(page, Worksheet):
            raise TypeError("a new workbook has a sheet")
        page.title = sheet.roster_no
        _set_up_print(page, sheet)
        _write_head(page, sheet)
        for number in range(1, len(sheet.marks) + 1):
            self._write_page(page, sheet, number)
        return _saved(book)

    def report(self, sheet: DataSheet, target: Path) -> int:
        """See the port."""
        return write_report(sheet, target)

    def _write_page(self, page: Worksheet, sheet: RosterSheet, number: int) -> None:
        rows = sheet.page_rows(number)
        first = _HEADER_ROWS + 1 + (number - 1) * (ROWS_PER_PAGE + _FOOT_ROWS)
        for offset, values in enumerate(rows):
            _write_row(page, first + offset, values, height=24)
        foot = first + len(rows)
        _write_foot(page, sheet, number, foot)
        self._place_code(page, sheet, number, foot)
        if number < len(sheet.marks):
            page.row_breaks.append(Break(id=foot + _FOOT_ROWS - 1))

    def _place_code(self, page: Worksheet, sheet: RosterSheet, number: int, row: int) -> None:
        picture = Image(BytesIO(self._codes.qr_png(sheet.marks[number - 1].code)))
        size = round(_CODE_CM * _EMU_PER_CM)
        column = _code_column(sheet)
        marker = AnchorMarker(col=column - 1, colOff=0, row=row - 1, rowOff=0)
        picture.anchor = OneCellAnchor(_from=marker, ext=XDRPositiveSize2D(size, size))
        page.add_image(picture)


def set_text(cell: Cell, value: str) -> None:
    """Write text as text, whatever it begins with, without characters that xlsx refuses (T9)."""
    cell.value = plain(value)
    cell.data_type = "s"
    cell.number_format = "@"


def _set_up_print(page: Worksheet, sheet: RosterSheet) -> None:
    page.page_setup.paperSize = _A4
    page.page_setup.orientation = "landscape"
    page.page_setup.scale = 100
    page.print_options.horizontalCentered = True
    margins = page.page_margins
    margins.left = margins.right = 0.3
    margins.top, margins.bottom, margins.header, margins.footer = 0.35, 0.5, 0.2, 0.25
    if page.oddFooter is not None and page.oddFooter.center is not None:
        page.oddFooter.center.text = words.texts["page"].format(page="&P", pages="&N")
    page.print_title_rows = f"1:{_HEADER_ROWS}"
    total = sum(sheet.widths)
    for index, width in enumerate(sheet.widths, 1):
        page.column_dimensions[get_column_letter(index)].width = round(width * _PRINTABLE_UNITS / total, 2)


def _write_head(page: Worksheet, sheet: RosterSheet) -> None:
    last = len(sheet.columns)
    page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=last)
    _put(page, 1, 1, sheet.title, font=Font(name="SimHei", size=18), alignment=_CENTRE)
    page.row_dimensions[1].height = 30
    lines = words.head_lines(sheet)
    middle = max(last // 2, 1)
    page.merge_cells(start_row=2, end_row=2, start_column=1, end_column=middle)
    _put(page, 2, 1, lines[0] if lines else "", font=Font(size=11), alignment=Alignment(vertical="center"))
    if last > middle:
        page.merge_cells(start_row=2, end_row=2, start_column=middle + 1, end_column=last)
        rest = "　".join(lines[1:])
        _put(
            page,
            2,
            middle + 1,
            rest,
            font=Font(size=11),
            alignment=Alignment(horizontal="right", vertical="center"),
        )
    page.row_dimensions[2].height = 22
    _write_row(page, _HEADER_ROWS, sheet.columns, height=26, bold=True)


def _write_row(
    page: Worksheet, row: int, values: Sequence[str], *, height: float, bold: bool = False
) -> None:
    for column, value in enumerate(values, 1):
        _put(page, row, column, value, font=Font(size=9, bold=bold), alignment=_CENTRE, border=_BOX)
    page.row_dimensions[row].height = height


def _write_foot(page: Worksheet, sheet: RosterSheet, number: int, row: int) -> None:
    """Signatures left, seal area in the middle, the code right with roster number and check code below it."""
    code, last = _code_column(sheet), len(sheet.columns)
    seal = max(code // 2, 2)
    for offset in range(_FOOT_ROWS - 1):
        label = sheet.foot[offset] + words.texts["colon"] if offset < len(sheet.foot) else ""
        _put(page, row + offset, 1, label, font=Font(size=11), alignment=Alignment(vertical="center"))
        page.row_dimensions[row + offset].height = 41
    if code - 1 >= seal:
        page.merge_cells(start_row=row, end_row=row + _FOOT_ROWS - 2, start_column=seal, end_column=code - 1)
        grey = Font(size=9, color="999999")
        _put(page, row, seal, words.texts["seal"], font=grey, alignment=_CENTRE)
    marks = sheet.marks[number - 1]
    bottom = row + _FOOT_ROWS - 1
    page.merge_cells(start_row=bottom, end_row=bottom, start_column=1, end_column=last)
    clear = f"{words.texts['roster_no']} {sheet.roster_no}　{words.texts['check_code']} {marks.check_code}"
    _put(
        page, bottom, 1, clear, font=Font(size=10), alignment=Alignment(horizontal="right", vertical="center")
    )
    page.row_dimensions[bottom].height = 16


def _code_column(sheet: RosterSheet) -> int:
    """The first of the last columns that together are wide enough for the code."""
    needed, total, room = _CODE_CM * 10, sum(sheet.widths), 0.0
    for column in range(len(sheet.widths), 0, -1):
        room += sheet.widths[column - 1] * 265 / total
        if room >= needed:
            return column
    return 1


def _put(page: Worksheet, row: int, column: int, value: str, **style: object) -> None:
    cell = page.cell(row, column)
    if isinstance(cell, Cell):
        set_text(cell, value)
    for name, part in style.items():
        setattr(cell, name, part)


def _saved(book: Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()
