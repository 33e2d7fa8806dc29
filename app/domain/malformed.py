"""What a normaliser says about a value it refuses; the caller knows which field it stood in."""

from collections.abc import Mapping
from types import MappingProxyType

NO_PARAMS: Mapping[str, object] = MappingProxyType({})


class Malformed(ValueError):
    """A value is not of the form its field demands.

    `code` is stable and for machines, `message` an English msgid, `params` the values it names.
    The refused value itself is never part of it: it may be an ID number.
    """

    def __init__(self, code: str, message: str, params: Mapping[str, object] = NO_PARAMS) -> None:
        """Keep code, msgid and parameters."""
        super().__init__(code)
        self.code = code
        self.message = message
        self.params = params
