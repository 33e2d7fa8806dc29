"""Listening to what an engine is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

Sent = list[tuple[str, Any]]


@contextmanager
def sent_to(engine: Engine, *, but: tuple[str, ...] = ()) -> Iterator[Sent]:
    """Every statement sent while open, with its parameters, except those that begin with one of `but`."""
    sent: Sent = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if not statement.upper().startswith(but):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
