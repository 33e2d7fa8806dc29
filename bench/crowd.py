"""Many cases at one desk: copies of a submitted one, each of a person with a name and a number of its own."""

from datetime import timedelta
from random import Random

from sqlalchemy import insert

from app.cli.demo.volume import identifiers, names
from app.models.account import IdentityClaim
from app.models.application import Application, Submission
from app.models.person import Person
from bench.peer_tables import PART, analyse
from tests.commands.flow import Flow
from tests.commands.many import Own, copies

SEED = 1


class Crowd:
    """Who stands behind the copies: invented people, one after another."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.numbers: list[str] = []
        self.claims: list[dict[str, object]] = []
        self._chance = Random(SEED)  # noqa: S311 - names, not secrets

    def next(self, account_id: int) -> Own:
        """The next person, a second after the one before."""
        flow, ordinal, name = self.flow, len(self.numbers), names.person(self._chance)
        number = identifiers.numbers(ordinal, flow.now.date()).document
        space = number.space.value
        digest = flow.town.ports.cipher.digest(space, number.value).hex()
        self.numbers.append(number.value)
        self.claims.append(
            {
                "kind": space,
                "digest": digest,
                "key_version": 1,
                "account_id": account_id,
                "claimed_at": flow.now,
            }
        )
        entered = flow.now - timedelta(days=30) + timedelta(seconds=ordinal)
        return {
            Person: {"name": name, **names.columns(name)},
            Submission: {"person_name": name},
            Application: {"entered_at": entered},
        }


def crowd(flow: Flow, case: int, rows: int) -> list[str]:
    """`rows` further cases at the desk of `case`, oldest first; returns the ID numbers of their persons."""
    people = Crowd(flow)
    for begun in range(0, rows, PART):
        people.claims.clear()
        copies(flow, case, min(PART, rows - begun), people.next)
        with flow.town.writing() as session:
            session.execute(insert(IdentityClaim.__table__), people.claims)
    analyse(flow.engine)
    return people.numbers
