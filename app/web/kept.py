"""Reference data that hardly changes, kept in the process for half a minute: no statement per page."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

T = TypeVar("T")
KEY = "kept"
KEEP_S = 30


def kept(name: str, read: Callable[[], T]) -> T:
    """What `read` answered at most half a minute ago in this process and application."""
    store: dict[str, tuple[float, Any]] = current_app.extensions.setdefault(KEY, {})
    found = store.get(name)
    if found is None or found[0] < time.monotonic():
        found = store[name] = (time.monotonic() + KEEP_S, read())
    value: T = found[1]
    return value


def forget(name: str) -> None:
    """Read it anew with the next page."""
    current_app.extensions.get(KEY, {}).pop(name, None)
