"""What a page offers is what the server accepts: all statuses, stages, roles and verbs (invariant I14).

Every command is really run and killed right before its commit, so that each is tried on the same cases; and a
command that is killed leaves nothing behind (invariant I7).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.commands import applications, cards, desk, submissions
from app.domain.errors import DomainError
from app.domain.ports import Ports
from app.domain.programme import BatchMode
from app.domain.results import BatchResult
from app.domain.roles import Actor
from app.domain.states import Item, Order, Verb
from app.models.application import Application
from app.queries import decisions
from app.queries import desk as reading
from tests.commands.flow import CARD, Flow
from tests.properties import checks
from tests.properties.cast import SUBSIDY, World
from tests.properties.office import Office

BATCHES = (
    Verb.APPROVE, Verb.SEND_BACK, Verb.BACK, Verb.REJECT, Verb.UNDO, Verb.PULL_BACK, Verb.WITHDRAW,
    Verb.CANCEL, Verb.ISSUE,
)  # fmt: skip
SINGLES = (Verb.SUBMIT, Verb.CLAIM, Verb.RELEASE)


class KilledError(Exception):
    """The process died here."""


@contextmanager
def killed_before_commit() -> Iterator[None]:
    """Every writing transaction inside ends right before its commit."""

    def die(session: Session) -> None:
        if session.get_bind().get_execution_options().get("write"):
            raise KilledError

    event.listen(Session, "before_commit", die)
    try:
        yield
    finally:
        event.remove(Session, "before_commit", die)


class Scene(Office):
    """One case at every status and stage: of each stage also one just decided, so that undo is offered."""

    def stages(self) -> list[int]:
        """Draft, each stage (waiting for the roster, ready, opened), approved, issued, returned, final."""
        chain, made = len(self.world.programme.stages), list(self.cases[:1])
        steps = chain + (2 if self.world.programme.gate else 0)
        for depth in range(1, steps + 2):
            made.append(self._new(depth))
        made += [self._new(depth, opened=True) for depth in (1, steps, steps + 1)]
        for verb in ("send_back", "withdraw", "reject"):
            made.append(self._new(steps if verb == "reject" else 1))
            self._end(made[-1], verb)
        made.append(self._new(steps + 1))
        self.take_on("issue", [made[-1]], self.world.actors["printer"], stale=False, worded=True)
        return made

    def _new(self, depth: int, *, opened: bool = False) -> int:
        talent = self.flow.applicant(self.world.firms[0])
        case = self.flow.draft(talent, programme=self.world.code, kind=self.world.words.kind)
        self.cases.append(case)
        for _ in range(depth):
            self._onward(case)
        if opened:
            holder = self.who("fitting", case)
            desk.open_case(self.flow.engine, actor=holder, application_id=case, now=self.flow.now)
        return case

    def _end(self, case: int, verb: str) -> None:
        if verb == "withdraw":
            self.take_on(verb, [case], self.flow.me(case), stale=False, worded=True)
        else:
            self.decide_on([case], verb, self.who("fitting", case))

    def trial(self, verb: Verb, actor: Actor, ids: list[int]) -> frozenset[int]:
        """The cases that the command moves, before it is killed."""
        before, moved = self.flow.locks(*ids), set()

        def look(session: Session) -> None:
            rows = session.execute(select(Application.id, Application.lock).where(Application.id.in_(ids)))
            moved.update(row.id for row in rows if row.lock != before[row.id])

        event.listen(Session, "before_commit", look, insert=True)
        try:
            with killed_before_commit():
                self._run(verb, actor, ids)
        except (KilledError, DomainError):
            pass
        finally:
            event.remove(Session, "before_commit", look)
        return frozenset(moved)

    def _run(self, verb: Verb, actor: Actor, ids: list[int]) -> BatchResult:
        flow, words = self.flow, self.world.words
        given = {"actor": actor, "ids": ids, "seen": flow.locks(*ids), "now": flow.now}
        item = Item("material", words.material, words.reason, "请重传")
        more = {
            Verb.SEND_BACK: {"order": Order(items=(item,))}, Verb.BACK: {"order": Order("请核实")},
            Verb.REJECT: {"order": Order("不符合")}, Verb.CANCEL: {"reason": "重复"},
        }  # fmt: skip
        if verb is Verb.ISSUE:
            pdf = self.world.ports.pdf
            return cards.issue(flow.engine, pdf=pdf, base_url="https://cards.example", **given).result
        return getattr(applications, verb.value)(flow.engine, **given, **more.get(verb, {}))

    def accepts(self, verb: Verb, actor: Actor, case: int) -> bool:
        """Whether a command on a single case reaches its commit."""
        flow = self.flow
        given = {"actor": actor, "application_id": case, "now": flow.now}
        commands: dict[Verb, Callable[[], object]] = {
            Verb.SUBMIT: lambda: submissions.submit(flow.engine, lock=flow.lock(case), **given),
            Verb.CLAIM: lambda: desk.claim(flow.engine, **given),
            Verb.RELEASE: lambda: desk.release(flow.engine, **given),
        }
        try:
            with killed_before_commit():
                commands[verb]()
        except KilledError:
            return True
        except DomainError:
            return False
        raise AssertionError(verb)


@pytest.mark.parametrize("code", [CARD, SUBSIDY])
def test_what_is_offered_is_accepted_and_nothing_else(flow: Flow, wired: Ports, code: str) -> None:
    world = World(flow, wired, code)
    scene = type("Scene", (Scene,), {"world": world})()
    ids = scene.stages()
    flow.save(ids[0], {**world.words.answers, "category": world.words.categories[0]})
    flow.attach(ids[0], *world.words.slots)
    returned = ids[-4]
    flow.attach(returned, world.words.material, mark="better")
    with Session(flow.engine) as session:
        rows = session.execute(select(Application.status, Application.stage_code)).tuples().all()
    stages = {stage.code for stage in world.programme.stages}
    assert {status for status, _ in rows} == {
        "draft", "in_review", "returned", "approved", "issued", "rejected", "withdrawn",
    }  # fmt: skip
    assert {stage for _, stage in rows if stage} == stages
    scene.is_watched = True
    before = scene.snapshot()

    twins = {"colleague", "county_2"}
    everybody = [actor for name, actor in world.actors.items() if name not in twins]
    everybody += map(flow.me, (ids[0], ids[1], returned))
    together = [case for case in ids if _mode(scene, case) is BatchMode.ANY]
    wrong = [line for actor in everybody for line in _differences(scene, actor, ids, together)]

    assert wrong == []
    assert scene.snapshot() == before


def _differences(scene: Scene, actor: Actor, ids: list[int], batch_any: list[int]) -> Iterator[str]:
    offered = _offered(scene, actor, ids)
    for verb in BATCHES:
        wanted = {case for case in ids if (case, verb) in offered}
        moved = set(scene.trial(verb, actor, batch_any))
        for case in wanted - set(batch_any):
            moved |= scene.trial(verb, actor, [case])
        if moved != wanted:
            yield f"{verb} by {sorted(actor.roles)}: offered {wanted}, accepted {moved}"
    for verb in SINGLES:
        for case in ids[:-3]:  # the last three are final
            if ((case, verb) in offered) != scene.accepts(verb, actor, case):
                row = scene.at(case).row
                yield f"{verb} by {sorted(actor.roles)} at {row.status} {row.stage_code}"


def _mode(scene: Scene, case: int) -> BatchMode:
    stage = scene.at(case).row.stage_code
    return scene.world.programme.stage(stage).batch if stage else BatchMode.ANY


def _offered(scene: Scene, actor: Actor, ids: list[int]) -> set[tuple[int, Verb]]:
    """What the page of each case offers; it shows exactly what the rule says."""
    found = set()
    with Session(scene.flow.engine) as session:
        for case in ids:
            try:
                offered = decisions.actions(session, actor, case, now=scene.flow.now)
            except DomainError:
                continue
            allowed = {(case, action.verb) for action in offered if action.is_allowed}
            if allowed:
                assert reading.case(session, actor, case, now=scene.flow.now).actions == offered
            found |= allowed
        checks.undo_toast_is_true(session, [actor], now=scene.flow.now)
    return found
