"""The page code and the digest of a roster (model 4, invariant I16)."""

import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.blocks import Block
from app.domain.roster import (
    CODE_LENGTH,
    MAX_SHEETS,
    ROWS_PER_PAGE,
    Cell,
    MemberRow,
    ScannedPage,
    VerifiedBy,
    cells_from_json,
    changed_members,
    check_code,
    is_genuine,
    normalise_check_code,
    page_code,
    page_count,
    parse_page_code,
    roster_digest,
    row_as_json,
)
from app.domain.roster_scan import PrintedRoster, ScannedFile, verify

IDS = st.integers(0, (1 << 63) - 1)
DIGEST = "ab" * 32
ROWS = (
    MemberRow(1, 1, (Cell("1"), Cell("张伟"), Cell("110105********002X", 7, "d1"))),
    MemberRow(2, 3, (Cell("2"), Cell("𠮷田"), Cell("110105********0021", 8, "d2"))),
)


def mac(purpose: str, message: bytes) -> bytes:
    return hmac.digest(b"key", purpose.encode() + message, "sha256")


@given(IDS, st.integers(1, MAX_SHEETS), st.integers(1, MAX_SHEETS))
def test_a_page_code_is_34_capitals_and_reads_back(roster_id: int, page: int, pages: int) -> None:
    page, pages = min(page, pages), max(page, pages)

    code = page_code(roster_id, page, pages, digest=DIGEST, mac=mac)

    assert len(str(code)) == CODE_LENGTH
    assert str(code).isalnum()
    assert str(code) == str(code).upper()
    assert parse_page_code(f" {str(code).lower()}\n") == code
    assert is_genuine(code, digest=DIGEST, mac=mac)


@given(IDS, IDS)
def test_a_code_proves_its_own_roster_page_and_digest_alone(roster_id: int, other: int) -> None:
    code = page_code(roster_id, 1, 2, digest=DIGEST, mac=mac)
    forged = [replace(code, page=2), replace(code, pages=3), replace(code, roster_id=other)]

    assert not is_genuine(code, digest="cd" * 32, mac=mac)
    assert [is_genuine(f, digest=DIGEST, mac=mac) for f in forged] == [False, False, other == roster_id]


@given(st.text(max_size=40))
def test_any_other_text_is_no_page_code(text: str) -> None:
    assert parse_page_code(text) is None


@pytest.mark.parametrize("text", ["k0-o1l", " K 0 0 1 1 1", "KOOIIL"])
def test_a_typed_check_code_forgives_look_alikes(text: str) -> None:
    assert normalise_check_code(text)[:1] == "K"
    assert set(normalise_check_code(text)) <= set("K01")


def test_pages_follow_the_number_of_members() -> None:
    counts = (0, 1, ROWS_PER_PAGE, ROWS_PER_PAGE + 1, MAX_SHEETS * ROWS_PER_PAGE)

    assert [page_count(n) for n in counts] == [1, 1, 1, 2, MAX_SHEETS]


@pytest.mark.parametrize(
    "changed",
    [
        (ROWS[1], ROWS[0]),
        ROWS[:1],
        (replace(ROWS[0], version_no=2), ROWS[1]),
        (replace(ROWS[0], cells=(*ROWS[0].cells[:1], Cell("张玮"), *ROWS[0].cells[2:])), ROWS[1]),
        (replace(ROWS[0], cells=(*ROWS[0].cells[:2], Cell("110105********002X", 9, "d9"))), ROWS[1]),
    ],
)
def test_any_change_of_a_printed_row_changes_the_digest(changed: tuple[MemberRow, ...]) -> None:
    assert roster_digest(changed) != roster_digest(ROWS)


def test_a_row_reads_back_as_it_was_stored() -> None:
    assert cells_from_json(row_as_json(ROWS[0])) == ROWS[0].cells


def test_the_members_whose_rows_changed_are_named() -> None:
    now = {1: ROWS[0], 2: replace(ROWS[1], version_no=4)}

    assert changed_members(ROWS, now) == (2,)
    assert changed_members(ROWS, {2: ROWS[1]}) == (1,)


ROSTER = PrintedRoster(5, "R1001", DIGEST, 2)


def scanned(*pages: tuple[str, ...], name: str = "a.jpg") -> ScannedFile:
    return ScannedFile(name, name, tuple(ScannedPage(n, codes) for n, codes in enumerate(pages, 1)))


def code_of(page: int, roster: PrintedRoster = ROSTER) -> str:
    return str(page_code(roster.id, page, roster.pages, digest=roster.digest, mac=mac))


def judged(*files: ScannedFile, no: str = "", codes: tuple[str, ...] = ()) -> object:
    found = verify(files, ROSTER, roster_no=no, check_codes=codes, mac=mac)
    return (found.code, dict(found.params)) if isinstance(found, Block) else (found.by, found.pages)


def test_pages_may_come_in_any_order_twice_and_beside_other_codes() -> None:
    files = (
        scanned((code_of(2), "https://example.com")),
        scanned((code_of(1),), (code_of(2),), name="b.pdf"),
    )

    assert judged(*files) == (VerifiedBy.CODE, ((2,), (1, 2)))


def test_a_forged_or_foreign_page_refuses_the_whole_upload() -> None:
    foreign = code_of(2, PrintedRoster(6, "R1002", DIGEST, 2))
    altered = code_of(2, replace(ROSTER, digest="cd" * 32))

    for wrong in (foreign, altered):
        files = scanned((code_of(1),), (wrong,), name="b.pdf")
        assert judged(files) == ("roster_of_other", {"pages": "b.pdf #2"})


def test_typed_codes_are_taken_in_page_order_and_only_with_the_roster_number() -> None:
    typed = check_code(5, 2, 2, digest=DIGEST, mac=mac)
    files = (scanned((code_of(1),)), scanned((), name="b.jpg"))

    assert judged(*files, no="r1001", codes=(typed.lower(),)) == (VerifiedBy.TYPED, ((1,), (2,)))
    assert judged(*files, codes=(typed,)) == ("roster_code_unreadable", {"pages": "b.jpg"})
    assert judged(*files, no="R1001") == ("roster_code_unreadable", {"pages": "b.jpg"})
    assert judged(*files, no="R1001", codes=("000000",)) == ("roster_check_code_wrong", {"pages": "b.jpg"})


def test_missing_pages_are_named() -> None:
    assert judged(scanned((code_of(2),))) == ("roster_page_missing", {"pages": "1"})
