"""Cards to one PDF by WeasyPrint: `python weasy_cards.py CARDS.json TARGET`; says its seconds.

Codes by the same library as ours, as SVG; photos as JPEG, already of the size that ours reduces to.
"""

import base64
import html
import json
import sys
import time

import weasyprint
import zxingcpp
from weasyprint.text.fonts import FontConfiguration

with open(sys.argv[1], encoding="utf-8") as file:
    batch = json.load(file)
begun = time.perf_counter()


def picture(kind, data):
    """An image inside the page."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def code(text):
    """A QR code as SVG."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return picture("svg+xml", made.to_svg(add_quiet_zones=True).encode())


def part(card, face):
    """One part at its place."""
    place = f"left:{face['x']}mm;top:{face['y']}mm"
    size = f"width:{face['width']}mm;height:{face['height']}mm"
    if face["what"] == "photo":
        return f'<img style="{place};{size};object-fit:cover" src="data:image/jpeg;base64,{card["photo"]}">'
    if face["what"] == "qr":
        return f'<img style="{place};{size}" src="{code(card["qr"])}">'
    return f'<p class="{face["what"]}" style="{place}">{html.escape(card[face["what"]])}</p>'


pages = [
    f'<section><p style="left:8mm;top:6mm;font-size:12pt">{html.escape(card["programme"])}</p>'
    + "".join(part(card, face) for face in batch["faces"]) + "</section>"
    for card in batch["cards"]
]  # fmt: skip
style = f"""@font-face {{ font-family: Sans; src: url(file://{batch["font"]}) }}
@page {{ size: {batch["width"]}mm {batch["height"]}mm; margin: 0 }}
section {{ position: relative; height: {batch["height"]}mm; break-after: page }}
section:last-child {{ break-after: auto }}
p, img {{ position: absolute; margin: 0 }} p {{ font: 8.5pt Sans }}
.name {{ font-size: 13pt }} .card_no {{ font-size: 10pt }}"""
fonts = FontConfiguration()
document = weasyprint.HTML(string="".join(pages))
document.write_pdf(
    sys.argv[2], stylesheets=[weasyprint.CSS(string=style, font_config=fonts)], font_config=fonts
)
print(time.perf_counter() - begun)
