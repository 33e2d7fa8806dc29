"""Numbers of invented people and units, one for each ordinal, so that none occurs twice over all runs."""

from datetime import date, timedelta

from app.commands.numbers import Numbers
from app.domain.identity import (
    CREDIT_ALPHABET,
    check_character,
    credit_check_character,
    mobile_number,
    resident_id,
)

REGIONS = (
    "110105", "120101", "130102", "140105", "210102", "220102", "230103", "310104", "310115", "320102",
    "320505", "330106", "330203", "340104", "350102", "350203", "360102", "370102", "370203", "410102",
    "420106", "430102", "440106", "440305", "450102", "460105", "500103", "510104", "520102", "530102",
    "610102", "620102", "630102", "640104", "650102",
)  # fmt: skip
FIRST_BIRTH, BIRTHS, SEQUENCES = date(1962, 1, 1), 14_600, 999
"""Births from 1962 to 2001: people of working age."""
PEOPLE = BIRTHS * SEQUENCES
_STEP = 7_368_787
"""Prime, so that neighbouring ordinals lie far apart and none meets another."""
_MOBILES, _MOBILE_STEP = 5_000_000_000, 2_971_215_073


def numbers(ordinal: int, today: date) -> Numbers:
    """A resident's ID number with its check character, and a mobile. Raises ValueError beyond 14 million."""
    if not 0 <= ordinal < PEOPLE:
        raise ValueError("no more invented ID numbers")
    sequence, day = divmod(ordinal * _STEP % PEOPLE, BIRTHS)
    born = FIRST_BIRTH + timedelta(days=day)
    body = f"{REGIONS[ordinal % len(REGIONS)]}{born:%Y%m%d}{sequence + 1:03d}"
    document = resident_id(body + check_character(body), today)
    mobile = 15_000_000_000 + ordinal * _MOBILE_STEP % _MOBILES
    return Numbers("1", document, mobile_number(str(mobile)))


def credit_code(ordinal: int, division: str) -> str:
    """A unified social credit code of an enterprise in a division, with its check character."""
    digits, rest = "", ordinal
    for _ in range(7):
        rest, at = divmod(rest, len(CREDIT_ALPHABET))
        digits = CREDIT_ALPHABET[at] + digits
    body = f"91{division:0>6.6}MA{digits}"
    return body + credit_check_character(body)
