"""How the system stands, for superusers: schema revision, jobs and messages by state."""

from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.work import Job, Message


def revision(session: Session) -> str:
    """The migration the database stands at; empty before the first."""
    return MigrationContext.configure(session.connection()).get_current_revision() or ""


def by_state(session: Session, model: type[Job] | type[Message]) -> dict[str, int]:
    """How many rows there are in each state."""
    rows = session.execute(select(model.state, func.count()).group_by(model.state).order_by(model.state))
    return {row[0]: row[1] for row in rows}
