"""Decodes untrusted files in a process of its own; `imaging.py` starts it, nothing imports it.

A script without any import of the product, so that it starts fast and holds no secrets. Standard input: one
line of JSON (the request), then the file. Standard output: one line of JSON, then the images one
after another.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any


def limit(memory_mb: int, cpu_s: int) -> None:
    """Bound memory and processor time before any decoder is loaded."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


REQUEST: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
limit(REQUEST["memory_mb"], REQUEST["cpu_s"])

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat, UnidentifiedImageError  # noqa: E402 - after the limits

# Only what the request needs: loading the readers of PDFs takes longer than looking at a picture.
DAMAGED: tuple[type[Exception], ...] = (UnidentifiedImageError, OSError, SyntaxError, ValueError)
ENCRYPTED: tuple[type[Exception], ...] = ()
if REQUEST["type"] == "pdf":
    import pikepdf
    import pypdfium2

    DAMAGED = (*DAMAGED, pikepdf.PdfError, pypdfium2.PdfiumError)
    ENCRYPTED = (pikepdf.PasswordError,)
if REQUEST["op"] == "scan":
    import zxingcpp

Image.MAX_IMAGE_PIXELS = None
GREY_SATURATION = 40
BLANK_SHARE = 0.0005
SCAN_DPI = (200, 320)
SCAN_SIDE = 4200
MAX_ENLARGED = 60_000_000
SEAL_SIDE = 480
MEASURED_SIDE, COARSER = 800, 4
LAPLACIAN = ImageFilter.Kernel((3, 3), [0, 1, 0, 1, -4, 1, 0, 1, 0], scale=4, offset=128)
BRIGHT_SHARE = 0.1
GROUND_SIDE = 200
WHITE_FROM, WHITE_SPREAD = 195, 32
RED_BELOW, RED_ABOVE, RED_SATURATION, RED_VALUE = 14, 238, 60, 70


class RefusedError(Exception):
    """The file is not accepted; the argument is the code of `domain.materials.Refusal`."""


FORMATS = {"jpg": ["JPEG"], "png": ["PNG"], "any": ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF"]}


def picture(data: bytes, kind: str, side: int) -> Image.Image:
    """Open a picture, check its header against the limits, decode (a JPEG reduced to about `side`)."""
    image = Image.open(BytesIO(data), formats=FORMATS[kind])
    is_jpeg = image.format in ("JPEG", "MPO")
    if max(image.size) > REQUEST["max_side"] and not is_jpeg:
        raise RefusedError("file_too_many_pixels")
    if image.width * image.height > REQUEST["max_jpeg_pixels" if is_jpeg else "max_pixels"]:
        raise RefusedError("file_too_many_pixels")
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise RefusedError("file_animated")
    if is_jpeg:
        share = min(side / max(image.size), 1)
        image.draft(image.mode, (round(image.width * share), round(image.height * share)))
    image.load()
    return reduced(image, side)


def reduced(image: Image.Image, side: int) -> Image.Image:
    """At most `side` pixels long, before any other step multiplies the memory."""
    if max(image.size) <= side:
        return image
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    image.thumbnail((side, side), reducing_gap=2.0)
    return image


def flat(image: Image.Image) -> Image.Image:
    """Upright RGB on white, whatever mode came in; without comments and whatever else a file says of itself."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        image = Image.alpha_composite(white, with_alpha)
    image = image.convert("RGB")
    image.info = {}
    return image


def document(data: bytes) -> pypdfium2.PdfDocument:
    """Open a PDF; its structure is checked by a second reader first."""
    with pikepdf.open(BytesIO(data)) as pdf:
        count = len(pdf.pages)
    if not count:
        raise RefusedError("file_damaged")
    if count > REQUEST["max_pages"]:
        raise RefusedError("file_too_many_pages")
    return pypdfium2.PdfDocument(data)


def rendered(page: pypdfium2.PdfPage, side: int) -> Image.Image:
    """One page as RGB whose longest side is `side` pixels."""
    scale = side / max(page.get_width(), page.get_height(), 1)
    image: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
    return image.convert("RGB")


def images(data: bytes, kind: str, side: int) -> Iterator[Image.Image]:
    """Every page as RGB, about `side` pixels long."""
    if kind != "pdf":
        yield flat(picture(data, kind, side))
        return
    for page in document(data):
        yield rendered(page, side)


def inspect(data: bytes, kind: str) -> tuple[dict[str, Any], list[bytes]]:
    """Facts of the file; everything a later step needs is decoded once here."""
    if kind == "pdf":
        pdf = document(data)
        page = pdf[0]
        first = rendered(page, MEASURED_SIDE)
        size = (round(page.get_width()), round(page.get_height()))
        return facts(len(pdf), size, [measured(first, first.size)]), []
    size = Image.open(BytesIO(data)).size
    image = flat(picture(data, kind, REQUEST["side"]))
    was_turned = (image.width > image.height) != (size[0] > size[1])
    return facts(1, size, [measured(image, size[::-1] if was_turned else size)]), []


def facts(pages: int, size: tuple[int, int], measures: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer to `inspect`."""
    return {"pages": pages, "width": size[0], "height": size[1], "measures": measures}


def measured(image: Image.Image, size: tuple[int, int]) -> dict[str, Any]:
    """What `domain.measures` judges a page by; `size` is that of the upright original."""
    grey = image.convert("L")
    side = min(max(grey.size), MEASURED_SIDE)
    small = scaled(grey, side // COARSER)
    return {
        "width": size[0],
        "height": size[1],
        "sharpness": edges(scaled(grey, side)),
        "texture": edges(small),
        "light": brightness(small),
        "white": white_border(scaled(image, GROUND_SIDE)),
    }


def scaled(image: Image.Image, side: int) -> Image.Image:
    """The picture with a long side of `side` pixels, none shorter than the filters need."""
    share = side / max(image.size)
    size = (max(round(image.width * share), 8), max(round(image.height * share), 8))
    return image.resize(size, Image.Resampling.BILINEAR)


def edges(grey: Image.Image) -> float:
    """Variance of the Laplacian; the outermost pixels have no neighbours and are left out."""
    inner = grey.filter(LAPLACIAN).crop((1, 1, grey.width - 1, grey.height - 1))
    return round(ImageStat.Stat(inner).var[0], 2)


def brightness(grey: Image.Image) -> int:
    """The luminance that the brightest tenth of the pixels reaches."""
    left = grey.width * grey.height * BRIGHT_SHARE
    for value, count in reversed(list(enumerate(grey.histogram()))):
        left -= count
        if left <= 0:
            return value
    return 0


def white_border(image: Image.Image) -> float:
    """Share of white pixels in a band along the top and the upper sides, where a portrait shows its ground."""
    band, below = image.width // 12, image.height * 3 // 5
    boxes = (
        (0, 0, image.width, band),
        (0, band, band, below),
        (image.width - band, band, image.width, below),
    )
    white, total = 0, 0
    for box in boxes:
        red, green, blue = image.crop(box).split()
        least = ImageChops.darker(ImageChops.darker(red, green), blue)
        spread = ImageChops.subtract(ImageChops.lighter(ImageChops.lighter(red, green), blue), least)
        bright = least.point(lambda value: 255 if value >= WHITE_FROM else 0)
        plain = spread.point(lambda value: 255 if value <= WHITE_SPREAD else 0)
        white += ImageChops.darker(bright, plain).histogram()[255]
        total += least.width * least.height
    return round(white / max(total, 1), 3)


def jpeg(data: bytes, kind: str) -> tuple[dict[str, Any], list[bytes]]:
    """The picture upright, without metadata, as large as the limit allows."""
    del kind
    sides = REQUEST["sides"]
    image = flat(picture(data, "any", sides[0]))
    for side in sides:
        image.thumbnail((side, side))
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=88, optimize=True)
        if buffer.tell() <= REQUEST["most_bytes"]:
            return {}, [buffer.getvalue()]
    raise RefusedError("file_too_many_pixels")


def previews(data: bytes, kind: str) -> tuple[dict[str, Any], list[bytes]]:
    """Page images without metadata; pages of a PDF are measured while they are at hand."""
    sizes, encoded, measures = [], [], []
    for image in images(data, kind, REQUEST["side"]):
        if kind == "pdf":
            measures.append(measured(image, image.size))
        image.thumbnail((REQUEST["side"], REQUEST["side"]))
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=82, optimize=True, progressive=True)
        encoded.append(buffer.getvalue())
        sizes.append([*image.size, len(encoded[-1])])
    return {"images": sizes, "measures": measures}, encoded


def codes_in(image: Image.Image) -> list[str]:
    """The texts of all QR codes, tried as it is, enlarged, and with more contrast."""
    qr_only = zxingcpp.BarcodeFormats(zxingcpp.QRCode)
    grey = image.convert("L")
    for attempt in attempts(grey):
        found = zxingcpp.read_barcodes(attempt, formats=qr_only)
        if found:
            return [barcode.text for barcode in found]
    return []


def attempts(grey: Image.Image) -> Iterator[Image.Image]:
    """The picture, then 2× and 3× enlarged where that stays in memory, each plain and sharpened."""
    yield grey
    yield ImageOps.autocontrast(grey, cutoff=1)
    for factor in (2, 3):
        size = (grey.width * factor, grey.height * factor)
        if size[0] * size[1] <= MAX_ENLARGED:
            enlarged = grey.resize(size, Image.Resampling.BICUBIC)
            yield enlarged
            yield ImageOps.autocontrast(
                enlarged.filter(ImageFilter.UnsharpMask(3 * factor, 220, 2)), cutoff=1
            )


def is_blank(image: Image.Image) -> bool:
    """Whether a page is the empty back of a sheet."""
    small = image.convert("L").resize((300, 300), Image.Resampling.BOX)
    histogram = small.histogram()
    total, seen, median = sum(histogram), 0, 255
    for value, count in enumerate(histogram):
        seen += count
        if seen * 2 >= total:
            median = value
            break
    dark = sum(histogram[: max(median - 45, 0)])
    return dark < total * BLANK_SHARE


def scanned(data: bytes, kind: str) -> Iterator[tuple[list[str], bool]]:
    """Per page: its codes and whether it is blank. A PDF page is rendered finer when nothing was found."""
    if kind != "pdf":
        image = flat(picture(data, kind, SCAN_SIDE))
        found = codes_in(image)
        yield found, not found and is_blank(image)
        return
    for page in document(data):
        found, blank = [], False
        for dpi in SCAN_DPI:
            side = min(round(max(page.get_width(), page.get_height()) * dpi / 72), SCAN_SIDE)
            image = rendered(page, side)
            found = codes_in(image)
            blank = not found and is_blank(image)
            if found or blank:
                break
        yield found, blank


def scan(data: bytes, kind: str) -> tuple[dict[str, Any], list[bytes]]:
    """The codes on every page."""
    return {"pages": [{"codes": codes, "blank": blank} for codes, blank in scanned(data, kind)]}, []


def clean(data: bytes, kind: str) -> tuple[dict[str, Any], list[bytes]]:
    """The PDF without scripts, actions, attachments and forms."""
    del kind
    with pikepdf.open(BytesIO(data)) as pdf:
        root = pdf.Root
        for name in ("/OpenAction", "/AA", "/AcroForm", "/Collection", "/AF", "/Names", "/URI"):
            if name in root:
                del root[name]
        for page in pdf.pages:
            clean_page(page)
        buffer = BytesIO()
        pdf.remove_unreferenced_resources()
        pdf.save(buffer, encryption=False)
    return {"images": [[0, 0, buffer.tell()]]}, [buffer.getvalue()]


def clean_page(page: pikepdf.Page) -> None:
    """Take actions off a page and keep plain annotations without actions only."""
    if "/AA" in page.obj:
        del page.obj["/AA"]
    kept = []
    for annotation in page.obj.get("/Annots", []):
        if annotation.get("/Subtype") in ("/Stamp", "/FreeText", "/Highlight", "/Square", "/Line", "/Ink"):
            for action in ("/A", "/AA", "/FS"):
                if action in annotation:
                    del annotation[action]
            kept.append(annotation)
    if "/Annots" in page.obj:
        page.obj["/Annots"] = pikepdf.Array(kept)


def seal(data: bytes, kind: str) -> tuple[dict[str, Any], list[bytes]]:
    """Whether a page shows something like a red seal; a scan without colour cannot tell."""
    hint = "grey"
    for image in images(data, kind, SEAL_SIDE):
        image.thumbnail((SEAL_SIDE, SEAL_SIDE))
        hue, saturation, value = image.convert("HSV").split()
        if max(saturation.tobytes()) < GREY_SATURATION:
            continue
        hint = "not_found" if hint == "grey" else hint
        if any(round_component(*box) for box in components(red_mask(hue, saturation, value), image.size)):
            return {"hint": "found"}, []
    return {"hint": hint}, []


def is_red(hue: int, saturation: int, value: int) -> bool:
    """Whether a pixel has the red of a stamp."""
    return (hue < RED_BELOW or hue > RED_ABOVE) and saturation > RED_SATURATION and value > RED_VALUE


def red_mask(hue: Image.Image, saturation: Image.Image, value: Image.Image) -> bytearray:
    """One byte per pixel: red enough, thickened by two pixels so that a ring holds together."""
    red = zip(hue.tobytes(), saturation.tobytes(), value.tobytes(), strict=True)
    mask = bytes(255 if is_red(*pixel) else 0 for pixel in red)
    return bytearray(Image.frombytes("L", hue.size, mask).filter(ImageFilter.MaxFilter(5)).tobytes())


def components(mask: bytearray, size: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Connected red areas: width, height, pixels. Uses the mask up."""
    width, height = size
    for start in range(len(mask)):
        if not mask[start]:
            continue
        mask[start] = 0
        pending, xs, ys, count = [start], [width, 0], [height, 0], 0
        while pending:
            at = pending.pop()
            y, x = divmod(at, width)
            xs, ys, count = [min(xs[0], x), max(xs[1], x)], [min(ys[0], y), max(ys[1], y)], count + 1
            for near in neighbours(at, x, width, len(mask)):
                if mask[near]:
                    mask[near] = 0
                    pending.append(near)
        yield xs[1] - xs[0] + 1, ys[1] - ys[0] + 1, count


def neighbours(at: int, x: int, width: int, end: int) -> Iterator[int]:
    """The pixels left, right, above and below."""
    if x > 0:
        yield at - 1
    if x < width - 1:
        yield at + 1
    if at >= width:
        yield at - width
    if at + width < end:
        yield at + width


def round_component(width: int, height: int, count: int) -> bool:
    """Whether a red area has the size and shape of a seal on an A4 page."""
    share = max(width, height) / SEAL_SIDE
    return 0.07 <= share <= 0.35 and 0.65 <= width / height <= 1.5 and count >= 0.12 * width * height  # noqa: PLR2004


OPERATIONS: dict[str, Callable[[bytes, str], tuple[dict[str, Any], list[bytes]]]] = {
    "inspect": inspect,
    "jpeg": jpeg,
    "pages": previews,
    "scan": scan,
    "clean": clean,
    "seal": seal,
}


def main() -> None:
    """Answer one request."""
    answer: dict[str, Any]
    parts: list[bytes] = []
    try:
        answer, parts = OPERATIONS[REQUEST["op"]](sys.stdin.buffer.read(), REQUEST["type"])
    except RefusedError as refused:
        answer = {"refused": refused.args[0]}
    except ENCRYPTED:
        answer = {"refused": "file_encrypted"}
    except MemoryError:
        answer = {"refused": "file_too_many_pixels"}
    except DAMAGED:
        answer = {"refused": "file_damaged"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + b"".join(parts))


main()
