"""Rendering of prints: one PDF per print order, or one card; it may be repeated, the numbers stand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.commands.files import blob_ref, make_preview, store_derived
from app.domain.cards import CardFace
from app.domain.errors import NotFound
from app.domain.ports import ImageTools, PdfWriter, Vault
from app.domain.programme import CardForm, FaceItem
from app.models.card import Card, CardPrint
from app.models.file import Blob, BlobPage
from app.queries.programmes import programmes_of

PDF = "application/pdf"
REPORT_EVERY = 25
COLLECTED, RENDERED = 60, 95
"""How far a print order is, in percent, once its faces are collected, and once they are one PDF."""


@dataclass(frozen=True, slots=True)
class PrintTools:
    """The adapters rendering needs."""

    pdf: PdfWriter
    vault: Vault
    images: ImageTools
    clock: Callable[[], datetime]


Report = Callable[[int], None]
"""Takes how far the work is, in percent; may raise to stop it."""


def render_batch(
    engine: Engine, *, batch_no: int, base_url: str, tools: PrintTools, report: Report | None = None
) -> int:
    """Render every print of a batch into one PDF and return its blob; again gives the same cards."""
    with Session(engine) as session:
        prints = session.scalars(
            select(CardPrint).where(CardPrint.batch_no == batch_no).order_by(CardPrint.id)
        ).all()
    data = render_prints(engine, prints, base_url=base_url, tools=tools, report=report)
    return store_derived(engine, data=data, content_type=PDF, vault=tools.vault, now=tools.clock())


def render_prints(
    engine: Engine,
    prints: Sequence[CardPrint],
    *,
    base_url: str,
    tools: PrintTools,
    report: Report | None = None,
) -> bytes:
    """The PDF of these prints, one page each, in order. Raises NotFound if there are none."""
    if not prints:
        raise NotFound
    with Session(engine) as session:
        cards = {
            card.id: card
            for card in session.scalars(select(Card).where(Card.id.in_([p.card_id for p in prints])))
        }
        programmes = programmes_of(session, {card.programme_version_id for card in cards.values()})
    pages: list[tuple[CardForm, CardFace]] = []
    for at, row in enumerate(prints):
        if report is not None and at % REPORT_EVERY == 0:
            report(at * COLLECTED // len(prints))
        card = cards[row.card_id]
        form = programmes[card.programme_version_id].card
        photo = _photo(engine, card, form, tools)
        pages.append((form, face_of(card.face, verify_url=verify_url(base_url, row.token), photo=photo)))
    data = tools.pdf.cards(pages)
    if report is not None:
        report(RENDERED)
    return data


def verify_url(base_url: str, token: str) -> str:
    """The public address on the card."""
    return f"{base_url.rstrip('/')}/verify/{token}"


def face_of(face: Mapping[str, Any], *, verify_url: str, photo: bytes | None) -> CardFace:
    """The printed values of a card as they were frozen at issue."""
    return CardFace(
        card_no=face[FaceItem.CARD_NO],
        name=face[FaceItem.NAME],
        sex=face[FaceItem.SEX],
        category=face[FaceItem.CATEGORY],
        employer=face[FaceItem.EMPLOYER],
        valid_to=face[FaceItem.VALID_TO],
        programme=face["programme"],
        verify_url=verify_url,
        photo=photo,
    )


def _photo(engine: Engine, card: Card, form: CardForm, tools: PrintTools) -> bytes | None:
    """The re-encoded photo, never the original upload; None where the face has none or it was lost."""
    blob_id = card.face.get("photo_blob")
    if blob_id is None or not any(part.what is FaceItem.PHOTO for part in form.face):
        return None
    image = _page_image(engine, int(blob_id))
    if image is None:
        make_preview(engine, blob_id=int(blob_id), vault=tools.vault, images=tools.images, clock=tools.clock)
        image = _page_image(engine, int(blob_id))
    return tools.vault.open(blob_ref(image)) if image is not None else None


def _page_image(engine: Engine, blob_id: int) -> Blob | None:
    first = (
        select(Blob)
        .join(BlobPage, BlobPage.image_id == Blob.id)
        .where(BlobPage.blob_id == blob_id, BlobPage.page == 1)
    )
    with Session(engine) as session:
        return session.scalar(first)
