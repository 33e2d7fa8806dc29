"""Which characters the vendored fonts can print, read from their `cmap` tables."""

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FONT_DIRECTORY = Path(__file__).resolve().parents[1] / "print" / "fonts"
_SEGMENTED = 12
_BEST_SUBTABLES = ((3, 10), (0, 6), (0, 4))


@cache
def printable() -> frozenset[int]:
    """Code points with a glyph in one of the fonts of `app/print/fonts`."""
    covered: set[int] = set()
    for path in sorted(FONT_DIRECTORY.glob("*.[ot]tf")):
        covered.update(_covered(path.read_bytes()))
    return frozenset(covered)


def missing_in(text: str) -> str:
    """The characters of `text` without a glyph, each once, in order."""
    covered = printable()
    return "".join(dict.fromkeys(c for c in text if not c.isspace() and ord(c) not in covered))


def _covered(font: bytes) -> Iterator[int]:
    start = _table(font, b"cmap")
    subtable = start + _subtable(font, start)
    if struct.unpack_from(">H", font, subtable)[0] != _SEGMENTED:
        raise ValueError("the font's cmap is not in format 12")
    (groups,) = struct.unpack_from(">I", font, subtable + 12)
    for group in range(groups):
        first, last, glyph = struct.unpack_from(">III", font, subtable + 16 + 12 * group)
        yield from (code for code in range(first, last + 1) if glyph + code - first)


def _table(font: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        name, _checksum, offset, _length = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise ValueError("the font has no cmap")


def _subtable(font: bytes, start: int) -> int:
    (count,) = struct.unpack_from(">H", font, start + 2)
    found = {}
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * index)
        found[platform, encoding] = int(offset)
    return next(found[kind] for kind in _BEST_SUBTABLES if kind in found)
