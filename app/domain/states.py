"""The vocabulary of the workflow.

Statuses, verbs, and the frozen facts of one case that verbs are judged on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.programme import Party, Programme, Verdict
from app.domain.roles import Permission


class Status(StrEnum):
    """Where an application is in its life (model: Application)."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    ISSUED = "issued"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


OPEN = frozenset({Status.DRAFT, Status.IN_REVIEW, Status.RETURNED, Status.APPROVED})
FINAL = frozenset(Status) - OPEN


class Verb(StrEnum):
    """Everything that can be done to an application."""

    NEW = "new"
    SUBMIT = "submit"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    BACK = "back"
    REJECT = "reject"
    UNDO = "undo"
    PULL_BACK = "pull_back"
    CLAIM = "claim"
    RELEASE = "release"
    REASSIGN = "reassign"
    ISSUE = "issue"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"


VERDICTS: Mapping[Verb, Verdict] = {
    Verb.APPROVE: Verdict.APPROVE,
    Verb.SEND_BACK: Verdict.SEND_BACK,
    Verb.BACK: Verdict.BACK,
    Verb.REJECT: Verdict.REJECT,
}
"""The verbs by which the holder of a stage decides."""

NEEDS: Mapping[Verb, Permission] = {
    Verb.NEW: Permission.APPLICATION_APPLY,
    Verb.SUBMIT: Permission.APPLICATION_APPLY,
    Verb.WITHDRAW: Permission.APPLICATION_APPLY,
    Verb.ISSUE: Permission.CARD_PRINT,
    Verb.CANCEL: Permission.APPLICATION_CANCEL,
} | dict.fromkeys(
    (*VERDICTS, Verb.UNDO, Verb.PULL_BACK, Verb.CLAIM, Verb.RELEASE, Verb.REASSIGN),
    Permission.APPLICATION_REVIEW,
)
"""The permission each verb needs, whatever the case."""

STATUSES: Mapping[Verb, frozenset[Status]] = {
    Verb.SUBMIT: frozenset({Status.DRAFT, Status.RETURNED}),
    Verb.UNDO: frozenset({Status.IN_REVIEW, Status.RETURNED, Status.APPROVED, Status.REJECTED}),
    Verb.ISSUE: frozenset({Status.APPROVED}),
    Verb.WITHDRAW: frozenset({Status.DRAFT, Status.IN_REVIEW, Status.RETURNED}),
    Verb.CANCEL: OPEN,
} | dict.fromkeys(
    (*VERDICTS, Verb.PULL_BACK, Verb.CLAIM, Verb.RELEASE, Verb.REASSIGN), frozenset({Status.IN_REVIEW})
)
"""The statuses in which each verb is possible (all but `new`, which has no case yet)."""


class Waiting(StrEnum):
    """Whom an open application waits for: exactly one party (invariant I11)."""

    APPLICANT = "applicant"
    EMPLOYER = "employer"
    ROSTER = "roster"
    COUNTY = "county"
    CITY = "city"
    PRINTER = "printer"
    NOBODY = "nobody"


class RosterState(StrEnum):
    """States of a roster, as far as a case's workflow asks."""

    EXPORTED = "exported"
    SEALED = "sealed"
    SCAN_RETURNED = "scan_returned"
    VOID = "void"


UNSEALED = frozenset({RosterState.EXPORTED, RosterState.SCAN_RETURNED})
"""A roster in these states becomes void at once when a member leaves (model 4)."""


class FrozenBy(StrEnum):
    """Why an open application is frozen; the first of several causes is named (requirement I9)."""

    EMPLOYER_SUSPENDED = "employer_suspended"
    PERSON_LEFT = "person_left"


@dataclass(frozen=True, slots=True)
class Approved:
    """One live approval of the round."""

    stage_code: str
    version_no: int
    actor_key: str
    review_id: int


@dataclass(frozen=True, slots=True)
class RosterLink:
    """The roster a case stands on."""

    id: int
    no: str
    state: RosterState
    digest: str


@dataclass(frozen=True, slots=True)
class Before:
    """What a verdict changed, as it was: undo restores it exactly (invariant I15)."""

    status: Status
    stage_code: str | None
    is_ready: bool
    roster_id: int | None
    approvals: tuple[Approved, ...]
    entered_at: datetime
    due_at: datetime | None
    reached_agency_at: datetime | None


@dataclass(frozen=True, slots=True)
class LastDecision:
    """The newest review of a case, if it is a verdict and not an undo."""

    review_id: int
    verdict: Verdict
    stage_code: str
    actor_id: int
    lock_seen: int
    before: Before | None
    batch_id: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of one application that its verbs are judged on, read under lock by a command.

    `unseen` are the materials of the present version that the actor has not opened, `is_clean` says whether
    all automatic checks pass, `newer_open` whether the person has another open application here,
    `is_gone` whether he closed his account (both asked of rejected cases only),
    `old_roster` is
    the roster the last verdict found the case on.
    """

    id: int
    lock: int
    status: Status
    stage_code: str | None
    is_ready: bool
    version_no: int
    version_id: int
    programme_id: int
    chain: tuple[str, ...]
    applicant_key: str
    person_id: int
    employer_id: int
    county_id: int | None
    city_id: int | None
    entered_at: datetime
    no: str | None = None
    kind: str = ""
    category: str | None = None
    due_at: datetime | None = None
    reached_agency_at: datetime | None = None
    opened_at: datetime | None = None
    undo_until: datetime | None = None
    claimed_by: int | None = None
    claimed_until: datetime | None = None
    claimer_name: str = ""
    frozen_reason: str | None = None
    desk_role: str | None = None
    desk_agency_id: int | None = None
    roster: RosterLink | None = None
    old_roster: RosterLink | None = None
    approvals: tuple[Approved, ...] = ()
    last: LastDecision | None = None
    newer_open: bool = False
    is_gone: bool = False
    unseen: tuple[str, ...] = ()
    is_clean: bool = True
    materials: frozenset[str] = frozenset()
    card_active: bool = False
    missing_glyphs: str = ""
    account_id: int = 0
    submission_digest: str | None = None
    audit_seq: int = 0
    audit_head: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One returned item: a field, a material or the whole case, with its reason."""

    target_kind: str
    target_code: str = ""
    reason_code: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What the actor says with a verb: words, items, and whether he decides many cases at once."""

    text: str = ""
    items: tuple[Item, ...] = ()
    in_batch: bool = False


Programmes = Mapping[int, Programme]
"""The documents of the cases at hand, by id of their version."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose queue a case is in; `agency_id` is None for employer stages."""

    role: str | None = None
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewFacts:
    """What `new` is judged on."""

    person_active: bool
    employer_active: bool
    open_no: str | None = None
    has_open: bool = False
    card_no: str | None = None
    cooling_off_until: datetime | None = None


def agency_of(party: Party, *, county_id: int | None, city_id: int | None) -> int | None:
    """The bureau that holds a stage of `party` for a case; None for the employer."""
    if party is Party.COUNTY:
        return county_id
    return city_id if party is Party.CITY else None
