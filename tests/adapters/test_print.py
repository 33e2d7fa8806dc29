"""Printed forms: every sheet can be read back from a bad photo, rare names print, the layout holds (I16)."""

import hmac
from datetime import date
from io import BytesIO

import openpyxl
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from app.adapters.codes import ZxingCodes
from app.adapters.imaging import LimitedImageTools
from app.adapters.pdf import TypstPdf
from app.adapters.sheets import OpenpyxlSheets
from app.domain.programme import FileType
from app.domain.roster import (
    PageMarks,
    RosterSheet,
    check_code,
    is_genuine,
    page_code,
    page_count,
    parse_page_code,
)
from tests.commands.paper import photo, pictures

PDF, SHEETS, TOOLS = TypstPdf(), OpenpyxlSheets(ZxingCodes()), LimitedImageTools()
DIGEST = "ab" * 32
NAMES = ("张伟", "𠮷田", "㐂", "阿卜杜拉·买买提·艾合买提江·吐尔逊", "=1+1", "\x07控制")


def mac(purpose: str, message: bytes) -> bytes:
    return hmac.digest(b"key", purpose.encode() + message, "sha256")


def sheet_of(count: int) -> RosterSheet:
    pages = page_count(count)
    marks = tuple(
        PageMarks(
            str(page_code(77, n, pages, digest=DIGEST, mac=mac)),
            check_code(77, n, pages, digest=DIGEST, mac=mac),
        )
        for n in range(1, pages + 1)
    )
    columns = ("序号", "姓名", "证件号码", "工作单位及职务", "备注")
    rows = tuple(
        (
            str(n + 1),
            NAMES[n % len(NAMES)],
            "11010519491231002X",
            "云海新材料科技股份有限公司 研究院 高级工程师" * 2,
            "",
        )
        for n in range(count)
    )
    return RosterSheet(
        title="“测试卡”申领人员汇总表",
        roster_no="R10012026000001",
        employer="云海甲企业有限公司",
        exported_on=date(2026, 11, 23),
        head=("填报单位（盖章）", "填报日期"),
        columns=columns,
        widths=(9, 21, 38, 45, 14),
        rows=rows,
        foot=("单位负责人（签字）", "填表人", "联系电话"),
        marks=marks,
    )


def read_back(data: bytes, kind: FileType) -> list[int]:
    """The pages that genuine codes on the scan prove."""
    codes = [parse_page_code(text) for page in TOOLS.scan(data, kind) for text in page.codes]
    return [code.page for code in codes if code is not None and is_genuine(code, digest=DIGEST, mac=mac)]


def test_the_code_is_printed_32_millimetres_wide() -> None:
    (page,) = pypdfium2.PdfDocument(PDF.roster(sheet_of(1)))
    image = page.render(scale=300 / 72).to_pil().convert("L")
    corner = image.crop(
        (round(image.width * 0.8), round(image.height * 0.6), image.width, round(image.height * 0.86))
    )

    box = corner.point(lambda value: 255 if value < 128 else 0).getbbox()

    assert box is not None
    assert round((box[2] - box[0]) / 300 * 25.4) == 32


@pytest.mark.parametrize("width", [1200, 1600, 2400])
@pytest.mark.parametrize(
    ("tilt", "blur", "quality"), [(0, 0.3, 85), (4, 0.8, 60), (-7, 0.6, 50), (90, 0.5, 70), (176, 0.7, 60)]
)
def test_the_code_is_read_from_photos(width: int, tilt: float, blur: float, quality: int) -> None:
    (page,) = pictures(PDF.roster(sheet_of(3)), width=width)

    taken = photo(page, seed=width, tilt=tilt, blur=blur * width / 2400, quality=quality)

    assert read_back(taken, FileType.JPG) == [1]


def test_the_codes_are_read_from_scanned_pdfs_of_several_pages() -> None:
    pages = [page.convert("L") for page in pictures(PDF.roster(sheet_of(30)), width=1654)]
    buffer = BytesIO()
    pages[0].save(buffer, "PDF", save_all=True, append_images=pages[1:], quality=50)

    assert read_back(buffer.getvalue(), FileType.PDF) == [1, 2, 3]


def test_the_spreadsheets_pictures_are_the_codes_of_their_pages_at_32_millimetres() -> None:
    sheet = sheet_of(13)
    page = openpyxl.load_workbook(BytesIO(SHEETS.roster(sheet))).active
    assert page is not None

    found = [
        (read_back(image._data(), FileType.PNG), image.anchor.ext.width / 36000) for image in page._images
    ]

    assert [pages for pages, _ in found] == [[1], [2]]
    assert {round(width * 25 / 33) for _, width in found} == {32}
    assert [each.id for each in page.row_breaks.brk] == [3 + 12 + 4]


def test_the_spreadsheet_writes_text_as_text_and_drops_what_kills_an_export() -> None:
    page = openpyxl.load_workbook(BytesIO(SHEETS.roster(sheet_of(6)))).active
    assert page is not None

    names = [page.cell(row, 2) for row in range(4, 10)]

    assert [cell.value for cell in names] == [*NAMES[:5], "控制"]
    assert {cell.data_type for cell in names} == {"s"}
    assert page.print_title_rows == "$1:$3"


def test_rare_names_print_and_unknown_characters_are_named() -> None:
    assert PDF.missing_glyphs("张𠮷㐂𡈽𠅤䶮𬭚·阿卜杜拉 A9") == ""
    assert PDF.missing_glyphs("a\U00030010b\U00030010\U0002b820") == "\U00030010\U0002b820"


def test_a_rare_name_leaves_ink_on_the_sheet() -> None:
    def ink(name: str) -> int:
        sheet = sheet_of(1)
        rows = ((sheet.rows[0][0], name, *sheet.rows[0][2:]),)
        changed = RosterSheet(
            **{field: getattr(sheet, field) for field in RosterSheet.__slots__} | {"rows": rows}
        )
        (page,) = pictures(PDF.roster(changed), width=1600)
        return sum(page.convert("L").point(lambda v: 1 if v < 128 else 0).tobytes())

    empty = ink("")

    assert all(ink(name) > empty for name in ("𠮷", "㐂", "𡈽"))


def test_the_same_sheet_makes_the_same_pdf() -> None:
    assert PDF.roster(sheet_of(2)) == PDF.roster(sheet_of(2))


def test_only_the_vendored_fonts_are_embedded() -> None:
    with pikepdf.open(BytesIO(PDF.roster(sheet_of(2)))) as pdf:
        fonts = [font for page in pdf.pages for font in page.obj.Resources.Font.values()]
        names = {str(font.BaseFont).split("+")[1] for font in fonts}

    assert names == {"NotoSansSC-Regular", "NotoSansCJKsc-Rare-Identity-H"}


def test_pictures_are_read_whatever_their_colour_mode() -> None:
    (page,) = pictures(PDF.roster(sheet_of(1)), width=1800)
    buffer = BytesIO()
    page.convert("P", palette=Image.Palette.ADAPTIVE).save(buffer, "PNG")

    assert read_back(buffer.getvalue(), FileType.PNG) == [1]
