"""`flask demo load`: demo accounts and cases, made by running the commands (contract: Demo accounts)."""

import click
from flask import Flask, current_app

from app.cli.demo.cases import load_cases
from app.cli.demo.people import ACCOUNTS, PASSWORD, Loader, load_people

__all__ = ["ACCOUNTS", "PASSWORD", "load", "register"]


def load(app: Flask) -> None:
    """Agencies, accounts and cases of the demo city, each account in the situation its name promises."""
    with app.app_context():
        loader = Loader.of_app()
        load_people(loader)
        load_cases(loader)


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
