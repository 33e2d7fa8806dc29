"""Locking rows before they are read, so that what is judged is what stands beside them now."""

from typing import Any

from sqlalchemy.orm import InstrumentedAttribute, Session

from app.queries.sets import AnySelect


def lock_rows(session: Session, statement: AnySelect, key: InstrumentedAttribute[Any]) -> None:
    """Lock the rows of `statement`, in its order; `key` is the id of the table to lock (PostgreSQL).

    Locked by the statement that reads them, rows somebody else changed meanwhile would come as they are now,
    but joined to what stood beside them before the wait. SQLite has one writer.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    session.execute(statement.with_only_columns(key).with_for_update(of=key.class_)).all()
