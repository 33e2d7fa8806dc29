"""Print files by typst: roster forms and cards, templates in `app/print`, fonts vendored, no system fonts."""

import base64
import json
import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import quoteattr

import typst
from PIL import Image

from app.adapters import fonts
from app.adapters.codes import ZxingCodes
from app.adapters.words import words
from app.domain.cards import CardFace
from app.domain.programme import CardForm, FaceItem, FacePart
from app.domain.roster import RosterSheet

_TEMPLATES = Path(__file__).resolve().parents[1] / "print"
_DEFAULT_SIZE_MM = (20.0, 20.0)
_PHOTO_SIDE = 420
_CODES = ZxingCodes()


class TypstPdf:
    """The `PdfWriter` port. One compiler per template is kept: fonts are read once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fonts: typst.Fonts | None = None

    def roster(self, sheet: RosterSheet) -> bytes:
        """See the port."""
        return self._compile("roster.typ", "sheet", _roster_input(sheet))

    def cards(self, cards: Sequence[tuple[CardForm, CardFace]]) -> bytes:
        """See the port."""
        forms = list(dict.fromkeys(form for form, _ in cards))
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # photos are reduced outside of Python's lock
            faces = list(pool.map(_card, (face for _, face in cards)))
        batch = {
            "forms": [_form(form) for form in forms],
            "cards": [
                {**face, "form": forms.index(form)} for face, (form, _) in zip(faces, cards, strict=True)
            ],
        }
        return self._compile("card.typ", "batch", batch)

    def missing_glyphs(self, text: str) -> str:
        """See the port."""
        return fonts.missing_in(text)

    def _compile(self, template: str, name: str, value: Mapping[str, object]) -> bytes:
        with self._lock:
            if self._fonts is None:
                self._fonts = typst.Fonts(
                    include_system_fonts=False,
                    include_embedded_fonts=False,
                    font_paths=[str(fonts.FONT_DIRECTORY)],
                )
        made = typst.compile(
            str(_TEMPLATES / template),
            root=str(_TEMPLATES),
            font_paths=self._fonts,
            format="pdf",
            sys_inputs={name: json.dumps(value, ensure_ascii=False)},
            pdf_tags=False,
        )
        if not isinstance(made, bytes):
            raise TypeError("typst made no PDF")
        return made


def _roster_input(sheet: RosterSheet) -> dict[str, object]:
    pages = len(sheet.marks)
    return {
        "title": sheet.title,
        "roster_no": sheet.roster_no,
        "head": words.head_lines(sheet),
        "columns": sheet.columns,
        "widths": sheet.widths,
        "foot": sheet.foot,
        "words": words.texts,
        "pages": [
            {
                "qr": _CODES.qr_svg(marks.code).decode(),
                "check_code": marks.check_code,
                "number": words.page_line(number, pages),
                "rows": sheet.page_rows(number),
            }
            for number, marks in enumerate(sheet.marks, 1)
        ],
    }


def _form(form: CardForm) -> dict[str, object]:
    width, height = form.size_mm
    return {"width": width, "height": height, "faces": [_part(part) for part in form.face]}


def _part(part: FacePart) -> dict[str, object]:
    width, height = part.size or _DEFAULT_SIZE_MM
    prefix = words.texts["valid_to"] + " " if part.what is FaceItem.VALID_TO else ""
    return {
        "what": part.what,
        "x": part.at[0],
        "y": part.at[1],
        "width": width,
        "height": height,
        "prefix": prefix,
    }


def _card(face: CardFace) -> dict[str, str]:
    return {
        "name": face.name,
        "sex": face.sex,
        "category": face.category,
        "card_no": face.card_no,
        "valid_to": face.valid_to,
        "employer": face.employer,
        "programme": face.programme,
        "qr": _CODES.qr_svg(face.verify_url).decode(),
        "photo": _picture_svg(face.photo) if face.photo else "",
    }


def _small(jpeg: bytes) -> bytes:
    """A page image of our own making, reduced to what a card can show."""
    with Image.open(BytesIO(jpeg), formats=["JPEG"]) as image:
        image.draft(image.mode, (_PHOTO_SIDE, _PHOTO_SIDE))
        image.thumbnail((_PHOTO_SIDE, _PHOTO_SIDE))
        buffer = BytesIO()
        image.convert("RGB").save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _picture_svg(jpeg: bytes) -> str:
    """A JPEG inside an SVG: pictures of persons reach typst without ever lying on the disk in clear."""
    data = quoteattr("data:image/jpeg;base64," + base64.b64encode(_small(jpeg)).decode())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 400" width="300" height="400">'
        f'<image width="300" height="400" preserveAspectRatio="xMidYMid slice" href={data}/></svg>'
    )
