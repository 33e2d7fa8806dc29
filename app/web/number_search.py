"""Searching by an ID number or mobile: by POST, compared by blind index, never in an address (R39, I18)."""

import re

from app.domain.identity import NumberSpace, fold
from app.domain.ports import Cipher

_SHAPES = re.compile(
    r"\d{17}[\dX]|(?:\+?86)?1[3-9]\d{9}|[HM]\d{8}(?:\d{2})?|\d{8}|[A-Z]{3}\d{12}|[A-Z]{1,2}\d{7,9}"
)
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")


def looks_like_number(text: str) -> bool:
    """Whether a search text is a person's number rather than a name or a case number."""
    return _SHAPES.fullmatch(_plain(text)) is not None


def _plain(text: str) -> str:
    return re.sub(r"[\s-]", "", fold(text)).upper()


def digests(cipher: Cipher, text: str) -> tuple[str, ...]:
    """The blind indexes that the number would have in each number space."""
    plain = _plain(text)
    found = [
        cipher.digest(space.value, plain).hex() for space in NumberSpace if space is not NumberSpace.MOBILE
    ]
    mobile = _MOBILE.fullmatch(plain)
    if mobile is not None:
        found.append(cipher.digest(NumberSpace.MOBILE.value, f"+86{mobile[1]}").hex())
    return tuple(found)
