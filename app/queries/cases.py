"""Cases as the workflow judges them: the facts of applications under the actor's scope (D11, D12).

Commands read them locked, previews and the desk unlocked, through the same statements; their number does
not depend on the number of rows.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from app.access.scope import visible
from app.domain.predicates import CHECKS_CLEAN, MATERIALS_VIEWED
from app.domain.programme import BatchMode, Programme, Stage, Verdict
from app.domain.registration import PersonState
from app.domain.roles import Actor
from app.domain.states import (
    OPEN,
    UNSEALED,
    Approved,
    Before,
    Case,
    LastDecision,
    RosterLink,
    RosterState,
    Status,
    Verb,
)
from app.models.account import Account
from app.models.application import Application, Approval, MaterialView, Review, Submission
from app.models.card import Card
from app.models.person import Person
from app.models.programme import ProgrammeVersion
from app.models.roster import Roster
from app.queries.checks import unclean
from app.queries.locks import lock_rows
from app.queries.programmes import programme_of
from app.queries.sets import AnySelect, among

Claimer = aliased(Account)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Cases in id order, with the documents they follow and the digests of these."""

    cases: tuple[Case, ...]
    programmes: Mapping[int, Programme]
    digests: Mapping[int, str]


def load(
    session: Session, actor: Actor, ids: Collection[int], *, verbs: Collection[Verb], lock: bool = False
) -> Loaded:
    """The cases among `ids` that `actor` sees, with what judging `verbs` needs.

    Locked in id order if asked.
    """
    return _load(session, actor, visible(_base(session, ids), actor, Application), verbs=verbs, lock=lock)


def load_unscoped(session: Session, actor: Actor, ids: Collection[int], *, lock: bool = False) -> Loaded:
    """The same without scope, for consequences of an accepted command on cases beside it (a void roster)."""
    return _load(session, actor, _base(session, ids), verbs=(), lock=lock)


def lock_with_roster_members(session: Session, actor: Actor, ids: Collection[int]) -> None:
    """Lock the cases and all members of their unsealed rosters in id order, before some of them leave
    (PostgreSQL).

    A member that leaves makes its roster void, which touches the others: taken in one order, two such
    transactions wait for each other instead of deadlocking. SQLite has one writer.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    a = Application
    mine = visible(select(a.id).where(among(session, a.id, ids)), actor, a)
    rosters = visible(select(a.roster_id).where(among(session, a.id, ids)), actor, a)
    unsealed = select(Roster.id).where(
        Roster.id.in_(rosters), Roster.state.in_([state.value for state in UNSEALED])
    )
    wanted = or_(a.id.in_(mine), a.roster_id.in_(unsealed))
    session.execute(select(a.id).where(wanted).order_by(a.id).with_for_update()).all()


def _base(session: Session, ids: Collection[int]) -> AnySelect:
    a, s = Application, Submission
    return (
        select(
            *_COLUMNS,
            s.digest.label("submission_digest"),
            type_coerce(s.chain, Text).label("chain_text"),
            Person.account_id.label("account_id"),
            Roster.no.label("roster_no"),
            Roster.state.label("roster_state"),
            Roster.digest.label("roster_digest"),
            Claimer.full_name.label("claimer_name"),
        )
        .select_from(a)
        .outerjoin(s, and_(s.application_id == a.id, s.n == a.version_no))
        .join(Person, Person.id == a.person_id)
        .outerjoin(Roster, Roster.id == a.roster_id)
        .outerjoin(Claimer, Claimer.id == a.claimed_by)
        .where(among(session, a.id, ids))
        .order_by(a.id)
    )


_a = Application
_COLUMNS = (
    _a.id, _a.lock, _a.status, _a.stage_code, _a.is_ready, _a.version_no, _a.programme_version_id,
    _a.programme_id, _a.applicant_key, _a.person_id, _a.employer_id, _a.county_id, _a.city_id, _a.entered_at, _a.no, _a.kind,
    _a.category, _a.due_at, _a.reached_agency_at, _a.opened_at, _a.undo_until, _a.claimed_by,
    _a.claimed_until, _a.frozen_reason, _a.desk_role, _a.desk_agency_id, _a.roster_id, _a.audit_seq,
    _a.audit_head,
)  # fmt: skip


def _load(
    session: Session, actor: Actor, statement: AnySelect, *, verbs: Collection[Verb], lock: bool
) -> Loaded:
    if lock:
        lock_rows(session, statement, Application.id)
    rows = session.execute(statement).all()
    ids = [row.id for row in rows]
    programmes, digests = _documents(session, {row.programme_version_id for row in rows})
    approvals = _approvals(session, ids)
    chains: dict[str, tuple[str, ...]] = {}
    cases = [_case(row, chains, approvals.get(row.id, ())) for row in rows]
    if Verb.UNDO in verbs:
        cases = _with_last(session, cases)
    cases = _with_requirements(session, actor, cases, programmes)
    return Loaded(tuple(cases), programmes, digests)


def _documents(session: Session, version_ids: Collection[int]) -> tuple[dict[int, Programme], dict[int, str]]:
    v = ProgrammeVersion
    rows = (
        session.execute(select(v.id, v.digest, v.document).where(v.id.in_(version_ids))).all()
        if version_ids
        else []
    )
    digests = {row.id: row.digest for row in rows}
    return {row.id: programme_of(row.document, row.digest) for row in rows}, digests


def _chain(text: Any, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if text is None:
        return ()
    key = text if isinstance(text, str) else json.dumps(text)
    found = known.get(key)
    if found is None:
        known[key] = found = tuple(json.loads(key))
    return found


def _case(row: Any, chains: dict[str, tuple[str, ...]], approvals: tuple[Approved, ...]) -> Case:
    """One row as a case; unpacked by position, for a batch makes ten thousand of them."""
    (
        case_id, lock, status, stage_code, is_ready, version_no, version_id, programme_id, applicant_key,
        person_id, employer_id,
        county_id, city_id, entered_at, no, kind, category, due_at, reached_agency_at, opened_at, undo_until,
        claimed_by, claimed_until, frozen_reason, desk_role, desk_agency_id, roster_id, audit_seq, audit_head,
        submission_digest, chain_text, account_id, roster_no, roster_state, roster_digest, claimer_name,
    ) = row  # fmt: skip
    roster = None
    if roster_id is not None:
        roster = RosterLink(roster_id, roster_no, RosterState(roster_state), roster_digest)
    return Case(
        case_id, lock, _STATUS[status], stage_code, is_ready, version_no, version_id, programme_id,
        _chain(chain_text, chains),
        applicant_key, person_id, employer_id, county_id, city_id, entered_at, no, kind, category, due_at,
        reached_agency_at, opened_at, undo_until, claimed_by, claimed_until, claimer_name or "",
        frozen_reason,
        desk_role, desk_agency_id, roster, None, approvals,
        account_id=account_id, submission_digest=submission_digest, audit_seq=audit_seq,
        audit_head=audit_head,
    )  # fmt: skip


_STATUS = {status.value: status for status in Status}


def _approvals(session: Session, ids: Sequence[int]) -> dict[int, tuple[Approved, ...]]:
    """The live approvals by application, oldest first."""
    p = Approval
    found: dict[int, list[Approved]] = {}
    rows = session.execute(
        select(p.application_id, p.stage_code, p.version_no, p.actor_key, p.review_id)
        .where(among(session, p.application_id, ids))
        .order_by(p.application_id, p.review_id)
    )
    for row in rows:
        approved = Approved(row.stage_code, row.version_no, row.actor_key, row.review_id)
        found.setdefault(row.application_id, []).append(approved)
    return {application_id: tuple(approvals) for application_id, approvals in found.items()}


def before_text(case: Case) -> str:
    """What `review.before` stores of a case, as JSON text; ids are strings, all values codes and times."""
    live = ",".join(
        f'["{a.stage_code}",{a.version_no},"{a.actor_key}","{a.review_id}"]' for a in case.approvals
    )
    stage = "null" if case.stage_code is None else f'"{case.stage_code}"'
    roster = "null" if case.roster is None else f'"{case.roster.id}"'
    ready = "true" if case.is_ready else "false"
    return (
        f'{{"status":"{case.status}","stage":{stage},"ready":{ready},"roster":{roster},'
        f'"approvals":[{live}],"entered_at":{_time(case.entered_at)},"due_at":{_time(case.due_at)},'
        f'"reached":{_time(case.reached_agency_at)}}}'
    )


def _time(moment: datetime | None) -> str:
    return "null" if moment is None else f'"{moment.isoformat()}"'


def before_of(stored: Mapping[str, Any] | None) -> Before | None:
    """Read back what `before_text` wrote; None where erasure blanked it."""
    if stored is None:
        return None
    return Before(
        status=Status(stored["status"]),
        stage_code=stored["stage"],
        is_ready=stored["ready"],
        roster_id=None if stored["roster"] is None else int(stored["roster"]),
        approvals=tuple(Approved(a[0], a[1], a[2], int(a[3])) for a in stored["approvals"]),
        entered_at=datetime.fromisoformat(stored["entered_at"]),
        due_at=datetime.fromisoformat(stored["due_at"]) if stored["due_at"] else None,
        reached_agency_at=datetime.fromisoformat(stored["reached"]) if stored["reached"] else None,
    )


def _with_last(session: Session, cases: Sequence[Case]) -> list[Case]:
    """Add the newest verdict, the roster it found the case on, and whether a newer application is open."""
    last = _last_decisions(session, [case.id for case in cases])
    roster_ids = {
        d.before.roster_id for d in last.values() if d.before is not None and d.before.roster_id is not None
    }
    rosters = _rosters(session, roster_ids)
    rejected = [case.id for case in cases if case.status is Status.REJECTED]
    newer = _where(session, rejected, has_newer_open()) if rejected else frozenset()
    gone = _where(session, rejected, has_closed_account()) if rejected else frozenset()
    return [
        replace(
            case,
            last=found,
            old_roster=rosters.get(_roster_before(found)),
            newer_open=case.id in newer,
            is_gone=case.id in gone,
        )
        for case, found in ((case, last.get(case.id)) for case in cases)
    ]


def _roster_before(last: LastDecision | None) -> int | None:
    return last.before.roster_id if last is not None and last.before is not None else None


def _last_decisions(session: Session, ids: Sequence[int]) -> dict[int, LastDecision]:
    r, other = Review, aliased(Review)
    newest = (
        select(other.application_id, func.max(other.id).label("id"))
        .where(among(session, other.application_id, ids))
        .group_by(other.application_id)
        .subquery()
    )
    rows = session.execute(
        select(r.application_id, r.id, r.verdict, r.stage_code, r.actor_id, r.lock_seen, r.before, r.batch_id)
        .join(newest, and_(newest.c.application_id == r.application_id, newest.c.id == r.id))
        .where(r.verdict.not_in((Verdict.UNDO.value, Verb.CANCEL.value)))  # neither is ever undone
    )
    return {
        row.application_id: LastDecision(
            review_id=row.id,
            verdict=Verdict(row.verdict),
            stage_code=row.stage_code,
            actor_id=row.actor_id,
            lock_seen=row.lock_seen,
            before=before_of(row.before),
            batch_id=row.batch_id,
        )
        for row in rows
    }


def _rosters(session: Session, ids: Collection[int]) -> dict[int | None, RosterLink]:
    if not ids:
        return {}
    rows = session.execute(
        select(Roster.id, Roster.no, Roster.state, Roster.digest).where(among(session, Roster.id, ids))
    )
    return {row.id: RosterLink(row.id, row.no, RosterState(row.state), row.digest) for row in rows}


def has_newer_open() -> ColumnElement[bool]:
    """Whether the person has another, open application for the programme of an application (I4)."""
    a, other = Application, aliased(Application)
    is_open = other.status.in_([status.value for status in OPEN])
    return exists().where(
        other.person_id == a.person_id, other.programme_id == a.programme_id, other.id != a.id, is_open
    )


def has_closed_account() -> ColumnElement[bool]:
    """Whether the person of an application closed the account for good (A7)."""
    return exists().where(Person.id == Application.person_id, Person.state == PersonState.CLOSED.value)


def _where(session: Session, ids: Sequence[int], holds: ColumnElement[bool]) -> frozenset[int]:
    mine = among(session, Application.id, ids)
    return frozenset(session.scalars(select(Application.id).where(mine, holds)))


def _stage(case: Case, programmes: Mapping[int, Programme]) -> Stage | None:
    return programmes[case.version_id].stage(case.stage_code) if case.stage_code else None


def _asks(stage: Stage | None, *predicates: str) -> bool:
    return stage is not None and (
        stage.batch is BatchMode.CLEAN
        or any(condition.predicate in predicates for condition in stage.requires)
    )


def _with_requirements(
    session: Session, actor: Actor, cases: Sequence[Case], programmes: Mapping[int, Programme]
) -> list[Case]:
    """Add what stages ask of the verdict, reading only for cases whose stage asks it."""
    viewing = [c for c in cases if _asks(_stage(c, programmes), MATERIALS_VIEWED, "material_given")]
    checking = [c.id for c in cases if _asks(_stage(c, programmes), CHECKS_CLEAN)]
    carding = [c for c in cases if _asks(_stage(c, programmes), "card_active")]
    if not (viewing or checking or carding):
        return list(cases)
    slots = _slots(session, [c.id for c in viewing])
    seen = seen_by(session, actor, [c.id for c in viewing])
    dirty = unclean(session, checking) if checking else frozenset()
    holders = _card_holders(session, [c.id for c in carding])
    return [
        replace(
            case,
            materials=frozenset(slots.get(case.id, ())),
            unseen=tuple(s for s in slots.get(case.id, ()) if (case.id, case.version_no, s) not in seen),
            is_clean=case.id not in dirty,
            card_active=case.id in holders,
        )
        for case in cases
    ]


def _slots(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    if not ids:
        return {}
    a, s = Application, Submission
    rows = session.execute(
        select(a.id, s.files)
        .join(s, and_(s.application_id == a.id, s.n == a.version_no))
        .where(among(session, a.id, ids))
    )
    return {row.id: tuple(dict.fromkeys(str(file["slot"]) for file in row.files)) for row in rows}


def seen_by(session: Session, actor: Actor, ids: Sequence[int]) -> frozenset[tuple[int, int, str]]:
    """Case, version and slot of each material that the actor has opened."""
    if not ids:
        return frozenset()
    v = MaterialView
    rows = session.execute(
        select(v.application_id, v.version_no, v.slot).where(
            among(session, v.application_id, ids), v.actor_id == actor.account_id
        )
    )
    return frozenset((row.application_id, row.version_no, row.slot) for row in rows)


def _card_holders(session: Session, ids: Iterable[int]) -> frozenset[int]:
    wanted = list(ids)
    if not wanted:
        return frozenset()
    a = Application
    holds = exists().where(
        Card.person_id == a.person_id, Card.programme_id == a.programme_id, Card.state == "active"
    )
    return frozenset(session.scalars(select(a.id).where(among(session, a.id, wanted), holds)))
