"""Random sequences of commands, refused ones included, keep the invariants of the workflow (model section 6).

One machine runs the shipped programme, one a second programme of tests with other stages and no roster.
"""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import applications, desk, drafts, programmes, transitions
from app.commands.unit_of_work import unit_of_work
from app.domain.errors import DomainError
from app.domain.form import TargetKind
from app.domain.predicates import MATERIALS_VIEWED
from app.domain.programme import RosterGate
from app.domain.results import BatchResult
from app.domain.roles import Actor
from app.domain.states import FINAL, OPEN, Item, Order, Status, Verb, Waiting
from app.models.application import Application, MaterialView, Review, Submission
from app.models.ids import new_id
from app.models.roster import Roster
from app.queries import decisions, todo
from app.queries import desk as reading
from app.queries.audit import broken_chains
from tests.commands.flow import ANSWERS, CARD, SLOTS, Flow
from tests.properties.invariants import approvals_hold, one_open, replays, rosters_hold

SECOND = Path(__file__).parent.parent / "data" / "programmes" / "lakeside-subsidy.yaml"
STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10_000)), min_size=15, max_size=60)
SLOW = settings(
    max_examples=5,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Machine:
    """Three cases in one programme, and everybody who may do something to them."""

    def __init__(self, flow: Flow, code: str) -> None:
        self.flow = flow
        self.code = code
        self.ids: list[int] = []
        self.kind = "first" if code == CARD else "yearly"
        colleague = flow.town.staff(flow.firm, f"clerk-{flow.made}", {"employer_reviewer"})
        self.deciders = [
            flow.clerk, colleague, flow.county, flow.county_leader, flow.city, flow.city_leader, flow.printer,
            flow.town.superuser(),
        ]  # fmt: skip
        for _ in range(3):
            self.ids.append(flow.draft(programme=code, kind=self.kind))

    def step(self, choice: int, seed: int) -> None:
        """One command of the list on some cases by somebody; whatever is refused changes nothing."""
        chance = random.Random(seed)  # noqa: S311 - a test
        case = chance.choice(self.ids)
        actor = self._mostly_fitting(case, chance)
        name = _COMMANDS[choice % len(_COMMANDS)]
        self.flow.now += timedelta(minutes=chance.choice((0, 1, 1, 4, 15)))
        before = self.flow.snapshot()
        try:
            result = getattr(self, name)(case, actor, chance)
        except DomainError:
            assert self.flow.snapshot() == before
            return
        if isinstance(result, BatchResult):
            named = [*result.moved, *(row.id for row in result.skipped), *result.unknown]
            assert len(named) == len(set(named))
            if not result.moved:
                assert self.flow.snapshot() == before

    def _mostly_fitting(self, case: int, chance: random.Random) -> Actor:
        role = self.flow.row(case).desk_role
        fitting = [actor for actor in self.deciders if role in actor.roles]
        return chance.choice(fitting) if fitting and chance.random() < 0.8 else chance.choice(self.deciders)

    def _seen(self, ids: list[int], chance: random.Random) -> dict[int, int]:
        locks = self.flow.locks(*ids)
        return locks if chance.random() < 0.9 else {i: lock - 1 for i, lock in locks.items()}

    def _some(self, case: int, chance: random.Random) -> list[int]:
        return list(self.ids) if chance.random() < 0.3 else [case]

    def fill(self, case: int, actor: Actor, chance: random.Random) -> None:
        """The applicant fills in a form that can be submitted, or changes what he may."""
        del actor
        answers = ANSWERS if self.code == CARD else {"salary": "300000", "housing": False}
        self.flow.save(case, {**answers, "category": chance.choice("BC" if self.code == CARD else "XY")})

    def attach(self, case: int, actor: Actor, chance: random.Random) -> None:
        """Files, as the upload command leaves them."""
        del actor, chance
        if self.flow.row(case).status in (Status.DRAFT, Status.RETURNED):
            self.flow.attach(
                case, *((*SLOTS, "award") if self.code == CARD else ("tax",)), mark=str(new_id())
            )

    def submit(self, case: int, actor: Actor, chance: random.Random) -> None:
        """Submit, with everything filled in."""
        if self.flow.row(case).version_no == 0:
            self.fill(case, actor, chance)
            self.attach(case, actor, chance)
        self.flow.submit(case)

    def view(self, case: int, actor: Actor, chance: random.Random) -> None:
        """The actor opens every material."""
        del chance
        row = self.flow.row(case)
        with self.flow.town.writing() as session:
            if not row.version_no or actor.account_id == 0:
                return
            files = session.get_one(Submission, (case, row.version_no)).files
            for slot in {file["slot"] for file in files}:
                key = (case, row.version_no, slot, actor.account_id)
                if session.get(MaterialView, key) is None:
                    names = ("application_id", "version_no", "slot", "actor_id")
                    session.add(MaterialView(**dict(zip(names, key, strict=True)), at=self.flow.now))

    def approve(self, case: int, actor: Actor, chance: random.Random) -> BatchResult:
        """Approve one or all."""
        self.view(case, actor, chance)
        ids = self._some(case, chance)
        return applications.approve(
            self.flow.engine, actor=actor, ids=ids, seen=self._seen(ids, chance), now=self.flow.now
        )

    def send_back(self, case: int, actor: Actor, chance: random.Random) -> BatchResult:
        """Send back with an item, sometimes with none."""
        material, reason = ("diploma", "unclear") if self.code == CARD else ("tax", "wrong")
        kind = chance.choice(
            [Item("material", material, reason, "请重传"), Item("general", "", None, "请核对")]
        )
        order = Order(items=(kind,) if chance.random() < 0.9 else ())
        ids = self._some(case, chance)
        return applications.send_back(
            self.flow.engine,
            actor=actor,
            ids=ids,
            seen=self._seen(ids, chance),
            order=order,
            now=self.flow.now,
        )

    def back(self, case: int, actor: Actor, chance: random.Random) -> BatchResult:
        """Back one stage."""
        return applications.back(
            self.flow.engine,
            actor=actor,
            ids=[case],
            seen=self._seen([case], chance),
            order=Order("请核实"),
            now=self.flow.now,
        )

    def reject(self, case: int, actor: Actor, chance: random.Random) -> BatchResult:
        """Refuse."""
        return applications.reject(
            self.flow.engine,
            actor=actor,
            ids=[case],
            seen=self._seen([case], chance),
            order=Order("不符合"),
            now=self.flow.now,
        )

    def undo(self, case: int, actor: Actor, chance: random.Random) -> BatchResult:
        """Undo, mostly by whoever decided."""
        with Session(self.flow.engine) as session:
            last = session.scalar(
                select(Review.actor_id)
                .where(Review.application_id == case)
                .order_by(Review.id.desc())
                .limit(1)
            )
        deciders = [one for one in self.deciders if one.account_id == last]
        chosen = deciders[0] if deciders and chance.random() < 0.9 else actor
        return applications.undo(self.flow.engine, actor=chosen, ids=[case], now=self.flow.now)

    def pull_back(self, case: int, actor: Actor, chance: random.Random) -> BatchResult:
        """Pull back by the employer, or by anybody."""
        chosen = self.flow.clerk if chance.random() < 0.7 else actor
        return applications.pull_back(
            self.flow.engine, actor=chosen, ids=[case], seen=self._seen([case], chance), now=self.flow.now
        )

    def withdraw(self, case: int, actor: Actor, chance: random.Random) -> BatchResult:
        """Withdraw by the applicant."""
        chosen = self.flow.me(case) if chance.random() < 0.8 else actor
        return applications.withdraw(self.flow.engine, actor=chosen, ids=[case], seen={}, now=self.flow.now)

    def cancel(self, case: int, actor: Actor, chance: random.Random) -> BatchResult:
        """Cancel by the city leader."""
        chosen = self.flow.city_leader if chance.random() < 0.5 else actor
        return applications.cancel(
            self.flow.engine, actor=chosen, ids=[case], seen={}, reason="重复", now=self.flow.now
        )

    def open(self, case: int, actor: Actor, chance: random.Random) -> None:
        """Open on the desk."""
        del chance
        desk.open_case(self.flow.engine, actor=actor, application_id=case, now=self.flow.now)

    def claim(self, case: int, actor: Actor, chance: random.Random) -> None:
        """Claim or release."""
        command = desk.claim if chance.random() < 0.6 else desk.release
        command(self.flow.engine, actor=actor, application_id=case, now=self.flow.now)

    def export(self, case: int, actor: Actor, chance: random.Random) -> None:
        """Export a roster of what waits for one."""
        del case, actor, chance
        rows = [self.flow.row(i) for i in self.ids]
        ids = [r.id for r in rows if r.status == Status.IN_REVIEW and not r.is_ready and r.roster_id is None]
        if ids:
            self.flow.export(*ids)

    def seal(self, case: int, actor: Actor, chance: random.Random) -> None:
        """Seal the roster the case stands on."""
        del actor, chance
        with Session(self.flow.engine) as session:
            roster = session.get(Roster, self.flow.row(case).roster_id or 0)
        if roster is not None and roster.state == "exported":
            self.flow.seal(roster.id)

    def void(self, case: int, actor: Actor, chance: random.Random) -> None:
        """Void an unsealed roster."""
        del actor, chance
        roster_id = self.flow.row(case).roster_id
        if roster_id is not None:
            with unit_of_work(self.flow.engine, self.flow.clerk, now=self.flow.now) as work:
                transitions.void_rosters(work, [roster_id])

    def again(self, case: int, actor: Actor, chance: random.Random) -> None:
        """The same person starts anew."""
        del actor, chance
        me = self.flow.me(case)
        made = drafts.new(self.flow.engine, actor=me, programme=self.code, kind=self.kind, now=self.flow.now)
        self.flow.people[made.application_id] = self.flow.people[case]
        self.ids.append(made.application_id)


_COMMANDS = (
    "submit", "approve", "approve", "approve", "approve", "approve", "seal", "export", "seal", "export",
    "undo", "undo",
    "send_back", "back", "reject", "pull_back", "withdraw", "cancel", "open", "claim", "void", "again",
    "fill", "attach",
    "submit", "submit", "approve", "approve",
)  # fmt: skip


def check(machine: Machine) -> None:
    """The invariants that are the workflow's: I1 to I5, I7, I11, I14."""
    with Session(machine.flow.engine) as session:
        assert list(broken_chains(session)) == []
        for case in machine.ids:
            replays(session, case)
            approvals_hold(session, case)
        one_open(session)
        rosters_hold(session)
        _queues_hold(session, machine)
        for case in machine.ids:
            _offered_is_what_judges(session, machine, case)


def _queues_hold(session: Session, machine: Machine) -> None:
    """I11: every open case waits for exactly one party and is counted on exactly one desk's to-do line."""
    applicants = [machine.flow.me(case) for case in machine.flow.people]  # of earlier examples too
    one_each = {actor.account_id: actor for actor in [*machine.deciders, *applicants] if actor.account_id}
    waiting = {"applications", "roster_wanted", "printing", "drafts", "returned"}
    clerks = [a for a in one_each.values() if a.employer_id is not None]
    counted = 0
    for actor in one_each.values():
        if actor in clerks[1:]:
            continue
        counted += sum(line.count for line in todo.lines(session, actor) if line.code in waiting)
    rows = session.scalars(select(Application)).all()
    open_rows = [row for row in rows if Status(row.status) in OPEN]
    on_rosters = [
        row
        for row in open_rows
        if row.roster_id is not None and row.status == "in_review" and not row.is_ready
    ]
    assert counted == len(open_rows) - len(on_rosters)


def _offered_is_what_judges(session: Session, machine: Machine, case: int) -> None:
    """I14: what the desk offers is what a dry run of the batch accepts, for everyone who sees the case."""
    row = session.get_one(Application, case)
    for actor in machine.deciders:
        try:
            offered = decisions.actions(session, actor, case, now=machine.flow.now)
        except DomainError:
            continue
        shown = reading.case(session, actor, case, now=machine.flow.now)
        assert (shown.waits_for is Waiting.NOBODY) == (Status(row.status) in FINAL)
        for action in offered:
            if action.verb in (Verb.APPROVE, Verb.UNDO, Verb.PULL_BACK):
                tried = decisions.preview(
                    session, actor, action.verb, ids=[case], seen={case: row.lock}, now=machine.flow.now
                )
                assert (case in tried.result.moved) == action.is_allowed
            assert not (actor.is_superuser and action.is_allowed)


def _run(flow: Flow, code: str, steps: list[tuple[int, int]]) -> None:
    machine = Machine(flow, code)
    for choice, seed in steps:
        machine.step(choice, seed)
    check(machine)


@SLOW
@given(steps=STEPS)
def test_any_sequence_of_commands_keeps_the_invariants_of_the_shipped_programme(
    flow: Flow, steps: list[tuple[int, int]]
) -> None:
    _run(flow, CARD, steps)


@SLOW
@given(steps=STEPS)
def test_any_sequence_of_commands_keeps_the_invariants_of_another_programme(
    flow: Flow, steps: list[tuple[int, int]]
) -> None:
    admin = flow.town.superuser()
    programmes.import_document(
        flow.engine, actor=admin, document=SECOND.read_text(encoding="utf-8"), now=flow.now
    )
    programmes.publish(flow.engine, actor=admin, code="lakeside-subsidy", now=flow.now)
    _run(flow, "lakeside-subsidy", steps)


def test_the_second_programme_has_what_the_first_has_not() -> None:
    document = programmes.read(SECOND.read_text(encoding="utf-8"))

    asks = {condition.predicate for stage in document.stages for condition in stage.requires}
    assert (document.roster, asks, document.settings.roster_gate) == (
        None,
        {MATERIALS_VIEWED},
        RosterGate.REQUIRED,
    )
    assert TargetKind.GENERAL == "general"
    with pytest.raises(KeyError):
        document.stage("employer")
