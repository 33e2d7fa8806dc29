"""Names of rows for the result of a batch: what people call them, within the scope of who asks (D13)."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.roles import Actor
from app.models.application import Application
from app.models.card import Card
from app.models.employer import Employer
from app.models.person import Person

_STATEMENTS: Mapping[str, tuple[Any, Any]] = {
    "person": (select(Person.id, Person.name), Person),
    "employer": (select(Employer.id, Employer.name), Employer),
    "application": (
        select(Application.id, Person.name).join(Person, Person.id == Application.person_id),
        Application,
    ),
    "card": (select(Card.id, Person.name).join(Person, Person.id == Card.person_id), Card),
}


def names(session: Session, actor: Actor, kind: str, ids: Collection[int]) -> Mapping[int, str]:
    """Return id → name of the rows among `ids` that the actor sees; the others are missing.

    `kind` is person, employer, application (its applicant) or card (its holder). Source: D12, D13.
    """
    statement, model = _STATEMENTS[kind]
    rows = session.execute(visible(statement.where(model.id.in_(ids)), actor, model))
    return {row[0]: row[1] for row in rows}
