"""`flask doctor`: settings, schema, key ring, stored files and desks without a holder."""

import hashlib
from collections.abc import Iterator, Sequence

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import select

from app.domain.identity import NumberSpace
from app.domain.ports import BlobRef, Cipher, Vault, WrongKey
from app.extensions import db
from app.models.file import Blob
from app.models.work import SecretValue
from app.queries import programmes as programme_queries

NAMED = 3
"""So many of what the key ring does not open are named; the others are counted."""

SPACES = (*(space.value for space in NumberSpace), "phone")
"""Where a stored number may be indexed."""


def register(app: Flask) -> None:
    """Add `flask doctor`."""

    @app.cli.command("doctor")
    def doctor() -> None:
        """Say what is wrong; exit 1 if anything is (warnings alone exit 0)."""
        ports = current_app.extensions["yingcai.ports"]
        problems = [
            *number_problems(ports.cipher),
            *file_problems(ports.vault),
        ]
        for warning in warnings():
            click.echo(f"warning: {warning}")
        for problem in problems:
            click.echo(f"error: {problem}")
        if problems:
            raise click.exceptions.Exit(1)
        click.echo("no errors")


def schema_problems() -> Iterator[str]:
    """Whether the database stands at the newest migration; asked before every command."""
    script = ScriptDirectory(current_app.extensions["migrate"].directory)
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != script.get_current_head():
        yield f"the database stands at revision {current}, the code needs {script.get_current_head()}: run flask db upgrade"


def file_problems(vault: Vault) -> Iterator[str]:
    """Every stored file is present, opens with the key ring and has the digest of its row."""
    count, closed = 0, []
    for blob in db.session.scalars(select(Blob).order_by(Blob.id).execution_options(yield_per=200)):
        count += 1
        try:
            data = vault.open(BlobRef(blob.id, blob.sha256, blob.key, blob.data_key))
        except WrongKey:
            closed.append(blob.id)
            continue
        except (FileNotFoundError, ValueError) as error:
            yield f"file {blob.id}: {type(error).__name__}"
            continue
        if hashlib.sha256(data).hexdigest() != blob.sha256:
            yield f"file {blob.id}: content and digest differ"
    if closed:
        yield does_not_fit("key ring", "opens", "files", count=count, ids=closed)


def number_problems(cipher: Cipher) -> Iterator[str]:
    """Every ID number and mobile opens with the key ring and is found by its index key."""
    statement = select(SecretValue).where(SecretValue.enc.is_not(None)).order_by(SecretValue.id)
    count, closed, lost = 0, [], []
    for secret in db.session.scalars(statement.execution_options(yield_per=200)):
        count += 1
        try:
            number = cipher.open("secret_value", "enc", secret.id, secret.enc or b"")
        except ValueError:
            closed.append(secret.id)
            continue
        if not any(cipher.digest(space, number).hex() == secret.digest for space in SPACES):
            lost.append(secret.id)
    if closed:
        yield does_not_fit("key ring", "opens", "numbers", count=count, ids=closed)
    if lost:
        yield does_not_fit("index key of the key ring", "finds", "numbers", count=count, ids=lost)


def does_not_fit(key: str, verb: str, what: str, *, count: int, ids: Sequence[int]) -> str:
    """One sentence for all that a key does not fit, and what to do about it."""
    named = ", ".join(str(key_id) for key_id in ids[:NAMED]) + (", …" if len(ids) > NAMED else "")
    where = current_app.extensions["yingcai.settings"].data_dir / "keyring"
    return (
        f"the {key} does not fit: it {verb} {count - len(ids)} of {count} {what} (not {named}). Start with the ring "
        f"kept for this data, as KEYRING or as {where}; without it they cannot be read"
    )


def warnings() -> Iterator[str]:
    """Agencies open for employers without an active holder of a desk (D3)."""
    for entry in programme_queries.published(db.session()):
        for problem in programme_queries.holder_warnings(db.session(), entry.document):
            yield problem.message % problem.params
