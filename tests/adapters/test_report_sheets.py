"""Data exports: text stays text, moments are dates, memory does not grow with the rows (T9, performance.md)."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from app.adapters.report_sheets import write_report
from app.domain.reports import DataSheet, Head

DANGEROUS = ("=1+1", "+1", "-1", "@SUM(1)", '=HYPERLINK("http://x","y")', "\t=2", "http://example.org", "007")
RARE = ("𠮷野", "㐂", "阿卜杜拉·买买提", "䶮", " 空 格 ")


def sheet_of(rows: list[list[object]], title: str = "申报") -> DataSheet:
    heads = [Head(f"第{n}列", 12) for n in range(max(len(row) for row in rows))]
    return DataSheet(title, "导出时间", heads, rows, lambda n: f"导出人：王某，共 {n} 条")  # type: ignore[arg-type]


def test_nothing_is_a_formula_and_rare_names_survive(tmp_path: Path) -> None:
    names = [*DANGEROUS, *RARE]
    made = datetime(2026, 11, 25, 9, 30)  # noqa: DTZ001 - cells hold local time
    rows: list[list[object]] = [[name, 3, made] for name in names]
    target = tmp_path / "a.xlsx"

    written = write_report(
        sheet_of([*rows, ["控\x00制\x1b\ufffe", None, ""], ["长" * 40_000, 1, made]]), target
    )

    page = openpyxl.load_workbook(target).active
    assert page is not None
    cells = list(page.iter_rows(min_row=4, max_row=3 + written))
    assert written == len(names) + 2
    assert [row[0].value for row in cells[:-2]] == names
    assert [row[0].value for row in cells[-2:]] == ["控制", "长" * 32_000]
    assert {row[0].data_type for row in cells} == {"s"}
    assert [(cells[0][n].value, cells[0][n].data_type) for n in (1, 2)] == [(3, "n"), (made, "d")]
    assert [page.cell(line, 1).value for line in (1, 2, 3)] == ["申报", "导出时间", "第0列"]
    assert page.cell(written + 5, 1).value == f"导出人：王某，共 {written} 条"
    assert page.freeze_panes == "A4"
    xml = ZipFile(target).read("xl/worksheets/sheet1.xml")
    assert (b"<f>" in xml, b"<hyperlink" in xml) == (False, False)


@pytest.mark.parametrize(("rows", "pages"), [(0, [0]), (2, [2, 0]), (5, [2, 2, 1])])
def test_what_one_sheet_cannot_hold_goes_onto_the_next(tmp_path: Path, rows: int, pages: list[int]) -> None:
    sheet = DataSheet("a/b:[c]", "n", [Head("x", 9)], [[f"r{n}"] for n in range(rows)], str)

    written = write_report(sheet, tmp_path / "b.xlsx", rows_per_sheet=2)

    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    found = [
        [cell.value for cell in page["A"][3:] if str(cell.value).startswith("r")] for page in book.worksheets
    ]
    assert (written, [len(page) for page in found]) == (rows, pages)
    assert [text for page in found for text in page] == [f"r{n}" for n in range(rows)]


_PEAK = """
import resource, sys
from pathlib import Path
from app.adapters.report_sheets import write_report
from app.domain.reports import DataSheet, Head
n = int(sys.argv[2])
rows = ([f"申请人{i}", f"云海第{i}企业有限公司", i] + ["审核意见" * 5] * 5 for i in range(n))
sheet = DataSheet("t", "n", [Head("x", 9)] * 8, rows, str)
assert write_report(sheet, Path(sys.argv[1])) == n
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_is_flat_however_many_rows(tmp_path: Path) -> None:
    def peak_kb(rows: int) -> int:
        command = [sys.executable, "-c", _PEAK, str(tmp_path / f"{rows}.xlsx"), str(rows)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    few, many = peak_kb(2_000), peak_kb(20_000)

    assert many - few < 6_000, (few, many)
