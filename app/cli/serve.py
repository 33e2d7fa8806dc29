"""`python run.py`: one process that migrates, initialises, loads demo data and serves the application and its worker."""

import sys
from collections.abc import Callable

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select
from waitress import create_server

from app.cli.demo import ACCOUNTS, load, was_interrupted
from app.cli.initialise import alone, initialise_alone
from app.cli.worker import embedded_worker
from app.extensions import db
from app.models.employer import Employer
from config import Settings

THREADS = 8


def serve(make: Callable[[Settings], Flask], settings: Settings) -> int:
    """Run until Ctrl-C; exit code 0."""
    app = make(settings)
    address = f"http://127.0.0.1:{settings.port}"
    try:  # bind first: a second start on a taken port must not touch the database of the first
        server = create_server(app, host="127.0.0.1", port=settings.port, threads=THREADS, ident=None)
    except OSError as error:
        sys.stderr.write(f"Port {settings.port} is not free ({error.strerror}): set PORT to another one.\n")
        return 1
    prepare(app, settings)
    worker = embedded_worker(app)
    worker.start()
    sys.stdout.write(greeting(address, settings))
    sys.stdout.flush()
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        worker.stop()
        server.close()
    return 0


def prepare(app: Flask, settings: Settings) -> None:
    """Bring the database up to date; in development also the demo data, if there is no employer yet.

    Of processes started at once on one database one does it, the others wait for it.
    """
    with app.app_context(), alone(db.engine.url):
        upgrade()
        db.engine.dispose()
        initialise_alone(app)
        if settings.is_development:
            _demo(app, settings)


def _demo(app: Flask, settings: Settings) -> None:
    empty = db.session.scalar(select(Employer.id).limit(1)) is None
    db.session.rollback()
    if empty and not was_interrupted():
        sys.stdout.write("Loading demo data …\n")
        sys.stdout.flush()
        load(app)
    if was_interrupted():
        raise SystemExit(
            f"Loading the demo data was interrupted. Remove {settings.data_dir} (or empty the database) "
            "and start again."
        )


def greeting(address: str, settings: Settings) -> str:
    """The addresses and, in development, the demo accounts."""
    lines = ["", f"  Yingcai is running at {address}/", ""]
    lines += [f"  {title:<12} {address}{path}" for title, path in ENTRIES]
    if settings.is_development:
        lines += ["", "  Demo accounts (password of all: Demo-pass-2026):"]
        lines += [f"    {name:<20} {who}" for name, who in ACCOUNTS]
    return "\n".join([*lines, "", "  Ctrl-C ends everything.", "", ""])


ENTRIES = (
    ("employers", "/login/employer"),
    ("persons", "/login/person"),
    ("officers", "/login/officer"),
)
