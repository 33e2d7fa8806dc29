"""The waves of one employer, played from the first draft to the cards."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from app.cli.demo.volume.answers import Answers
from app.cli.demo.volume.issuing import Issuing
from app.cli.demo.volume.life import History, Live, at_stage
from app.cli.demo.volume.listing import Listing
from app.cli.demo.volume.outcomes import End
from app.cli.demo.volume.plan import Planned, Wave
from app.cli.demo.volume.registrations import Firm, Member
from app.cli.demo.volume.series import Numbers, Series
from app.cli.demo.volume.submitting import Submitting
from app.commands import series
from app.domain.programme import Party, ReasonFor, Stage
from app.domain.roles import Actor
from app.domain.states import Item, Order, Status, Verb

CANCELLED = Order("重复申报，予以作废")
REJECTED = Order("经审核，不符合申领条件。")
BACKED = Order("请核实工作年限后再报")


class Play:
    """Plays the waves of one employer; what it writes lies in the history's tables."""

    def __init__(
        self, history: History, firm: Firm, members: Sequence[Member], *, numbers: Numbers, issuing: Issuing,
        listing: Listing, chance: Random,
    ) -> None:  # fmt: skip
        self._history = history
        self._firm = firm
        self._numbers = numbers
        self._issuing = issuing
        self._listing = listing
        self._series = Series(history.scene.programme)
        self._submitting = Submitting(
            history, firm, members, numbers=numbers, answers=Answers(history.scene, chance)
        )
        self._stages = history.scene.programme.stages

    def wave(self, wave: Wave) -> list[Live]:
        """One wave; its applications as they stand at its end."""
        lives = [self._submitting.start(planned, self._issuing) for planned in wave.cases]
        sent = [live for live in lives if live.planned.outcome.end not in (End.DRAFT, End.DROPPED)]
        for live in sent:
            self._submitting.submit(live, live.planned.submitted)
        self._withdraw(
            [live for live in lives if live.planned.outcome.end in (End.DROPPED, End.WITHDRAWN)], wave
        )
        first = self._stages[0]
        self._again([live for live in sent if live.planned.outcome.again], first, wave)
        self._undone([live for live in sent if live.planned.outcome.undone], first, wave)
        for position, stage in enumerate(self._stages):
            if stage.is_gate:
                self._rosters(lives, wave)
            at = wave.decided if position == 0 else wave.stage_at(position, len(self._stages))
            self._stage(sent, stage, at)
        self._finish(sent, wave)
        return lives

    def _withdraw(self, lives: Sequence[Live], wave: Wave) -> None:
        for live in lives:
            self._history.do(Verb.WITHDRAW, [live], live.human.actor, wave.at(8))

    def _holder(self, stage: Stage) -> Actor:
        return (
            self._firm.reviewer.actor
            if stage.party is Party.EMPLOYER
            else self._firm.bureau.desks[stage.role]
        )

    def _again(self, lives: Sequence[Live], first: Stage, wave: Wave) -> None:
        """Returned by the first stage, mended and submitted again."""
        if not lives:
            return
        for live in lives:
            self._history.do(
                Verb.SEND_BACK, [live], self._holder(first), wave.at(5.5), order=self._returning(live)
            )
            self._submitting.mend(live, live.planned.again)

    def _returning(self, live: Live) -> Order:
        """One returned material with a reason that says enough."""
        reasons = self._history.scene.programme.reasons
        fitting = (ReasonFor.MATERIAL, ReasonFor.BOTH)
        reason = next((r for r in reasons if r.use in fitting and not r.text_required), None)
        code, text = (reason.code, reason.text) if reason else (None, "请重新上传。")
        return Order(items=(Item("material", live.files[-1].slot, code, text),))

    def _undone(self, lives: Sequence[Live], first: Stage, wave: Wave) -> None:
        """An approval taken back two minutes later."""
        at = wave.decided - timedelta(hours=1)
        if lives and first.undo and self._history.scene.programme.settings.undo_minutes > 2:  # noqa: PLR2004
            self._history.do(Verb.APPROVE, lives, self._holder(first), at)
            self._history.do(Verb.UNDO, lives, self._holder(first), at + timedelta(minutes=2))

    def _rosters(self, lives: Sequence[Live], wave: Wave) -> None:
        """Everybody who waits at the gate and is meant for a roster."""
        by_plan = {id(live.planned): live for live in lives}
        code = self._firm.bureau.code
        for end, members in self._series.rosters(wave):
            if members:
                key = self._series.roster(code, wave.exported)
                no = series.written(f"R{code}", key[2], self._numbers.next(key))
                self._listing.make([by_plan[id(one)] for one in members], no, end, wave)

    def _stage(self, lives: Sequence[Live], stage: Stage, at: datetime) -> None:
        """The verdicts of one stage: back first, then whatever ends here, then the batch that goes on."""
        here = at_stage(lives, stage.code)
        holder = self._holder(stage)
        self._backed([live for live in here if live.planned.outcome.backed == stage.code], stage, at)
        ending = {
            end: [live for live in here if _ends(live.planned, end, stage)]
            for end in (End.RETURNED, End.REJECTED, End.CANCELLED, End.WAITS)
        }
        for live in ending[End.RETURNED]:
            self._history.do(Verb.SEND_BACK, [live], holder, at, order=self._returning(live))
        self._history.do(Verb.REJECT, ending[End.REJECTED], holder, at, order=REJECTED)
        self._history.do(Verb.CANCEL, ending[End.CANCELLED], self._firm.bureau.canceller, at, order=CANCELLED)
        gone = {live.case.id for lives in ending.values() for live in lives}
        self._history.do(Verb.APPROVE, [live for live in here if live.case.id not in gone], holder, at)

    def _backed(self, lives: Sequence[Live], stage: Stage, at: datetime) -> None:
        """Given back one stage, which looks again and approves."""
        if not lives:
            return
        before = at - timedelta(hours=4)
        self._history.do(Verb.BACK, lives, self._holder(stage), before, order=BACKED)
        previous = self._history.scene.programme.stage(lives[0].case.stage_code or "")
        self._history.do(Verb.APPROVE, lives, self._holder(previous), before + timedelta(hours=2))

    def _finish(self, lives: Sequence[Live], wave: Wave) -> None:
        done = [live for live in lives if live.planned.outcome.end is End.ISSUED]
        if any(live.case.status is not Status.APPROVED for live in done):
            raise ValueError("an application did not reach its end")
        self._issuing.issue(done, self._firm, wave.issued)

    def freeze(self, lives: Sequence[Live], at: datetime, reason: str) -> None:
        """Freeze what is open, because the employer was suspended."""
        self._history.touch(lives, "freeze", self._firm.bureau.suspender, at, frozen_reason=reason)


def _ends(planned: Planned, end: End, stage: Stage) -> bool:
    return planned.outcome.end is end and planned.outcome.stage == stage.code
