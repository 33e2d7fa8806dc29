"""What a password must be. The profile and the list of common passwords are given by the caller."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from app.domain.malformed import Malformed
from app.domain.ports import PasswordHasher
from app.domain.text import N_

MAX_LENGTH = 128  # argon2 hashes any length; a bound keeps the work of a sign-in bounded
_TAIL = "0123456789!@#$%^&*().,?_-+~ "
_CLASSES: Sequence[Callable[[str], bool]] = (str.islower, str.isupper, str.isdigit)


class PasswordProfile(StrEnum):
    """Setting PASSWORD_PROFILE: GB/T 22239 (MLPS) or OWASP ASVS 5.0."""

    MLPS = "mlps"
    ASVS = "asvs"


@dataclass(frozen=True, slots=True)
class PasswordRule:
    """Minimum length, how many of the four classes, and passwords that everybody tries first."""

    min_length: int
    min_classes: int
    common: frozenset[str] = field(repr=False, default=frozenset())

    @classmethod
    def of(cls, profile: str, common: frozenset[str] = frozenset()) -> Self:
        """Return the rule of a profile: mlps 10 characters of 3 classes, asvs 8 without composition rule."""
        if PasswordProfile(profile) is PasswordProfile.MLPS:
            return cls(10, 3, common)
        return cls(8, 1, common)

    def check(self, password: str, *, personal: Sequence[str] = ()) -> None:
        """Raise Malformed when `password` may not be chosen; `personal` are texts it must not contain.

        Source: domain facts, section 11 (MLPS), ASVS 5.0 6.2.
        """
        if len(password) < self.min_length:
            raise Malformed("password_short", N_("At least %(min)s characters."), {"min": self.min_length})
        if len(password) > MAX_LENGTH:
            raise Malformed("password_long", N_("At most %(max)s characters."), {"max": MAX_LENGTH})
        if classes_in(password) < self.min_classes:
            raise Malformed(
                "password_classes",
                N_("Use %(min)s of these: small letters, capitals, digits, other characters."),
                {"min": self.min_classes},
            )
        self._check_guessable(password, personal)

    def _check_guessable(self, password: str, personal: Sequence[str]) -> None:
        lowered = password.casefold()
        if lowered in self.common or lowered.rstrip(_TAIL) in self.common or len(set(lowered)) < 4:  # noqa: PLR2004
            raise Malformed("password_common", N_("This password is among those that are tried first."))
        if any(len(text) > 3 and text.casefold() in lowered for text in personal):  # noqa: PLR2004
            raise Malformed(
                "password_personal", N_("The password must not contain the user name or the mobile.")
            )


def classes_in(password: str) -> int:
    """How many of the four classes occur: small letters, capitals, digits, anything else."""
    found = {next((i for i, known in enumerate(_CLASSES) if known(c)), len(_CLASSES)) for c in password}
    return len(found)


def parse_common(text: str) -> frozenset[str]:
    """Read the list of common passwords: one a line, `#` begins a comment line."""
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line.casefold() for line in lines if line and not line.startswith("#"))


@dataclass(frozen=True, slots=True)
class Passwords:
    """What setting a password takes: the rule of the site and the hasher."""

    hasher: PasswordHasher
    rule: PasswordRule
