"""The machine with rosters, claims, employers that are suspended, persons who leave, and cards."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import cards, desk, employers, person_moves, persons, rosters
from app.commands.rosters import ScanTools
from app.domain.materials import FileFacts, FileType, Upload
from app.domain.registration import Verdict
from app.domain.roles import Actor
from app.domain.roster import ScannedPage, SealHint, page_code
from app.models.card import Card
from app.models.employer import Employer
from app.models.ids import new_id
from app.models.person import Person
from app.models.roster import Roster
from tests.properties.machine import CASE, MOSTLY, RARELY, SOMEBODY, Desk

FIRM = st.integers(0, 1)


class CodeReader:
    """The image port of the machine: a sheet is a few bytes that end with its code.

    Reading real pictures takes a process of its own each time; test_rosters does that.
    """

    def inspect(self, data: bytes, file_type: FileType) -> FileFacts:
        """A page of the size of a phone picture."""
        del data
        return FileFacts(file_type, 1, 900, 640)

    def scan(self, data: bytes, file_type: FileType) -> tuple[ScannedPage, ...]:
        """The code at the end."""
        del file_type
        return (ScannedPage(1, (data.split(b" ")[-1].decode(),)),)

    def seal_hint(self, data: bytes, file_type: FileType) -> SealHint:
        """Nothing is said."""
        del data, file_type
        return SealHint.GREY


class Office(Desk):
    """`Desk` with what employers and bureaus do beside the cases."""

    def clerk_of(self, case: int) -> Actor:
        """Who puts this case on a roster."""
        first = self.at(case).row.employer_id == self.world.firms[0].id
        return self.world.actors["clerk" if first else "clerk_b"]

    def roster_onward(self, case: int) -> None:
        """Export, or stamp and upload."""
        row = self.at(case).row
        if row.roster_id is None:
            self._export([case], self.clerk_of(case), stale=False)
        else:
            self._upload(rosters.seal, row.roster_id, self.clerk_of(case), right=True)

    def _roster(self, case: int) -> Roster | None:
        row = self.at(case).row
        with Session(self.flow.engine, expire_on_commit=False) as session:
            newest = select(Roster).where(Roster.employer_id == row.employer_id, Roster.id > self.floor)
            if row.roster_id is not None:
                return session.get(Roster, row.roster_id)
            return session.scalar(newest.order_by(Roster.id.desc()).limit(1))

    def _member_actor(self, name: str, case: int) -> Actor:
        return self.clerk_of(case) if name == "fitting" else self.who(name, case)

    @rule(ns=st.lists(CASE, min_size=1, max_size=4), name=SOMEBODY, stale=RARELY)
    def export(self, ns: list[int], name: str, stale: bool) -> None:
        """Put cases on a roster: all of them or none."""
        ids = [self.pick(n) for n in ns]
        self._export(ids, self._member_actor(name, ids[0]), stale=stale)

    def _export(self, ids: list[int], actor: Actor, *, stale: bool) -> None:
        seen = self.locks(ids, stale=stale)
        made = self.attempt(
            lambda: rosters.export(self.flow.engine, actor=actor, ids=ids, seen=seen, now=self.flow.now)
        )
        if made is not None:
            rows = [self.at(case).row for case in dict.fromkeys(ids)]
            assert {row.roster_id for row in rows} == {made.id}
            assert {row.employer_id for row in rows} == {actor.employer_id}

    @rule(
        n=CASE, name=SOMEBODY, right=MOSTLY,
        verb=st.sampled_from(["seal", "seal", "replace_scan", "void", "return_scan"]),
    )  # fmt: skip
    def on_roster(self, n: int, name: str, right: bool, verb: str) -> None:
        """Upload, replace, give up or return the sheet of a case."""
        case = self.pick(n)
        roster = self._roster(case)
        if roster is None:
            return
        actor = self._member_actor(name, case)
        if verb in ("seal", "replace_scan"):
            self._upload(getattr(rosters, verb), roster.id, actor, right=right)
        elif verb == "void":
            self.attempt(
                lambda: rosters.void(
                    self.flow.engine, actor=actor, roster_id=roster.id, lock=roster.lock - (not right),
                    now=self.flow.now,
                )
            )  # fmt: skip
        else:
            self._return_scan(roster, self.who(name, case), right=right)

    def _return_scan(self, roster: Roster, actor: Actor, *, right: bool) -> None:
        self.attempt(
            lambda: rosters.return_scan(
                self.flow.engine, actor=actor, roster_id=roster.id, reason="公章不清晰" if right else "",
                now=self.flow.now,
            )
        )  # fmt: skip

    def _upload(self, command: Callable[..., Any], roster_id: int, actor: Actor, *, right: bool) -> None:
        ports = self.world.ports
        with Session(self.flow.engine) as session:
            digest = session.get_one(Roster, roster_id).digest if right else "0" * 64
        code = page_code(roster_id, 1, 1, digest=digest, mac=ports.cipher.mac)
        sheet = Upload("汇总表.jpg", b"\xff\xd8\xff " + f"{new_id()} {code}".encode())
        self.attempt(
            lambda: command(
                self.flow.engine, actor=actor, roster_id=roster_id, uploads=[sheet],
                tools=ScanTools(ports.vault, CodeReader(), ports.cipher), now=self.flow.now,
            )
        )  # fmt: skip

    # opening and claiming

    @rule(n=CASE, name=SOMEBODY, verb=st.sampled_from(["open_case", "claim", "claim", "release"]))
    def take_up(self, n: int, name: str, verb: str) -> None:
        """Open, claim, release: none of them is a transition."""
        case = self.pick(n)
        before, actor = self.at(case).state, self.who(name, case)
        command = getattr(desk, verb)
        self.attempt(lambda: command(self.flow.engine, actor=actor, application_id=case, now=self.flow.now))
        assert self.at(case).state == before

    @rule(n=CASE, name=SOMEBODY, to=SOMEBODY)
    def hand_over(self, n: int, name: str, to: str) -> None:
        """Reassign a claim to somebody."""
        case = self.pick(n)
        actor, chosen = self.who(name, case), self.who(to, case)
        self.attempt(
            lambda: desk.reassign(
                self.flow.engine, actor=actor, application_id=case, account_id=chosen.account_id,
                now=self.flow.now,
            )
        )  # fmt: skip
        row = self.at(case).row
        mine = chosen.person_key is not None and chosen.person_key == row.applicant_key
        assert not (mine and row.claimed_by == chosen.account_id)

    # employers and persons

    @rule(firm=FIRM, name=SOMEBODY, verb=st.sampled_from(["suspend", "resume", "resume"]))
    def employer(self, firm: int, name: str, verb: str) -> None:
        """Suspend and resume: open cases freeze and thaw."""
        leader = ("county_leader", "county_b_leader")[firm]
        actor = self.who(leader if name == "fitting" else name, self.cases[0])
        self._employer(firm, actor, verb)

    def _employer(self, firm: int, actor: Actor, verb: str) -> None:
        employer_id = self.world.firms[firm].id
        with Session(self.flow.engine) as session:
            lock = session.get_one(Employer, employer_id).lock
        self.attempt(
            lambda: getattr(employers, verb)(
                self.flow.engine, actor=actor, employer_id=employer_id, lock=lock, reason="核查",
                now=self.flow.now,
            )
        )  # fmt: skip

    @rule(n=CASE, name=SOMEBODY, verb=st.sampled_from(["leave", "choose_employer", "approve", "approve"]),
          firm=FIRM)  # fmt: skip
    def bond(self, n: int, name: str, verb: str, firm: int) -> None:
        """A person leaves, chooses an employer, is approved there."""
        case = self.pick(n)
        person_id = self.flow.people[case].id
        with Session(self.flow.engine) as session:
            person = session.get_one(Person, person_id)
            lock, bound = person.lock, person.employer_id
        engine, now, me = self.flow.engine, self.flow.now, self.flow.me(case)
        clerk = self.world.actors["clerk" if bound == self.world.firms[0].id else "clerk_b"]
        actor = (clerk if verb == "approve" else me) if name == "fitting" else self.who(name, case)
        commands: dict[str, Callable[[], Any]] = {
            "leave": lambda: person_moves.leave(engine, actor=actor, person_id=person_id, lock=lock, now=now),
            "choose_employer": lambda: person_moves.choose_employer(
                engine, actor=actor, lock=lock, employer_id=self.world.firms[firm].id, now=now
            ),
            "approve": lambda: persons.decide(
                engine, actor=actor, verdict=Verdict.APPROVE, seen={person_id: lock}, now=now
            ),
        }
        self.attempt(commands[verb])

    def is_frozen_rightly(self) -> None:
        """I9 of the requirements, INV12: frozen is exactly what cannot go on."""
        with Session(self.flow.engine) as session:
            for case in self.cases:
                row = self.at(case).row
                employer = session.get_one(Employer, row.employer_id)
                person = session.get_one(Person, row.person_id)
                bound = person.state == "active" and person.employer_id == row.employer_id
                stuck = employer.state == "suspended" or not bound
                if row.status in ("draft", "in_review", "returned", "approved"):
                    assert (row.frozen_reason is not None) == stuck, (row.status, row.frozen_reason)

    # cards

    @precondition(lambda self: self._cards())
    @rule(n=CASE, name=SOMEBODY, verb=st.sampled_from(["report_lost", "found", "cancel", "reprint"]))
    def card(self, n: int, name: str, verb: str) -> None:
        """What may happen to a card; its number stays and is nobody else's."""
        chosen = self._cards()[n % len(self._cards())]
        actor = self.world.actors["printer"] if name == "fitting" else self.who(name, chosen.application_id)
        given: dict[str, Any] = {"actor": actor, "card_id": chosen.id, "now": self.flow.now}
        if verb in ("cancel", "reprint"):
            given["reason"] = "遗失"
        if verb == "reprint":
            given["base_url"] = "https://cards.example"
        self.attempt(lambda: getattr(cards, verb)(self.flow.engine, **given))
        assert [c.no for c in self._cards() if c.id == chosen.id] == [chosen.no]

    def _cards(self) -> list[Card]:
        with Session(self.flow.engine, expire_on_commit=False) as session:
            return list(session.scalars(select(Card).where(Card.id > self.floor).order_by(Card.id)))

    def teardown(self) -> None:
        """Leave the employers as they were."""
        self.is_frozen_rightly()
        super().teardown()
        for firm, leader in enumerate(("county_leader", "county_b_leader")):
            self._employer(firm, self.world.actors[leader], "resume")
