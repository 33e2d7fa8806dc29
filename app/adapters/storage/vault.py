"""Encrypted blobs: a data key per blob, AES-256-GCM in chunks of 64 kB, wrapped by the key ring (D22, D27).

The object's key in the store is an HMAC over the content's digest and the blob's id: neither the digest nor
a file name, and two uploads of one content that race never write the same object.
"""

import hashlib
import os
import struct
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.adapters.cipher import seal, unseal
from app.adapters.keyring import KeyRing
from app.domain.ports import BlobRef, FileStore, StoredBlob

CHUNK = 64 * 1024
TAG = 16
MAGIC = b"YC1\n"


class EncryptedVault:
    """The `Vault` port over a file store."""

    def __init__(self, store: FileStore, ring: KeyRing, mac: Callable[[str, bytes], bytes]) -> None:
        self._store = store
        self._ring = ring
        self._mac = mac

    def put(self, blob_id: int, data: bytes) -> StoredBlob:
        """See the port."""
        digest = hashlib.sha256(data).hexdigest()
        key = self._mac("object-name", f"{digest}.{blob_id}".encode()).hex()
        data_key = os.urandom(32)
        self._store.put(key, _encrypt(data_key, blob_id, data))
        wrapped = seal(self._ring, data_key, context=_context(blob_id))
        return StoredBlob(sha256=digest, size=len(data), key=key, data_key=wrapped, key_id=self._ring.current)

    def open(self, ref: BlobRef) -> bytes:
        """See the port."""
        data_key = unseal(self._ring, ref.data_key, context=_context(ref.id))
        data = _decrypt(data_key, ref.id, self._store.open(ref.key))
        if hashlib.sha256(data).hexdigest() != ref.sha256:
            raise ValueError("the stored file is not the one that was uploaded")
        return data

    def rewrap(self, ref: BlobRef) -> tuple[bytes, str]:
        """See the port."""
        data_key = unseal(self._ring, ref.data_key, context=_context(ref.id))
        return seal(self._ring, data_key, context=_context(ref.id)), self._ring.current

    def delete(self, key: str) -> None:
        """See the port."""
        self._store.delete(key)

    def exists(self, key: str) -> bool:
        """See the port."""
        return self._store.exists(key)


def _context(blob_id: int) -> bytes:
    return f"blob.data_key.{blob_id}".encode()


def _aad(blob_id: int, number: int, last: bool) -> bytes:  # noqa: FBT001 - the flag is part of the text
    return struct.pack(">qI?", blob_id, number, last)


def _encrypt(data_key: bytes, blob_id: int, data: bytes) -> bytes:
    cipher, chunks = AESGCM(data_key), [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)] or [b""]
    sealed = (
        cipher.encrypt(number.to_bytes(12), chunk, _aad(blob_id, number, number == len(chunks) - 1))
        for number, chunk in enumerate(chunks)
    )
    return MAGIC + b"".join(sealed)


def _decrypt(data_key: bytes, blob_id: int, stored: bytes) -> bytes:
    if not stored.startswith(MAGIC):
        raise ValueError("unknown file format in the store")
    cipher, body, step = AESGCM(data_key), stored[len(MAGIC) :], CHUNK + TAG
    starts = range(0, len(body), step)
    try:
        return b"".join(
            cipher.decrypt(
                number.to_bytes(12), body[at : at + step], _aad(blob_id, number, at + step >= len(body))
            )
            for number, at in enumerate(starts)
        )
    except InvalidTag as error:
        raise ValueError("the stored file was changed") from error
