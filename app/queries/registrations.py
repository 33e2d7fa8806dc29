"""Registrations of employers and persons as a review sees them: load under scope, judge, preview.

One code path for both parties; the command that decides uses the same functions (D12).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.blocks import Block
from app.domain.errors import FieldError, InvalidInput
from app.domain.programme import ReasonFor
from app.domain.registration import (
    EmployerState,
    Facts,
    Finding,
    RegistrationVerb,
    Step,
    SubjectKind,
    judge,
    step_of,
)
from app.domain.results import BatchResult
from app.domain.roles import Actor
from app.domain.site import FIXED_FIELDS, Site
from app.domain.text import N_
from app.models.account import Account
from app.models.employer import Employer
from app.models.person import Person
from app.queries.locks import lock_rows
from app.queries.reference import current_site
from app.queries.sets import among

PERSON_FIELDS = ("name", "doc_type", "doc_no", "mobile", "sex", "birth", "employer")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A registration as loaded (and locked): the facts, whom to tell, which submission."""

    facts: Facts
    account_id: int | None
    version_no: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows that may move, and the reasons of those that may not; what is in neither is unknown."""

    allowed: tuple[Loaded, ...]
    blocked: Mapping[int, tuple[Block, ...]]


def load(
    session: Session, actor: Actor, kind: SubjectKind, ids: Collection[int], *, for_update: bool = False
) -> tuple[Loaded, ...]:
    """Return the registrations among `ids` that the actor sees, in id order, locked if asked."""
    statement, model = _STATEMENTS[kind]
    rows = visible(statement.where(among(session, model.id, ids)), actor, model).order_by(model.id)
    if for_update:
        lock_rows(session, rows, model.id)
    return tuple(_loaded(kind, row) for row in session.execute(rows))


def _loaded(kind: SubjectKind, row: Any) -> Loaded:
    facts = Facts(
        kind=kind,
        id=row.id,
        state=row.state,
        lock=row.lock,
        agency_id=row.agency_id,
        employer_id=row.employer_id,
        person_key=row.person_key,
        target_employer_active=row.employer_state == EmployerState.ACTIVE,
    )
    return Loaded(facts, row.account_id, row.version_no)


_STATEMENTS: Mapping[SubjectKind, tuple[Any, Any]] = {
    SubjectKind.EMPLOYER: (
        select(
            Employer.id,
            Employer.state,
            Employer.lock,
            Employer.agency_id,
            Employer.id.label("employer_id"),
            Employer.state.label("employer_state"),
            Employer.version_no,
            Employer.contact_account_id.label("account_id"),
            Account.person_key,
        ).outerjoin(Account, Account.id == Employer.contact_account_id),
        Employer,
    ),
    SubjectKind.PERSON: (
        select(
            Person.id,
            Person.state,
            Person.lock,
            Employer.agency_id,
            Person.employer_id,
            Employer.state.label("employer_state"),
            Person.version_no,
            Person.account_id,
            Account.person_key,
        )
        .join(Account, Account.id == Person.account_id)
        .outerjoin(Employer, Employer.id == Person.employer_id),
        Person,
    ),
}


def judge_rows(
    step: Step, rows: Sequence[Loaded], *, actor: Actor, seen: Mapping[int, int], reasons: Sequence[str]
) -> Judged:
    """Judge every row by the one function of the domain."""
    blocks = {
        row.facts.id: judge(step, row.facts, actor=actor, seen=seen.get(row.facts.id), reasons=reasons)
        for row in rows
    }
    return Judged(
        tuple(row for row in rows if not blocks[row.facts.id]),
        {row_id: found for row_id, found in blocks.items() if found},
    )


def preview(
    session: Session,
    actor: Actor,
    kind: SubjectKind,
    *,
    verb: RegistrationVerb,
    seen: Mapping[int, int],
    findings: Sequence[Finding] = (),
    opinion: str = "",
) -> BatchResult:
    """Say what `decide` would answer, without writing anything (dry run, D12). Raises InvalidInput."""
    step = step_of(kind, verb)
    checked = check_findings(current_site(session), kind, findings)
    judged = judge_rows(
        step,
        load(session, actor, kind, tuple(seen)),
        actor=actor,
        seen=seen,
        reasons=reasons_of(step, checked, opinion),
    )
    return BatchResult.of(seen, moved=[row.facts.id for row in judged.allowed], blocked=judged.blocked)


def reasons_of(step: Step, findings: Sequence[Finding], opinion: str) -> tuple[str, ...]:
    """What counts as reason: items for a return, the opinion for a suspension."""
    return tuple(f.reason_code or f.text for f in findings) if step.needs_items else (opinion,)


def check_findings(site: Site, kind: SubjectKind, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the items with their reasons' default texts filled in; raises InvalidInput.

    A reason is one of the site's, fits what it is given for, and carries a text where it demands one.
    """
    errors = [error for n, finding in enumerate(findings) for error in _mistakes(site, kind, n, finding)]
    if errors:
        raise InvalidInput(*errors)
    return tuple(_with_default_text(site, finding) for finding in findings)


def _mistakes(site: Site, kind: SubjectKind, n: int, finding: Finding) -> list[FieldError]:
    target, code = finding.target
    mistakes = []
    if not _is_known(site, kind, target, code):
        mistakes.append(FieldError(f"findings[{n}]", "unknown_item", N_("There is no such item.")))
    reason = site.reason(finding.reason_code)
    if reason is None or not reason.is_for(kind) or not _fits(reason.use, target):
        mistakes.append(FieldError(f"findings[{n}].reason_code", "not_a_choice", N_("Choose a reason.")))
    elif reason.text_required and not finding.text.strip():
        mistakes.append(FieldError(f"findings[{n}].text", "required", N_("Please give a reason.")))
    return mistakes


def _fits(use: ReasonFor, target: str) -> bool:
    if target == "general":
        return use is not ReasonFor.REJECT
    return use is ReasonFor.BOTH or use.value == target


def _is_known(site: Site, kind: SubjectKind, target: str, code: str) -> bool:
    if target == "general":
        return True
    if kind is SubjectKind.PERSON:
        return target == "field" and code in PERSON_FIELDS
    if target == "material":
        return site.material(code) is not None
    return code in FIXED_FIELDS or any(field.code == code for field in site.fields)


def _with_default_text(site: Site, finding: Finding) -> Finding:
    reason = site.reason(finding.reason_code)
    text = finding.text.strip() or (reason.text if reason else "")
    return Finding(finding.reason_code, text, field=finding.field, material=finding.material)
