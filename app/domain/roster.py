"""The roster (汇总表): printed rows, their digest, and the code on paper that names roster and page (R34)."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hmac import compare_digest

from app.domain.audit import digest_of

MAX_SHEETS = 35
"""Pages of a roster: one base-36 digit in the page code."""
ROWS_PER_PAGE = 12
"""Members on one printed page: A4 landscape with the head, the code and the seal area on each page."""
CODE_PREFIX = "YC"
CODE_FORMAT = "1"
CODE_LENGTH = 34
QR_WIDTH_MM = 32
CHECK_CODE_LENGTH = 6

MAC_PURPOSE = "roster-page"
CHECK_PURPOSE = "roster-check"

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a typed code survives bad print."""
_VALUES = {character: value for value, character in enumerate(_ALPHABET)} | {"I": 1, "L": 1, "O": 0}
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_LENGTH, _MAC_LENGTH = 13, 16
_CODE = re.compile(
    rf"{CODE_PREFIX}{CODE_FORMAT}([{_ALPHABET}]{{13}})([1-9A-Z])([1-9A-Z])([{_ALPHABET}]{{16}})\Z"
)


class RosterState(StrEnum):
    """States of a roster (model 4)."""

    EXPORTED = "exported"
    SEALED = "sealed"
    SCAN_RETURNED = "scan_returned"
    VOID = "void"


LIVE_STATES = (RosterState.EXPORTED, RosterState.SEALED, RosterState.SCAN_RETURNED)
"""A case on a roster of these states stands on no other (R35)."""


class VerifiedBy(StrEnum):
    """How the pages of a sealed roster were recognised: all by code, or some by typed check codes."""

    CODE = "code"
    TYPED = "typed"


class SealHint(StrEnum):
    """What the seal detector says; it only advises (domain.md 9)."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class Cell:
    """One printed value. A number stands here masked, with its row in `secret_value` and its blind index."""

    text: str
    secret_id: int | None = None
    digest: str | None = None

    @property
    def canonical(self) -> str:
        """What the roster's digest covers: the text, or the blind index of a number."""
        return self.text if self.secret_id is None else f"#{self.digest}"


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member of a roster as it is printed."""

    application_id: int
    version_no: int
    cells: tuple[Cell, ...]


def roster_digest(members: Sequence[MemberRow]) -> str:
    """SHA-256 over the canonical rows in order: any change of a printed column changes it (I16)."""
    return digest_of(
        [[str(row.application_id), row.version_no, [cell.canonical for cell in row.cells]] for row in members]
    )


def changed_members(printed: Sequence[MemberRow], current: Mapping[int, MemberRow]) -> tuple[int, ...]:
    """Application ids of printed members whose current row differs or is gone, in printed order."""
    return tuple(
        row.application_id
        for row in printed
        if row.application_id not in current or not _same(row, current[row.application_id])
    )


def _same(one: MemberRow, other: MemberRow) -> bool:
    return one.version_no == other.version_no and [c.canonical for c in one.cells] == [
        c.canonical for c in other.cells
    ]


def row_as_json(row: MemberRow) -> list[dict[str, str]]:
    """The cells as they are stored in `roster_item.row`: masked texts and ids, never a number."""
    return [_cell_as_json(cell) for cell in row.cells]


def _cell_as_json(cell: Cell) -> dict[str, str]:
    if cell.secret_id is None:
        return {"text": cell.text}
    return {"text": cell.text, "secret": str(cell.secret_id), "digest": cell.digest or ""}


def cells_from_json(stored: Iterable[Mapping[str, str]]) -> tuple[Cell, ...]:
    """Read back what `row_as_json` made."""
    return tuple(
        Cell(cell["text"], int(cell["secret"]), cell["digest"]) if "secret" in cell else Cell(cell["text"])
        for cell in stored
    )


def page_count(members: int) -> int:
    """How many pages a roster of so many members has."""
    return max(1, math.ceil(members / ROWS_PER_PAGE))


MAX_MEMBERS = MAX_SHEETS * ROWS_PER_PAGE

Mac = Callable[[str, bytes], bytes]
"""A keyed code for a purpose: `Cipher.mac`."""


@dataclass(frozen=True, slots=True)
class PageCode:
    """The code of one page: which roster, which page of how many, and its keyed proof."""

    roster_id: int
    page: int
    pages: int
    mac: str

    def __str__(self) -> str:
        """34 capitals and digits: QR version 2 level M holds them."""
        return (
            f"{CODE_PREFIX}{CODE_FORMAT}{_base32(self.roster_id, _ID_LENGTH)}"
            f"{_BASE36[self.page]}{_BASE36[self.pages]}{self.mac}"
        )


def page_code(roster_id: int, page: int, pages: int, *, digest: str, mac: Mac) -> PageCode:
    """The code printed on `page`; its MAC covers roster, page, pages and the digest of the rows (model 4)."""
    proof = mac(MAC_PURPOSE, _message(roster_id, page, pages, digest))
    return PageCode(roster_id, page, pages, _base32_of(proof, _MAC_LENGTH))


def parse_page_code(text: str) -> PageCode | None:
    """Read a scanned code, or None for anything that is no page code of ours."""
    match = _CODE.match(text.strip().upper())
    if match is None:
        return None
    roster_id = 0
    for character in match[1]:
        roster_id = roster_id * 32 + _VALUES[character]
    page, pages = _BASE36.index(match[2]), _BASE36.index(match[3])
    return PageCode(roster_id, page, pages, match[4]) if page <= pages else None


def is_genuine(code: PageCode, *, digest: str, mac: Mac) -> bool:
    """Whether we made this code for a roster with this digest."""
    expected = page_code(code.roster_id, code.page, code.pages, digest=digest, mac=mac)
    return compare_digest(expected.mac, code.mac)


def check_code(roster_id: int, page: int, pages: int, *, digest: str, mac: Mac) -> str:
    """The six characters printed beside the code, typed when the code cannot be read (R34)."""
    return _base32_of(mac(CHECK_PURPOSE, _message(roster_id, page, pages, digest)), CHECK_CODE_LENGTH)


def normalise_check_code(text: str) -> str:
    """A typed check code in canonical form: capitals without spaces and hyphens, O is 0, I and L are 1."""
    plain = re.sub(r"[\s-]", "", text).upper()
    return "".join(
        _ALPHABET[_VALUES[character]] if character in _VALUES else character for character in plain
    )


def normalise_roster_no(text: str) -> str:
    """A typed roster number: capitals without spaces."""
    return re.sub(r"\s", "", text).upper()


def _message(roster_id: int, page: int, pages: int, digest: str) -> bytes:
    return f"{CODE_FORMAT}|{roster_id}|{page}|{pages}|{digest}".encode()


def _base32(number: int, length: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(length - 1, -1, -1))


def _base32_of(proof: bytes, length: int) -> str:
    return _base32(int.from_bytes(proof) >> (len(proof) * 8 - length * 5), length)


@dataclass(frozen=True, slots=True)
class PageMarks:
    """What identifies one printed page: QR content and the check code in clear."""

    code: str
    check_code: str


@dataclass(frozen=True, slots=True)
class RosterSheet:
    """Everything printed on the roster form (R32); `rows` hold full numbers, as the bureau needs them.

    `head` holds labels: the first is filled with the employer's name, the second with the date of export.
    """

    title: str
    roster_no: str
    employer: str
    exported_on: date
    head: tuple[str, ...]
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    foot: tuple[str, ...]
    marks: tuple[PageMarks, ...]

    def page_rows(self, page: int) -> tuple[tuple[str, ...], ...]:
        """The rows of a page, counted from 1."""
        return self.rows[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """One page of an uploaded scan: the texts of all codes on it, and whether it is blank (a duplex back)."""

    page: int
    codes: tuple[str, ...]
    is_blank: bool = False
