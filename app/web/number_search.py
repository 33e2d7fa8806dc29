"""Searching by an ID number or mobile: by POST, compared by blind index, never in an address (R39, I18)."""

import re

from app.domain.identity import NumberSpace
from app.domain.number_shapes import plain_number
from app.domain.ports import Cipher

_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")


def digests(cipher: Cipher, text: str) -> tuple[str, ...]:
    """The blind indexes that the number would have in each number space."""
    plain = plain_number(text)
    found = [
        cipher.digest(space.value, plain).hex() for space in NumberSpace if space is not NumberSpace.MOBILE
    ]
    mobile = _MOBILE.fullmatch(plain)
    if mobile is not None:
        found.append(cipher.digest(NumberSpace.MOBILE.value, f"+86{mobile[1]}").hex())
    return tuple(found)
