"""Files of strangers: what is decoded, what is refused, what is left of them (T11, T12, T14)."""

import time
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from app.adapters.imaging import LimitedImageTools
from app.domain.materials import PREVIEW_SIDE, FileRefused, Refusal
from app.domain.programme import FileType
from app.domain.roster import SealHint
from tests.adapters import samples
from tests.commands.paper import stamped

TOOLS = LimitedImageTools()


def refusal(data: bytes, kind: FileType) -> Refusal:
    with pytest.raises(FileRefused) as refused:
        TOOLS.inspect(data, kind)
    return refused.value.refusal


@pytest.mark.parametrize(
    ("data", "kind", "facts"),
    [
        (samples.picture(), FileType.JPG, (1, 900, 1200)),
        (samples.picture(kind="PNG"), FileType.PNG, (1, 900, 1200)),
        (samples.picture(kind="PNG", mode="RGBA"), FileType.PNG, (1, 900, 1200)),
        (samples.picture(kind="PNG", mode="P"), FileType.PNG, (1, 900, 1200)),
        (samples.picture(kind="PNG", mode="I;16"), FileType.PNG, (1, 900, 1200)),
        (samples.picture(mode="CMYK"), FileType.JPG, (1, 900, 1200)),
        (samples.picture((8500, 7500)), FileType.JPG, (1, 8500, 7500)),
        (samples.picture((5000, 5000), "PNG", mode="RGBA"), FileType.PNG, (1, 5000, 5000)),
        (samples.pdf(3), FileType.PDF, (3, 595, 842)),
        (samples.pdf(50), FileType.PDF, (50, 595, 842)),
    ],
)
def test_ordinary_files_are_measured(data: bytes, kind: FileType, facts: tuple[int, int, int]) -> None:
    found = TOOLS.inspect(data, kind)

    assert (found.pages, found.width, found.height) == facts


@pytest.mark.parametrize(
    ("data", "kind", "refused"),
    [
        (b"\xff\xd8\xff\xe0" + b"x" * 200, FileType.JPG, Refusal.DAMAGED),
        (samples.picture()[:5000], FileType.JPG, Refusal.DAMAGED),
        (samples.picture(kind="PNG"), FileType.JPG, Refusal.DAMAGED),
        (b"%PDF-1.7\nnothing", FileType.PDF, Refusal.DAMAGED),
        (samples.picture((30_000, 30_000), "PNG", mode="1"), FileType.PNG, Refusal.TOO_MANY_PIXELS),
        (samples.picture((12_000, 2_000), "PNG", mode="L"), FileType.PNG, Refusal.TOO_MANY_PIXELS),
        (samples.animation(), FileType.PNG, Refusal.ANIMATED),
        (samples.locked_pdf(), FileType.PDF, Refusal.ENCRYPTED),
        (samples.pdf(51), FileType.PDF, Refusal.TOO_MANY_PAGES),
    ],
)
def test_what_cannot_or_must_not_be_decoded_is_refused_with_its_cause(
    data: bytes, kind: FileType, refused: Refusal
) -> None:
    assert refusal(data, kind) is refused


def test_a_flate_bomb_ends_inside_its_limits() -> None:
    bomb, started = samples.flate_bomb(), time.monotonic()

    with pytest.raises(FileRefused):
        TOOLS.pages(bomb, FileType.PDF)

    assert time.monotonic() - started < 60


def test_page_images_are_upright_small_and_without_metadata() -> None:
    (turned,) = TOOLS.pages(samples.photo_with_place(), FileType.JPG)
    (large,) = TOOLS.pages(samples.picture((4000, 3000)), FileType.JPG)

    with Image.open(BytesIO(turned.data)) as image:
        exif = dict(image.getexif())
    assert ((turned.width, turned.height), exif) == ((200, 400), {})
    assert (large.width, large.height) == (PREVIEW_SIDE, PREVIEW_SIDE * 3 // 4)


def test_nothing_that_a_file_says_of_itself_is_in_what_is_made_of_it() -> None:
    image, buffer = Image.new("RGB", (400, 200), "white"), BytesIO()
    image.save(buffer, "JPEG", comment=b"Where it was taken")

    (page,) = TOOLS.pages(buffer.getvalue(), FileType.JPG)
    stored = TOOLS.as_jpeg(buffer.getvalue(), 2**20)

    assert b"Where it was taken" in buffer.getvalue()
    assert (b"Where" in page.data, b"Where" in stored) == (False, False)


def test_every_page_of_a_pdf_has_its_image() -> None:
    pages = TOOLS.pages(samples.pdf(3), FileType.PDF)

    assert [page.page for page in pages] == [1, 2, 3]
    assert {page.data[:3] for page in pages} == {b"\xff\xd8\xff"}


def test_a_script_behind_a_picture_does_not_survive_in_its_image() -> None:
    polyglot = samples.picture() + b"<script>alert(1)</script>PK\x03\x04"

    (page,) = TOOLS.pages(polyglot, FileType.JPG)

    assert b"script" not in page.data


def test_a_delivered_pdf_has_no_scripts_actions_or_attachments() -> None:
    clean = TOOLS.clean_pdf(samples.scripted_pdf())

    with pikepdf.open(BytesIO(clean)) as pdf:
        root = {name for name in ("/OpenAction", "/AA", "/AcroForm", "/Names") if name in pdf.Root}
        page = {name for name in ("/AA",) if name in pdf.pages[0].obj}
        annotations = list(pdf.pages[0].obj.get("/Annots", []))
    assert (root, page, annotations) == (set(), set(), [])
    assert not any(word in clean for word in (b"app.alert", b"calc.exe", b"MZ", b"xdp"))


def test_a_red_seal_is_seen_on_a_colour_scan_and_not_claimed_on_a_grey_one() -> None:
    sheet = Image.new("RGB", (1600, 1130), "white")
    hints = [
        TOOLS.seal_hint(_jpeg(image), FileType.JPG)
        for image in (stamped(sheet), _tinted(sheet), stamped(sheet).convert("L"))
    ]

    assert hints == [SealHint.FOUND, SealHint.NOT_FOUND, SealHint.GREY]


def _tinted(sheet: Image.Image) -> Image.Image:
    blue = sheet.copy()
    blue.paste((40, 70, 190), (100, 100, 400, 400))
    return blue


def _jpeg(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
