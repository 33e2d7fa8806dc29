"""The three entries, who may use which, and how a sign-in is refused (R16, R17, A12)."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from app.domain.errors import DomainError
from app.domain.roles import AccountKind
from app.domain.text import N_

FAILURES = 5
WINDOW = timedelta(minutes=15)


class Entry(StrEnum):
    """单位登录, 个人登录, 机构登录; superusers use the officers' entry (D2)."""

    EMPLOYER = "employer"
    PERSON = "person"
    OFFICER = "officer"


KINDS: Mapping[Entry, frozenset[AccountKind]] = MappingProxyType(
    {
        Entry.EMPLOYER: frozenset({AccountKind.EMPLOYER}),
        Entry.PERSON: frozenset({AccountKind.PERSON}),
        Entry.OFFICER: frozenset({AccountKind.OFFICER, AccountKind.SUPERUSER}),
    }
)


def entry_of(kind: AccountKind) -> Entry:
    """Return the entry that accounts of `kind` use."""
    return next(entry for entry, kinds in KINDS.items() if kind in kinds)


class SignInFailed(DomainError):
    """One answer for every failure: unknown name, wrong password, disabled or locked account (R17, T20)."""

    code = "sign_in_failed"
    message = N_(
        "The user name or the password is wrong, or there were too many attempts. Please try again later."
    )
    status = 401


class WrongEntry(DomainError):
    """The credential is right but belongs to another entry; `entry` names it (A12, T25)."""

    code = "wrong_entry"
    message = N_("Please sign in at the entry for %(entry)s.")
    status = 401

    def __init__(self, *, entry: str = "", **params: object) -> None:
        super().__init__(entry=entry, **params)
        self.entry = entry
