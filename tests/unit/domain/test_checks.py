"""Automatic checks: every finding appears for its cause, and for nothing else."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.checks import WORDS, Check, File, Finding, Identity, Subject, for_applicant, judge
from app.domain.form import Target, TargetKind
from app.domain.identity import check_character
from app.domain.measures import PageMeasures, from_json, to_json
from app.domain.programme import FileType
from tests.unit.domain.programmes import programme

PROGRAMME = programme()
GOOD = PageMeasures(width=1240, height=1754, sharpness=480.0, texture=190.0, light=250, white=0.5)
PORTRAIT = PageMeasures(width=716, height=882, sharpness=8.0, texture=22.0, light=255, white=1.0)
BLURRED, DARK = replace(GOOD, sharpness=2.0), replace(GOOD, light=60)
CARD = replace(GOOD, width=1011, height=638)
LAST = f"402{check_character('11010519900307402')}"
ANNA = Identity(f"110105********{LAST}", "2", date(1990, 3, 7))


def file(slot: str, *pages: PageMeasures, **changes: object) -> File:
    made = File(slot, f"{slot}.jpg", slot * 3, FileType.JPG, True, max(len(pages), 1), pages)
    return replace(made, **changes)  # type: ignore[arg-type]


FILES = (
    file("id_document", GOOD),
    file("photo", PORTRAIT),
    file("contract", GOOD, GOOD, GOOD, type=FileType.PDF),
    file("diploma", GOOD),
)


def subject(*files: File, identity: Identity = ANNA, **values: object) -> Subject:
    """A case without findings, with these files in place of its own."""
    slots = {given.slot for given in files}
    return Subject(
        programme=PROGRAMME,
        fields=PROGRAMME.fields,
        materials=PROGRAMME.materials,
        values={"contract_kind": "fixed", "contract_end": "2028-12-31", **values},
        identity=identity,
        files=(*(own for own in FILES if own.slot not in slots), *files),
        day=date(2026, 11, 23),
    )


def found(given: Subject) -> list[tuple[str, str]]:
    return [(finding.check.value, finding.target.code) for finding in judge(given)]


def test_a_case_in_order_has_no_finding() -> None:
    assert judge(subject()) == ()


CAUSES = [
    (subject(file("diploma", BLURRED)), [("blurred", "diploma")]),
    (subject(file("diploma", DARK)), [("dark", "diploma")]),
    (subject(file("diploma", replace(DARK, sharpness=0.1))), [("dark", "diploma")]),
    (subject(file("diploma", replace(GOOD, width=560, height=790))), [("small", "diploma")]),
    (subject(file("diploma", replace(GOOD, width=560, height=790), type=FileType.PDF)), []),
    (subject(file("diploma", is_readable=False)), [("unreadable", "diploma")]),
    (subject(file("diploma")), []),
    (subject(file("photo", replace(PORTRAIT, width=200, height=280))), [("small", "photo")]),
    (subject(file("photo", replace(PORTRAIT, width=882))), [("photo_shape", "photo")]),
    (subject(file("photo", replace(PORTRAIT, white=0.4))), [("photo_ground", "photo")]),
    (subject(file("id_document", CARD)), [("one_side", "id_document")]),
    (subject(file("id_document", replace(CARD, width=638, height=1011))), [("one_side", "id_document")]),
    (subject(file("id_document", CARD), file("id_document", CARD, sha256="back")), []),
    (subject(file("id_document", CARD, CARD, type=FileType.PDF)), []),
    (subject(file("diploma", CARD)), []),
    (subject(file("diploma", GOOD, is_shared=True)), [("shared_file", "diploma")]),
    (subject(file("diploma", GOOD, sha256="contract" * 3)), [("repeated_file", "diploma")]),
    (subject(contract_end="2026-11-22"), [("date_passed", "contract_end")]),
    (subject(contract_end="2026-11-23"), []),
    (subject(identity=replace(ANNA, differs_now=True)), [("number_changed", "")]),
    (subject(identity=replace(ANNA, birth=date(1990, 3, 8))), [("number_disagrees", "")]),
    (subject(identity=replace(ANNA, birth=date(1991, 3, 7))), [("number_disagrees", "")]),
    (subject(identity=replace(ANNA, sex="1")), [("sex_disagrees", "")]),
    (subject(identity=replace(ANNA, birth=None)), []),
    (subject(identity=Identity("E1*****23", "1", date(1990, 3, 7))), []),
    (subject(identity=Identity("900000********1234", "1", date(1990, 3, 7))), []),
]


@pytest.mark.parametrize(("given", "expected"), CAUSES)
def test_each_cause_gives_its_finding_at_its_place(given: Subject, expected: list[tuple[str, str]]) -> None:
    assert found(given) == expected


def test_a_finding_names_the_file_and_the_pages_it_is_about() -> None:
    (finding,) = judge(subject(file("contract", GOOD, BLURRED, BLURRED, type=FileType.PDF)))

    assert finding == Finding(
        Check.BLURRED,
        Target(TargetKind.MATERIAL, "contract"),
        {"what": "劳动合同", "file": "contract.jpg"},
        (2, 3),
    )


def test_a_small_file_says_how_small_it_is_and_what_is_enough() -> None:
    (finding,) = judge(subject(file("diploma", replace(GOOD, width=560, height=790))))

    assert finding.words.found % finding.params == "学历学位证书: “diploma.jpg” has only 560 × 790 pixels."
    assert "900" in finding.words.mend % finding.params


def test_applicants_are_told_what_they_can_mend_and_nothing_of_other_persons() -> None:
    found_all = judge(
        subject(
            file("diploma", BLURRED, is_shared=True),
            identity=replace(ANNA, differs_now=True),
            contract_end="2020-01-01",
        )
    )

    assert [finding.check for finding in for_applicant(found_all)] == [Check.DATE_PASSED, Check.BLURRED]


def test_every_check_has_a_cause_and_its_words() -> None:
    assert {check for _given, expected in CAUSES for check, _place in expected} == set(Check)
    assert set(WORDS) == set(Check)
    assert all(words.found and words.look for words in WORDS.values())


def test_shapes_of_photos_and_of_cards() -> None:
    sizes = [
        (413, 579),
        (716, 882),
        (900, 1200),
        (600, 600),
        (900, 1600),
        (1011, 638),
        (638, 1011),
        (1240, 1754),
    ]
    pages = [replace(GOOD, width=width, height=height) for width, height in sizes]

    assert [page.has_photo_shape for page in pages] == [True, True, True, False, False, False, True, True]
    assert [page.has_card_shape for page in pages] == [False, False, False, False, False, True, True, False]


def test_small_is_judged_by_what_the_picture_shows() -> None:
    card, page, large, photo = (
        replace(GOOD, width=width, height=height)
        for width, height in ((1011, 638), (640, 860), (827, 1169), (240, 336))
    )

    assert [one.smallest_side(photo=False) for one in (card, page, large)] == [None, 900, None]
    assert [one.smallest_side(photo=True) for one in (page, photo)] == [None, 260]


def test_measures_are_kept_with_a_file_and_read_again() -> None:
    kept = to_json([GOOD, PORTRAIT])

    assert (from_json(kept), from_json(None), to_json([])) == ((GOOD, PORTRAIT), (), None)


def test_files_measured_before_the_newest_measure_was_known_are_read_too() -> None:
    first = {"width": 1240, "height": 1754, "sharpness": 480.0, "texture": 190.0, "light": 250, "white": 0.5}

    assert from_json([first]) == (GOOD,)
