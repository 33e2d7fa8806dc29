"""`flask worker`, and the worker thread inside `make run` (D21)."""

import signal
import threading
from typing import Any

import click
from flask import Flask, current_app

from app.tasks import worker_for


def embedded_worker(app: Flask) -> Any:
    """The worker of this process, not yet started."""
    with app.app_context():
        return worker_for(app)


def register(app: Flask) -> None:
    """Add `flask worker`."""

    @app.cli.command("worker")
    def worker_command() -> None:
        """Work on jobs and messages until the process is told to stop."""
        worker = embedded_worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        worker.start()
        click.echo("worker started")
        stop.wait()
        worker.stop()
