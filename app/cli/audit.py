"""`flask audit verify`: replay every hash chain and name the first broken entry of each (D14)."""

import click
from flask import Flask

from app.extensions import db
from app.queries.audit import broken_chains


def register(app: Flask) -> None:
    """Add the group `flask audit`."""
    group = click.Group("audit", help="The append-only history.")

    @group.command("verify")
    def verify() -> None:
        """Exit 1 if any chain is broken."""
        found = 0
        for broken in broken_chains(db.session()):
            found += 1
            click.echo(f"{broken.subject_kind} {broken.subject_id} event {broken.seq}: {broken.why}")
        if found:
            raise click.exceptions.Exit(1)
        click.echo("every chain holds")

    app.cli.add_command(group)
