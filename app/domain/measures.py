"""What decoding measured of a page, and from where on a measure is a finding.

Taken once when a file is stored and kept with it, so that judging a case works on data alone. Every threshold of
the automatic checks on pictures stands here; `tests/adapters/test_measures.py` shows the distance on both sides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

EDGES_ENOUGH = 3.0
"""Texture below which a page has too few edges to call it blurred (an empty page has 0, three lines of text 14)."""
BLUR_SHARE = 0.045
"""A page is blurred when it keeps this share or less of its edges at full size.

Sharp text keeps 1.2 to 3.1 of it, a drawn portrait (single edges, the hardest case) 0.39, a phone picture a little
out of focus 0.3; blurred by a fifth of the height of a character and more: 0.03 and less.
"""
BLUR_NOISE = 0.5
"""What compression and the noise of a sensor add to the sharpness of a page without any sharp edge."""
DARK_LIGHT = 80
"""A page is too dark when nine tenths of it are darker (0 to 255); paper has 200 to 255, in poor light 120."""
SMALL_PAGE = 900
"""Pixels of the long side of a page: A4 at 77 dpi; below, characters of 10 points have fewer than 11 pixels."""
SMALL_CARD = 600
"""Pixels of the long side of one side of a card, 178 dpi."""
SMALL_PHOTO = 260
"""Pixels of the short side of a photo; the smallest usual print (25 × 35 mm at 300 dpi) has 295."""
PHOTO_RATIO = (1.15, 1.6)
"""Height to width of a photo: usual forms lie between 1.23 (26 × 32 mm) and 1.5; a square and 16:9 lie outside."""
WHITE_SHARE = 0.6
"""Share of a photo's border that must be white; hair and shoulders may cover the rest."""
CARD_RATIO = (1.52, 1.66)
"""Long to short side of one side of a card (85.6 × 54 mm: 1.585); A4 (1.41), 3:2 and 16:9 lie outside."""


@dataclass(frozen=True, slots=True)
class PageMeasures:
    """One page as decoding measured it.

    `width` and `height` are pixels of the upright picture (of a PDF page only their ratio means something).
    `sharpness` and `texture` are the variance of the Laplacian at full size (at most 800 pixels long) and at
    a quarter of it; `light` is the luminance that nine tenths of the pixels stay below or reach; `white` the
    share of the upper border that is bright and without colour.
    """

    width: int
    height: int
    sharpness: float
    texture: float
    light: int
    white: float

    @property
    def is_blurred(self) -> bool:
        """Whether there are edges, and none of them is sharp."""
        return self.texture >= EDGES_ENOUGH and self.sharpness <= BLUR_NOISE + BLUR_SHARE * self.texture

    @property
    def is_dark(self) -> bool:
        """Whether hardly anything is bright."""
        return self.light < DARK_LIGHT

    @property
    def has_photo_shape(self) -> bool:
        """Whether the picture is upright as an ID photo."""
        return PHOTO_RATIO[0] <= self.height / max(self.width, 1) <= PHOTO_RATIO[1]

    @property
    def has_card_shape(self) -> bool:
        """Whether the picture fits one side of a card, upright or lying."""
        long, short = max(self.width, self.height), min(self.width, self.height)
        return CARD_RATIO[0] <= long / max(short, 1) <= CARD_RATIO[1]

    @property
    def has_white_ground(self) -> bool:
        """Whether the border of the picture is white."""
        return self.white >= WHITE_SHARE

    def smallest_side(self, *, photo: bool) -> int | None:
        """The pixels one side should have where the picture has fewer, else None: long side, of a photo the short."""
        if photo:
            return SMALL_PHOTO if min(self.width, self.height) < SMALL_PHOTO else None
        least = SMALL_CARD if self.has_card_shape else SMALL_PAGE
        return least if max(self.width, self.height) < least else None


def limits() -> dict[str, Any]:
    """What a page needs to judge pictures as here before they are sent (static/js/look.js): `least` by what is shown."""
    return {
        "least": {"photo": {"photo": SMALL_PHOTO}, "paper": {"page": SMALL_PAGE, "card": SMALL_CARD}},
        "cardRatio": CARD_RATIO,
        "dark": DARK_LIGHT,
        "edges": EDGES_ENOUGH,
        "blurShare": BLUR_SHARE,
        "blurNoise": BLUR_NOISE,
    }


def to_json(pages: Sequence[PageMeasures]) -> list[dict[str, Any]] | None:
    """The measures as they are kept with a file; None where nothing was measured."""
    return [asdict(page) for page in pages] or None


def from_json(kept: Sequence[Mapping[str, Any]] | None) -> tuple[PageMeasures, ...]:
    """The measures of a stored file; empty for one that was stored without."""
    return tuple(PageMeasures(**page) for page in kept or ())
