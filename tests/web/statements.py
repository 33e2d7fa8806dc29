"""Counting the SQL of a request."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import event

from app.extensions import db

UNCOUNTED = ("UPDATE LOGIN_SESSION", "BEGIN", "COMMIT", "PRAGMA", "SAVEPOINT")
"""The touch of the session and what frames a transaction."""


def statements_of(app: Flask, call: Callable[[], object]) -> list[str]:
    """The statements that a call sends."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.upper().startswith(UNCOUNTED):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen
