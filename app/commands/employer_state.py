"""Business functions open once the bureau has approved the employer (R3)."""

from sqlalchemy import Engine, select

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
