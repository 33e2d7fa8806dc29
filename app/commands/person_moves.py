"""A person changes employer, leaves it, closes the account; the employer assigns who serves him (R26, A21,
D6, I9).
"""

from datetime import datetime

from sqlalchemy import Engine, select

from app.commands.account_rows import close_account
from app.commands.form import Form
from app.commands.persons import EMPLOYER_NOT_OPEN, judged_person, move_person, own_person
from app.commands.retry import retried
from app.commands.sign_in import proved
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.blocks import Block
from app.domain.errors import Blocked
from app.domain.ports import PasswordHasher
from app.domain.registration import EmployerState, PersonState, RegistrationVerb
from app.domain.roles import Actor
from app.domain.text import N_
from app.models.account import Account
from app.models.application import Application
from app.models.employer import Employer
from app.queries.accounts import service_staff

OPEN_STATUSES = ("draft", "in_review", "returned", "approved")


def switch_employer(engine: Engine, *, actor: Actor, lock: int, employer_id: int, now: datetime) -> None:
    """Choose another employer while waiting or returned (A21). Raises InvalidInput, Blocked, Stale."""
    _bind(engine, actor, RegistrationVerb.SWITCH, lock=lock, employer_id=employer_id, now=now)


def choose_employer(engine: Engine, *, actor: Actor, lock: int, employer_id: int, now: datetime) -> None:
    """Choose an employer after leaving the former one; it has to approve. Raises InvalidInput, Blocked,
    Stale.
    """
    _bind(engine, actor, RegistrationVerb.CHOOSE, lock=lock, employer_id=employer_id, now=now)


@retried
def _bind(
    engine: Engine, actor: Actor, verb: RegistrationVerb, *, lock: int, employer_id: int, now: datetime
) -> None:
    with unit_of_work(engine, actor, now=now) as work:
        person = own_person(work, verb, lock, target_active=True)
        wanted = select(Employer.id).where(
            Employer.id == employer_id, Employer.state == EmployerState.ACTIVE.value
        )
        if work.session.scalar(wanted.with_for_update(read=True)) is None:
            form = Form()
            form.note("employer", "employer_not_active", EMPLOYER_NOT_OPEN)
            form.finish()
        values = {"state": PersonState.REGISTERED.value, "employer_id": employer_id, "registered_at": now}
        said = {"return_reason": None, "return_answer": None}  # words between him and the former employer
        move_person(work, person, verb, **values, **said, service_account_id=None)


@retried
def leave(engine: Engine, *, actor: Actor, person_id: int, lock: int, now: datetime) -> None:
    """End the bond of a person and his employer, by either; open applications freeze (I9).

    Raises Blocked, NotFound, Stale.
    """
    with unit_of_work(engine, actor, now=now) as work:
        person = judged_person(work, RegistrationVerb.LEAVE, person_id, lock)
        values = {"state": PersonState.UNBOUND.value, "employer_id": None, "service_account_id": None}
        move_person(work, person, RegistrationVerb.LEAVE, **values)


@retried
def close(
    engine: Engine, *, actor: Actor, lock: int, password: str, hasher: PasswordHasher, now: datetime
) -> None:
    """Close one's account for good: numbers are free again, sign-ins end, data goes by the retention rule
    (A7).

    The password is asked. Raises InvalidInput, Blocked(open_application_exists), Stale.
    """
    if proved(engine, actor=actor, password=password, hasher=hasher, now=now) is None:
        form = Form()
        form.note("password", "wrong_password", N_("The present password is wrong."))
        form.finish()
    with unit_of_work(engine, actor, now=now) as work:
        person = own_person(work, RegistrationVerb.CLOSE, lock)
        _refuse_open_application(work, person.id)
        account = work.session.get_one(Account, person.account_id, with_for_update=True)
        close_account(work, account)
        move_person(
            work, person, RegistrationVerb.CLOSE, state=PersonState.CLOSED.value, service_account_id=None
        )


def _refuse_open_application(work: Work, person_id: int) -> None:
    found = work.session.execute(
        select(Application.id, Application.no)
        .where(Application.person_id == person_id, Application.status.in_(OPEN_STATUSES))
        .limit(1)
    ).first()
    if found is not None:
        raise Blocked(Block("open_application_exists", {"no": found.no or ""}))


@retried
def assign_service(
    engine: Engine, *, actor: Actor, person_id: int, lock: int, account_id: int | None, now: datetime
) -> None:
    """Say which staff member of the employer serves a person (服务专员, D6); None takes the assignment back.

    Raises InvalidInput for an account that is no active service staff of the employer, Blocked, NotFound,
    Stale.
    """
    with unit_of_work(engine, actor, now=now) as work:
        person = judged_person(work, RegistrationVerb.ASSIGN, person_id, lock)
        if account_id is not None and not _serves(work, account_id):
            form = Form()
            form.note("service_account", "not_a_choice", N_("Choose a member of the service staff."))
            form.finish()
        move_person(work, person, RegistrationVerb.ASSIGN, service_account_id=account_id)


def _serves(work: Work, account_id: int) -> bool:
    employer_id = work.actor.employer_id
    choices = service_staff(work.session, employer_id) if employer_id is not None else ()
    return any(choice.account_id == account_id for choice in choices)
