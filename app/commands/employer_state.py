"""Business functions open once the bureau has approved the employer (R3)."""

from sqlalchemy import Engine, select

from app.commands.unit_of_work import Work
from app.domain.errors import EmployerNotActive
from app.domain.registration import EmployerState
from app.domain.roles import AccountKind, Actor
from app.models.employer import Employer


def require_active(engine: Engine, actor: Actor) -> None:
    """Refuse staff of an employer that is not approved; other parties pass. Raises EmployerNotActive."""
    if actor.kind is not AccountKind.EMPLOYER:
        return
    with engine.connect() as connection:
        state = connection.scalar(select(Employer.state).where(Employer.id == actor.employer_id))
    if state != EmployerState.ACTIVE:
        raise EmployerNotActive


def hold_active(work: Work) -> None:
    """As `require_active`, and nobody suspends the employer before this transaction has ended."""
    if work.actor.kind is not AccountKind.EMPLOYER:
        return
    own = select(Employer.state).where(Employer.id == work.actor.employer_id)
    if work.session.scalar(own.with_for_update(read=True)) != EmployerState.ACTIVE:
        raise EmployerNotActive
