"""The command line: `flask init`, `flask programme …`, `flask demo load`, `flask audit verify`, … (contract: CLI)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

from app.cli import accounts, audit, demo, doctor, initialise, programme, worker

__all__ = ["register"]

ASKS = "asks_for_the_schema"
"""Marks a command that does: some are the same object for every application of a process."""


def register(app: Flask) -> None:
    """Add every command group to `flask`; each says what to do where the database is not the code's."""
    others = set(app.cli.commands)
    for module in (accounts, audit, demo, doctor, initialise, programme, worker):
        module.register(app)
    for name in set(app.cli.commands) - others:
        _asks_for_the_schema(app.cli.commands[name])


def _asks_for_the_schema(command: click.Command) -> None:
    if isinstance(command, click.Group):
        for part in command.commands.values():
            _asks_for_the_schema(part)
    elif command.callback is not None and not hasattr(command.callback, ASKS):
        command.callback = with_appcontext(_checked(command.callback))
        setattr(command.callback, ASKS, True)


def _checked(act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for problem in doctor.schema_problems():
            raise click.ClickException(problem)
        return act(*args, **kwargs)

    return checked
