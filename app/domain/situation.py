"""A case reduced to the few facts that decide a verb for one actor.

Equal situations get equal answers, so that a batch asks the rules once for each (D12).
"""

from datetime import datetime
from typing import NamedTuple

from app.domain.programme import Party
from app.domain.roles import Actor
from app.domain.states import Case, RosterState, Status, Verb


class Situation(NamedTuple):
    """The facts of a case that decide a verb for one actor; equal situations get equal answers."""

    version_id: int
    status: Status
    stage: str | None
    chain: tuple[str, ...]
    ready: bool
    stale: bool
    frozen: str | None
    is_applicant: bool
    is_own: bool
    at_employer: bool
    at_county: bool
    at_city: bool
    approved_elsewhere: bool
    approvals_complete: bool
    claimer: str | None
    claim_is_own: bool
    roster: RosterState | None
    opened: bool
    unseen: tuple[str, ...]
    clean: bool
    materials: frozenset[str]
    card_active: bool
    undo: str | None
    missing_glyphs: str

    def is_at(self, party: Party) -> bool:
        """Whether the actor sits where stages of `party` are decided for this case."""
        if party is Party.EMPLOYER:
            return self.at_employer
        return self.at_county if party is Party.COUNTY else self.at_city


def situation(verb: Verb, case: Case, actor: Actor, *, now: datetime, seen: int | None = None) -> Situation:
    """Reduce a case to what decides `verb` for `actor`; `seen` is the lock the actor looked at."""
    claimed = case.claimed_by is not None and case.claimed_until is not None and case.claimed_until > now
    agency = actor.agency_id
    return Situation(
        version_id=case.version_id,
        status=case.status,
        stage=case.stage_code,
        chain=case.chain,
        ready=case.is_ready,
        stale=seen is not None and seen != case.lock,
        frozen=case.frozen_reason,
        is_applicant=actor.person_id is not None and actor.person_id == case.person_id,
        is_own=actor.person_key is None or actor.person_key == case.applicant_key,
        at_employer=actor.employer_id is not None and actor.employer_id == case.employer_id,
        at_county=agency is not None and agency == case.county_id,
        at_city=agency is not None and agency == case.city_id,
        approved_elsewhere=_approved_elsewhere(case, actor),
        approvals_complete=verb is not Verb.ISSUE or _is_complete(case),
        claimer=case.claimer_name or "?" if claimed and case.claimed_by != actor.account_id else None,
        claim_is_own=claimed and case.claimed_by == actor.account_id,
        roster=case.roster.state if case.roster else None,
        opened=case.opened_at is not None,
        unseen=case.unseen,
        clean=case.is_clean,
        materials=case.materials,
        card_active=case.card_active,
        undo=_undo_block(case, actor, now) if verb is Verb.UNDO else None,
        missing_glyphs=case.missing_glyphs,
    )


def _approved_elsewhere(case: Case, actor: Actor) -> bool:
    for approval in case.approvals:
        if approval.actor_key == actor.person_key and approval.stage_code != case.stage_code:
            return True
    return False


def _is_complete(case: Case) -> bool:
    return {approval.stage_code for approval in case.approvals} == set(case.chain)


def _undo_block(case: Case, actor: Actor, now: datetime) -> str | None:
    """The code of what keeps the last decision from being undone, None if nothing does."""
    last = case.last
    if last is None or last.before is None:
        return "undo_expired"
    if last.actor_id != actor.account_id:
        return "undo_not_yours"
    if case.lock != last.lock_seen + 1:
        moved = (case.roster.id if case.roster else None) != last.before.roster_id
        return "undo_on_roster" if moved else "undo_expired"
    return _window_block(case, now)


def _window_block(case: Case, now: datetime) -> str | None:
    """Whether the window of the last decision has ended, or something after it stands in the way."""
    if case.undo_until is None:
        return "undo_not_offered"
    if now > case.undo_until:
        return "undo_expired"
    if case.opened_at is not None:
        return "undo_opened"
    if case.status is Status.REJECTED and case.is_gone:
        return "undo_person_gone"
    return "undo_newer_application" if case.status is Status.REJECTED and case.newer_open else None
