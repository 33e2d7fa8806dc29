"""The command line: `flask init`, `flask programme …`, `flask demo load`, `flask audit verify`, … (contract: CLI)."""

from flask import Flask

from app.cli import accounts, audit, demo, doctor, initialise, programme, worker

__all__ = ["register"]


def register(app: Flask) -> None:
    """Add every command group to `flask`."""
    for module in (accounts, audit, demo, doctor, initialise, programme, worker):
        module.register(app)
