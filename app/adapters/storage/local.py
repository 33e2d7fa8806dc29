"""Files in a directory: temporary file, fsync, rename, two directory levels (D22)."""

import os
import re
import tempfile
from pathlib import Path

_KEY = re.compile(r"[0-9a-z]{16,128}\Z")


class LocalFileStore:
    """The `FileStore` port over a local directory. Keys are lower-case letters and digits, never names."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, key: str, data: bytes) -> None:
        """See the port: after it returns the bytes survive a power cut, before it nothing is visible."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_directory(path.parent)

    def open(self, key: str) -> bytes:
        """See the port."""
        return self._path(key).read_bytes()

    def delete(self, key: str) -> None:
        """See the port."""
        self._path(key).unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        """See the port."""
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        if not _KEY.match(key):
            raise ValueError("not a key of this store")
        return self._root / key[:2] / key[2:4] / key


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
