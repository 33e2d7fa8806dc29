"""Texts of messages: templates with `{name}` places, kept as data (code list `sms_templates`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import FieldError
from app.domain.text import N_

LONGEST = 100
"""Characters of a text; 70 fit one SMS, more are charged as two."""
UNKNOWN_PLACE = N_("“%(place)s” has no value in this message; possible: %(places)s.")
MISSING_PLACE = N_("The text must contain %(places)s.")
STRAY_BRACE = N_("Braces may only stand around the name of a place, such as {programme}.")
TOO_LONG = N_("The text is too long; at most %(max)s characters.")
EMPTY_TEXT = N_("Please write the text of the message.")

_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class MessageText:
    """A template; a place without a value is left out, so that no brace ever reaches a phone."""

    template: str

    def filled(self, params: Mapping[str, str]) -> str:
        """The text with its values."""
        return _PLACE.sub(lambda place: str(params.get(place[1], "")), self.template)


@dataclass(frozen=True, slots=True)
class Places:
    """The places a template may have, and those it must have."""

    allowed: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


def places_of(template: str) -> Places:
    """The places that the senders of a template fill: what programmes send names the programme."""
    if template == "sms.code":
        return Places(("code", "minutes"), ("code",))
    if template.startswith(("sms.reg_", "sms.change_")):
        return Places()
    return Places(("programme",))


def check_text(template: str, text: str) -> FieldError | None:
    """What is wrong with a new text of a template, at the field `words`; None if nothing is."""
    places, named = places_of(template), _PLACE.findall(text)
    listed = ", ".join(f"{{{place}}}" for place in places.allowed) or "–"
    unknown = next((place for place in named if place not in places.allowed), None)
    missing = [f"{{{place}}}" for place in places.needed if place not in named]
    if not text:
        return FieldError("words", "required", EMPTY_TEXT)
    if len(text) > LONGEST:
        return FieldError("words", "text_too_long", TOO_LONG, {"max": LONGEST})
    if unknown is not None:
        params = {"place": f"{{{unknown}}}", "places": listed}
        return FieldError("words", "unknown_place", UNKNOWN_PLACE, params)
    if re.search(r"[{}]", _PLACE.sub("", text)):
        return FieldError("words", "stray_brace", STRAY_BRACE)
    if missing:
        return FieldError("words", "missing_place", MISSING_PLACE, {"places": ", ".join(missing)})
    return None
