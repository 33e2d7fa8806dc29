"""Many like cases for tests of batches: copies of one submitted case, each of a person of its own."""

from collections.abc import Callable, Mapping

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from app.models.account import Account
from app.models.application import Application, Submission
from app.models.base import Model
from app.models.ids import new_id
from app.models.person import Person
from tests.commands.flow import Flow

Own = Mapping[type[Model], dict[str, object]]
"""Values of one copy, by table."""


def copies(flow: Flow, case: int, count: int, own: Callable[[int], Own] = lambda _account: {}) -> list[int]:
    """`count` further cases at the step of `case`; `own` gives what else differs, from the id of the account.

    Their chains start with the copy (events are not copied).
    """
    with flow.town.writing() as session:
        source = _rows(session, case)
        made = {table: [] for table in source}
        ids = []
        for _ in range(count):
            account_id, person_id, application_id = new_id(), new_id(), new_id()
            ids.append(application_id)
            keys = {
                Account: {"id": account_id, "username": f"copy{account_id}",
                "email": f"copy{account_id}@x", "person_id": person_id,
                          "person_key": f"{account_id:064x}"},
                Person: {"id": person_id, "account_id": account_id},
                Application: {"id": application_id, "person_id": person_id, "no": f"C{application_id}",
                              "applicant_key": f"{account_id:064x}", "audit_seq": 0, "audit_head": "0" * 64},
                Submission: {"application_id": application_id},
            }  # fmt: skip
            further = own(account_id)
            for model, row in source.items():
                made[model].append(row | keys[model] | further.get(model, {}))
        for model, rows in made.items():
            session.execute(insert(_table(model)), rows)
    return ids


def _table(model: type[Model]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _rows(session: Session, case: int) -> dict[type[Model], dict[str, object]]:
    application = session.execute(select(_table(Application)).where(Application.id == case)).mappings().one()
    person = (
        session.execute(select(_table(Person)).where(Person.id == application["person_id"])).mappings().one()
    )
    account = (
        session.execute(select(_table(Account)).where(Account.id == person["account_id"])).mappings().one()
    )
    submission = (
        session.execute(select(_table(Submission)).where(Submission.application_id == case)).mappings().one()
    )
    return {
        Account: dict(account),
        Person: dict(person),
        Application: dict(application),
        Submission: dict(submission),
    }
