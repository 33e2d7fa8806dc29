"""`flask demo load`: demo accounts and cases, made by running the commands (contract: Demo accounts)."""

import click
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo.cases import load_cases
from app.cli.demo.further import load_further
from app.cli.demo.loader import ACCOUNTS, PASSWORD, Loader
from app.cli.demo.people import load_people
from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.roles import Actor
from app.extensions import db, utc_now
from app.models.work import Idempotency

__all__ = ["ACCOUNTS", "PASSWORD", "load", "register", "was_interrupted"]


STARTED, FINISHED = "demo-started", "demo-finished"


def load(app: Flask) -> None:
    """Agencies, accounts and cases of the demo city, each account in the situation its name promises."""
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

    @group.command("load")
    def load_command() -> None:
        """Load the demo accounts into an empty installation."""
        if not current_app.extensions["yingcai.settings"].is_development:
            raise click.ClickException("demo data is for development only (APP_ENV=development)")
        application = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        if not Loader.of_app().is_empty():
            raise click.ClickException(
                "there are employers already; demo data goes into an empty installation"
            )
        load(application)
        click.echo("demo data loaded")

    app.cli.add_command(group)
