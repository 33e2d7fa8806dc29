"""Files and fields at rest: nobody reads or swaps them without the key ring (D22, D23, T30, T33)."""

import base64
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from pkgutil import iter_modules

import pytest

from app.adapters import storage
from app.adapters.cipher import AesCipher
from app.adapters.keyring import KeyRing
from app.adapters.storage.local import LocalFileStore
from app.adapters.storage.vault import CHUNK, EncryptedVault
from app.domain.ports import BlobRef, FileStore, StoredBlob

Make = Callable[[Path], FileStore]
STORES: Mapping[str, Make] = {"local": LocalFileStore}
"""Every backend by its module; a directory tells the stores of two tests apart."""
KEY, OTHER = "a1" * 32, "b2" * 32
OLD, NEW, INDEX = (bytes([n]) * 32 for n in (1, 2, 3))


def ring(*keys: tuple[str, bytes]) -> KeyRing:
    return KeyRing.parse(",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys))


def vault_at(root: Path, keys: KeyRing | None = None) -> EncryptedVault:
    keys = keys or ring(("k1", OLD))
    return EncryptedVault(LocalFileStore(root), keys, AesCipher(keys, INDEX).mac)


def ref(blob_id: int, stored: StoredBlob) -> BlobRef:
    return BlobRef(blob_id, stored.sha256, stored.key, stored.data_key)


def path_of(root: Path, key: str) -> Path:
    return root / key[:2] / key[2:4] / key


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_goes_in_comes_out(tmp_path: Path, size: int) -> None:
    vault, data = vault_at(tmp_path), os.urandom(size)

    stored = vault.put(7, data)

    assert vault.open(ref(7, stored)) == data
    assert (stored.sha256, stored.size) == (hashlib.sha256(data).hexdigest(), size)


def test_the_stored_file_and_its_name_tell_nothing(tmp_path: Path) -> None:
    data = b"11010519491231002X" * 100

    stored = vault_at(tmp_path).put(7, data)

    assert stored.sha256 not in stored.key
    assert data[:18] not in path_of(tmp_path, stored.key).read_bytes()


def test_the_same_content_of_two_uploads_never_shares_an_object(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)

    first, second = vault.put(7, b"same"), vault.put(8, b"same")

    assert first.key != second.key
    assert vault.open(ref(7, first)) == vault.open(ref(8, second)) == b"same"


@pytest.mark.parametrize(
    "change",
    [lambda b: b[:-1], lambda b: b[: len(b) - CHUNK], lambda b: b[:9] + b"x" + b[10:], lambda b: b + b[4:]],
)
def test_a_changed_or_shortened_object_is_noticed(tmp_path: Path, change) -> None:
    vault = vault_at(tmp_path)
    stored = vault.put(7, os.urandom(2 * CHUNK + 5))
    path = path_of(tmp_path, stored.key)
    path.write_bytes(change(path.read_bytes()))

    with pytest.raises(ValueError, match="changed"):
        vault.open(ref(7, stored))


def test_an_object_does_not_open_under_another_row(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    stored = vault.put(7, b"secret")

    with pytest.raises(ValueError, match="belong"):
        vault.open(ref(8, stored))


def test_a_rotated_ring_opens_old_files_and_wraps_them_anew(tmp_path: Path) -> None:
    stored = vault_at(tmp_path, ring(("k1", OLD))).put(7, b"secret")
    both = vault_at(tmp_path, ring(("k2", NEW), ("k1", OLD)))

    wrapped, key_id = both.rewrap(ref(7, stored))

    alone = vault_at(tmp_path, ring(("k2", NEW)))
    assert key_id == "k2"
    assert alone.open(BlobRef(7, stored.sha256, stored.key, wrapped)) == b"secret"
    with pytest.raises(ValueError, match="k1"):
        alone.open(ref(7, stored))


def test_every_backend_is_tried() -> None:
    modules = {module.name for module in iter_modules(storage.__path__)} - {"vault"}

    assert set(STORES) == modules


@pytest.mark.parametrize("made", STORES.values(), ids=STORES)
def test_a_backend_keeps_what_it_was_given_until_it_is_deleted(tmp_path: Path, made: Make) -> None:
    store, data = made(tmp_path / "store"), os.urandom(CHUNK + 1)
    store.put(KEY, data)
    store.put(KEY, data)

    again = made(tmp_path / "store")
    found = (again.exists(KEY), again.open(KEY), again.exists(OTHER))
    again.delete(KEY)
    again.delete(KEY)

    assert found == (True, data, False)
    assert not store.exists(KEY)
    with pytest.raises(FileNotFoundError):
        store.open(KEY)


def test_a_put_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalFileStore(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        store.put("a" * 64, b"data")

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b", "A" * 64, "", "a" * 15, "a" * 63 + "/"])
def test_only_keys_of_the_store_name_files(tmp_path: Path, key: str) -> None:
    store = LocalFileStore(tmp_path)

    with pytest.raises(ValueError, match="key"):
        store.put(key, b"x")


def test_a_sealed_number_opens_in_its_own_place_only() -> None:
    cipher = AesCipher(ring(("k1", OLD)), INDEX)

    blob = cipher.seal("secret_value", "enc", 7, "11010519491231002X")

    assert cipher.open("secret_value", "enc", 7, blob) == "11010519491231002X"
    for table, column, row in (("secret_value", "enc", 8), ("secret_value", "old", 7), ("other", "enc", 7)):
        with pytest.raises(ValueError, match="belong"):
            cipher.open(table, column, row, blob)


def test_equal_numbers_have_different_ciphertexts_and_the_same_index() -> None:
    cipher = AesCipher(ring(("k1", OLD)), INDEX)

    assert cipher.seal("t", "c", 1, "x") != cipher.seal("t", "c", 1, "x")
    assert cipher.digest("cn18", "x") == cipher.digest("cn18", "x")
    assert len({cipher.digest("cn18", "x"), cipher.digest("mobile", "x"), cipher.mac("p", b"x")}) == 3


@pytest.mark.parametrize("text", ["", "k1", "k1:short", "k1:!!!!", "a b:" + "QUFB" * 10 + "QUE="])
def test_a_broken_key_ring_is_refused_without_showing_keys(text: str) -> None:
    with pytest.raises(ValueError, match="KEYRING") as refused:
        KeyRing.parse(text)

    assert "QUFB" not in str(refused.value)
