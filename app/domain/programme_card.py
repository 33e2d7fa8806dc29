"""Card numbers and the end of a card's validity, as a programme states them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from app.domain.document import as_day
from app.domain.programme import CARD_YEARS, Programme

_PLACE = re.compile(r"\{([^{}]*)\}")
_SEQ = re.compile(r"seq(:0([1-9]))?\Z")
PLACES = ("agency.code", "yyyy", "seq", "seq:06", "programme.prefix", "category")


def unknown_places(pattern: str) -> Iterator[tuple[str, str]]:
    """The places of a number pattern that mean nothing, each with the list of those that do."""
    known = ", ".join("{" + place + "}" for place in PLACES)
    for place in _PLACE.findall(pattern):
        if place not in PLACES and not _SEQ.match(place):
            yield "{" + place + "}", known
    if _PLACE.sub("", pattern).count("{") or _PLACE.sub("", pattern).count("}"):
        yield pattern, known


def card_number(
    programme: Programme, *, agency_code: str, year: int, seq: int, category: str | None = None
) -> str:
    """The card number of the programme's pattern for the `seq`-th card of its series."""
    values = {
        "agency.code": agency_code,
        "yyyy": f"{year:04d}",
        "programme.prefix": programme.settings.application_prefix,
        "category": category or "",
    }

    def filled(match: re.Match[str]) -> str:
        sequence = _SEQ.match(match[1])
        if sequence:
            return str(seq).zfill(int(sequence[2] or 1))
        return values[match[1]]

    return _PLACE.sub(filled, programme.card.number)


def series_scope(programme: Programme, *, agency_code: str) -> str:
    """The scope of the card number series: the number without its sequence and year, so that none repeats."""
    return f"{programme.code}:{agency_code}" if "{agency.code}" in programme.card.number else programme.code


def valid_to(
    programme: Programme, *, issued_on: date, category: str | None, values: Mapping[str, object]
) -> date | None:
    """The last day of validity: the earliest of the sources; what is absent does not count (model 5)."""
    days = []
    for source in programme.card.earliest:
        day = (
            _years_end(programme, issued_on, category) if source == CARD_YEARS else as_day(values.get(source))
        )
        if day is not None:
            days.append(day)
    return min(days, default=None)


def _years_end(programme: Programme, issued_on: date, category: str | None) -> date | None:
    years = next((entry.valid_years for entry in programme.categories if entry.code == category), None)
    return None if years is None else years_later(issued_on, years)


def years_later(day: date, years: int) -> date:
    """The day before the same date `years` later; 29 February counts as 28 (our rule)."""
    try:
        same = day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
    return date.fromordinal(same.toordinal() - 1)
