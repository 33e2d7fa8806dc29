"""File names, types and limits (T12, T15)."""

import pytest

from app.domain.materials import FileRefused, FileRule, Refusal, Upload, check_outside, clean_file_name
from app.domain.programme import FileType

JPEG, PNG, PDF = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("劳动合同.pdf", "劳动合同.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\证件照.jpg", "证件照.jpg"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\nc.png", "ab c.png"),
        ("  .. ", "file"),
        ("", "file"),
        ("e\u0301.pdf", "é.pdf"),
        ("𠮷㐂.pdf", "𠮷㐂.pdf"),
        ('a<b>:"|?*.pdf', "ab.pdf"),
        ("长" * 300 + ".pdf", "长" * 96 + ".pdf"),
        ("\ue000私.pdf", "私.pdf"),
    ],
)
def test_names_are_shown_without_what_could_deceive(given: str, shown: str) -> None:
    assert clean_file_name(given) == shown


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.jpg", JPEG, FileType.JPG),
        ("a.JPEG", JPEG, FileType.JPG),
        ("a.png", PNG, FileType.PNG),
        ("a.pdf", PDF, FileType.PDF),
    ],
)
def test_name_and_first_bytes_agree_on_the_type(name: str, data: bytes, kind: FileType) -> None:
    assert check_outside(Upload(name, data), FileRule()) is kind


@pytest.mark.parametrize(
    ("upload", "rule", "refusal"),
    [
        (Upload("a.jpg", b""), FileRule(), Refusal.EMPTY),
        (Upload("a.jpg", JPEG + bytes(1024 * 1024)), FileRule(max_mb=1), Refusal.TOO_LARGE),
        (Upload("a.png", JPEG), FileRule(), Refusal.WRONG_TYPE),
        (Upload("a.jpg", b"<html>"), FileRule(), Refusal.WRONG_TYPE),
        (Upload("a.svg", b"<svg/>"), FileRule(), Refusal.WRONG_TYPE),
        (Upload("a.pdf", PDF), FileRule(types=(FileType.JPG,)), Refusal.WRONG_TYPE),
        (Upload("a", JPEG), FileRule(), Refusal.WRONG_TYPE),
    ],
)
def test_what_does_not_fit_is_refused_with_its_cause(
    upload: Upload, rule: FileRule, refusal: Refusal
) -> None:
    with pytest.raises(FileRefused) as refused:
        check_outside(upload, rule)

    assert refused.value.refusal is refusal
