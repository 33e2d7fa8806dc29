"""Password hashing with argon2id (security: password hash)."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

CONCURRENT = 4
"""Hashes at a time: each takes 19 MiB, and more only slow each other down."""


class Argon2Hasher:
    """argon2id t=2, m=19 MiB, p=1; `fast` lowers the cost for tests."""

    def __init__(self, *, fast: bool = False) -> None:
        self._hasher = PasswordHasher(
            time_cost=1 if fast else 2, memory_cost=8 if fast else 19 * 1024, parallelism=1
        )
        self._slots = threading.BoundedSemaphore(CONCURRENT)

    def hash(self, password: str) -> str:
        """A hash to store."""
        with self._slots:
            return self._hasher.hash(password)

    def verify(self, stored: str, password: str) -> bool:
        """Whether `password` belongs to `stored`; False for anything that is no argon2 hash."""
        with self._slots:
            try:
                return self._hasher.verify(stored, password)
            except (VerificationError, InvalidHashError):
                return False

    def needs_rehash(self, stored: str) -> bool:
        """Whether `stored` was made with other parameters."""
        return self._hasher.check_needs_rehash(stored)
