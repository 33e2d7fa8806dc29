"""`flask demo load`: demo accounts and cases, made by running the commands (contract: Demo accounts)."""

import os

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo.loader import ACCOUNTS, PASSWORD, Loader
from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.roles import Actor
from app.extensions import db, utc_now
from app.models.work import Idempotency

__all__ = ["ACCOUNTS", "PASSWORD", "load", "register", "was_interrupted"]


STARTED, FINISHED = "demo-started", "demo-finished"


def load(app: Flask) -> None:
    """Agencies, accounts and cases of the demo city, each account in the situation its name promises."""
    from app.cli.demo.cases import load_cases  # noqa: PLC0415 - what draws papers is not needed by other starts
    from app.cli.demo.further import load_further  # noqa: PLC0415
    from app.cli.demo.people import load_people  # noqa: PLC0415

    with app.app_context():
        loader = Loader.of_app()
        _mark(STARTED)
        load_people(loader)
        load_cases(loader)
        load_further(loader)
        _mark(FINISHED)


@retried
def _mark(key: str) -> None:
    with unit_of_work(db.engine, Actor.system(), now=utc_now(), key=key) as work:
        work.remember(None)


def was_interrupted() -> bool:
    """Whether loading began and did not come to its end: the data is of no use then."""
    with Session(db.engine) as session:
        keys = set(session.scalars(select(Idempotency.key).where(Idempotency.actor_id == 0)))
    return STARTED in keys and FINISHED not in keys


def register(app: Flask) -> None:
    """Add the group `flask demo`."""
    group = click.Group("demo", help="Demo data (development only).")
    group.add_command(load_command)
    app.cli.add_command(group)


@click.command("load")
@click.option("--employers", type=int, help="volume: how many employers")
@click.option("--persons", type=int, help="volume: how many persons")
@click.option("--applications", type=int, help="volume: how many applications")
@click.option("--seed", type=int, default=1, show_default=True, help="the same seed makes the same data")
@click.option(
    "--workers", type=int, default=lambda: os.cpu_count() or 1, help="processes (default: one per core)"
)
@with_appcontext
def load_command(
    *, employers: int | None, persons: int | None, applications: int | None, seed: int, workers: int
) -> None:
    """Load the demo accounts into an empty installation; with numbers given, that many cases beside them."""
    from app.cli.demo.volume import check_size, load_volume  # noqa: PLC0415 - as in `load`
    from app.cli.demo.volume.plan import Size  # noqa: PLC0415

    if current_app.extensions["yingcai.settings"].is_production:
        raise click.ClickException("demo data is for development only (APP_ENV=development)")
    application = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    in_volume = (employers, persons, applications) != (None, None, None)
    is_empty = Loader.of_app().is_empty()
    if not is_empty and not in_volume:
        raise click.ClickException("there are employers already; demo data goes into an empty installation")
    if in_volume:
        count = applications or 10_000
        size = Size(employers or max(1, count // 300), persons or max(1, count * 4 // 5), count, seed)
        check_size(size)
    if is_empty:
        load(application)
        click.echo("demo data loaded")
    if in_volume:
        load_volume(Loader.of_app(), size, workers=workers, say=click.echo)
