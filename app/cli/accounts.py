"""`flask user create-superuser`."""

import click
from flask import Flask, current_app

from app.commands import accounts
from app.domain.errors import DomainError, InvalidInput
from app.domain.roles import Actor
from app.extensions import db, utc_now


def register(app: Flask) -> None:
    """Add the group `flask user`."""
    group = click.Group("user", help="Accounts that no page makes.")

    @group.command("create-superuser")
    @click.option("--username", prompt=True)
    @click.option("--full-name", prompt=True)
    @click.password_option()
    def create_superuser(username: str, full_name: str, password: str) -> None:
        """Create an account that configures the system and never decides."""
        passwords = current_app.extensions["yingcai.passwords"]
        try:
            made = accounts.create_superuser(
                db.engine,
                actor=Actor.system(),
                username=username,
                password=password,
                full_name=full_name,
                passwords=passwords,
                now=utc_now(),
            )
        except InvalidInput as error:
            raise click.ClickException(
                "; ".join(f"{e.field}: {e.message % e.params}" for e in error.errors)
            ) from error
        except DomainError as error:
            raise click.ClickException(error.message % error.params) from error
        click.echo(f"created {username} ({made.account_id})")

    app.cli.add_command(group)
