"""Texts of messages: templates with `{name}` places, kept as data (code list `sms_templates`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class MessageText:
    """A template; a place without a value is left out, so that no brace ever reaches a phone."""

    template: str

    def filled(self, params: Mapping[str, str]) -> str:
        """The text with its values."""
        return _PLACE.sub(lambda place: str(params.get(place[1], "")), self.template)
