"""QR codes by zxing-cpp, level M with the four quiet modules; `decoder.py` reads them."""

from io import BytesIO

import zxingcpp
from PIL import Image

QUIET_MODULES = 4
VERSION_2_MODULES = 25
"""Modules of a QR code that holds a page code of 34 characters."""


class ZxingCodes:
    """The `CodeTools` port."""

    def qr_svg(self, text: str) -> bytes:
        """See the port."""
        return str(_code(text).to_svg(scale=1)).encode()

    def qr_png(self, text: str, *, scale: int = 12) -> bytes:
        """See the port."""
        image = Image.fromarray(_code(text).to_image(scale=scale))
        buffer = BytesIO()
        image.convert("1").save(buffer, "PNG", optimize=True)
        return buffer.getvalue()


def _code(text: str) -> zxingcpp.Barcode:
    return zxingcpp.create_barcode(text, zxingcpp.QRCode, ec_level="M")
