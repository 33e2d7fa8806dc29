"""The site document: whose site it is, how to reach it, what employers fill in and upload to register.

Employers register before any programme concerns them, so this stands apart from programmes (model, section
5).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from app.domain.document import MAX_NUMBER, Level, Problem, Reader, measure
from app.domain.errors import FieldError
from app.domain.identity import age_on
from app.domain.malformed import Malformed
from app.domain.programme import Field, FieldKind, FileType, Material, Reason, ReasonFor
from app.domain.text import N_

T = TypeVar("T")
FIXED_FIELDS = ("name", "credit_code", "agency", "address", "phone", "contact")
"""Codes of the fields every employer has; fields of the document may not take them."""

TAKEN_CODE = N_("The code “%(code)s” is used twice or belongs to a built-in field.")
UNSUITED_KIND = N_("An employer's field cannot be a staff member.")
LIST_MISSING = N_("A select field names its code list under `list`.")


class CreditCodeRule(StrEnum):
    """Whether employers give their unified social credit code (A4)."""

    OPTIONAL = "optional"
    REQUIRED = "required"
    OFF = "off"


class Whose(StrEnum):
    """Whose registrations a reason may be given for."""

    BOTH = "both"
    EMPLOYER = "employer"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class RegistrationReason(Reason):
    """A reason of a return, for registrations of employers, of persons or of both."""

    of: Whose = Whose.BOTH

    def is_for(self, kind: str) -> bool:
        """Whether it may be given for a registration of an `employer` or a `person`."""
        return self.of in {Whose.BOTH, kind}


@dataclass(frozen=True, slots=True)
class Contact:
    """How people reach the office that runs the site."""

    office: str = ""
    phone: str = ""
    address: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """Ages that may register: `minimum` ≤ age < `below` (domain facts, section 1)."""

    minimum: int = 16
    below: int = 100

    def check(self, birth: date | None, day: date) -> None:
        """Raise Malformed if someone born on `birth` is too young or too old; unknown births pass."""
        if birth is not None and not self.minimum <= age_on(birth, day) < self.below:
            raise Malformed(
                "age_out_of_range",
                N_("Registration is for people from %(min)s to %(max)s years of age."),
                {"min": self.minimum, "max": self.below - 1},
            )


@dataclass(frozen=True, slots=True)
class Site:
    """The document as values; the default serves a site that has none yet."""

    name: str = ""
    short_name: str = ""
    contact: Contact = Contact()
    ages: AgeLimits = AgeLimits()
    credit_code: CreditCodeRule = CreditCodeRule.OPTIONAL
    fields: tuple[Field, ...] = ()
    materials: tuple[Material, ...] = ()
    reasons: tuple[RegistrationReason, ...] = ()

    def material(self, code: str) -> Material | None:
        """Return the registration material of that code, if the document has it."""
        return next((m for m in self.materials if m.code == code), None)

    def reason(self, code: str) -> RegistrationReason | None:
        """Return the reason reviewers of registrations may choose by that code."""
        return next((r for r in self.reasons if r.code == code), None)

    def missing_materials(self, attached: frozenset[str]) -> tuple[Material, ...]:
        """Return the required materials that have no file (R12)."""
        return tuple(m for m in self.materials if m.required and m.code not in attached)

    def missing_fields(self, data: dict[str, object]) -> tuple[FieldError, ...]:
        """Return an error for each required field of the document without a value."""
        return tuple(
            FieldError(f.code, "required", N_("Please fill in this field."))
            for f in self.fields
            if f.required and data.get(f.code) in (None, "")
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that one document has and the other has not, or has otherwise. `change`: added, removed, changed."""

    group: str
    code: str
    title: str
    change: str


def differences(old: Site, new: Site) -> tuple[Difference, ...]:
    """What employers will notice: fields, materials and reasons by code, in the order of the new document."""
    found: list[Difference] = []
    for group in ("fields", "materials", "reasons"):
        before = {entry.code: entry for entry in getattr(old, group)}
        after = {entry.code: entry for entry in getattr(new, group)}
        for code, entry in after.items():
            if code not in before:
                found.append(Difference(group, code, entry.title, "added"))
            elif before[code] != entry:
                found.append(Difference(group, code, entry.title, "changed"))
        found.extend(Difference(group, c, e.title, "removed") for c, e in before.items() if c not in after)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ParsedSite:
    """The site, unless problems keep it from being one."""

    site: Site | None
    problems: tuple[Problem, ...]


def parse_site(document: object) -> ParsedSite:
    """Read a site document; whatever comes in, the answer is a list of problems, never another exception."""
    size = measure(document)
    if size is not None:
        return ParsedSite(None, (size,))
    problems: list[Problem] = []
    reader = Reader(document, "", problems)
    site = _site(reader)
    reader.refuse_unknown_keys()
    _check_codes(site, problems)
    refused = any(problem.level is Level.ERROR for problem in problems)
    return ParsedSite(None if refused else site, tuple(problems))


def _site(reader: Reader) -> Site:
    return Site(
        name=reader.text("site", longest=100),
        short_name=reader.text("short_name", "", longest=30),
        contact=_part(reader, "contact", _contact),
        ages=_part(reader, "ages", _ages),
        credit_code=reader.choice("credit_code", CreditCodeRule, CreditCodeRule.OPTIONAL),
        fields=reader.groups("fields", _field),
        materials=reader.groups("materials", _material, required=True),
        reasons=reader.groups("reasons", _reason, required=True),
    )


def _part(reader: Reader, key: str, read: Callable[[Reader], T]) -> T:
    group = reader.group(key) or Reader({}, reader.at(key), [])
    part = read(group)
    group.refuse_unknown_keys()
    return part


def _contact(reader: Reader) -> Contact:
    return Contact(
        office=reader.text("office", "", longest=100),
        phone=reader.text("phone", "", longest=40),
        address=reader.text("address", "", longest=200),
        hours=reader.text("hours", "", longest=100),
    )


def _ages(reader: Reader) -> AgeLimits:
    return AgeLimits(reader.number("minimum", 16, high=100), reader.number("below", 100, low=1, high=150))


def _field(reader: Reader) -> Field:
    field = Field(
        code=reader.code("code"),
        title=reader.text("title", longest=60),
        kind=reader.choice("kind", FieldKind, FieldKind.TEXT),
        list=reader.code("list", "") or None,
        required=reader.yes_no("required"),
        max_length=reader.number("max_length", 200, low=1, high=2000),
        min=reader.number("min", 0, low=-MAX_NUMBER),
        hint=reader.text("hint", "", longest=200),
    )
    if field.kind is FieldKind.STAFF_MEMBER:
        reader.note("kind", "unsuited_kind", UNSUITED_KIND)
    if field.kind is FieldKind.SELECT and field.list is None:
        reader.note("list", "list_missing", LIST_MISSING)
    return field


def _material(reader: Reader) -> Material:
    return Material(
        code=reader.code("code"),
        title=reader.text("title", longest=60),
        required=reader.yes_no("required", default=True),
        types=reader.choices("types", FileType) or (FileType.JPG, FileType.PNG, FileType.PDF),
        max_mb=reader.number("max_mb", 10, low=1, high=12),
        max_files=reader.number("max_files", 1, low=1, high=20),
        hint=reader.text("hint", "", longest=200),
    )


def _reason(reader: Reader) -> RegistrationReason:
    return RegistrationReason(
        code=reader.code("code"),
        title=reader.text("title", longest=60),
        use=reader.choice("for", ReasonFor, ReasonFor.BOTH),
        text=reader.text("text", "", longest=200),
        text_required=reader.yes_no("text_required"),
        of=reader.choice("of", Whose, Whose.BOTH),
    )


def _check_codes(site: Site, problems: list[Problem]) -> None:
    groups = (
        ("fields", [f.code for f in site.fields], FIXED_FIELDS),
        ("materials", [m.code for m in site.materials], ()),
        ("reasons", [r.code for r in site.reasons], ()),
    )
    for path, codes, reserved in groups:
        for at, code in enumerate(codes):
            if code and (code in codes[:at] or code in reserved):
                problems.append(Problem(f"{path}[{at}].code", "taken_code", TAKEN_CODE, {"code": code}))
