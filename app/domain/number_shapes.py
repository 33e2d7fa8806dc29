"""Telling a person's number from a name or a business number, without reading it strictly (R39, I18)."""

import re

from app.domain.identity import fold

_SHAPES = re.compile(
    r"\d{17}[\dX]|(?:\+?86)?1[3-9]\d{9}|[HM]\d{8}(?:\d{2})?|\d{8}|[A-Z]{3}\d{12}|[A-Z]{1,2}\d{7,9}"
)


def looks_like_number(text: str) -> bool:
    """Whether a search text is a person's number rather than a name or a case number."""
    return _SHAPES.fullmatch(plain_number(text)) is not None


def plain_number(text: str) -> str:
    """The text without spaces and hyphens, in capitals and half-width characters."""
    return re.sub(r"[\s-]", "", fold(text)).upper()
