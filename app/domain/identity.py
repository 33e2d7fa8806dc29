"""Numbers that name a natural or legal person: documents, mobiles, credit codes, user names.

Every rule here is normalising and arithmetic. Which document types exist is a code list whose rows name
one of `CHECKERS` (domain facts, section 2); titles and order are data.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from app.domain.malformed import Malformed
from app.domain.text import N_

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
FIRST_BIRTH = date(1900, 1, 1)
MOBILE = "mobile"
DOC_NO = "doc_no"
_INVISIBLE = frozenset("-\u200b\u200c\u200d\u2060\ufeff")
_RESIDENT = re.compile(r"[1-8][0-9]{16}[0-9X]")
_RESIDENCE_PERMIT = re.compile(r"8[123]0000[0-9]{11}[0-9X]")
_PERMANENT_CARD = re.compile(r"9[0-9]{16}[0-9X]")
_MASKED_WITH_BIRTH = re.compile(r"[1-8][0-9]{5}\*{8}[0-9]{3}[0-9X]")
_OLD_NUMBER = re.compile(r"[0-9]{15}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MOBILE_PREFIX = re.compile(r"(?:\+86|0086|86)(?=1[3-9][0-9]{9}\Z)")
_USER_NAME = re.compile(r"[a-z][a-z0-9._-]{3,29}")
_CREDIT = re.compile(f"[{CREDIT_ALPHABET}]{{18}}")
_SEQUENCE = slice(14, 17)
_BIRTH = slice(6, 14)


class Sex(StrEnum):
    """GB/T 2261.1, the two values an ID number can carry."""

    MALE = "1"
    FEMALE = "2"


class NumberSpace(StrEnum):
    """Where a number must be unique: `identity_claim.kind` (D7). Stored; never rename one."""

    CN18 = "cn18"
    PASSPORT = "passport"
    HKMACAU_PERMIT = "hkmacau_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    RESIDENT_CARD_OLD = "resident_card_old"
    OTHER = "other"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A checked document number in canonical form; birth and sex where the number itself carries them."""

    space: NumberSpace
    value: str
    birth: date | None = None
    sex: Sex | None = None

    @property
    def masked(self) -> str:
        """Return the text lists may show: 6 and 4 characters of an 18-character number, else 2 and 2."""
        return mask_document(self.value, self.space)


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A row of the code list `document_types`: its checker is a key of `CHECKERS`."""

    code: str
    title: str
    checker: str


Checker = Callable[[str, date], DocumentNumber]


def fold(text: str) -> str:
    """Return the canonical spelling: NFKC, no white space, hyphen or zero-width character, upper case."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if not c.isspace() and c not in _INVISIBLE).upper()


def check_character(body: str) -> str:
    """Return the check character of the first 17 digits (ISO 7064 MOD 11-2, GB 11643-1999)."""
    return CHECK_CHARACTERS[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


def resident_id(text: str, today: date) -> DocumentNumber:
    """Check a resident ID number (居民身份证) and read birth date and sex from it.

    Raises Malformed. Fifteen-digit numbers are refused with a text of their own and never converted
    (GB 11643-1999; domain facts, section 1). An unknown address prefix is no reason to refuse.
    """
    number = fold(text)
    if _OLD_NUMBER.fullmatch(number):
        raise Malformed(
            "document_15_digits",
            N_("ID numbers of 15 digits are out of use; enter the number of 18 characters."),
        )
    return _eighteen(number, _RESIDENT, today)


def residence_permit(text: str, today: date) -> DocumentNumber:
    """Check a residence permit of Hong Kong, Macau or Taiwan people: as a resident ID, own prefixes."""
    return _eighteen(fold(text), _RESIDENCE_PERMIT, today)


def permanent_resident_card(text: str, today: date) -> DocumentNumber:
    """Check a foreigner's permanent resident card (since 2023-12-01): first 9, check character.

    Birth and sex are not read: the inner layout is not confirmed, so it may refuse nobody.
    """
    del today
    number = fold(text)
    _demand(_PERMANENT_CARD.fullmatch(number))
    _demand_check(number)
    return DocumentNumber(NumberSpace.CN18, number)


def _eighteen(number: str, pattern: re.Pattern[str], today: date) -> DocumentNumber:
    _demand(pattern.fullmatch(number))
    birth = _birth_of(number, today)
    _demand_check(number)
    sex = Sex.MALE if int(number[_SEQUENCE]) % 2 else Sex.FEMALE
    return DocumentNumber(NumberSpace.CN18, number, birth, sex)


def _demand(match: re.Match[str] | None) -> None:
    if match is None:
        raise Malformed("document_malformed", N_("This is not a number of the chosen document type."))


def _demand_check(number: str) -> None:
    if check_character(number[:17]) != number[17]:
        raise Malformed(
            "document_check_character", N_("The last character does not fit the number; check for a typo.")
        )


def _birth_of(number: str, today: date) -> date:
    digits = number[_BIRTH]
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        birth = date.max
    if not FIRST_BIRTH <= birth <= today:
        raise Malformed("document_birth_date", N_("The birth date inside the number is not a real one."))
    return birth


def _patterned(pattern: str, space: NumberSpace) -> Checker:
    compiled = re.compile(pattern)

    def check(text: str, today: date) -> DocumentNumber:
        del today
        number = fold(text)
        _demand(compiled.fullmatch(number))
        return DocumentNumber(space, number)

    return check


def free_number(text: str, today: date) -> DocumentNumber:
    """Check a document without a known layout: 5 to 30 printable characters, at least one digit or letter."""
    del today
    number = fold(text)
    legible = all(unicodedata.category(c)[0] in "LNP" for c in number)
    _demand(re.fullmatch(r"\S{5,30}", number) if legible and any(c.isalnum() for c in number) else None)
    return DocumentNumber(NumberSpace.OTHER, number)


CHECKERS: Mapping[str, Checker] = MappingProxyType(
    {
        "resident_id": resident_id,
        "passport": _patterned(r"[A-Z0-9]{5,18}", NumberSpace.PASSPORT),
        "hkmacau_permit": _patterned(r"[HM][0-9]{8}(?:[0-9]{2})?", NumberSpace.HKMACAU_PERMIT),
        "taiwan_permit": _patterned(r"[0-9]{8}", NumberSpace.TAIWAN_PERMIT),
        "residence_permit": residence_permit,
        "permanent_resident_card": permanent_resident_card,
        "resident_card_old": _patterned(r"[A-Z]{3}[0-9]{12}", NumberSpace.RESIDENT_CARD_OLD),
        "free": free_number,
    }
)
TELLING = frozenset({"resident_id", "residence_permit", "permanent_resident_card"})
"""Checkers of numbers that tell sex and birth."""


def check_document(checker: str, text: str, today: date) -> DocumentNumber:
    """Check `text` by the named checker; raises Malformed, also for a checker nobody knows.

    Source: domain facts, sections 1 and 2; R7, R25.
    """
    known = CHECKERS.get(checker)
    if known is None:
        raise Malformed("document_type_unknown", N_("Choose a document type."))
    return known(text, today)


def rebuilt_number(masked: str, birth: date | None, today: date) -> DocumentNumber | None:
    """Check an 18-character number by its mask, with the birth date on record in the hidden place.

    None for numbers that do not carry a birth date. Raises Malformed when the two do not fit together: the
    check character finds every single wrong digit and ten of eleven other differences. Source: GB 11643-1999.
    """
    if birth is None or not _MASKED_WITH_BIRTH.fullmatch(masked):
        return None
    return _eighteen(masked[: _BIRTH.start] + f"{birth:%Y%m%d}" + masked[_BIRTH.stop :], _RESIDENT, today)


def age_on(birth: date, day: date) -> int:
    """Full years of age on `day`; someone born on 29 February has a birthday on 1 March in common years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def mobile_number(text: str) -> str:
    """Return a mainland mobile in E.164 (`+8613800138000`); raises Malformed (domain facts, section 4)."""
    number = _MOBILE_PREFIX.sub("", fold(text), count=1)
    if not _MOBILE.fullmatch(number):
        raise Malformed("mobile_malformed", N_("Enter a mobile number of 11 digits."))
    return f"+86{number}"


def show_mobile(number: str) -> str:
    """Show an E.164 mobile in groups of 3-4-4."""
    local = number.removeprefix("+86")
    return f"{local[:3]} {local[3:7]} {local[7:]}"


def mask_mobile(number: str) -> str:
    """`138****8000`: the text lists may show of an E.164 or local mobile."""
    local = number.removeprefix("+86")
    return f"{local[:3]}****{local[-4:]}"


def mask_document(value: str, space: str) -> str:
    """Mask a document number: 6 and 4 characters stay of an 18-character number, 2 and 2 of any other."""
    head, tail = (6, 4) if space == NumberSpace.CN18 else (2, 2)
    return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


def credit_check_character(body: str) -> str:
    """Return the check character of the first 17 characters of a credit code (GB 32100-2015)."""
    total = sum(w * CREDIT_ALPHABET.index(c) for w, c in zip(CREDIT_WEIGHTS, body, strict=True))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def credit_code(text: str) -> str:
    """Return the canonical unified social credit code; raises Malformed (domain facts, section 3)."""
    code = fold(text)
    if not _CREDIT.fullmatch(code):
        raise Malformed(
            "credit_code_malformed", N_("A unified social credit code has 18 digits and capitals.")
        )
    if credit_check_character(code[:17]) != code[17]:
        raise Malformed(
            "credit_code_check_character", N_("The last character does not fit the code; check for a typo.")
        )
    return code


def user_name(text: str) -> str:
    """Return the canonical user name: 4 to 30 of a-z 0-9 . _ -, first a letter, so none looks like a mobile
    (R7).
    """
    name = unicodedata.normalize("NFKC", text).strip().lower()
    if not _USER_NAME.fullmatch(name):
        raise Malformed(
            "user_name_malformed",
            N_("A user name has 4 to 30 of the characters a–z 0–9 . _ - and begins with a letter."),
        )
    return name
