"""QR codes: zxing-cpp writes them (size exact to the module) and reads them in `decoder.py`."""

from io import BytesIO

import zxingcpp
from PIL import Image


def qr_svg(text: str) -> bytes:
    """A QR code at level M as SVG with the four quiet modules; scale it as a whole."""
    return str(_code(text).to_svg(scale=1)).encode()


def qr_png(text: str, *, scale: int = 12) -> bytes:
    """A QR code at level M as PNG, `scale` pixels per module, with the four quiet modules."""
    image = Image.fromarray(_code(text).to_image(scale=scale))
    buffer = BytesIO()
    image.convert("1").save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _code(text: str) -> zxingcpp.Barcode:
    return zxingcpp.create_barcode(text, zxingcpp.QRCode, ec_level="M")
