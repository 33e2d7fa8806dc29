"""A rich town for walking every door: three employers in two cities, with one object of every kind each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.commands import cards, employer_changes, persons
from app.commands.employer_changes import ChangeForm
from app.commands.persons import PersonForm
from app.models.agency import Agency
from app.models.application import Draft, Review, Submission
from app.models.card import Card
from app.models.employer import Employer
from app.models.file import Attachment
from app.models.ids import new_id
from app.models.roster import RosterScan
from app.models.work import Job
from app.queries.exports import EXPORT_JOB
from tests.commands.flow import Flow, _file
from tests.web.desk import approved_with_photo, new_employer
from tests.web.town import CONSENT, PASSWORD, VISITOR, Bureaus, Firm, Talent, Town

Keys = Mapping[str, str]
"""Kind of object → the text that stands for one in an address."""


@dataclass(frozen=True, slots=True)
class Wide(Bureaus):
    """The bureaus of a second city beside those of a town."""

    city_c: int
    c: int


def widen(town: Town) -> None:
    """Add a city with one county, which no office of the first city may see into."""
    city, county = new_id(), new_id()
    rows = [
        {"id": city, "parent_id": None, "level": "city", "code": "2000", "name": "海东市人社局"},
        {"id": county, "parent_id": city, "level": "county", "code": "2001", "name": "丙县人社局"},
    ]
    paths = {city: f"/{city}/", county: f"/{city}/{county}/"}
    with town.writing() as session:
        for row in rows:
            is_county = row["level"] == "county"
            session.execute(
                insert(Agency).values(**row, path=paths[int(str(row["id"]))], open_for_employers=is_county)
            )
    known = town.bureaus
    town.bureaus = Wide(known.city, known.a, known.b, city, county)


@dataclass(slots=True, repr=False)
class Side(Flow):
    """One employer with its offices and one object of every kind."""

    mark: str = "a"
    city_mark: str = ""
    unreached: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    holder: Talent | None = None

    def __post_init__(self) -> None:
        """Hire the offices of this side's county and city."""
        town, mark = self.town, self.mark
        county, city = getattr(town.bureaus, mark), getattr(town.bureaus, "city" + self.city_mark)
        self.firm = town.firm(f"云海{'甲乙丙'['abc'.index(mark)]}企业有限公司", f"emp-{mark}", mark)
        self.clerk = town.actor(self.firm.account_id)
        tail = self.city_mark
        self.county = town.officer(f"county-{mark}-specialist", county, {"county_specialist", "registrar"})
        self.county_leader = town.officer(f"county-{mark}-leader", county, {"county_leader"})
        self.city = town.officer(f"city{tail}-specialist", city, {"city_specialist"})
        self.city_leader = town.officer(f"city{tail}-leader", city, {"city_leader"})
        self.printer = town.officer(f"city{tail}-print", city, {"card_printer"})

    def applicant(self, firm: Firm | None = None) -> Talent:
        """One more approved person of this side."""
        self.made += 1
        name = "李" + "明芳秀英华国建平志强"[self.made % 10] + "甲乙丙"["abc".index(self.mark)]
        return self.town.person(firm or self.firm, name, f"per-{self.mark}{self.made}")

    def furnish(self) -> None:
        """Make one object of every kind and note its key."""
        town, mark, admin = self.town, self.mark, self.firm.account_id
        draft, waiting = self.filled(), self.submitted()[0]
        gate = self.at_gate()[0]
        open_roster = self.export(gate)
        ready = self.approved()[0]
        issued = approved_with_photo(self)[0] if mark == "a" else self.approved()[0]
        self.issue(issued)
        self.holder = self.people[issued]
        newcomer = new_employer(town, f"云海新{mark}有限公司", f"emp-new-{mark}", mark)
        attached = self.hand_in(newcomer.id)
        colleague = town.staff(self.firm, f"emp-{mark}-other", {"employer_reader"})
        assert colleague.account_id
        self.keys |= {
            "case": issued,
            "gate_case": gate,
            "ready_case": ready,
            "roster": self.row(issued).roster_id,
            "open_roster": open_roster,
            "chain": issued,
            "card": self._card(issued),
            "card_no": self._card_no(issued),
            "person": self.holder.id,
            "new_person": self.newcomer(f"per-{mark}-new"),
            "employer": self.firm.id,
            "new_employer": newcomer.id,
            "change": self.change(self.firm),
            "account": colleague.account_id,
            "officer": self.county.account_id,
            "job": self.job(admin, kind="test", state="done"),
            "export": self.job(admin, kind=EXPORT_JOB, state="dead", report="applications", filters={}),
            "attachment": attached,
            "attachment_file": f"a{attached}",
            "batch": self._batch(),
            **self._files(issued),
        }
        self.keys = {kind: str(value) for kind, value in self.keys.items()}
        self.unreached = {
            "case": str(draft),
            "gate_case": str(waiting),
            "person": str(self.people[draft].id),
            "new_person": self.keys["new_person"],
            "case_file": self._paper(draft, Draft, 0),
        }

    def issue(self, case: int) -> None:
        """Print and issue the card of an approved case."""
        made = cards.issue(
            self.engine, actor=self.printer, ids=(case,), seen=self.locks(case), pdf=self.town.ports.pdf,
            base_url="http://localhost/", now=self.now,
        )  # fmt: skip
        assert made.result.moved == (case,)

    def _card(self, case: int) -> int:
        with Session(self.engine) as session:
            return session.scalars(select(Card.id).where(Card.application_id == case)).one()

    def _card_no(self, case: int) -> str:
        with Session(self.engine) as session:
            return session.scalars(select(Card.no).where(Card.application_id == case)).one()

    def newcomer(self, username: str) -> int:
        """A person whose registration waits for the employer; the id."""
        doc_no, mobile = self.town.numbers()
        form = PersonForm("王新人", username, PASSWORD, "1", doc_no, mobile, self.firm.id, CONSENT)
        town = self.town
        made = persons.register(
            self.engine,
            actor=VISITOR,
            form=form,
            cipher=town.ports.cipher,
            passwords=town.passwords,
            now=self.now,
        )
        return made.person_id

    def change(self, firm: Firm) -> int:
        """A request of an employer for another name; its id."""
        with Session(self.engine) as session:
            lock = session.scalars(select(Employer.lock).where(Employer.id == firm.id)).one()
        form = ChangeForm(name=firm.name.replace("企业", "新名"))
        return employer_changes.request_change(
            self.engine, actor=self.town.actor(firm.account_id), lock=lock, form=form, now=self.now
        )

    def job(self, owner: int, *, kind: str, state: str, **args: object) -> int:
        """A job of an account; its id."""
        job_id = new_id()
        row = {
            "id": job_id,
            "kind": kind,
            "args": args,
            "state": state,
            "run_at": self.now,
            "created": self.now,
        }
        with self.town.writing() as session:
            session.execute(insert(Job).values(**row, owner_id=owner))
        return job_id

    def _batch(self) -> int:
        with Session(self.engine) as session:
            return (
                session.scalars(
                    select(Review.batch_id).where(Review.batch_id.is_not(None)).order_by(Review.id.desc())
                ).first()
                or 0
            )

    def hand_in(self, employer_id: int) -> int:
        """Put the registration before its bureau with one paper; the attachment's id."""
        attachment_id = new_id()
        with self.town.writing() as session:
            session.execute(
                insert(Attachment).values(
                    id=attachment_id, owner_kind="employer", owner_id=employer_id, slot="licence",
                    blob_id=int(_file(session, employer_id, "licence", "", self.now)["blob_id"]),
                    file_name="营业执照.jpg", uploaded_at=self.now,
                )
            )  # fmt: skip
            session.execute(
                update(Employer).where(Employer.id == employer_id).values(state="submitted", version_no=1)
            )
        return attachment_id

    def _files(self, case: int) -> dict[str, str]:
        scan_id, roster_id = new_id(), self.row(case).roster_id
        with self.town.writing() as session:
            stored = _file(session, case, "scan", "", self.now)
            session.execute(
                insert(RosterScan).values(
                    id=scan_id, roster_id=roster_id, position=1, pages=[1], sha256=stored["sha256"],
                    blob_id=int(stored["blob_id"]), file_name="汇总表.jpg",
                    uploaded_by=self.clerk.account_id, uploaded_at=self.now,
                )
            )  # fmt: skip
        return {
            "scan_file": f"s{scan_id}",
            "case_file": self._paper(case, Submission, 1),
            "blob": self._paper(case, Submission, 1).rpartition("-")[2],
        }

    def _paper(self, case: int, of: type[Submission | Draft], version: int) -> str:
        with Session(self.engine) as session:
            files = session.scalars(select(of.files).where(of.application_id == case)).one()
        return next(f"c{case}-{version}-{file['blob_id']}" for file in files if file["slot"] == "photo")
