"""Flask extensions and how the engine begins its transactions; nothing about tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from flask import current_app
from flask_appbuilder.models.sqla.base import SQLA
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.orm import Session

from app.domain.ports import Clock
from app.models.base import Model
from app.models.driver_errors import leave_out_values

db = SQLA(metadata=Model.metadata)
migrate = Migrate()
csrf = CSRFProtect()

form_write: ContextVar[bool] = ContextVar("form_write", default=False)
"""Set while one of FAB's generated forms writes through `db.session`."""

__all__ = ["csrf", "db", "form_write", "migrate", "transactions", "utc_now", "writing"]


@event.listens_for(Engine, "handle_error")
def _leave_out_values(context: ExceptionContext) -> None:
    """Before anything logs or stores what the database said."""
    said = leave_out_values(context.original_exception)
    if said is not None and context.sqlalchemy_exception is not None:
        outer = context.sqlalchemy_exception
        outer.args = tuple(str(part).replace(*said) for part in outer.args)


def transactions(engine: Engine) -> None:
    """Make SQLite begin IMMEDIATE for writers; call before the first connection.

    SQLite refuses at once to turn a read transaction into a writing one when anybody committed meanwhile,
    whatever `busy_timeout` says; hence writers say so at their begin.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # the driver must not begin by itself
        for pragma in (
            "busy_timeout=5000",  # first: turning WAL on waits for others as well
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write") or form_write.get()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def writing(session: Session) -> Iterator[None]:
    """A transaction of FAB's generated forms on the reading session; the next statement begins IMMEDIATE."""
    token = form_write.set(True)
    session.rollback()
    try:
        yield
    finally:
        session.rollback()  # a form shown again holds no lock
        form_write.reset(token)


def utc_now() -> datetime:
    """Now, aware UTC, by the clock that `create_app` wired; frozen where the setting CLOCK says so."""
    clock: Clock = current_app.extensions["yingcai.clock"]
    return clock.now()
