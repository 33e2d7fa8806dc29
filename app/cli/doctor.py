"""`flask doctor`: settings, schema, stored files and desks without a holder."""

import hashlib
from collections.abc import Iterator

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import select

from app.domain.ports import BlobRef, Vault
from app.extensions import db
from app.models.file import Blob
from app.queries import programmes as programme_queries


def register(app: Flask) -> None:
    """Add `flask doctor`."""

    @app.cli.command("doctor")
    def doctor() -> None:
        """Say what is wrong; exit 1 if anything is (warnings alone exit 0)."""
        problems = [
            *schema_problems(current_app.extensions["migrate"].directory),
            *file_problems(current_app.extensions["yingcai.ports"].vault),
        ]
        for warning in warnings():
            click.echo(f"warning: {warning}")
        for problem in problems:
            click.echo(f"error: {problem}")
        if problems:
            raise click.exceptions.Exit(1)
        click.echo("no errors")


def schema_problems(directory: str) -> Iterator[str]:
    """Whether the database stands at the newest migration."""
    script = ScriptDirectory(directory)
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != script.get_current_head():
        yield f"the database stands at revision {current}, the code needs {script.get_current_head()}: run flask db upgrade"


def file_problems(vault: Vault) -> Iterator[str]:
    """Every stored file is present and has the digest of its row."""
    for blob in db.session.scalars(select(Blob).order_by(Blob.id).execution_options(yield_per=200)):
        try:
            data = vault.open(BlobRef(blob.id, blob.sha256, blob.key, blob.data_key))
        except (FileNotFoundError, ValueError) as error:
            yield f"file {blob.id}: {type(error).__name__}"
            continue
        if hashlib.sha256(data).hexdigest() != blob.sha256:
            yield f"file {blob.id}: content and digest differ"


def warnings() -> Iterator[str]:
    """Agencies open for employers without an active holder of a desk (D3)."""
    for entry in programme_queries.published(db.session()):
        for problem in programme_queries.holder_warnings(db.session(), entry.document):
            yield problem.message % problem.params
