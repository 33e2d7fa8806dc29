"""Searching by text: numbers of people never stand in an address (R39, I18)."""

from dataclasses import dataclass

from app.domain.number_shapes import looks_like_number
from app.domain.text import N_
from app.web.api.shapes import Mistakes, Schema, Text

LONGEST = 60
NUMBER_IN_ADDRESS = N_(
    "Numbers of people are not searched for in an address; post them to /applications/search."
)


@dataclass(frozen=True, slots=True)
class SearchText:
    """A search text of an address."""

    def schema(self) -> Schema:
        """See the protocol of shapes."""
        about = "A name, its pinyin or initials, a user name or the start of a business number."
        return Text(LONGEST, about=about).schema()

    def take(self, raw: object, at: str, mistakes: Mistakes) -> str | None:
        """See the protocol of shapes."""
        found = Text(LONGEST).take(raw, at, mistakes)
        if found is not None and looks_like_number(found):
            return mistakes.note(at, "number_in_address", NUMBER_IN_ADDRESS)
        return found


NAME = SearchText()
