"""The present moment of a request: the clock wired by `create_app`."""

from datetime import datetime

from flask import current_app

from app.domain.ports import Clock


def utc_now() -> datetime:
    """Now, aware UTC; frozen where the setting CLOCK says so (tests)."""
    clock: Clock = current_app.extensions["yingcai.clock"]
    return clock.now()
