"""Opening and claiming cases on a desk. Neither raises the lock; only handing a claim over is history."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import Engine, exists, select, update

from app.commands.applications import refusal
from app.commands.chain import Entry, State, append, common_part, payload
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain import workflow
from app.domain.blocks import Block
from app.domain.errors import Blocked, NotFound
from app.domain.programme import Programme
from app.domain.roles import Actor
from app.domain.situation import situation
from app.domain.states import Case, Order, Status, Verb, agency_of
from app.models.account import Account
from app.models.application import Application
from app.queries import cases

LEASE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Opened:
    """Whether this opening ended the window of undo, and until when the case is claimed for the actor."""

    is_first: bool
    claimed_until: datetime | None


@retried
def open_case(engine: Engine, *, actor: Actor, application_id: int, now: datetime) -> Opened:
    """Note that the case is shown to a holder of its desk; for anyone else nothing happens.

    Ends the undo of the step before. At a stage with `claim: true` the case is claimed for the opener, unless
    a colleague works on it. Raises NotFound. Source: model 3 (Undo window).
    """
    with unit_of_work(engine, actor, now=now) as work:
        case, programme = _case(work, application_id)
        if actor.is_superuser or not _is_holder(case, programme, actor, now):
            return Opened(is_first=False, claimed_until=None)
        until = None
        if case.stage_code and programme.stage(case.stage_code).claim:
            until = (
                _take(work, case, actor.account_id)
                if not _blocks(Verb.CLAIM, case, programme, work)
                else None
            )
        if case.opened_at is not None:
            return Opened(is_first=False, claimed_until=until)
        _set(work, case, opened_at=now)
        return Opened(is_first=True, claimed_until=until)


@retried
def claim(engine: Engine, *, actor: Actor, application_id: int, now: datetime) -> datetime:
    """Take a case for 15 minutes, or prolong it; returns until when. Raises Blocked, NotFound."""
    with unit_of_work(engine, actor, now=now) as work:
        case, programme = _case(work, application_id)
        _refuse(_blocks(Verb.CLAIM, case, programme, work))
        return _take(work, case, actor.account_id)


@retried
def release(engine: Engine, *, actor: Actor, application_id: int, now: datetime) -> None:
    """Give up one's claim; without one nothing happens. Raises Blocked, NotFound."""
    with unit_of_work(engine, actor, now=now) as work:
        case, programme = _case(work, application_id)
        _refuse(_blocks(Verb.RELEASE, case, programme, work))
        _set(work, case, claimed_by=None, claimed_until=None)


@retried
def reassign(
    engine: Engine, *, actor: Actor, application_id: int, account_id: int, now: datetime
) -> datetime:
    """Hand a case to another holder of its stage; returns until when. Raises Blocked, NotFound.

    Whoever holds another stage of the same office may do it. Stands on the case's chain.
    """
    with unit_of_work(engine, actor, now=now) as work:
        case, programme = _case(work, application_id)
        _refuse(_blocks(Verb.REASSIGN, case, programme, work))
        if not _can_hold(work, case, programme, account_id):
            raise NotFound
        _chain(work, case, account_id)
        return _take(work, case, account_id)


def _case(work: Work, application_id: int) -> tuple[Case, Programme]:
    loaded = cases.load(work.session, work.actor, [application_id], verbs=(), lock=True)
    if not loaded.cases:
        raise NotFound
    case = loaded.cases[0]
    return case, loaded.programmes[case.version_id]


def _is_holder(case: Case, programme: Programme, actor: Actor, now: datetime) -> bool:
    at = situation(Verb.CLAIM, case, actor, now=now)
    if case.status is Status.APPROVED:
        return programme.issue.role in actor.roles and at.is_at(programme.issue.party)
    return case.status is Status.IN_REVIEW and workflow.holds(
        programme.stage(case.stage_code or ""), at, actor
    )


def _blocks(verb: Verb, case: Case, programme: Programme, work: Work) -> tuple[Block, ...]:
    return workflow.judge(verb, case, work.actor, programme=programme, now=work.now, order=Order())


def _refuse(blocks: tuple[Block, ...]) -> None:
    if blocks:
        raise refusal(blocks)


def _take(work: Work, case: Case, account_id: int) -> datetime:
    until = work.now + LEASE
    _set(work, case, claimed_by=account_id, claimed_until=until)
    return until


def _set(work: Work, case: Case, **values: object) -> None:
    work.session.execute(update(Application).where(Application.id == case.id).values(**values))


def _can_hold(work: Work, case: Case, programme: Programme, account_id: int) -> bool:
    """Whether the account is active, holds the stage's role and sits where the stage is decided."""
    stage = programme.stage(case.stage_code or "")
    agency = agency_of(stage.party, county_id=case.county_id, city_id=case.city_id)
    place = Account.agency_id == agency if agency is not None else Account.employer_id == case.employer_id
    links = assoc_user_role
    role = exists().where(
        links.c.user_id == Account.id, links.c.role_id == RoleRow.id, RoleRow.name == stage.role
    )
    found = work.session.execute(
        select(Account.person_key).where(Account.id == account_id, Account.active, place, role)
    ).first()
    if found is None:
        return False
    if found.person_key is None or found.person_key == case.applicant_key:
        raise Blocked(Block("own_application"))
    if any(a.actor_key == found.person_key and a.stage_code != case.stage_code for a in case.approvals):
        raise Blocked(Block("same_person"))
    return True


def _chain(work: Work, case: Case, account_id: int) -> None:
    state = State(
        case.status.value, case.stage_code, case.is_ready, case.roster.id if case.roster else None,
        case.version_no, case.lock, case.frozen_reason,
    )  # fmt: skip
    common = common_part(
        key=None, programme=None, request=work.actor.request_id, review=None, ref=str(account_id)
    )
    entry = Entry(
        case.id, case.audit_seq, case.audit_head, "reassign", None, payload(state, state, common=common)
    )
    head = append(work, [entry])[0]
    _set(work, case, audit_seq=case.audit_seq + 1, audit_head=head)
