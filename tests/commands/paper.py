"""Printing, stamping and photographing roster sheets, the way employers do."""

import random
from collections.abc import Sequence
from io import BytesIO

import pypdfium2
from PIL import Image, ImageDraw, ImageFilter
from sqlalchemy.orm import Session

from app.commands import rosters
from app.commands.rosters import ScanTools
from app.domain.materials import Upload
from app.domain.ports import Ports
from app.domain.roles import Actor
from app.queries import rosters as read
from tests.commands.flow import Flow


def tools_of(ports: Ports) -> ScanTools:
    """The adapters of an upload."""
    return ScanTools(ports.vault, ports.images, ports.cipher)


def exported(flow: Flow, ids: Sequence[int], actor: Actor | None = None) -> rosters.Exported:
    """A roster over these cases."""
    return rosters.export(
        flow.engine, actor=actor or flow.clerk, ids=ids, seen=flow.locks(*ids), now=flow.now
    )


def printed(flow: Flow, ports: Ports, roster_id: int, actor: Actor | None = None) -> bytes:
    """The PDF of a roster."""
    with Session(flow.engine) as session:
        sheet = read.sheet(session, actor or flow.clerk, roster_id, cipher=ports.cipher)
    return ports.pdf.roster(sheet)


def pictures(pdf: bytes, *, width: int = 2000) -> list[Image.Image]:
    """The pages of a PDF as pictures of this width."""
    pages = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=width / page.get_width()).to_pil().convert("RGB") for page in pages]


def photo(
    page: Image.Image, *, seed: int = 1, tilt: float = 3.0, blur: float = 0.8, quality: int = 70
) -> bytes:
    """A phone picture of a sheet on a table: stamped, turned, in perspective, a little blurred, as JPEG."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable picture, no secret
    sheet = stamped(page)
    desk = Image.new("RGB", (round(sheet.width * 1.12), round(sheet.height * 1.16)), (176, 160, 140))
    desk.paste(sheet, (round(sheet.width * 0.06), round(sheet.height * 0.08)))
    w, h = desk.size
    bend = [chance.uniform(0, 0.035) * w for _ in range(4)]
    quad = (
        bend[0],
        bend[1] / 2,
        bend[1] / 2,
        h - bend[2] / 2,
        w - bend[2],
        h - bend[3] / 2,
        w - bend[3],
        bend[0] / 2,
    )
    taken = desk.transform((w, h), Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    taken = taken.rotate(tilt, Image.Resampling.BICUBIC, expand=True, fillcolor=(176, 160, 140))
    taken = taken.filter(ImageFilter.GaussianBlur(blur))
    buffer = BytesIO()
    taken.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def stamped(page: Image.Image) -> Image.Image:
    """The sheet with a red seal left of the code."""
    sheet = page.copy()
    draw = ImageDraw.Draw(sheet)
    radius = round(sheet.width * 20 / 297)
    x, y = round(sheet.width * 0.66), round(sheet.height * 0.83)
    draw.ellipse(
        (x - radius, y - radius, x + radius, y + radius), outline=(214, 38, 45), width=max(radius // 12, 3)
    )
    draw.regular_polygon((x, y, radius // 3), 5, fill=(214, 38, 45))
    return sheet


def uploads(*files: bytes, suffix: str = "jpg") -> list[Upload]:
    """Files as a browser sends them."""
    return [Upload(f"汇总表{number}.{suffix}", data) for number, data in enumerate(files, 1)]


def without_code(page: Image.Image) -> Image.Image:
    """A sheet whose code cannot be read."""
    damaged = page.copy()
    w, h = damaged.size
    ImageDraw.Draw(damaged).rectangle((int(w * 0.8), int(h * 0.7), w, int(h * 0.92)), fill=(120, 120, 120))
    return damaged
