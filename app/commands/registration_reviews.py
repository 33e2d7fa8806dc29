"""Deciding on registrations of employers and persons: one batch path for both parties (R14, R26, D12).

Suspending and resuming an employer are verdicts of the same kind; they freeze and thaw its open applications.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, update

from app.access.policy import require
from app.commands.denials import log_denials
from app.commands.employer_state import hold_active
from app.commands.form import words_at
from app.commands.freezing import recompute_frozen
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.audit import digest_of
from app.domain.errors import Blocked, NotFound, Stale
from app.domain.registration import Finding, RegistrationVerb, Step, SubjectKind, step_of
from app.domain.results import BatchResult, refuse_too_many
from app.domain.roles import SEEDED_GRANTS, Actor
from app.models.employer import Employer, RegistrationReview
from app.models.ids import new_id
from app.models.person import Person
from app.models.work import Message
from app.queries.reference import current_site
from app.queries.registrations import Loaded, check_findings, judge_rows, load, reasons_of
from app.queries.sets import among
from config import BATCH_MAX

_TABLES: Mapping[SubjectKind, Any] = {SubjectKind.EMPLOYER: Employer, SubjectKind.PERSON: Person}


@retried
def decide(
    engine: Engine,
    kind: SubjectKind,
    verb: RegistrationVerb,
    *,
    actor: Actor,
    seen: Mapping[int, int],
    findings: Sequence[Finding] = (),
    opinion: str = "",
    key: str | None = None,
    max_rows: int = BATCH_MAX,
    now: datetime,
) -> BatchResult:
    """Take `verb` on each registration of `seen` (id → lock as seen) and name every id once.

    Nothing of a skipped row changes; foreign and missing ids are unknown alike. Raises NotAllowed,
    InvalidInput (also above `max_rows`), IdempotencyMismatch. Source: R14, R26, D12.
    """
    step = step_of(kind, verb)
    if step.permission is not None and not actor.is_superuser:
        require(actor, step.permission)
    refuse_too_many(len(seen), max_rows)
    with unit_of_work(
        engine,
        actor,
        now=now,
        key=key,
        request=_request(kind, verb, seen, findings=findings, opinion=opinion),
    ) as work:
        if work.replay is not None:
            return BatchResult.from_json(work.replay)
        if kind is SubjectKind.PERSON:  # staff of an employer that is suspended meanwhile decides nothing
            hold_active(work)
        result = _decide(work, step, kind, seen, findings=findings, opinion=opinion)
        log_denials(work, kind.value, result)
        work.remember(result.to_json())
    return result


def decide_one(
    engine: Engine, kind: SubjectKind, verb: RegistrationVerb, *, row_id: int, **given: Any
) -> None:
    """Take `verb` on a single registration; raises NotFound, Stale or Blocked instead of naming it in a
    result.
    """
    lock = given.pop("lock")
    refuse_unmoved(decide(engine, kind, verb, seen={row_id: lock}, **given))


def refuse_unmoved(result: BatchResult) -> None:
    """Raise what a batch of one says about a row that did not move."""
    if result.unknown:
        raise NotFound
    for skipped in result.skipped:
        if [block.code for block in skipped.blocks] == ["stale"]:
            raise Stale
        raise Blocked(*skipped.blocks)


def _request(
    kind: SubjectKind,
    verb: RegistrationVerb,
    seen: Mapping[int, int],
    *,
    findings: Sequence[Finding],
    opinion: str,
) -> object:
    items = [[*f.target, f.reason_code, f.text] for f in findings]
    return [kind.value, verb.value, sorted([str(i), lock] for i, lock in seen.items()), items, opinion]


def _decide(
    work: Work,
    step: Step,
    kind: SubjectKind,
    seen: Mapping[int, int],
    *,
    findings: Sequence[Finding],
    opinion: str,
) -> BatchResult:
    checked = check_findings(current_site(work.session), kind, findings)
    text = words_at("opinion", opinion)
    rows = load(work.session, work.actor, kind, tuple(seen), for_update=True)
    judged = judge_rows(step, rows, actor=work.actor, seen=seen, reasons=reasons_of(step, checked, text))
    _move(work, step, judged.allowed, findings=checked, text=text)
    return BatchResult.of(seen, moved=[row.facts.id for row in judged.allowed], blocked=judged.blocked)


def _move(work: Work, step: Step, rows: Sequence[Loaded], *, findings: Sequence[Finding], text: str) -> None:
    if not rows:
        return
    kind, ids = rows[0].facts.kind, [row.facts.id for row in rows]
    table = _TABLES[kind]
    values: dict[str, object] = {"state": step.to, "decided_at": work.now, "lock": table.lock + 1}
    if kind is SubjectKind.PERSON:
        values["return_reason"] = (
            _summary(findings, text) if step.verb is RegistrationVerb.SEND_BACK else None
        )
        values["return_answer"] = None
    work.session.execute(update(table).where(among(work.session, table.id, ids)).values(**values))
    items = [_item(finding) for finding in findings]
    _insert_reviews(work, step, rows, items=items, text=text)
    digest = digest_of({"verdict": step.verb.value, "items": items, "text": text})
    events = [(row.facts.id, step.verb.value, _payload(step, row, digest)) for row in rows]
    work.audit_many(kind.value, events, role=role_in_history(step, work.actor))
    _tell(work, step, rows)
    if kind is SubjectKind.PERSON:
        recompute_frozen(work, person_ids=ids)
    else:
        recompute_frozen(work, employer_ids=ids)


def _insert_reviews(
    work: Work, step: Step, rows: Sequence[Loaded], *, items: list[dict[str, str]], text: str
) -> None:
    batch_id = new_id()
    reviews = [
        {
            "id": new_id(),
            "subject_kind": row.facts.kind.value,
            "subject_id": row.facts.id,
            "version_no": row.version_no,
            "verdict": step.verb.value,
            "actor_id": work.actor.account_id,
            "actor_key": work.actor.person_key,
            "actor_name": work.actor.full_name,
            "role": role_in_history(step, work.actor),
            "lock_seen": row.facts.lock,
            "text": text or None,
            "items": items,
            "batch_id": batch_id,
            "at": work.now,
        }
        for row in rows
    ]
    work.session.execute(insert(RegistrationReview), reviews)


def role_in_history(step: Step, actor: Actor) -> str | None:
    """Name the seeded role that stands for the step's permission, for the history."""
    if step.permission is None:
        return None
    grants = (role for role, permissions in SEEDED_GRANTS.items() if step.permission in permissions)
    return next((str(role) for role in grants if role in actor.roles), None)


def _item(finding: Finding) -> dict[str, str]:
    kind, code = finding.target
    return {
        "target_kind": kind,
        "target_code": code,
        "reason_code": finding.reason_code,
        "text": finding.text,
    }


def _summary(findings: Sequence[Finding], text: str) -> str:
    return " ".join(dict.fromkeys(part for part in (*(f.text for f in findings), text) if part))


def _payload(step: Step, row: Loaded, digest: str) -> dict[str, object]:
    return {
        "from": row.facts.state,
        "to": step.to,
        "lock_seen": row.facts.lock,
        "version_no": row.version_no,
        "review": digest,
    }


def _tell(work: Work, step: Step, rows: Sequence[Loaded]) -> None:
    messages: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "account_id": row.account_id,
            "template": f"sms.reg_{step.verb.value}",
            "params": {},
            "subject_kind": row.facts.kind.value,
            "subject_id": row.facts.id,
            "not_before": work.now,
            "created": work.now,
        }
        for row in rows
        if row.account_id is not None
    ]
    if messages:
        work.session.execute(insert(Message), messages)
