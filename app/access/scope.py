"""Which rows an actor sees: one rule per object, no rule no row (D13, model 3 Scope).

`visible` adds a WHERE and never a join, so it fits lists, counts, single loads, exports and commands alike.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Query, aliased

from app.domain.roles import Actor, Permission, Role
from app.models.account import Account
from app.models.agency import Agency
from app.models.application import Application, Review
from app.models.audit import AccessEvent, AuditEvent
from app.models.card import Card, CardPrint
from app.models.employer import Employer, EmployerChange
from app.models.person import Person
from app.models.programme import Programme, ProgrammeVersion
from app.models.reference import Code, CodeList, Holiday, Notice, Phrase, Site
from app.models.roster import Roster
from app.models.work import Job, Message

T = TypeVar("T", bound=Any)
Rule = Callable[[Actor], ColumnElement[bool]]

AUDITOR_ONLY = frozenset({Role.AUDITOR.value})


def visible(statement: T, actor: Actor | None, model: type[Any] | None = None) -> T:
    """`statement` (select or Query) narrowed to what `actor` may see of `model` (default: its first entity).

    Fails closed: an unknown model or no actor selects nothing.
    """
    entity = model or _first_entity(statement)
    rule = RULES.get(entity) if entity is not None else None
    condition = false() if rule is None or actor is None else rule(actor)
    return cast("T", statement.where(condition))


def _first_entity(statement: Select[Any] | Query[Any]) -> type[Any] | None:
    entity = statement.column_descriptions[0]["entity"]
    return entity if isinstance(entity, type) else None


def _prefix(column: Any, path: str) -> ColumnElement[bool]:
    """The subtree of `path` as a range, which an index serves on both databases."""
    return and_(column >= path, column < path[:-1] + "0")


def agency_subtree(actor: Actor, path: Any) -> ColumnElement[bool]:
    """Whether an agency's `path` is the officer's own or below it; superusers see all, other parties none."""
    if actor.kind == "officer" and actor.agency_path:
        return _prefix(path, actor.agency_path)
    return true() if actor.is_superuser else false()


def _is_auditor_only(actor: Actor) -> bool:
    return actor.kind == "officer" and actor.roles <= AUDITOR_ONLY


def application(actor: Actor) -> ColumnElement[bool]:
    """Person: own. Staff: their employer's (service staff only: those they serve). Officers: reached agency."""
    a, listed = Application, actor.may(Permission.APPLICATION_LIST)
    reached = and_(_at_agency(actor, a), a.reached_agency_at.is_not(None)) if listed else false()
    return _by_party(actor, a, officers=reached)


def _by_party(actor: Actor, model: Any, *, officers: ColumnElement[bool]) -> ColumnElement[bool]:
    """What a case and its card have in common: of whom, at which employer, of whom one serves."""
    if actor.kind == "person":
        return cast("ColumnElement[bool]", model.person_id == actor.person_id)
    if actor.kind == "employer":
        own = cast("ColumnElement[bool]", model.employer_id == actor.employer_id)
        return own if not _serves_only(actor) else and_(own, _served(actor, model.person_id))
    if actor.kind == "officer":
        return officers
    return true() if actor.is_superuser else false()


def _at_agency(actor: Actor, model: Any) -> ColumnElement[bool]:
    column = model.city_id if actor.agency_level == "city" else model.county_id
    return cast("ColumnElement[bool]", column == actor.agency_id)


def _serves_only(actor: Actor) -> bool:
    return Role.SERVICE_STAFF in actor.roles and not actor.roles & {
        Role.EMPLOYER_ADMIN,
        Role.EMPLOYER_REVIEWER,
        Role.EMPLOYER_READER,
    }


def _served(actor: Actor, person_id: Any) -> ColumnElement[bool]:
    served = aliased(Person)  # an alias of its own: statements that join Person must not take it for theirs
    return cast(
        "ColumnElement[bool]",
        person_id.in_(select(served.id).where(served.service_account_id == actor.account_id)),
    )


def employer(actor: Actor) -> ColumnElement[bool]:
    """Own staff; officers: their agency's subtree; a person: his own; superuser: all."""
    if actor.kind == "employer":
        return Employer.id == actor.employer_id
    if actor.kind == "person":
        return Employer.id.in_(select(Person.employer_id).where(Person.id == actor.person_id))
    if actor.kind == "officer":
        return (
            false()
            if _is_auditor_only(actor) or not actor.agency_path
            else _prefix(Employer.agency_path, actor.agency_path)
        )
    return true() if actor.is_superuser else false()


def employer_change(actor: Actor) -> ColumnElement[bool]:
    """Changes of the employers the actor sees; officers: those addressed to their subtree."""
    if actor.kind == "officer":
        if _is_auditor_only(actor) or not actor.agency_path:
            return false()
        return EmployerChange.agency_id.in_(select(Agency.id).where(_prefix(Agency.path, actor.agency_path)))
    return EmployerChange.employer_id.in_(select(Employer.id).where(employer(actor)))


def person(actor: Actor) -> ColumnElement[bool]:
    """Himself; staff of his employer (service staff: those they serve); officers: applicants in their scope."""
    if actor.kind == "person":
        return Person.id == actor.person_id
    if actor.kind == "employer":
        own = Person.employer_id == actor.employer_id
        return own if not _serves_only(actor) else and_(own, Person.service_account_id == actor.account_id)
    if actor.kind == "officer":
        return Person.id.in_(select(Application.person_id).where(application(actor)))
    return true() if actor.is_superuser else false()


def account(actor: Actor) -> ColumnElement[bool]:
    """One's own; employer administrators: their employer's; superuser: all."""
    own = Account.id == actor.account_id
    if actor.kind == "employer" and actor.may(Permission.EMPLOYER_USERS):
        return or_(own, Account.employer_id == actor.employer_id)
    return true() if actor.is_superuser else own


def roster(actor: Actor) -> ColumnElement[bool]:
    """Its employer; officers of its county and of the city above; superuser: all."""
    if actor.kind == "employer":
        return Roster.employer_id == actor.employer_id if not _serves_only(actor) else false()
    if actor.kind == "officer":
        if not actor.may(Permission.ROSTER_LIST):
            return false()
        return (
            Roster.county_id == actor.agency_id
            if actor.agency_level != "city"
            else _prefix(Roster.agency_path, actor.agency_path or "//")
        )
    return true() if actor.is_superuser else false()


def card(actor: Actor) -> ColumnElement[bool]:
    """As its application, by what the card copied from it at issue: a list need not look through the cases."""
    sees = actor.may(Permission.CARD_LIST) and actor.may(Permission.APPLICATION_LIST)
    return _by_party(actor, Card, officers=_at_agency(actor, Card) if sees else false())


def _review(actor: Actor) -> ColumnElement[bool]:
    """As its application; the applicant reads the timeline instead, which names offices and not officers."""
    if actor.kind == "person":
        return false()
    return Review.application_id.in_(select(Application.id).where(application(actor)))


def _card_print(actor: Actor) -> ColumnElement[bool]:
    return CardPrint.card_id.in_(select(Card.id).where(card(actor)))


def _job(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_superuser else Job.owner_id == actor.account_id


def _message(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_superuser else Message.account_id == actor.account_id


def _superuser(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_superuser else false()


def _audit(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.may(Permission.AUDIT_VIEW) else false()


def _access_log(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.may(Permission.ACCESS_LOG_VIEW) else false()


RULES: Mapping[type[Any], Rule] = {
    AccessEvent: _access_log,
    Account: account,
    Agency: _superuser,
    Application: application,
    AuditEvent: _audit,
    Card: card,
    CardPrint: _card_print,
    Code: _superuser,
    CodeList: _superuser,
    Employer: employer,
    EmployerChange: employer_change,
    Holiday: _superuser,
    Job: _job,
    Message: _message,
    Notice: _superuser,
    Person: person,
    Phrase: _superuser,
    Programme: _superuser,
    ProgrammeVersion: _superuser,
    Review: _review,
    Roster: roster,
    Site: _superuser,
}
