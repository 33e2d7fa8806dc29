"""Registrations of employers and persons: states, verbs, and what may follow (model, section 2).

Both are judged by one function over `Step`s, which are data. Applications have a workflow of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.blocks import Block
from app.domain.roles import AccountKind, Actor, Permission


class SubjectKind(StrEnum):
    """Whose registration it is; also the subject of its audit chain."""

    EMPLOYER = "employer"
    PERSON = "person"


class EmployerState(StrEnum):
    """待提交, 待审核, 已退回, 审核通过, 已暂停. Stored; never rename one."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class PersonState(StrEnum):
    """待审核, 已退回, 审核通过, 未绑定单位, 已注销. Stored; never rename one."""

    REGISTERED = "registered"
    RETURNED = "returned"
    ACTIVE = "active"
    UNBOUND = "unbound"
    CLOSED = "closed"


class ChangeState(StrEnum):
    """A requested change of name, credit code or bureau. Stored; never rename one."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """What a reviewer may decide on a registration: there is no final refusal (A11)."""

    APPROVE = "approve"
    SEND_BACK = "send_back"


class RegistrationVerb(StrEnum):
    """Everything that moves a registration; the event name in its audit chain."""

    APPROVE = "approve"
    SEND_BACK = "send_back"
    SUBMIT = "submit"
    SUSPEND = "suspend"
    RESUME = "resume"
    EDIT = "edit"
    SWITCH = "switch_employer"
    LEAVE = "leave"
    CHOOSE = "choose_employer"
    CLOSE = "close"
    ASSIGN = "assign_service"


class Holder(StrEnum):
    """Who may take a step, besides holding its permission."""

    OWN_STAFF = "own_staff"
    BUREAU = "bureau"
    EMPLOYER_OF = "employer_of"
    HIMSELF = "himself"
    HIMSELF_OR_EMPLOYER = "himself_or_employer"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the state tables: from which states, to which, by whom; `to` None leaves the state."""

    verb: RegistrationVerb
    before: frozenset[str]
    to: str | None
    holder: Holder
    permission: Permission | None = None
    needs_reason: bool = False
    needs_items: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What a verdict is judged on: the row as locked, and whose number stands behind it."""

    kind: SubjectKind
    id: int
    state: str
    lock: int
    agency_id: int | None = None
    employer_id: int | None = None
    person_key: str | None = None
    target_employer_active: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One item of a return: a field, a material or (with neither) the whole registration, and why."""

    reason_code: str
    text: str = ""
    field: str | None = None
    material: str | None = None

    @property
    def target(self) -> tuple[str, str]:
        """Kind and code of what is flagged; `("general", "")` for the whole."""
        if self.field:
            return "field", self.field
        return ("material", self.material) if self.material else ("general", "")


def _steps(*steps: Step) -> Mapping[RegistrationVerb, Step]:
    return {step.verb: step for step in steps}


_E, _P, _V, _H = EmployerState, PersonState, RegistrationVerb, Holder

EMPLOYER_STEPS: Mapping[RegistrationVerb, Step] = _steps(
    Step(_V.SUBMIT, frozenset({_E.DRAFT, _E.RETURNED}), _E.SUBMITTED, _H.OWN_STAFF, Permission.EMPLOYER_EDIT),
    Step(_V.APPROVE, frozenset({_E.SUBMITTED}), _E.ACTIVE, _H.BUREAU, Permission.EMPLOYER_REVIEW),
    Step(
        _V.SEND_BACK,
        frozenset({_E.SUBMITTED}),
        _E.RETURNED,
        _H.BUREAU,
        Permission.EMPLOYER_REVIEW,
        needs_items=True,
    ),
    Step(
        _V.SUSPEND,
        frozenset({_E.ACTIVE}),
        _E.SUSPENDED,
        _H.BUREAU,
        Permission.EMPLOYER_SUSPEND,
        needs_reason=True,
    ),
    Step(
        _V.RESUME,
        frozenset({_E.SUSPENDED}),
        _E.ACTIVE,
        _H.BUREAU,
        Permission.EMPLOYER_SUSPEND,
        needs_reason=True,
    ),
    Step(_V.EDIT, frozenset(_E) - {_E.SUBMITTED}, None, _H.OWN_STAFF, Permission.EMPLOYER_EDIT),
)

_WAITING = frozenset({_P.REGISTERED, _P.RETURNED})
PERSON_STEPS: Mapping[RegistrationVerb, Step] = _steps(
    Step(_V.APPROVE, frozenset({_P.REGISTERED}), _P.ACTIVE, _H.EMPLOYER_OF, Permission.PERSON_REVIEW),
    Step(
        _V.SEND_BACK,
        frozenset({_P.REGISTERED}),
        _P.RETURNED,
        _H.EMPLOYER_OF,
        Permission.PERSON_REVIEW,
        needs_items=True,
    ),
    Step(_V.SUBMIT, frozenset({_P.RETURNED}), _P.REGISTERED, _H.HIMSELF),
    Step(_V.EDIT, _WAITING, None, _H.HIMSELF),
    Step(_V.SWITCH, _WAITING, _P.REGISTERED, _H.HIMSELF),
    Step(_V.LEAVE, frozenset({_P.ACTIVE}), _P.UNBOUND, _H.HIMSELF_OR_EMPLOYER, Permission.PERSON_REVIEW),
    Step(_V.CHOOSE, frozenset({_P.UNBOUND}), _P.REGISTERED, _H.HIMSELF),
    Step(_V.CLOSE, frozenset(_P) - {_P.CLOSED}, _P.CLOSED, _H.HIMSELF),
    Step(_V.ASSIGN, frozenset({_P.ACTIVE}), None, _H.EMPLOYER_OF, Permission.PERSON_REVIEW),
)
_STEPS: Mapping[SubjectKind, Mapping[RegistrationVerb, Step]] = {
    SubjectKind.EMPLOYER: EMPLOYER_STEPS,
    SubjectKind.PERSON: PERSON_STEPS,
}
_NEEDS_ACTIVE_EMPLOYER = frozenset({_V.SWITCH, _V.CHOOSE, _V.SUBMIT})
_REVIEWS = frozenset({_V.APPROVE, _V.SEND_BACK})


def step_of(kind: SubjectKind, verb: RegistrationVerb) -> Step:
    """Return the state table's line of `kind` for `verb`; raises KeyError for a verb it does not have."""
    return _STEPS[kind][verb]


def judge(
    step: Step, facts: Facts, *, actor: Actor, seen: int | None = None, reasons: Sequence[str] = ()
) -> tuple[Block, ...]:
    """Say why `actor` may not take `step` now; empty means he may.

    The common guards come first and each alone is the answer: right, role at this very row, lock as seen.
    `reasons` are the texts given: the reason of a step that needs one, or one entry per returned item.
    Source: model, section 2 and Why blocked; R14, R26, D8.
    """
    guard = _guard(step, facts, actor, seen)
    if guard is not None:
        return (guard,)
    return tuple(_blocks(step, facts, actor, reasons))


def _guard(step: Step, facts: Facts, actor: Actor, seen: int | None) -> Block | None:
    if actor.is_superuser:
        return Block("superuser_never_decides")
    if not _holds(step, facts, actor):
        return Block("not_your_role")
    if seen is not None and seen != facts.lock:
        return Block("stale")
    return None


def _holds(step: Step, facts: Facts, actor: Actor) -> bool:
    himself = (
        actor.kind is AccountKind.PERSON and facts.kind is SubjectKind.PERSON and actor.person_id == facts.id
    )
    if step.holder in {Holder.HIMSELF, Holder.HIMSELF_OR_EMPLOYER} and himself:
        return True
    if step.permission is None or not actor.may(step.permission):
        return False
    if step.holder is Holder.BUREAU:
        return actor.kind is AccountKind.OFFICER and actor.agency_id == facts.agency_id
    return actor.kind is AccountKind.EMPLOYER and actor.employer_id == facts.employer_id


def _blocks(step: Step, facts: Facts, actor: Actor, reasons: Sequence[str]) -> Iterable[Block]:
    if facts.state not in step.before:
        yield Block("wrong_status", {"status": facts.state})
    if step.verb in _REVIEWS and facts.person_key is not None and actor.person_key == facts.person_key:
        yield Block("own_application")
    if step.needs_items and not any(reason.strip() for reason in reasons):
        yield Block("item_reason_required")
    if step.needs_reason and not any(reason.strip() for reason in reasons):
        yield Block("reason_required")
    if (
        facts.kind is SubjectKind.PERSON
        and step.verb in _NEEDS_ACTIVE_EMPLOYER
        and not facts.target_employer_active
    ):
        yield Block("employer_not_active")


def unanswered(
    findings: Sequence[Finding], *, changed: frozenset[tuple[str, str]], answered: frozenset[str]
) -> list[str]:
    """Return the codes of returned items that were neither changed nor answered; "" is the whole
    registration.

    `changed` holds (kind, code) of what differs from the returned submission, `answered` the codes that carry
    an answer. A general finding is met by any change or by a general answer (model: per-item verdicts).
    """
    missing = []
    for finding in findings:
        kind, code = finding.target
        met = bool(changed) if kind == "general" else (kind, code) in changed
        if not met and code not in answered and code not in missing:
            missing.append(code)
    return missing


def changes_between(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    """Return the codes whose values differ, in the order of `new`, then those only `old` had."""
    codes = [*new, *(code for code in old if code not in new)]
    return tuple(code for code in codes if old.get(code) != new.get(code))
