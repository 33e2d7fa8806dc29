"""Field encryption, blind index and keyed codes over AES-256-GCM and HMAC-SHA-256 (D23).

Blob: version 1 byte, suite 1 byte, length of key id 1 byte, key id, nonce 12 bytes, ciphertext with tag.
The suite byte leaves room for a national profile.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.adapters.keyring import KeyRing
from app.domain.ports import WrongKey

__all__ = ["AesCipher", "KeyRing", "seal", "unseal"]

VERSION = 1
SUITE_AES_256_GCM = 1
NONCE_BYTES = 12


def seal(ring: KeyRing, data: bytes, *, context: bytes) -> bytes:
    """Encrypt under the current key; `context` must be given again to open."""
    nonce, key_id = os.urandom(NONCE_BYTES), ring.current.encode()
    header = bytes((VERSION, SUITE_AES_256_GCM, len(key_id))) + key_id
    return header + nonce + AESGCM(ring.key(ring.current)).encrypt(nonce, data, header + context)


def unseal(ring: KeyRing, blob: bytes, *, context: bytes) -> bytes:
    """Decrypt what `seal` made for this context. Raises WrongKey, or ValueError for what is no ciphertext."""
    if len(blob) < 3 + NONCE_BYTES or blob[:2] != bytes((VERSION, SUITE_AES_256_GCM)):
        raise ValueError("unknown ciphertext format")
    end = 3 + blob[2]
    header, nonce, body = blob[:end], blob[end : end + NONCE_BYTES], blob[end + NONCE_BYTES :]
    try:
        return AESGCM(ring.key(header[3:].decode("ascii"))).decrypt(nonce, body, header + context)
    except InvalidTag as error:
        raise WrongKey("the ciphertext does not belong here, or the key ring is another one") from error
    except ValueError as error:  # the ring names the key it lacks
        raise WrongKey(str(error)) from error


class AesCipher:
    """The `Cipher` port over a key ring; the blind index and the codes have a key of their own."""

    index_version = 1

    def __init__(self, ring: KeyRing, index_key: bytes) -> None:
        self._ring = ring
        self._index_key = index_key
        self.key_id = ring.current

    def seal(self, table: str, column: str, row_id: int, text: str) -> bytes:
        """See the port."""
        return seal(self._ring, text.encode(), context=_place(table, column, row_id))

    def open(self, table: str, column: str, row_id: int, blob: bytes) -> str:
        """See the port."""
        return unseal(self._ring, blob, context=_place(table, column, row_id)).decode()

    def digest(self, space: str, value: str) -> bytes:
        """See the port."""
        return self.mac("blind-index", f"{space}\x00{value}".encode())

    def mac(self, purpose: str, message: bytes) -> bytes:
        """See the port."""
        key = hmac.digest(self._index_key, purpose.encode(), "sha256")
        return hmac.digest(key, message, "sha256")


def _place(table: str, column: str, row_id: int) -> bytes:
    return f"{table}.{column}.{row_id}".encode()
