"""Sample papers for the demo: drawn pages and portraits, plainly marked as samples."""

import math
import random
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from app.adapters.fonts import FONT_DIRECTORY

FONT = FONT_DIRECTORY / "NotoSansSC-Regular.ttf"
RARE = FONT_DIRECTORY / "NotoSansCJKsc-Rare.otf"
"""Characters beyond the basic plane, which the other font lacks."""
BASIC_PLANE = 0xFFFF
PAGE = (827, 1170)
"""A4 at 100 dpi: legible, and examined quickly."""
PORTRAIT = (716, 882)


@lru_cache(maxsize=8)
def _font(size: int, path: Path = FONT) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


def _write(draw: ImageDraw.ImageDraw, at: tuple[float, float], line: str, size: int) -> None:
    """Write a line from its left end, each character in the font that has it."""
    x, y = at
    for character in line:
        font = _font(size, RARE if ord(character) > BASIC_PLANE else FONT)
        draw.text((x, y), character, font=font, fill=(40, 50, 66), anchor="ls")
        x += font.getlength(character)


def page(title: str, lines: Sequence[str]) -> bytes:
    """A page with a title and lines, as JPEG."""
    return _page(title, tuple(lines))


@lru_cache(maxsize=256)
def _page(title: str, lines: tuple[str, ...]) -> bytes:
    image = Image.new("RGB", PAGE, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, PAGE[0] - 40, PAGE[1] - 40), outline=(150, 160, 175), width=3)
    draw.text((PAGE[0] / 2, 134), title, font=_font(43), fill=(20, 28, 40), anchor="mm")
    for n, line in enumerate(lines):
        _write(draw, (114, 266 + 60 * n), line, 25)
    draw.text((PAGE[0] / 2, PAGE[1] - 280), "样例 SAMPLE", font=_font(100), fill=(245, 205, 200), anchor="mm")
    return _jpeg(image)


@lru_cache(maxsize=64)
def portrait(seed: int) -> bytes:
    """A drawn figure on a white ground, as JPEG."""
    chance = random.Random(seed)  # noqa: S311 - a picture, not a secret
    image = Image.new("RGB", PORTRAIT, "white")
    draw = ImageDraw.Draw(image)
    coat = tuple(chance.randrange(40, 140) for _ in range(3))
    skin = (236 - chance.randrange(30), 200 - chance.randrange(30), 176)
    draw.ellipse((110, 620, 606, 1180), fill=coat)
    draw.ellipse((228, 170, 488, 560), fill=skin)
    draw.pieslice((212, 130, 504, 470), 180, 360, fill=(40, 34, 30))
    for x in (300, 416):
        draw.ellipse((x - 12, 340, x + 12, 364), fill=(30, 30, 34))
    draw.arc((310, 400, 406, 460), 20, 160, fill=(150, 70, 70), width=6)
    return _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def stamped(pdf: bytes) -> list[bytes]:
    """Photos of a printed and stamped sheet: each page of the PDF with a red seal, as JPEG."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            _jpeg(_sealed(document[n].render(scale=200 / 72).to_pil().convert("RGB")))
            for n in range(len(document))
        ]
    finally:
        document.close()


def stamped_page(title: str) -> bytes:
    """A page with a title and a red seal, as JPEG."""
    return _jpeg(_sealed(Image.open(BytesIO(page(title, ())))))


def _sealed(image: Image.Image) -> Image.Image:
    draw = ImageDraw.Draw(image)
    x, y, radius = image.width * 0.22, image.height * 0.86, image.height * 0.09
    red = (205, 30, 36)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=red, width=8)
    points = [
        (x + radius * 0.4 * math.sin(math.tau * 2 * n / 5), y - radius * 0.4 * math.cos(math.tau * 2 * n / 5))
        for n in range(5)
    ]
    draw.polygon(points, fill=red)
    return image
