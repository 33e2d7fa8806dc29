"""Which cases may stand on a roster, and whether a member still is what the sheet says (model 4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.blocks import Block
from app.domain.programme import Programme
from app.domain.roster import LIVE_STATES
from app.domain.states import Case, Status


class Placed(Protocol):
    """As much of a case as says whether it waits for a roster; a selected row has it too."""

    @property
    def status(self) -> str:
        """Its status."""

    @property
    def stage_code(self) -> str | None:
        """The stage it stands at."""

    @property
    def is_ready(self) -> bool:
        """Whether everything from outside is there."""

    @property
    def frozen_reason(self) -> str | None:
        """Why it is frozen, if it is."""

    @property
    def reached_agency_at(self) -> datetime | None:
        """When the employer first passed it on."""


def is_gated(case: Placed, programme: Programme) -> bool:
    """Whether the case stands at a gate that the sealed roster has to open."""
    gate = programme.closed_gate
    return gate is not None and case.status == Status.IN_REVIEW and case.stage_code == gate.code


def waits_for_roster(case: Placed, programme: Programme) -> bool:
    """Whether the case can be put on a roster: at the gate, or past the employer where it only advises."""
    if programme.roster is None or programme.gate is None or case.frozen_reason is not None:
        return False
    if programme.roster_advises:
        return case.reached_agency_at is not None and case.status in (Status.IN_REVIEW, Status.APPROVED)
    return is_gated(case, programme) and not case.is_ready


def stays_on_roster(case: Case, programme: Programme, *, roster_id: int, version_no: int) -> bool:
    """Whether a member is still linked, at the printed version, not frozen, and at the gate."""
    linked = case.roster is not None and case.roster.id == roster_id
    if not linked or case.version_no != version_no or case.frozen_reason is not None:
        return False
    return programme.roster_advises or is_gated(case, programme)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The cases somebody wants on one roster, with what is asked about them."""

    cases: Iterable[Case]
    programmes: Mapping[int, Programme]
    names: Mapping[int, str]
    seen: Mapping[int, int]
    """The locks the chooser saw; a case without one is not compared."""


def member_blocks(chosen: Chosen) -> dict[int, Block]:
    """Why each of these cases cannot be put on a new roster; those that can are not in it."""
    found = {case.id: _member_block(case, chosen) for case in chosen.cases}
    return {case_id: block for case_id, block in found.items() if block is not None}


def _member_block(case: Case, chosen: Chosen) -> Block | None:
    name = chosen.names.get(case.id, "")
    if case.roster is not None and case.roster.state.value in LIVE_STATES:
        return Block("member_on_live_roster", {"name": name, "no": case.roster.no})
    if not waits_for_roster(case, chosen.programmes[case.version_id]):
        return Block("member_not_ready", {"name": name})
    return Block("stale") if chosen.seen.get(case.id, case.lock) != case.lock else None


def sheet_of(case: Case) -> tuple[int, int | None, int]:
    """What all members of one roster share: employer, county, programme version."""
    return case.employer_id, case.county_id, case.version_id
