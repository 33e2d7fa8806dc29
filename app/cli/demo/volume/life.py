"""Applications as they live: each verb judged, stepped and chained by the functions that the commands use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.cli.demo.volume.humans import Accounts, Human
from app.cli.demo.volume.plan import Planned
from app.cli.demo.volume.scene import Scene
from app.cli.demo.volume.tables import Tables
from app.commands.chain import COLUMNS, Entry, State, common_part, linked, payload
from app.commands.transition_rows import (
    ITEM,
    REVIEW,
    Move,
    Writing,
    approvals_after,
    entries,
    is_reviewed,
    item_rows,
    kept,
    message_rows,
    review_rows,
)
from app.domain.audit import GENESIS
from app.domain.roles import Actor
from app.domain.states import VERDICTS, Before, Case, LastDecision, Order, RosterLink, Status, Verb
from app.domain.steps import APPLY, Step, circumstances
from app.domain.workflow import judge_all
from app.models.application import Review, ReviewItem
from app.models.audit import AuditEvent
from app.models.ids import new_id
from app.queries.drafts import Background, FileRow


@dataclass(slots=True)
class Live:
    """One application on its way, with what its rows will hold beside the workflow."""

    case: Case
    planned: Planned
    human: Human
    back: Background
    values: dict[str, Any]
    files: list[FileRow]
    created: datetime
    saved_at: datetime
    category: str | None = None
    submitted_at: datetime | None = None
    closed_at: datetime | None = None
    batch_id: int | None = None
    frozen: dict[str, Any] = field(default_factory=dict)


class Impossible(RuntimeError):
    """A planned step that the workflow refuses: a defect of the plan."""


class History:
    """Moves applications by verbs and collects the rows that the verbs leave behind."""

    def __init__(self, scene: Scene, tables: Tables, accounts: Accounts) -> None:
        self.scene = scene
        self.tables = tables
        self._accounts = accounts
        version = scene.offered.version_id
        self._programmes = {version: scene.programme}
        self._digests = {version: scene.offered.digest}
        self.rosters: dict[int, RosterLink] = {}

    def start(self, human: Human, person_id: int, employer_id: int, kind: str, at: datetime) -> Case:  # noqa: PLR0917
        """Open a draft; its first event."""
        application_id = new_id()
        state = State(Status.DRAFT.value, None, ready=False, roster=None, version=0, lock=0)
        common = common_part(key=None, programme=self.scene.offered.digest, request=None, review=None)
        opening = payload(None, state, common=common)
        entry = Entry(application_id, 0, GENESIS, Verb.NEW.value, None, opening)
        rows = linked([entry], actor=human.actor, now=at)
        self.tables.extend(AuditEvent, COLUMNS, rows)
        offered = self.scene.offered
        return Case(
            id=application_id, lock=0, status=Status.DRAFT, stage_code=None, is_ready=False, version_no=0,
            version_id=offered.version_id, programme_id=offered.programme_id, chain=(), applicant_key=human.numbered.person_key,
            person_id=person_id, employer_id=employer_id, county_id=None, city_id=None, entered_at=at,
            kind=kind, account_id=human.actor.account_id, audit_seq=1, audit_head=rows[0][-1],
        )  # fmt: skip

    def do(
        self,
        verb: Verb,
        lives: Sequence[Live],
        actor: Actor,
        at: datetime,
        *,
        order: Order | None = None,
        digests: Mapping[int, str] | None = None,
        batch_id: int | None = None,
    ) -> None:
        """One verb on some applications at once, as one batch. Raises Impossible if it is refused."""
        if not lives:
            return
        said = order or Order()
        judged = judge_all(
            verb, [live.case for live in lives], actor, programmes=self._programmes, now=at, order=said
        )
        if judged.blocked:
            raise Impossible(f"{verb} at {at}: {judged.blocked}")
        made = APPLY[verb]
        due = self.scene.due(at)
        known: dict[object, Step] = {}
        moves = []
        for live in lives:
            same = circumstances(verb, live.case)
            step = known.get(same) if same is not None else None
            if step is None:
                step = made(live.case, self.scene.programme, now=at, due=due)
                known[same] = step
            moves.append(Move(live.case, step, submission_digest=(digests or {}).get(live.case.id)))
        batch = batch_id or (new_id() if verb is not Verb.SUBMIT else None)
        writing = Writing(
            event=verb.value, programmes=self._programmes, digests=self._digests, verb=verb, order=said,
            batch_id=batch,
        )  # fmt: skip
        self._write(lives, moves, writing, actor, at)

    def touch(
        self,
        lives: Sequence[Live],
        event: str,
        actor: Actor,
        at: datetime,
        *,
        ref: str | None = None,
        **changed: Any,
    ) -> None:
        """An event beside any verdict: roster events, freezing."""
        if not lives:
            return
        moves = [Move(live.case, kept(live.case, **changed)) for live in lives]
        writing = Writing(event=event, programmes=self._programmes, digests=self._digests, ref=ref)
        self._write(lives, moves, writing, actor, at)

    def _write(  # noqa: PLR0917 - private
        self, lives: Sequence[Live], moves: Sequence[Move], writing: Writing, actor: Actor, at: datetime
    ) -> None:
        rows = linked(entries(moves, writing, actor=actor), actor=actor, now=at)
        self.tables.extend(AuditEvent, COLUMNS, rows)
        reviewed = is_reviewed(writing.verb)
        ids = [new_id() if reviewed else 0 for _ in moves]
        if reviewed:
            self.tables.extend(Review, REVIEW, review_rows(moves, ids, writing, actor=actor, now=at))
            self.tables.extend(ReviewItem, ITEM, item_rows(moves, ids, writing.order))
        if writing.verb not in (None, Verb.UNDO):
            self._tell(lives, moves, ids, writing, at)
        for live, move, row, review_id in zip(lives, moves, rows, ids, strict=True):
            live.case = self._after(move, row[-1], review_id, writing, actor)
            live.closed_at = move.step.closed_at
            live.batch_id = writing.batch_id

    def _tell(  # noqa: PLR0917 - private
        self, lives: Sequence[Live], moves: Sequence[Move], ids: Sequence[int], writing: Writing, at: datetime
    ) -> None:
        to = {live.case.id: live.human.numbered for live in lives}
        for row in message_rows(moves, ids, writing, now=at):
            self._accounts.sent(row, to[row[5]])

    def _after(  # noqa: PLR0917 - private
        self, move: Move, head: str, review_id: int, writing: Writing, actor: Actor
    ) -> Case:
        """The case as the database would hold it now."""
        case, step = move.case, move.step
        approvals = case.approvals
        if step.approvals is not None or step.adds_approval:
            before = case.approvals if step.approvals is None else ()
            approvals = (*before, *approvals_after(move, review_id, actor))
        last = _decision(case, review_id, writing, actor) if writing.verb in VERDICTS else None
        # By position and without dataclasses.replace, which takes most of the time of a large load.
        return Case(
            case.id, case.lock + 1, step.status, step.stage_code, step.is_ready, step.version_no,
            case.version_id, case.programme_id, case.chain, case.applicant_key, case.person_id, case.employer_id,
            case.county_id, case.city_id, step.entered_at, case.no, case.kind, case.category, step.due_at,
            step.reached_agency_at, None, step.undo_until,
            frozen_reason=step.frozen_reason, desk_role=step.desk.role, desk_agency_id=step.desk.agency_id,
            roster=self.rosters[step.roster_id] if step.roster_id is not None else None,
            approvals=approvals, last=last, account_id=case.account_id,
            submission_digest=move.submission_digest or case.submission_digest,
            audit_seq=case.audit_seq + 1, audit_head=head,
        )  # fmt: skip


def _decision(case: Case, review_id: int, writing: Writing, actor: Actor) -> LastDecision | None:
    """What undoing the verdict would restore."""
    if writing.verb is None:
        return None
    before = Before(
        case.status, case.stage_code, case.is_ready, case.roster.id if case.roster else None, case.approvals,
        case.entered_at, case.due_at, case.reached_agency_at,
    )  # fmt: skip
    return LastDecision(
        review_id, VERDICTS[writing.verb], case.stage_code or "", actor.account_id, case.lock, before,
        writing.batch_id,
    )  # fmt: skip


def at_stage(lives: Iterable[Live], code: str) -> list[Live]:
    """Those in review at a stage and ready for it."""
    return [live for live in lives if live.case.stage_code == code and live.case.is_ready]
