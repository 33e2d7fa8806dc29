"""Reading an upload of the stamped sheet: decoded and read before anything is stored or locked (R33)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.commands.files import check_all, field_error
from app.domain.errors import FieldError, InvalidInput, TooLarge
from app.domain.materials import (
    MEGABYTE,
    REFUSALS,
    FileFacts,
    FileRefused,
    FileRule,
    Refusal,
    Upload,
    clean_file_name,
)
from app.domain.ports import Cipher, ImageTools, Vault
from app.domain.roster import SealHint
from app.domain.roster_scan import ScannedFile
from app.domain.text import N_

SCAN_RULE = FileRule(max_mb=12, max_files=40)
SCAN_TOTAL_MB = 120
FIELD = "files"
CHOOSE_FILE = N_("Please choose the pictures or the scan of the stamped sheet.")


@dataclass(frozen=True, slots=True)
class ScanTools:
    """The adapters an upload needs."""

    vault: Vault
    images: ImageTools
    cipher: Cipher


@dataclass(frozen=True, slots=True)
class Scan:
    """An upload, decoded: its files with what was read on them, and what was typed beside them."""

    uploads: tuple[Upload, ...]
    facts: tuple[FileFacts, ...]
    files: tuple[ScannedFile, ...]
    roster_no: str
    check_codes: tuple[str, ...]
    hint: SealHint


def read_scan(
    uploads: Sequence[Upload],
    tools: ScanTools,
    *,
    roster_no: str,
    check_codes: Sequence[str],
) -> Scan:
    """Decode every file and read its codes. Raises InvalidInput naming every refused file."""
    if not uploads:
        raise InvalidInput(FieldError(FIELD, "required", CHOOSE_FILE))
    total = sum(len(upload.data) for upload in uploads)
    if total > SCAN_TOTAL_MB * MEGABYTE:
        params = {"file": "", "size_mb": f"{total / MEGABYTE:.0f}", "max_mb": SCAN_TOTAL_MB}
        raise TooLarge(FieldError(FIELD, Refusal.TOO_LARGE, REFUSALS[Refusal.TOO_LARGE], params))
    facts = check_all(uploads, rule=SCAN_RULE, field=FIELD, images=tools.images)
    files = tuple(_scanned(upload, fact, tools.images) for upload, fact in zip(uploads, facts, strict=True))
    hint = _hint(uploads, facts, tools.images)
    return Scan(tuple(uploads), facts, files, roster_no, tuple(check_codes), hint)


def _scanned(upload: Upload, facts: FileFacts, images: ImageTools) -> ScannedFile:
    try:
        pages = images.scan(upload.data, facts.type)
    except FileRefused as refused:
        raise InvalidInput(field_error(FIELD, refused, upload.file_name)) from refused
    return ScannedFile(clean_file_name(upload.file_name), sha256(upload.data).hexdigest(), pages)


def _hint(uploads: Sequence[Upload], facts: Sequence[FileFacts], images: ImageTools) -> SealHint:
    """The best of what the detector says about the files; it only advises, so its failure is no refusal."""
    hints = set()
    for upload, fact in zip(uploads, facts, strict=True):
        try:
            hints.add(images.seal_hint(upload.data, fact.type))
        except FileRefused:
            continue
        if SealHint.FOUND in hints:
            return SealHint.FOUND
    return SealHint.NOT_FOUND if SealHint.NOT_FOUND in hints else SealHint.GREY
