"""Files of the business: formats, limits, file names, and what is said about a file that is refused."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from app.domain.malformed import NO_PARAMS
from app.domain.measures import PageMeasures
from app.domain.programme import FileType
from app.domain.text import N_

MEGABYTE = 1024 * 1024
MAX_PAGES = 50
"""Pages of one PDF (T14)."""
MAX_PIXELS = 25_000_000
"""Pixels of one picture (T11)."""
MAX_JPEG_PIXELS = 64_000_000
"""Pixels of a JPEG, which is decoded reduced (T11)."""
MAX_SIDE = 10_000
PREVIEW_SIDE = 1600
"""Longest side of a page image in pixels."""
MAX_FILE_NAME = 100
REENCODED_MB = 25
"""Megabytes of a picture that is made smaller instead of being refused for its size."""
REENCODED_SIDES = (4000, 2800, 2000, 1400)
"""Longest side in pixels of a picture that was re-encoded; the first that fits the limit of its place."""
OTHER_PICTURES = ("webp", "bmp", "tif", "tiff", "gif", "avif")
"""Endings of pictures that become a JPEG."""

CONTENT_TYPES: Mapping[FileType, str] = {
    FileType.JPG: "image/jpeg",
    FileType.PNG: "image/png",
    FileType.PDF: "application/pdf",
}
EXTENSIONS: Mapping[str, FileType] = {
    "jpg": FileType.JPG,
    "jpeg": FileType.JPG,
    "jpe": FileType.JPG,
    "png": FileType.PNG,
    "pdf": FileType.PDF,
}
_BY_CONTENT_TYPE: Mapping[str, FileType] = {content: kind for kind, content in CONTENT_TYPES.items()}


class Refusal(StrEnum):
    """Why a file is not accepted."""

    EMPTY = "file_empty"
    TOO_LARGE = "file_too_large"
    WRONG_TYPE = "file_wrong_type"
    DAMAGED = "file_damaged"
    ENCRYPTED = "file_encrypted"
    TOO_MANY_PAGES = "file_too_many_pages"
    TOO_MANY_PIXELS = "file_too_many_pixels"
    ANIMATED = "file_animated"
    TOO_MANY_FILES = "too_many_files"
    SAME_FILE_TWICE = "same_file_twice"


REFUSALS: Mapping[Refusal, str] = {
    Refusal.EMPTY: N_("“%(file)s” is empty. Please choose the file again."),
    Refusal.TOO_LARGE: N_("“%(file)s” has %(size_mb)s MB; at most %(max_mb)s MB are accepted."),
    Refusal.WRONG_TYPE: N_("“%(file)s” is not of an accepted type (%(types)s)."),
    Refusal.DAMAGED: N_("“%(file)s” cannot be opened; it seems to be damaged. Please save or scan it again."),
    Refusal.ENCRYPTED: N_(
        "“%(file)s” is protected by a password. Please remove the password and upload it again."
    ),
    Refusal.TOO_MANY_PAGES: N_("“%(file)s” has too many pages; at most %(max_pages)s pages are accepted."),
    Refusal.TOO_MANY_PIXELS: N_("The picture “%(file)s” is too large; please save it with fewer pixels."),
    Refusal.ANIMATED: N_("“%(file)s” is a moving picture; please upload a still one."),
    Refusal.TOO_MANY_FILES: N_(
        "At most %(max_files)s files can be uploaded here; please delete one first or choose fewer."
    ),
    Refusal.SAME_FILE_TWICE: N_("“%(file)s” is here already."),
}


class FileRefused(ValueError):
    """A file is not accepted; `refusal` says why, `params` fill its sentence."""

    def __init__(self, refusal: Refusal, params: Mapping[str, object] = NO_PARAMS) -> None:
        """Keep the reason and its parameters."""
        super().__init__(refusal.value)
        self.refusal = refusal
        self.params = params


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as a browser sent it; its name is shown and never becomes a path (T15)."""

    file_name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FileRule:
    """What one place accepts."""

    types: tuple[FileType, ...] = (FileType.JPG, FileType.PNG, FileType.PDF)
    max_mb: int = 10
    max_files: int = 1


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What decoding found. `width` and `height` are pixels of a picture, of page 1 at 72 dpi for a PDF.

    `measures` has one entry for a picture and, so early, the first page of a PDF.
    """

    type: FileType
    pages: int
    width: int
    height: int
    measures: tuple[PageMeasures, ...] = ()


@dataclass(frozen=True, slots=True)
class PageImage:
    """A re-encoded page without metadata (JPEG, longest side `PREVIEW_SIDE`); pages of a PDF come measured."""

    page: int
    width: int
    height: int
    data: bytes
    measures: PageMeasures | None = None


def sniff(data: bytes) -> FileType | None:
    """Return the type that the first bytes speak of, or None; decoding has the last word (T12)."""
    if data.startswith(b"\xff\xd8\xff"):
        return FileType.JPG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType.PNG
    if b"%PDF-" in data[:1024]:
        return FileType.PDF
    return None


_OTHER_STARTS = (b"BM", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")


def is_other_picture(data: bytes) -> bool:
    """Whether the first bytes speak of a picture that is not accepted as it is but can be decoded."""
    in_box = (data[:4] == b"RIFF" and data[8:12] == b"WEBP") or data[4:12] == b"ftypavif"
    return in_box or data.startswith(_OTHER_STARTS)


def may_be_reencoded(upload: Upload, rule: FileRule) -> bool:
    """Whether a place that takes JPEG would refuse this picture only for its format, its name or its size."""
    if FileType.JPG not in rule.types or len(upload.data) > REENCODED_MB * MEGABYTE:
        return False
    sniffed = sniff(upload.data)
    if sniffed is None:
        return is_other_picture(upload.data)
    is_misnamed = type_of_name(upload.file_name) is not sniffed or sniffed not in rule.types
    return sniffed is not FileType.PDF and (is_misnamed or len(upload.data) > rule.max_mb * MEGABYTE)


def jpeg_name(file_name: str) -> str:
    """The name of a picture that became a JPEG."""
    name = PurePosixPath(clean_file_name(file_name))
    return f"{name.stem}.jpg" if len(name.suffix) <= 5 else f"{name}.jpg"  # noqa: PLR2004 - `.tiff`


def type_of_name(file_name: str) -> FileType | None:
    """Return the type that the extension of a file name speaks of, or None."""
    return EXTENSIONS.get(PurePosixPath(file_name).suffix.lower().lstrip("."))


def type_of_content(content_type: str) -> FileType | None:
    """Return the type of a stored blob by its content type, or None."""
    return _BY_CONTENT_TYPE.get(content_type)


def check_outside(upload: Upload, rule: FileRule) -> FileType:
    """Return the type of an upload by its size, name and first bytes; the decoder comes next.

    Raises FileRefused. Source: security.md documents (size, extension, sniff, decode), T12.
    """
    params = {"file": clean_file_name(upload.file_name)}
    if not upload.data:
        raise FileRefused(Refusal.EMPTY, params)
    if len(upload.data) > rule.max_mb * MEGABYTE:
        size_mb = f"{len(upload.data) / MEGABYTE:.1f}"
        raise FileRefused(Refusal.TOO_LARGE, {**params, "size_mb": size_mb, "max_mb": rule.max_mb})
    named, sniffed = type_of_name(upload.file_name), sniff(upload.data)
    if sniffed is None or named is not sniffed or sniffed not in rule.types:
        raise FileRefused(Refusal.WRONG_TYPE, {**params, "types": type_list(rule.types)})
    return sniffed


def type_list(types: tuple[FileType, ...]) -> str:
    """Return the accepted types as people read them: `JPG, PNG, PDF`."""
    return ", ".join(kind.value.upper() for kind in types)


_SLASHES = re.compile(r"[/\\]")
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED = frozenset('<>:"|?*')


def clean_file_name(name: str) -> str:
    """Return a client's file name fit to be shown and offered for download.

    NFC, the part after the last slash, without control, bidi, private-use and surrogate characters and
    those Windows refuses, at most 100 characters with the extension kept; never empty. Source: T15.
    """
    last = _SLASHES.split(unicodedata.normalize("NFC", name))[-1]
    kept = "".join(character for character in last if not _is_refused(character))
    kept = " ".join(kept.split()).strip(". ")
    if not kept:
        return "file"
    if len(kept) <= MAX_FILE_NAME:
        return kept
    suffix = PurePosixPath(kept).suffix[:10]
    return kept[: MAX_FILE_NAME - len(suffix)].rstrip() + suffix


def _is_refused(character: str) -> bool:
    if character in _BIDI or character in _REFUSED:
        return True
    return not character.isspace() and unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Cn"}
