"""What commands need of the outside world; adapters implement it, `create_app` wires it (D9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The present moment."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        ...


class Cipher(Protocol):
    """Field encryption, blind index and keyed codes (D23)."""

    key_id: str
    index_version: int

    def seal(self, table: str, column: str, row_id: int, text: str) -> bytes:
        """Encrypt `text` for exactly this place; a blob moved to another row does not open."""
        ...

    def open(self, table: str, column: str, row_id: int, blob: bytes) -> str:
        """Decrypt what `seal` made for this place. Raises ValueError for anything else."""
        ...

    def digest(self, space: str, value: str) -> bytes:
        """Keyed blind index, 32 bytes, of a normalised value in its number space."""
        ...

    def mac(self, purpose: str, message: bytes) -> bytes:
        """Keyed code, 32 bytes, over `message` for one purpose (page codes, object names)."""
        ...


@dataclass(frozen=True, slots=True)
class SmsMessage:
    """One text to one number; `params` fill the provider's template."""

    to: str
    template: str
    params: dict[str, str]
    text: str


class SmsSender(Protocol):
    """An SMS provider."""

    def send(self, message: SmsMessage, *, idempotency_key: str) -> str:
        """Hand one message over and return the provider's id; sending twice with one key is one message."""
        ...


class FileStore(Protocol):
    """Bytes under keys (D22)."""

    def put(self, key: str, data: bytes) -> None:
        """Store durably and atomically; the same key with the same bytes again is fine."""
        ...

    def open(self, key: str) -> bytes:
        """The bytes of `key`. Raises FileNotFoundError."""
        ...

    def delete(self, key: str) -> None:
        """Remove `key`; a missing key is fine."""
        ...

    def exists(self, key: str) -> bool:
        """Whether `key` is stored."""
        ...


class PasswordHasher(Protocol):
    """Password hashing."""

    def hash(self, password: str) -> str:
        """A hash to store."""
        ...

    def verify(self, stored: str, password: str) -> bool:
        """Whether `password` belongs to `stored`."""
        ...

    def needs_rehash(self, stored: str) -> bool:
        """Whether `stored` was made with older parameters."""
        ...


Bytes = bytes
Pages = Sequence[bytes]
