"""All rows of one part, from its plans: employers, their people, their applications."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from app.cli.demo.volume.issuing import Issuing
from app.cli.demo.volume.life import History, Live
from app.cli.demo.volume.listing import Listing
from app.cli.demo.volume.outcomes import End
from app.cli.demo.volume.plan import EmployerPlan
from app.cli.demo.volume.registrations import Firm, Member, Registry
from app.cli.demo.volume.scene import Scene
from app.cli.demo.volume.series import Numbers
from app.cli.demo.volume.tables import Tables
from app.cli.demo.volume.trail import Trail
from app.cli.demo.volume.waves import Play
from app.commands.transition_rows import APPROVAL, approval_row
from app.domain.states import OPEN, FrozenBy
from app.models.application import Application, Approval, Draft

STAFF = 3
"""Ordinals kept for the accounts of each employer."""


class Builder:
    """Builds the rows of one part."""

    def __init__(self, scene: Scene, numbers: Numbers, seed: str) -> None:
        self.tables = Tables()
        self._scene = scene
        self._numbers = numbers
        self._chance = Random(seed)  # noqa: S311 - invented data, the same for a seed
        self._trail = Trail(self.tables)
        self._registry = Registry(scene, self.tables, self._trail, self._chance)

    def employer(self, plan: EmployerPlan, first_staff: int) -> None:
        """One employer with all that belongs to it."""
        firm = self._registry.employer(plan, first_staff)
        members = self._people(firm, plan)
        history = History(self._scene, self.tables, self._registry.accounts)
        issuing = Issuing(history, self._trail, self._numbers)
        listing = Listing(history, self._trail, firm)
        play = Play(
            history,
            firm,
            members,
            numbers=self._numbers,
            issuing=issuing,
            listing=listing,
            chance=self._chance,
        )
        lives = [live for wave in plan.waves for live in play.wave(wave)]
        if plan.state == "suspended":
            at = self._registry.suspend(firm)
            open_ones = [live for live in lives if live.case.status in OPEN]
            play.freeze(open_ones, at, FrozenBy.EMPLOYER_SUSPENDED.value)
        issuing.finish()
        for live in lives:
            self._close(live, firm)

    def _people(self, firm: Firm, plan: EmployerPlan) -> list[Member]:
        begun: dict[int, datetime] = {}
        printed: set[int] = set()
        for wave in plan.waves:
            for case in wave.cases:
                begun[case.person] = min(case.created, begun.get(case.person, case.created))
                if case.outcome.end is End.ISSUED:
                    printed.add(case.person)
        return [
            self._registry.person(
                firm, ordinal, state, self._registered(begun.get(n), state), printed=n in printed
            )
            for n, (ordinal, state) in enumerate(plan.people)
        ]

    def _registered(self, begun: datetime | None, state: str) -> datetime:
        """When somebody registered: before the first application, or lately if it waits, or at any time."""
        if begun is not None:
            return (begun - timedelta(days=1 + self._chance.random() * 20)).replace(microsecond=0)
        longest = 12.0 if state == "registered" else 900.0
        return (self._scene.now - timedelta(days=2 + self._chance.random() * longest)).replace(microsecond=0)

    def _close(self, live: Live, firm: Firm) -> None:
        """The rows of an application as it stands at the end."""
        case, sent = live.case, live.submitted_at is not None
        files = [
            {"slot": f.slot, "sha256": f.sha256, "blob_id": str(f.blob_id), "file_name": f.file_name}
            for f in live.files
        ]
        draft = {"application_id": case.id, "data": live.values, "files": files, "saved_at": live.saved_at}
        self.tables.add(
            Application,
            {
                "id": case.id, "no": case.no, "kind": case.kind,
                "programme_id": self._scene.offered.programme_id, "programme_version_id": case.version_id,
                "person_id": case.person_id, "applicant_key": case.applicant_key,
                "employer_id": case.employer_id, "county_id": case.county_id, "city_id": case.city_id,
                "agency_path": firm.bureau.path if sent else None, "category": live.category,
                "status": case.status.value, "stage_code": case.stage_code, "is_ready": case.is_ready,
                "desk_role": case.desk_role, "desk_agency_id": case.desk_agency_id,
                "version_no": case.version_no, "roster_id": case.roster.id if case.roster else None,
                "lock": case.lock, "created": live.created, "submitted_at": live.submitted_at,
                "reached_agency_at": case.reached_agency_at, "entered_at": case.entered_at,
                "due_at": case.due_at, "undo_until": case.undo_until, "frozen_reason": case.frozen_reason,
                "closed_at": live.closed_at, "decision_batch_id": live.batch_id, "audit_seq": case.audit_seq,
                "audit_head": case.audit_head,
            },
        )  # fmt: skip
        self.tables.add(Draft, draft)
        programme = self._scene.programme
        self.tables.extend(Approval, APPROVAL, [approval_row(case, one, programme) for one in case.approvals])


def build(
    scene: Scene, plans: Sequence[EmployerPlan], numbers: Numbers, *, seed: str, first_staff: int
) -> Tables:
    """The rows of a part; `first_staff` is the first ordinal of its employers' accounts."""
    builder = Builder(scene, numbers, seed)
    for n, plan in enumerate(plans):
        builder.employer(plan, first_staff + STAFF * n)
    return builder.tables
