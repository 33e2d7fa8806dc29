"""Cases at any step, made by commands.

A town with officers, a firm with clerks, persons with applications.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from app.commands import applications, drafts, submissions
from app.commands.transitions import Move, kept, touch
from app.commands.unit_of_work import unit_of_work
from app.domain.roles import Actor
from app.domain.states import Item, Order
from app.models.application import Application, Approval, Draft, Review
from app.models.audit import AuditEvent
from app.models.file import Blob
from app.models.ids import new_id
from app.models.roster import Roster, RosterItem
from app.queries import cases
from tests.web.town import Firm, Talent, Town

CARD = "bohai-talent-card"
ANSWERS: Mapping[str, object] = {
    "category": "C",
    "education": "14",
    "degree": "3",
    "position": "研发工程师",
    "contract_kind": "fixed",
    "contract_end": "2028-12-31",
}
SLOTS = ("id_document", "photo", "contract", "diploma")
RETURNED = Order(items=(Item("material", "diploma", "unclear"),))
REFUSED = Order(text="经审核，不符合申领条件。", items=(Item("general", "", "not_eligible"),))


@dataclass(slots=True, repr=False)
class Flow:
    """The actors of the shipped chain and what they do to cases."""

    town: Town
    now: datetime
    firm: Firm = field(init=False)
    clerk: Actor = field(init=False)
    county: Actor = field(init=False)
    county_leader: Actor = field(init=False)
    city: Actor = field(init=False)
    city_leader: Actor = field(init=False)
    printer: Actor = field(init=False)
    people: dict[int, Talent] = field(default_factory=dict)
    made: int = 0

    def __post_init__(self) -> None:
        """Hire everybody."""
        town = self.town
        self.firm = town.firm()
        self.clerk = town.actor(self.firm.account_id)
        self.county = town.officer("county-a-specialist", town.bureaus.a, {"county_specialist", "registrar"})
        self.county_leader = town.officer("county-a-leader", town.bureaus.a, {"county_leader"})
        self.city = town.officer("city-specialist", town.bureaus.city, {"city_specialist"})
        self.city_leader = town.officer("city-leader", town.bureaus.city, {"city_leader"})
        self.printer = town.officer("city-print", town.bureaus.city, {"card_printer"})

    @property
    def engine(self) -> Engine:
        """The test's engine."""
        return self.town.engine

    def applicant(self, firm: Firm | None = None) -> Talent:
        """One more approved person."""
        self.made += 1
        name = "李" + "明芳秀英华国建平志强"[self.made % 10] + "甲乙丙丁戊己庚辛壬癸"[self.made // 10 % 10]
        return self.town.person(firm or self.firm, name, f"person{self.made}")

    def me(self, application_id: int) -> Actor:
        """The applicant of a case."""
        return self.town.actor(self.people[application_id].account_id)

    def draft(self, talent: Talent | None = None, programme: str = CARD, kind: str = "first") -> int:
        """A draft that nothing was entered into."""
        person = talent or self.applicant()
        actor = self.town.actor(person.account_id)
        made = drafts.new(self.engine, actor=actor, programme=programme, kind=kind, now=self.now)
        self.people[made.application_id] = person
        return made.application_id

    def filled(self, answers: Mapping[str, object] | None = None) -> int:
        """A draft that can be submitted."""
        application_id = self.draft()
        self.save(application_id, answers or ANSWERS)
        self.attach(application_id, *SLOTS)
        return application_id

    def save(self, application_id: int, answers: Mapping[str, object]) -> None:
        """Enter answers."""
        lock = self.lock(application_id)
        actor = self.me(application_id)
        drafts.save(
            self.engine,
            actor=actor,
            application_id=application_id,
            lock=lock,
            data=answers,
            cipher=self.town.ports.cipher,
            now=self.now,
        )

    def attach(self, application_id: int, *slots: str, mark: str = "") -> None:
        """One picture in each slot, replacing what is there."""
        with self.town.writing() as session:
            stored = session.get(Draft, application_id)
            assert stored is not None
            kept_files = [f for f in stored.files if f["slot"] not in slots]
            stored.files = kept_files + [
                _file(session, application_id, slot, mark, self.now) for slot in slots
            ]

    def submit(
        self, application_id: int, answers: tuple[submissions.Answer, ...] = ()
    ) -> submissions.Submitted:
        """Submit as the applicant."""
        return submissions.submit(
            self.engine,
            actor=self.me(application_id),
            application_id=application_id,
            lock=self.lock(application_id),
            answers=answers,
            now=self.now,
        )

    def submitted(self, count: int = 1) -> list[int]:
        """Cases waiting for the employer."""
        ids = [self.filled() for _ in range(count)]
        for application_id in ids:
            self.submit(application_id)
        return ids

    def approve(self, actor: Actor, *ids: int) -> None:
        """Approve; all of them move."""
        result = applications.approve(self.engine, actor=actor, ids=ids, seen=self.locks(*ids), now=self.now)
        assert result.moved == ids, result

    def at_gate(self, count: int = 1) -> list[int]:
        """Cases approved by the employer."""
        ids = self.submitted(count)
        self.approve(self.clerk, *ids)
        return ids

    def sealed(self, count: int = 1) -> list[int]:
        """Cases the county specialist can decide."""
        ids = self.at_gate(count)
        self.seal(self.export(*ids))
        return ids

    def export(self, *ids: int) -> int:
        """A roster over cases, written without its files."""
        with unit_of_work(self.engine, self.clerk, now=self.now) as work:
            loaded = cases.load(work.session, self.clerk, ids, verbs=(), lock=True)
            first, roster_id = loaded.cases[0], new_id()
            work.session.execute(
                insert(Roster).values(
                    id=roster_id, no=f"R{roster_id}", employer_id=first.employer_id,
                    county_id=first.county_id,
                    agency_path="/", programme_version_id=first.version_id, state="exported",
                    digest="d" * 64, pages=1,
                    size=len(ids), exported_by=self.clerk.account_id, exported_at=self.now,
                )
            )  # fmt: skip
            rows = [
                {
                    "roster_id": roster_id,
                    "application_id": c.id,
                    "position": n,
                    "version_no": c.version_no,
                    "row": [],
                }
                for n, c in enumerate(loaded.cases, 1)
            ]
            work.session.execute(insert(RosterItem), rows)
            moves = [Move(case, kept(case, roster_id=roster_id)) for case in loaded.cases]
            touch(work, moves, event="export", programmes=loaded.programmes, digests=loaded.digests)
        return roster_id

    def seal(self, roster_id: int) -> None:
        """Seal a roster without a scan."""
        with unit_of_work(self.engine, self.clerk, now=self.now) as work:
            ids = list(work.session.scalars(select(Application.id).where(Application.roster_id == roster_id)))
            loaded = cases.load(work.session, self.clerk, ids, verbs=(), lock=True)
            values = {"state": "sealed", "sealed_at": self.now, "verified_by": "code"}
            work.session.execute(update(Roster).where(Roster.id == roster_id).values(**values))
            moves = [Move(case, kept(case, is_ready=True)) for case in loaded.cases]
            touch(work, moves, event="seal", programmes=loaded.programmes, digests=loaded.digests)

    def approved(self, count: int = 1) -> list[int]:
        """Cases that wait for the printer."""
        ids = self.sealed(count)
        for actor in (self.county, self.county_leader, self.city, self.city_leader):
            self.approve(actor, *ids)
        return ids

    def lock(self, application_id: int) -> int:
        """The lock of one case now."""
        return self.locks(application_id)[application_id]

    def locks(self, *ids: int) -> dict[int, int]:
        """The locks of cases now."""
        with Session(self.engine) as session:
            rows = session.execute(select(Application.id, Application.lock).where(Application.id.in_(ids)))
            return {row.id: row.lock for row in rows}

    def row(self, application_id: int) -> Application:
        """The row of a case now."""
        with Session(self.engine) as session:
            found = session.get(Application, application_id)
            assert found is not None
            session.expunge(found)
            return found

    def rows(self, *ids: int) -> list[tuple[str, str | None]]:
        """Status and stage of cases now."""
        return [(row.status, row.stage_code) for row in map(self.row, ids)]

    def snapshot(self) -> dict[str, list[object]]:
        """Everything a refused command must leave alone (invariant I7)."""
        with Session(self.engine) as session:
            return {
                model.__tablename__: sorted(
                    (tuple(row) for row in session.execute(select(model.__table__))), key=repr
                )
                for model in (Application, Approval, AuditEvent, Draft, Review, Roster)
            }


def _file(session: Session, application_id: int, slot: str, mark: str, now: datetime) -> dict[str, str]:
    digest = hashlib.sha256(f"{application_id}{slot}{mark}".encode()).hexdigest()
    blob_id = new_id()
    session.execute(
        insert(Blob).values(
            id=blob_id, sha256=digest, size=1000, type="image/jpeg", pages=1, width=900, height=1260,
            key=digest,
            data_key=b"k", key_id="k1", preview_state="done", created=now,
        )
    )  # fmt: skip
    return {"slot": slot, "sha256": digest, "blob_id": str(blob_id), "file_name": f"{slot}.jpg"}
