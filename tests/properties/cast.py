"""The people of the state machine: a city, two counties, an employer in each, and some who may do nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import person_moves, programmes
from app.domain.ports import Ports
from app.domain.programme import Programme
from app.domain.roles import Actor
from app.models.person import Person
from app.queries import programmes as published
from tests.commands.flow import ANSWERS, CARD, SLOTS, Flow
from tests.web.town import VISITOR, Firm, Talent

SECOND = Path(__file__).parent.parent / "data" / "programmes" / "lakeside-subsidy.yaml"
SUBSIDY = "lakeside-subsidy"


@dataclass(frozen=True, slots=True)
class Wording:
    """What forms and verdicts say in a programme."""

    kind: str
    answers: Mapping[str, object]
    slots: tuple[str, ...]
    categories: tuple[str, ...]
    material: str
    reason: str


WORDS = {
    CARD: Wording("first", ANSWERS, (*SLOTS, "award"), ("B", "C"), "diploma", "unclear"),
    SUBSIDY: Wording("yearly", {"salary": "300000", "housing": False}, ("tax",), ("X", "Y"), "tax", "wrong"),
}


def publish_second(flow: Flow) -> None:
    """Publish the second programme of tests."""
    admin = flow.town.superuser()
    text = SECOND.read_text(encoding="utf-8")
    programmes.import_document(flow.engine, actor=admin, document=text, now=flow.now)
    programmes.publish(flow.engine, actor=admin, code=SUBSIDY, now=flow.now)


class World:
    """What all examples of one test share: the town, its two employers and everybody who decides."""

    def __init__(self, flow: Flow, ports: Ports, code: str) -> None:
        if code == SUBSIDY:
            publish_second(flow)
        self.flow, self.ports, self.code, self.words = flow, ports, code, WORDS[code]
        self.firms: tuple[Firm, Firm] = (flow.firm, flow.town.firm("云海乙企业有限公司", "emp-b", "b"))
        self.actors = self._hire()
        with Session(flow.engine) as session:
            self.programme: Programme = published.published_by_code(session, code).document

    def _hire(self) -> dict[str, Actor]:
        flow, town, (a, b) = self.flow, self.flow.town, self.firms
        counties, city = town.bureaus, town.bureaus.city
        return {
            "clerk": flow.clerk,
            "colleague": town.staff(a, "emp-a-clerk", {"employer_reviewer"}),
            "reader": town.staff(a, "emp-a-reader", {"employer_reader"}),
            "server": town.staff(a, "emp-a-server", {"service_staff"}),
            "clerk_b": town.actor(b.account_id),
            "county": flow.county,
            "county_2": town.officer("county-a-second", counties.a, {"county_specialist"}),
            "county_all": town.officer("county-a-all", counties.a, {"county_specialist", "county_leader"}),
            "county_leader": flow.county_leader,
            "county_b": town.officer("county-b-specialist", counties.b, set()),
            "county_b_leader": town.officer("county-b-leader", counties.b, {"county_leader"}),
            "city": flow.city,
            "city_all": town.officer("city-all", city, {"city_specialist", "city_leader"}),
            "city_leader": flow.city_leader,
            "printer": flow.printer,
            "auditor": town.officer("city-auditor", city, {"auditor"}),
            "superuser": town.superuser(),
            "visitor": VISITOR,
        }

    def talents(self) -> list[Talent]:
        """Five new persons, three of the first employer and two of the second; the first one is served."""
        a, b = self.firms
        made = [self.flow.applicant(firm) for firm in (a, a, a, b, b)]
        person_moves.assign_service(
            self.flow.engine, actor=self.flow.clerk, person_id=made[0].id, lock=self.lock_of(made[0].id),
            account_id=self.actors["server"].account_id, now=self.flow.now,
        )  # fmt: skip
        return made

    def lock_of(self, person_id: int) -> int:
        """The lock of a person now."""
        with Session(self.flow.engine) as session:
            return session.scalars(select(Person.lock).where(Person.id == person_id)).one()
