"""What people call the subject of an event: a business number or a user name, never a person's number.

The audit chains and the access log name a subject by kind and id. `named` words it for the rows of a page,
`found` turns what an auditor types back into subjects; each costs one statement.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from app.domain.roles import AccountKind
from app.models.account import Account
from app.models.application import Application
from app.models.card import Card
from app.models.employer import Employer
from app.models.person import Person
from app.models.programme import Programme
from app.models.roster import Roster

Subject = tuple[str, int]
"""Kind and id."""


def actor_name() -> ColumnElement[str | None]:
    """The full name of who acted, as a column over `Account`; persons are called by their user name only."""
    return case((Account.kind == AccountKind.PERSON.value, null()), else_=Account.full_name)


def named(kind: Any, key: Any) -> ColumnElement[str | None]:
    """The subject's name as a column of a statement; looked up by primary key for the row's own kind only."""
    branches = [
        (kind == code, cast(lookup.scalar_subquery(), String)) for code, lookup in _lookups(key).items()
    ]
    return case(*branches, else_=null())


def _lookups(key: Any) -> dict[str, Select[Any]]:
    """One lookup per kind, over aliases: the statement around may join the same tables."""
    account, owner, holder = aliased(Account), aliased(Account), aliased(Person)
    person = select(owner.username).join(holder, holder.account_id == owner.id).where(holder.id == key)
    columns = {
        "application": (Application, "no"),
        "employer": (Employer, "name"),
        "roster": (Roster, "no"),
        "programme": (Programme, "code"),
        "card": (Card, "no"),
    }
    found: dict[str, Select[Any]] = {
        "person": person,
        "account": select(account.username).where(account.id == key),
    }
    for kind, (model, column) in columns.items():
        table: Any = aliased(model)
        found[kind] = select(getattr(table, column)).where(table.id == key)
    return found


def found(session: Session, name: str) -> tuple[Subject, ...]:
    """The subjects that carry exactly this name or number; empty if there is none."""
    person = select(Person.id).join(Account, Account.id == Person.account_id)
    lookups: dict[str, Select[Any]] = {
        "application": select(Application.id).where(Application.no == name),
        "employer": select(Employer.id).where(or_(Employer.name == name, Employer.credit_code == name)),
        "person": person.where(Account.username == name),
        "account": select(Account.id).where(Account.username == name),
        "roster": select(Roster.id).where(Roster.no == name),
        "programme": select(Programme.id).where(Programme.code == name),
        "card": select(Card.id).where(Card.no == name),
    }
    parts = [select(literal(kind).label("kind"), lookup.subquery().c.id) for kind, lookup in lookups.items()]
    return tuple(row.tuple() for row in session.execute(union_all(*parts)))
