"""Which cases may stand on a roster, and whether a member still is what the sheet says (model 4)."""

from app.domain.programme import Programme
from app.domain.states import Case, Status


def is_gated(case: Case, programme: Programme) -> bool:
    """Whether the case stands at a gate that the sealed roster has to open."""
    gate = programme.closed_gate
    return gate is not None and case.status is Status.IN_REVIEW and case.stage_code == gate.code


def waits_for_roster(case: Case, programme: Programme) -> bool:
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
