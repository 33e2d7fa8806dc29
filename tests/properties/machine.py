"""A random state machine over the commands, with a model beside it (model section 6, invariants I1 to I15).

Every rule is tried by whoever fits and by people of another county, another employer or no office at all. A
refused command is a step like any other: it changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import applications, cards, drafts
from app.domain.errors import DomainError, IdempotencyMismatch
from app.domain.results import BatchResult
from app.domain.roles import Actor
from app.domain.states import Item, Order
from app.models.application import MaterialView, Submission
from app.models.audit import AccessEvent
from app.models.ids import new_id
from tests.properties import checks
from tests.properties.cast import World
from tests.properties.model import Attempt, Facts, allows, facts, sees

CASE = st.integers(0, 6)
SOMEBODY = st.sampled_from([
    *["fitting"] * 8, "clerk", "colleague", "reader", "server", "clerk_b", "county", "county_2", "county_all",
    "county_leader", "county_b", "county_b_leader", "city", "city_all", "city_leader", "printer", "auditor",
    "superuser", "visitor", "applicant", "other applicant",
])  # fmt: skip
RARELY = st.integers(0, 9).map(lambda n: n == 9)
MOSTLY = st.integers(0, 9).map(lambda n: n < 9)
DENIED = {"not_your_role", "superuser_never_decides", "own_application", "same_person"}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command that was accepted, so that it can be repeated."""

    run: Callable[[str], Any]
    other: Callable[[str], Any]
    key: str
    result: Any


@dataclass(slots=True)
class Memory:
    """What the model remembers."""

    accepted: list[Accepted] = field(default_factory=list)
    before: dict[int, tuple[object, ...]] = field(default_factory=dict)
    batches: list[tuple[Actor, int]] = field(default_factory=list)


class Desk(RuleBasedStateMachine):
    """Cases of five persons in two counties."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.flow = self.world.flow
        self.flow.now = self.flow.town.now
        self.floor = new_id()
        self.people = self.world.talents()
        self.cases = [self._draft(talent) for talent in self.people]
        self.memory = Memory()
        self.is_watched = False

    def _draft(self, talent: Any) -> int:
        return self.flow.draft(talent, programme=self.world.code, kind=self.world.words.kind)

    @initialize(depths=st.lists(st.integers(0, 8), min_size=5, max_size=5))
    def begin(self, depths: list[int]) -> None:
        """Each case starts somewhere on its way: what is ordinary is never refused."""
        for case, depth in zip(self.cases, depths, strict=True):
            for _ in range(depth):
                row = self.at(case).row
                self._onward(case)
                assert row.status == "approved" or self.at(case).row.lock > row.lock, (
                    row.status,
                    row.stage_code,
                )

        self.is_watched = True

    def at(self, case: int) -> Facts:
        """The facts of a case now."""
        with Session(self.flow.engine, expire_on_commit=False) as session:
            return facts(session, case)

    def pick(self, n: int) -> int:
        """One of the cases."""
        return self.cases[n % len(self.cases)]

    def who(self, name: str, case: int) -> Actor:
        """The named actor; the fitting one is a holder of the case's desk, else its applicant."""
        if name == "applicant":
            return self.flow.me(case)
        if name == "other applicant":
            return self.flow.me(self.cases[(self.cases.index(case) + 1) % len(self.cases)])
        if name != "fitting":
            return self.world.actors[name]
        row = self.at(case).row
        for actor in self.world.actors.values():
            at_place = row.desk_agency_id is not None or actor.employer_id == row.employer_id
            if at_place and row.desk_role in actor.roles and row.desk_agency_id == actor.agency_id:
                return actor
        return self.flow.me(case)

    def snapshot(self) -> dict[str, list[str]]:
        """Everything of this example; nothing while the cases are led to where they start."""
        if not self.is_watched:
            return {}
        with Session(self.flow.engine) as session:
            return checks.snapshot(session, self.floor)

    def attempt(self, command: Callable[[], Any]) -> Any:
        """Run a command; None if it was refused, and then nothing has changed (I7)."""
        before = self.snapshot()
        try:
            return command()
        except DomainError:
            assert self.snapshot() == before
            return None

    def batch(
        self, attempt: Attempt, ids: list[int], run: Callable[[str, list[int]], BatchResult]
    ) -> BatchResult:
        """One batch: the model says which rows move; the others, unknown ones too, stay as they are."""
        old = {case: self.at(case) for case in ids if case in self.cases}
        expected = {case: allows(attempt, one, self.world.programme) for case, one in old.items()}
        before, key = self.snapshot(), str(new_id())
        result = run(key, ids)
        named = [*result.moved, *(row.id for row in result.skipped), *result.unknown]
        assert sorted(named) == sorted(set(ids))
        for case, answer in expected.items():
            assert answer in (None, case in result.moved), (attempt, result.blocks_of(case))
        assert set(result.unknown) == {i for i in ids if i not in old or not sees(attempt.actor, old[i])}
        self._denials(attempt.actor, result)
        if not result.moved:
            assert self.snapshot() == before
            return result
        for case, one in old.items():
            if case in result.moved:
                self._moved(attempt, case, one)
            else:
                assert self.at(case).state == one.state
        self._remember(run, ids, key, result, attempt)
        return result

    def _moved(self, attempt: Attempt, case: int, old: Facts) -> None:
        if attempt.verb == "undo":
            assert self.at(case).state == self.memory.before[case]
            assert old.last is not None
        elif attempt.verb in ("approve", "send_back", "back", "reject"):
            self.memory.before[case] = old.state

    def _denials(self, actor: Actor, result: BatchResult) -> None:
        denied = {row.id for row in result.skipped if row.blocks[0].code in DENIED} | set(result.unknown)
        logged = select(AccessEvent.object_id).where(
            AccessEvent.kind == "denied", AccessEvent.actor_id == actor.account_id,
            AccessEvent.at == self.flow.now,
        )  # fmt: skip
        with Session(self.flow.engine) as session:
            assert denied <= set(session.scalars(logged))

    def _remember(
        self,
        run: Callable[[str, list[int]], BatchResult],
        ids: list[int],
        key: str,
        result: BatchResult,
        attempt: Attempt,
    ) -> None:
        self.memory.accepted.append(
            Accepted(lambda k: run(k, ids), lambda k: run(k, [*ids, new_id()]), key, result)
        )
        if result.batch_id is not None and attempt.verb != "undo":
            self.memory.batches.append((attempt.actor, result.batch_id))

    def locks(self, ids: list[int], *, stale: bool) -> dict[int, int]:
        """The locks as the actor saw them."""
        return {case: lock - stale for case, lock in self.flow.locks(*ids).items()}

    # the ordinary way

    @rule(n=CASE)
    def onward(self, n: int) -> None:
        """The next ordinary step of a case, by whoever it waits for."""
        self._onward(self.pick(n))

    def _onward(self, case: int) -> None:
        row = self.at(case).row
        if row.status in ("draft", "returned"):
            self.attempt(lambda: self._filled_in(case))
        elif row.status == "in_review" and row.is_ready:
            self.decide_on([case], "approve", self.who("fitting", case))
        elif row.status == "in_review":
            self.roster_onward(case)

    def roster_onward(self, case: int) -> None:
        """What a case that is not ready waits for; `Office` knows."""

    def _filled_in(self, case: int) -> object:
        row, words = self.at(case).row, self.world.words
        if row.frozen_reason is None:
            if row.version_no == 0:
                self.flow.save(case, {**words.answers, "category": words.categories[case % 2]})
                self.flow.attach(case, *words.slots)
            else:
                self.flow.attach(case, words.material, mark=str(new_id()))
        return None if row.frozen_reason else self.flow.submit(case)

    @rule(n=CASE, name=SOMEBODY, category=st.integers(0, 1))
    def edit(self, n: int, name: str, category: int) -> None:
        """Enter answers, at any time and by anybody."""
        case = self.pick(n)
        actor = self.flow.me(case) if name == "fitting" else self.who(name, case)
        data = {**self.world.words.answers, "category": self.world.words.categories[category]}
        self.attempt(
            lambda: drafts.save(
                self.flow.engine, actor=actor, application_id=case, lock=self.flow.lock(case), data=data,
                cipher=self.flow.town.ports.cipher, now=self.flow.now,
            )
        )  # fmt: skip

    @rule(n=CASE)
    def submit(self, n: int) -> None:
        """Submit whatever is there."""
        case = self.pick(n)
        self.attempt(lambda: self.flow.submit(case))

    @precondition(lambda self: len(self.cases) < 9)
    @rule(n=CASE)
    def start_anew(self, n: int) -> None:
        """The same person starts another application."""
        talent = self.flow.people[self.pick(n)]
        made = self.attempt(lambda: self._draft(talent))
        if made is not None:
            self.cases.append(made)

    # verdicts and the other verbs on existing cases

    @rule(
        ns=st.lists(CASE, min_size=1, max_size=4, unique=True),
        verb=st.sampled_from(["approve", "approve", "send_back", "back", "reject"]),
        name=SOMEBODY, stale=RARELY, worded=MOSTLY, looked=MOSTLY, foreign=RARELY,
    )  # fmt: skip
    def decide(
        self, ns: list[int], verb: str, name: str, stale: bool, worded: bool, looked: bool, foreign: bool
    ) -> None:
        """Decide one or several, mixed ones, foreign ones, with locks that are no longer right."""
        ids = [*dict.fromkeys(self.pick(n) for n in ns), *([new_id()] if foreign else [])]
        actor = self.who(name, ids[0])
        self.decide_on(ids, verb, actor, stale=stale, worded=worded, looked=looked)

    def decide_on(
        self, ids: list[int], verb: str, actor: Actor, *, stale: bool = False, worded: bool = True,
        looked: bool = True,
    ) -> BatchResult:  # fmt: skip
        """A verdict of `actor`, who mostly opened the materials before."""
        if looked:
            self._look_at(ids, actor)
        seen, words, now = self.locks(ids, stale=stale), self.world.words, self.flow.now
        item = Item("material", words.material, words.reason, "请核对后重传")
        order = Order() if not worded else Order(items=(item,)) if verb == "send_back" else Order("请核实")
        given = {} if verb == "approve" else {"order": order}
        command = getattr(applications, verb)
        return self.batch(
            Attempt(verb, actor, now, stale, worded, many=len(ids) > 1),
            ids,
            lambda key, chosen: command(
                self.flow.engine, actor=actor, ids=chosen, seen=seen, now=now, key=key, **given
            ),
        )

    def _look_at(self, ids: list[int], actor: Actor) -> None:
        with self.flow.town.writing() as session:
            for case in ids:
                one = facts(session, case) if case in self.cases else None
                if one is None or not one.row.version_no or actor.account_id == 0 or not sees(actor, one):
                    continue
                files = session.get_one(Submission, (case, one.row.version_no)).files
                for slot in {file["slot"] for file in files}:
                    key = (case, one.row.version_no, slot, actor.account_id)
                    if session.get(MaterialView, key) is None:
                        names = ("application_id", "version_no", "slot", "actor_id")
                        session.add(MaterialView(**dict(zip(names, key, strict=True)), at=self.flow.now))

    @rule(
        ns=st.lists(CASE, min_size=1, max_size=3, unique=True),
        verb=st.sampled_from(["undo", "undo", "pull_back", "withdraw", "cancel", "issue"]),
        name=SOMEBODY, stale=RARELY, worded=MOSTLY,
    )  # fmt: skip
    def take(self, ns: list[int], verb: str, name: str, stale: bool, worded: bool) -> None:
        """Undo, pull back, withdraw, cancel or issue; the fitting actor is the one who may."""
        ids = list(dict.fromkeys(self.pick(n) for n in ns))
        actor = self._taker(verb, ids[0]) if name == "fitting" else self.who(name, ids[0])
        self.take_on(verb, ids, actor, stale=stale, worded=worded)

    def _taker(self, verb: str, case: int) -> Actor:
        one, actors = self.at(case), self.world.actors
        if verb == "undo" and one.last is not None:
            deciders = (actor for actor in actors.values() if actor.account_id == one.last.actor_id)
            return next(deciders, actors["clerk"])
        firm = "clerk" if one.row.employer_id == self.world.firms[0].id else "clerk_b"
        names = {"pull_back": firm, "cancel": "city_leader", "issue": "printer"}
        return self.flow.me(case) if verb == "withdraw" else actors[names.get(verb, "clerk")]

    def take_on(self, verb: str, ids: list[int], actor: Actor, *, stale: bool, worded: bool) -> None:
        """One of these verbs."""
        flow, now, seen = self.flow, self.flow.now, self.locks(ids, stale=stale)

        def run(key: str, chosen: list[int]) -> BatchResult:
            given: dict[str, Any] = {"actor": actor, "ids": chosen, "seen": seen, "now": now, "key": key}
            if verb == "issue":
                return cards.issue(
                    flow.engine, pdf=self.world.ports.pdf, base_url="https://cards.example", **given
                ).result
            if verb == "cancel":
                given["reason"] = "重复申报" if worded else " "
            return getattr(applications, verb)(flow.engine, **given)

        if verb == "issue" and not actor.may("Card.can_print"):
            assert self.attempt(lambda: run(str(new_id()), ids)) is None
            return
        self.batch(Attempt(verb, actor, now, stale, worded, many=len(ids) > 1), ids, run)

    @precondition(lambda self: self.memory.batches)
    @rule(n=st.integers(0, 20), name=SOMEBODY)
    def undo_batch(self, n: int, name: str) -> None:
        """A whole batch is taken back by whoever made it; by anybody else nothing is."""
        maker, batch_id = self.memory.batches[-1 - n % len(self.memory.batches)]
        actor = maker if name == "fitting" else self.who(name, self.cases[0])
        old = {case: self.at(case) for case in self.cases}
        before = self.snapshot()
        result = applications.undo(self.flow.engine, actor=actor, batch_id=batch_id, now=self.flow.now)
        attempt = Attempt("undo", actor, self.flow.now)
        for case in (*result.moved, *(row.id for row in result.skipped)):
            assert (case in result.moved) == allows(attempt, old[case], self.world.programme)
        for case in result.moved:
            self._moved(attempt, case, old[case])
        if not result.moved:
            assert self.snapshot() == before

    # repetition, time, looking around

    @precondition(lambda self: self.memory.accepted)
    @rule(n=st.integers(0, 20))
    def repeat(self, n: int) -> None:
        """I13, INV14: an accepted request that comes again gets its answer again and changes nothing."""
        again = self.memory.accepted[-1 - n % len(self.memory.accepted)]
        before = self.snapshot()
        assert again.run(again.key) == again.result
        with pytest.raises(IdempotencyMismatch):
            again.other(again.key)
        assert self.snapshot() == before

    @rule(minutes=st.sampled_from([1, 1, 4, 11, 16, 3000]))
    def wait(self, minutes: int) -> None:
        """The clock goes on; it moves no case."""
        before = self.snapshot()
        self.flow.now += timedelta(minutes=minutes)
        assert self.snapshot() == before

    @invariant()
    def each_step(self) -> None:
        """What must hold after every step."""
        with Session(self.flow.engine) as session:
            checks.each_step(session, self.cases, self.world.programme)

    def teardown(self) -> None:
        """What takes longer to look at."""
        everybody = [actor for actor in self.world.actors.values() if not actor.is_anonymous]
        everybody += [self.flow.me(case) for case in self.cases[:5]]
        with Session(self.flow.engine) as session:
            known = {case: facts(session, case) for case in self.cases}
            checks.numbers_are_claimed(session)
            checks.everybody_sees_his_own(session, everybody, known)
            checks.counts_are_rows(session, everybody)
            checks.everything_waits_for_one(session, everybody, self.cases, self.world.code)
            checks.undo_toast_is_true(session, everybody, now=self.flow.now)
            checks.offered_is_accepted(session, everybody[::4], self.cases, now=self.flow.now)
