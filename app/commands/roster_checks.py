"""The members of a roster under lock, and what can be wrong with a sheet that shows them (R34, R35)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.commands import transitions
from app.commands.unit_of_work import Work
from app.domain.blocks import Block
from app.domain.errors import Blocked, NotFound
from app.domain.programme import Programme
from app.domain.roles import Actor
from app.domain.roster import MemberRow, RosterState, cells_from_json, changed_members
from app.domain.roster_members import is_gated, stays_on_roster
from app.domain.roster_scan import SEPARATOR, ScannedFile
from app.domain.states import FINAL, Case, agency_of
from app.models.roster import Roster, RosterItem, RosterScan
from app.queries.calendar import calendar
from app.queries.cases import Loaded, load_unscoped
from app.queries.roster_rows import member_rows, names_by_id


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a roster: what was printed, and the cases now, locked."""

    items: tuple[RosterItem, ...]
    loaded: Loaded

    @property
    def cases(self) -> dict[int, Case]:
        """The cases by id."""
        return {case.id: case for case in self.loaded.cases}

    @property
    def programme(self) -> Programme:
        """The document they follow, the same for all."""
        return self.loaded.programmes[self.loaded.cases[0].version_id]

    @property
    def gate_role(self) -> str:
        """The role that holds the gate stage."""
        gate = self.programme.gate
        return gate.role if gate is not None else ""

    def is_held_by(self, actor: Actor) -> bool:
        """Whether the actor decides at the gate stage of these cases."""
        gate, case = self.programme.gate, self.loaded.cases[0]
        if gate is None or gate.role not in actor.roles:
            return False
        return actor.agency_id == agency_of(gate.party, county_id=case.county_id, city_id=case.city_id)


def load(session: Session, actor: Actor, roster_id: int, *, lock: bool) -> tuple[Roster, Members]:
    """Load a roster in the actor's scope with its members. Raises NotFound.

    Locked: the cases first, in id order, then the roster, as the verbs do that take a member off its roster;
    the other way round two transactions could wait for each other.
    """
    statement = visible(select(Roster).where(Roster.id == roster_id), actor)
    roster: Roster | None = session.scalar(statement)
    if roster is None:
        raise NotFound
    items = session.scalars(
        select(RosterItem).where(RosterItem.roster_id == roster_id).order_by(RosterItem.position)
    ).all()
    members = Members(
        tuple(items), load_unscoped(session, actor, [item.application_id for item in items], lock=lock)
    )
    if lock:
        session.refresh(roster, with_for_update=True)
    return roster, members


def refuse_used(session: Session, files: Sequence[ScannedFile]) -> None:
    """One file proves one roster, once and for all (R35)."""
    digests = [file.sha256 for file in files]
    used = set(session.scalars(select(RosterScan.sha256).where(RosterScan.sha256.in_(digests))))
    used |= {digest for digest in digests if digests.count(digest) > 1}
    names = dict.fromkeys(file.file_name for file in files if file.sha256 in used)
    if names:
        raise Blocked(Block("roster_file_used", {"file": SEPARATOR.join(names)}))


def refuse_state(session: Session, roster: Roster, members: Members, *, replacing: bool) -> None:
    """Refuse an upload that the roster's state does not allow; of a void one, name the members that left."""
    if roster.state == RosterState.VOID:
        moved = _moved(roster, members)
        if moved:
            raise Blocked(_outdated(session, moved))
        raise Blocked(Block("roster_wrong_state", {"state": roster.state}))
    if replacing and roster.state != RosterState.SEALED:
        raise Blocked(Block("roster_wrong_state", {"state": roster.state}))
    if not replacing and roster.state == RosterState.SEALED:
        raise Blocked(Block("roster_already_sealed"))


def _moved(roster: Roster, members: Members) -> list[int]:
    """Members that are no longer what the sheet says; of a void one, those that left."""
    cases = members.cases
    programme = members.programme
    gone = []
    for item in members.items:
        case = cases[item.application_id]
        if roster.state == RosterState.VOID:
            still = programme.roster_advises or is_gated(case, programme)
            here = still and case.version_no == item.version_no
        else:
            here = stays_on_roster(case, programme, roster_id=roster.id, version_no=item.version_no)
        if not here:
            gone.append(item.application_id)
    return gone


def refuse_moved(session: Session, roster: Roster, members: Members) -> None:
    """Refuse if a member is no longer what the sheet says, naming all of them."""
    moved = _moved(roster, members)
    if moved:
        raise Blocked(_outdated(session, moved))


def refuse_outdated(session: Session, roster: Roster, members: Members) -> None:
    """Every printed member is where it was, and its row would be printed the same today."""
    moved = _moved(roster, members)
    if not moved:
        ids = [item.application_id for item in members.items]
        printed = [
            MemberRow(i.application_id, i.version_no, cells_from_json(i.row or ())) for i in members.items
        ]
        moved = list(changed_members(printed, member_rows(session, members.programme, ids)))
    if moved:
        raise Blocked(_outdated(session, moved))


def _outdated(session: Session, ids: Sequence[int]) -> Block:
    names = names_by_id(session, ids)
    return Block("roster_outdated", {"who": SEPARATOR.join(names[i] for i in ids)})


def touch(work: Work, roster: Roster, members: Members, *, event: str, ready: bool | None) -> None:
    """Raise the lock of every member; at the gate `ready` opens or closes it.

    Opening it starts the working days of the stage.
    """
    days = calendar(work.session)
    programme = members.programme
    moves = []
    for case in members.loaded.cases:
        if case.status in FINAL:  # where rosters are advisory a member may have the card by now
            continue
        changes: dict[str, object] = {}
        if ready is not None and is_gated(case, programme):
            limit = programme.stage(case.stage_code or "").limit_days
            due = days.due_at(work.now, limit) if ready and limit is not None else None
            changes = {"is_ready": ready, "entered_at": work.now, "due_at": due}
        moves.append(transitions.Move(case, transitions.kept(case, **changes)))
    loaded = members.loaded
    transitions.touch(
        work, moves, event=event, programmes=loaded.programmes, digests=loaded.digests, ref=roster.no
    )
