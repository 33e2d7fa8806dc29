"""What is measured of pages and portraits, and how far the thresholds lie from good and bad ones."""

import pytest
from PIL import Image

from app.adapters.imaging import LimitedImageTools
from app.cli.demo.papers import page as demo_page
from app.cli.demo.papers import portrait
from app.domain import measures
from app.domain.measures import PageMeasures
from app.domain.programme import FileType
from tests.adapters.papers import (
    blurred,
    jpeg,
    lit,
    noisy,
    person,
    phone_picture,
    scanned_pdf,
    text_page,
)

TOOLS = LimitedImageTools()
DEMO = demo_page("劳动合同", ["姓名：张三", "编号：0001"])


def measured(data: bytes, kind: FileType = FileType.JPG) -> PageMeasures:
    (found,) = TOOLS.inspect(data, kind).measures
    return found


def kept_edges(page: PageMeasures) -> float:
    """How many times the limit of blur a page keeps: above 1 is sharp."""
    return page.sharpness / (measures.BLUR_NOISE + measures.BLUR_SHARE * page.texture)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(DEMO, id="page of the demo"),
        pytest.param(jpeg(text_page()), id="text"),
        pytest.param(jpeg(noisy(text_page(), 8), 70), id="text with noise"),
        pytest.param(jpeg(text_page((827, 1169))), id="text at 100 dpi"),
        pytest.param(jpeg(text_page((3000, 4243))), id="text of a large camera"),
        pytest.param(jpeg(text_page(lines=3)), id="three lines"),
        pytest.param(jpeg(blurred(phone_picture(text_page()), 0.05), 70), id="phone picture"),
        pytest.param(portrait(7), id="portrait of the demo"),
        pytest.param(jpeg(person((67, 142, 219)), 40), id="portrait, strongly compressed"),
    ],
)
def test_sharp_pages_keep_at_least_three_times_the_limit(data: bytes) -> None:
    page = measured(data)

    assert not page.is_blurred
    assert kept_edges(page) >= 3


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(jpeg(noisy(blurred(text_page(), 0.25), 3), 70), id="text with noise"),
        pytest.param(jpeg(blurred(text_page((3000, 4243)), 0.25)), id="text of a large camera"),
        pytest.param(jpeg(blurred(phone_picture(text_page()), 0.25), 70), id="phone picture"),
        pytest.param(jpeg(blurred(text_page(lines=3), 0.25)), id="three lines"),
        pytest.param(jpeg(blurred(person(), 0.25)), id="portrait"),
    ],
)
def test_pages_nobody_can_read_keep_less_than_two_thirds_of_the_limit(data: bytes) -> None:
    page = measured(data)

    assert page.is_blurred
    assert kept_edges(page) <= 0.67


def test_a_page_slightly_out_of_focus_that_can_be_read_is_no_finding() -> None:
    assert not measured(jpeg(blurred(text_page(), 0.1), 70)).is_blurred


def test_an_empty_page_is_not_called_blurred() -> None:
    assert not measured(jpeg(Image.new("RGB", (1240, 1754), (250, 250, 248)))).is_blurred


def test_dark_is_what_has_less_than_a_third_of_the_light() -> None:
    light = [measured(jpeg(lit(text_page(), share))).light for share in (1, 0.5, 0.4, 0.25, 0.15)]

    assert light == pytest.approx([255, 128, 102, 64, 38], abs=2)
    assert [value < measures.DARK_LIGHT for value in light] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("ground", "quality", "is_white"),
    [
        ((255, 255, 255), 30, True),
        ((240, 240, 236), 80, True),
        ((215, 217, 222), 80, True),
        ((170, 170, 170), 80, False),
        ((67, 142, 219), 80, False),
        ((220, 40, 40), 80, False),
    ],
)
def test_the_ground_of_a_portrait_is_white_or_it_is_not(
    ground: tuple[int, int, int], quality: int, is_white: bool
) -> None:
    page = measured(jpeg(noisy(person(ground), 3), quality))

    assert page.has_white_ground is is_white
    assert page.white >= 0.9 if is_white else page.white <= 0.1


def test_a_picture_lying_on_its_side_is_measured_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    page = measured(jpeg(person().rotate(90, expand=True), exif=turned))

    assert (page.width, page.height) == (716, 882)
    assert page.has_photo_shape


def test_every_page_of_a_scanned_pdf_is_measured_with_its_image() -> None:
    pdf = scanned_pdf(text_page(), blurred(text_page(), 0.25), lit(text_page(), 0.2))

    early = TOOLS.inspect(pdf, FileType.PDF).measures
    pages = [page.measures for page in TOOLS.pages(pdf, FileType.PDF)]

    assert [page.is_blurred for page in early] == [False]
    assert [(page.is_blurred, page.is_dark) for page in pages if page] == [
        (False, False),
        (True, False),
        (False, True),
    ]
