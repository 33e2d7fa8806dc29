"""Automatic checks of a case: what a machine can find in its numbers, dates and files.

Findings inform; they refuse nothing unless a stage asks for `checks_clean` or `batch: clean` (model: Automatic
checks). The same findings stand on the officer's desk and, before submitting, on the applicant's check page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.document import as_day
from app.domain.form import Target, TargetKind
from app.domain.identity import Sex, rebuilt_number
from app.domain.malformed import NO_PARAMS, Malformed
from app.domain.measures import PageMeasures
from app.domain.programme import CARD_YEARS, Field, FieldKind, FileType, Material, Programme, Shows
from app.domain.text import N_

GENERAL = Target(TargetKind.GENERAL)


class Check(StrEnum):
    """What can be found."""

    NUMBER_CHANGED = "number_changed"
    NUMBER_DISAGREES = "number_disagrees"
    SEX_DISAGREES = "sex_disagrees"
    DATE_PASSED = "date_passed"
    UNREADABLE = "unreadable"
    SMALL = "small"
    BLURRED = "blurred"
    DARK = "dark"
    PHOTO_SHAPE = "photo_shape"
    PHOTO_GROUND = "photo_ground"
    ONE_SIDE = "one_side"
    REPEATED_FILE = "repeated_file"
    SHARED_FILE = "shared_file"


@dataclass(frozen=True, slots=True)
class Words:
    """What was found, what the officer should look at, what the applicant can do.

    An empty `mend` keeps a finding from the applicant: he cannot mend it, or it speaks of another person.
    """

    found: str
    look: str
    mend: str = ""


_LEGIBLE = N_("Check that every word can be read; if not, return the material as unclear.")
_PRINTABLE = N_("Check whether the picture can be printed on the card.")
_REGISTERED = N_("Please have your registration corrected by your employer before you submit.")
_COMPARE = N_("Compare with the ID document.")

WORDS: Mapping[Check, Words] = {
    Check.NUMBER_CHANGED: Words(
        N_("The ID number differs from the one of the account now."),
        N_("Return the case, so that it is submitted again with the number of today."),
    ),
    Check.NUMBER_DISAGREES: Words(
        N_("The ID number and the birth date do not fit together."), _COMPARE, _REGISTERED
    ),
    Check.SEX_DISAGREES: Words(N_("The ID number and the sex do not fit together."), _COMPARE, _REGISTERED),
    Check.DATE_PASSED: Words(
        N_("%(what)s has passed already."),
        N_("Check whether a newer contract exists."),
        N_("Enter the date of the contract that is in force now, and attach that contract."),
    ),
    Check.UNREADABLE: Words(
        N_("%(what)s: “%(file)s” cannot be shown."),
        N_("Download the file and look at it there; if it does not open, return the material."),
        N_("Save or scan it again and upload the new file."),
    ),
    Check.SMALL: Words(
        N_("%(what)s: “%(file)s” has only %(width)s × %(height)s pixels."),
        _LEGIBLE,
        N_("Upload the original photo or a scan; one side should have at least %(least)s pixels."),
    ),
    Check.BLURRED: Words(
        N_("%(what)s: “%(file)s” is blurred."),
        _LEGIBLE,
        N_("Scan it, or photograph it again from straight above, in good light and with a steady hand."),
    ),
    Check.DARK: Words(
        N_("%(what)s: “%(file)s” is too dark."),
        _LEGIBLE,
        N_("Scan it, or photograph it again in good light."),
    ),
    Check.PHOTO_SHAPE: Words(
        N_("%(what)s: “%(file)s” does not have the shape of an ID photo."),
        _PRINTABLE,
        N_("Upload an upright portrait, a little higher than wide."),
    ),
    Check.PHOTO_GROUND: Words(
        N_("%(what)s: the ground of “%(file)s” does not look white."),
        _PRINTABLE,
        N_("Upload a portrait taken in front of a white ground."),
    ),
    Check.ONE_SIDE: Words(
        N_("%(what)s: “%(file)s” seems to show one side only."),
        N_("Check that both sides are there."),
        N_("Add the other side as a second file."),
    ),
    Check.REPEATED_FILE: Words(
        N_("%(what)s: “%(file)s” is the same file as in %(other)s."),
        N_("Check whether one of the two materials is missing."),
        N_("Upload the right file for each material."),
    ),
    Check.SHARED_FILE: Words(
        N_("%(what)s: “%(file)s” is also in the case of another person."),
        N_("Check whose document it is."),
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: where, with the parameters of its words and the pages it is about."""

    check: Check
    target: Target
    params: Mapping[str, object]
    pages: tuple[int, ...] = ()

    @property
    def words(self) -> Words:
        """Its sentences, to be filled with `params`."""
        return WORDS[self.check]


@dataclass(frozen=True, slots=True)
class File:
    """A file of a case with what is known of it; `measures` is empty where nothing was measured."""

    slot: str
    name: str
    sha256: str
    type: FileType | None
    is_readable: bool
    pages: int
    measures: tuple[PageMeasures, ...] = ()
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What a case says of its person; `differs_now` when the account has another number by now."""

    doc_no_masked: str
    sex: str
    birth: date | None
    differs_now: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything the checks judge, as data: what was asked for and what was given."""

    programme: Programme
    fields: Sequence[Field]
    materials: Sequence[Material]
    values: Mapping[str, object]
    identity: Identity
    files: tuple[File, ...]
    day: date


def judge(subject: Subject) -> tuple[Finding, ...]:
    """Every finding: numbers, dates, then files in the order of the programme's materials."""
    return (*_numbers(subject.identity, subject.day), *_dates(subject), *_materials(subject))


def for_applicant(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that the applicant can do something about."""
    return tuple(finding for finding in findings if finding.words.mend)


def _numbers(identity: Identity, day: date) -> Iterator[Finding]:
    if identity.differs_now:
        yield Finding(Check.NUMBER_CHANGED, GENERAL, {})
    try:
        number = rebuilt_number(identity.doc_no_masked, identity.birth, day)
    except Malformed:
        yield Finding(Check.NUMBER_DISAGREES, GENERAL, {})
        return
    if number and number.sex is not None and Sex(number.sex) != identity.sex:
        yield Finding(Check.SEX_DISAGREES, GENERAL, {})


def _dates(subject: Subject) -> Iterator[Finding]:
    """Dates that end the validity of the card and had passed on the day: an ended contract."""
    ends = {source for source in subject.programme.card.earliest if source != CARD_YEARS}
    for field in subject.fields:
        day = as_day(subject.values.get(field.code))
        if field.kind is FieldKind.DATE and field.code in ends and day is not None and day < subject.day:
            yield Finding(Check.DATE_PASSED, Target(TargetKind.FIELD, field.code), {"what": field.title})


def _materials(subject: Subject) -> Iterator[Finding]:
    first: dict[str, Material] = {}
    for material in subject.materials:
        own = [file for file in subject.files if file.slot == material.code]
        for file in own:
            yield from _file(material, file)
            other = first.setdefault(file.sha256, material)
            if other is not material:
                yield _about(Check.REPEATED_FILE, material, file, {"other": other.title})
            if file.is_shared:
                yield _about(Check.SHARED_FILE, material, file)
        if material.shows is Shows.CARD and len(own) == 1 and _is_one_side(own[0]):
            yield _about(Check.ONE_SIDE, material, own[0])


def _is_one_side(file: File) -> bool:
    return file.pages == 1 and len(file.measures) == 1 and file.measures[0].has_card_shape


def _file(material: Material, file: File) -> Iterator[Finding]:
    if not file.is_readable:
        yield _about(Check.UNREADABLE, material, file)
        return
    is_photo = material.shows is Shows.PHOTO
    pages = dict(enumerate(file.measures, start=1))
    dark = tuple(n for n, page in pages.items() if page.is_dark)
    blurred = tuple(n for n, page in pages.items() if page.is_blurred and n not in dark)
    if dark:
        yield _about(Check.DARK, material, file, pages=dark)
    if blurred:
        yield _about(Check.BLURRED, material, file, pages=blurred)
    if pages and file.type is not FileType.PDF:
        yield from _picture(material, file, file.measures[0], is_photo=is_photo)


def _picture(material: Material, file: File, page: PageMeasures, *, is_photo: bool) -> Iterator[Finding]:
    least = page.smallest_side(photo=is_photo)
    if least:
        size = {"width": page.width, "height": page.height, "least": least}
        yield _about(Check.SMALL, material, file, size)
    if is_photo and not page.has_photo_shape:
        yield _about(Check.PHOTO_SHAPE, material, file)
    if is_photo and not page.has_white_ground:
        yield _about(Check.PHOTO_GROUND, material, file)


def _about(
    check: Check,
    material: Material,
    file: File,
    params: Mapping[str, object] = NO_PARAMS,
    *,
    pages: tuple[int, ...] = (),
) -> Finding:
    """A finding on a file; pages are named where it has more than one."""
    return Finding(
        check,
        Target(TargetKind.MATERIAL, material.code),
        {"what": material.title, "file": file.name, **params},
        pages if file.pages > 1 else (),
    )
