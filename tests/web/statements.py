"""Counting the SQL of a request."""

from collections.abc import Callable

from flask import Flask

from app.extensions import db
from tests.statements import sent_to

UNCOUNTED = ("UPDATE LOGIN_SESSION", "BEGIN", "COMMIT", "PRAGMA", "SAVEPOINT")
"""The touch of the session and what frames a transaction."""


def statements_of(app: Flask, call: Callable[[], object]) -> list[str]:
    """The statements that a call sends."""
    with app.app_context():
        engine = db.engine
    with sent_to(engine, but=UNCOUNTED) as sent:
        call()
    return [statement for statement, _ in sent]
