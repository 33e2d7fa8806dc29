"""Pages and portraits as people scan and photograph them: sharp, blurred, dark, small, on every ground."""

import random
from io import BytesIO

import pikepdf
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from app.cli.demo.papers import FONT, portrait

TEXT = "甲方乙劳动合同双根据国法律平等自愿协商一致订立本共遵守条款期限工作内容地点时间休息假报酬社会保险"
A4 = (1240, 1754)


def text_page(size: tuple[int, int] = A4, lines: int = 34) -> Image.Image:
    """A page of a contract in characters of 10 points."""
    chance = random.Random(3)  # noqa: S311 - a repeatable picture, no secret
    image = Image.new("RGB", size, "white")
    draw, scale = ImageDraw.Draw(image), size[0] / A4[0]
    font = ImageFont.truetype(str(FONT), round(28 * scale))
    for n in range(lines):
        line = "".join(chance.choice(TEXT) for _ in range(34))
        draw.text((120 * scale, (160 + 42 * n) * scale), line, font=font, fill=(35, 35, 40))
    return image


def phone_picture(sheet: Image.Image) -> Image.Image:
    """The sheet on a table, a little turned."""
    desk = Image.new("RGB", (sheet.width * 4 // 3, sheet.height * 4 // 3), (176, 160, 140))
    desk.paste(sheet, (sheet.width // 6, sheet.height // 6))
    return desk.rotate(3, Image.Resampling.BICUBIC, fillcolor=(150, 140, 120))


def person(ground: tuple[int, int, int] = (255, 255, 255), seed: int = 5) -> Image.Image:
    """A portrait on a ground of this colour."""
    image = Image.open(BytesIO(portrait(seed))).convert("RGB")
    figure = image.convert("L").point(lambda value: 255 if value < 250 else 0)
    made = Image.new("RGB", image.size, ground)
    made.paste(image, mask=figure)
    return made


def blurred(image: Image.Image, share: float) -> Image.Image:
    """Out of focus by this share (in percent) of the long side."""
    return image.filter(ImageFilter.GaussianBlur(max(image.size) * share / 100))


def lit(image: Image.Image, share: float) -> Image.Image:
    """The same page in this share of the light."""
    return image.point(lambda value: round(value * share))


def noisy(image: Image.Image, sigma: float) -> Image.Image:
    """With the noise of a small sensor."""
    grain = Image.effect_noise(image.size, sigma)
    return Image.merge("RGB", [ImageChops.add(band, grain, 1, -128) for band in image.split()])


def jpeg(image: Image.Image, quality: int = 80, **saving: object) -> bytes:
    """As a camera saves it."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, **saving)  # type: ignore[arg-type]
    return buffer.getvalue()


def scanned_pdf(*pages: Image.Image) -> bytes:
    """A PDF of scanned pages."""
    buffer = BytesIO()
    pages[0].save(buffer, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    with pikepdf.open(BytesIO(buffer.getvalue())) as pdf:
        out = BytesIO()
        pdf.save(out)
    return out.getvalue()
