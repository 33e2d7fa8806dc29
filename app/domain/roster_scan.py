"""Judging an uploaded scan: do its pages prove that this roster was printed and stamped (R33–R35, T8)?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.blocks import Block
from app.domain.roster import (
    Mac,
    PageCode,
    ScannedPage,
    VerifiedBy,
    check_code,
    is_genuine,
    normalise_check_code,
    normalise_roster_no,
    parse_page_code,
)

SEPARATOR = "、"


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """One uploaded file: its shown name, the digest of its content and what was read on its pages."""

    file_name: str
    sha256: str
    pages: tuple[ScannedPage, ...]


@dataclass(frozen=True, slots=True)
class PrintedRoster:
    """What the sheet was printed from."""

    id: int
    no: str
    digest: str
    pages: int


@dataclass(frozen=True, slots=True)
class Verified:
    """A scan that proves its roster: the printed pages found in each file, and how they were recognised."""

    by: VerifiedBy
    pages: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One scanned page with its place: which file, which page of it."""

    file: int
    label: str
    codes: tuple[PageCode, ...]
    is_blank: bool


def verify(
    files: Sequence[ScannedFile],
    roster: PrintedRoster,
    *,
    roster_no: str,
    check_codes: Sequence[str],
    mac: Mac,
) -> Verified | Block:
    """What the scan proves, or the block that names page and cause.

    Every page must carry a code of this roster, or be typed: roster number and that page's check code, in
    page order. Blank backs of sheets are passed over; the same page twice does no harm; none may be missing.
    """
    sheets = [sheet for sheet in _sheets(files) if not sheet.is_blank]
    foreign = [sheet.label for sheet in sheets if sheet.codes and not _own(sheet, roster, mac)]
    if foreign:
        return Block("roster_of_other", {"pages": SEPARATOR.join(foreign)})
    found = [(sheet.file, page) for sheet in sheets for page in _own(sheet, roster, mac)]
    unread = [sheet for sheet in sheets if not sheet.codes]
    typed = _typed(unread, roster, roster_no=roster_no, check_codes=check_codes, mac=mac)
    if isinstance(typed, Block):
        return typed
    found += typed
    missing = sorted(set(range(1, roster.pages + 1)) - {page for _, page in found})
    if missing:
        return Block("roster_page_missing", {"pages": SEPARATOR.join(map(str, missing))})
    by = VerifiedBy.TYPED if typed else VerifiedBy.CODE
    return Verified(by, tuple(tuple(sorted({p for at, p in found if at == n})) for n in range(len(files))))


def _sheets(files: Sequence[ScannedFile]) -> Iterator[_Sheet]:
    for number, file in enumerate(files):
        for page in file.pages:
            codes = tuple(code for text in page.codes if (code := parse_page_code(text)) is not None)
            label = file.file_name if len(file.pages) == 1 else f"{file.file_name} #{page.page}"
            yield _Sheet(number, label, codes, page.is_blank)


def _own(sheet: _Sheet, roster: PrintedRoster, mac: Mac) -> list[int]:
    """The printed pages a sheet's codes prove; none if one of them is another roster's or not ours."""
    for code in sheet.codes:
        genuine = code.roster_id == roster.id and code.pages == roster.pages
        if not genuine or not is_genuine(code, digest=roster.digest, mac=mac):
            return []
    return [code.page for code in sheet.codes]


def _typed(
    unread: Sequence[_Sheet], roster: PrintedRoster, *, roster_no: str, check_codes: Sequence[str], mac: Mac
) -> list[tuple[int, int]] | Block:
    """Pages recognised by what was typed for them; a block names those that remain unrecognised."""
    given = [normalise_check_code(text) for text in check_codes if text.strip()]
    if not unread:
        return []
    labels = SEPARATOR.join(sheet.label for sheet in unread)
    if normalise_roster_no(roster_no) != roster.no.upper() or len(given) != len(unread):
        return Block("roster_code_unreadable", {"pages": labels})
    pages = {
        check_code(roster.id, n, roster.pages, digest=roster.digest, mac=mac): n
        for n in range(1, roster.pages + 1)
    }
    wrong = [sheet.label for sheet, code in zip(unread, given, strict=True) if code not in pages]
    if wrong:
        return Block("roster_check_code_wrong", {"pages": SEPARATOR.join(wrong)})
    return [(sheet.file, pages[code]) for sheet, code in zip(unread, given, strict=True)]
