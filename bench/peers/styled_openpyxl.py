"""The same sheet by openpyxl with styled cells: `python styled_openpyxl.py ROWS TARGET`.

Says its processor seconds, the memory before and the peak (kB).
"""

import resource
import sys
import time
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from rows import HEADS, NOTE, TITLE, row

before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
count, target = int(sys.argv[1]), sys.argv[2]
book = Workbook()
page = book.active
page.append([TITLE])
page.append([NOTE])
page.append([head for head, _ in HEADS])
page["A1"].font = Font(bold=True, size=14)
page["A2"].font = Font(color="595959")
for column, (_, width) in enumerate(HEADS, 1):
    page.column_dimensions[get_column_letter(column)].width = width
    cell = page.cell(3, column)
    cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EEF7")
    cell.alignment = Alignment(wrap_text=True, vertical="center")
page.freeze_panes = "A4"
top, left = Alignment(vertical="top"), Alignment(vertical="top", horizontal="left")
for number in range(count):
    for column, value in enumerate(row(number), 1):
        cell = page.cell(number + 4, column, value)
        if isinstance(value, datetime):
            cell.number_format, cell.alignment = "yyyy-mm-dd hh:mm", left
        elif isinstance(value, int):
            cell.number_format, cell.alignment = "0", top
        else:
            cell.number_format, cell.alignment = "@", top
book.save(target)
print(time.process_time() - begun, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
