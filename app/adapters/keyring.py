"""The key ring: `kid:base64,kid2:base64`, the first key is current, the others still open old ciphertexts."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,20}\Z")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id; `current` seals."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the setting. Raises ValueError naming the entry, never the key."""
        entries = [entry.strip() for entry in text.split(",") if entry.strip()]
        keys = dict(_entry(entry) for entry in entries)
        if not keys:
            raise ValueError("KEYRING holds no key")
        if len(keys) != len(entries):
            raise ValueError("KEYRING names a key twice")
        return cls(current=next(iter(keys)), keys=keys)

    def key(self, key_id: str) -> bytes:
        """The key of this id. Raises ValueError if the ring does not hold it."""
        if key_id not in self.keys:
            raise ValueError(f"key {key_id} is not in the key ring")
        return self.keys[key_id]


def _entry(entry: str) -> tuple[str, bytes]:
    key_id, _, encoded = entry.partition(":")
    if not _KEY_ID.match(key_id):
        raise ValueError("KEYRING: a key id has 1 to 20 letters, digits, _ . -")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"KEYRING: key {key_id} is not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"KEYRING: key {key_id} needs {KEY_BYTES} bytes")
    return key_id, key
