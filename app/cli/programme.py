"""`flask programme check|import|export|publish`: programmes as YAML files (D3)."""

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from flask import Flask

from app.commands import programmes
from app.domain.document import Problem
from app.domain.errors import DomainError, InvalidInput
from app.domain.roles import Actor
from app.extensions import db, utc_now
from app.queries import programmes as programme_queries


def register(app: Flask) -> None:
    """Add the group `flask programme`."""
    group = click.Group("programme", help="Programmes as YAML documents.")
    for command in (check, import_, export, publish):
        group.add_command(command)
    app.cli.add_command(group)


@click.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Say everything that is wrong with FILE, each with its path and the mend; write nothing."""

    def act() -> None:
        _report(programmes.problems(db.session(), read_file(file)))

    in_words(act)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Store FILE as the draft of its programme."""

    def act() -> None:
        made = programmes.import_document(
            db.engine, actor=Actor.system(), document=read_file(file), now=utc_now()
        )
        click.echo(f"draft v{made.n}")
        _report(made.problems)

    in_words(act)


@click.command("export")
@click.argument("code")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def export(code: str, file: Path | None) -> None:
    """Write the published document of the programme CODE to FILE (default: standard output)."""

    def act() -> None:
        text = programme_queries.document_text(db.session, code)
        if file is None:
            click.echo(text, nl=False)
        else:
            file.write_text(text, encoding="utf-8")

    in_words(act)


@click.command("publish")
@click.argument("code")
def publish(code: str) -> None:
    """Publish the draft of the programme CODE; open cases keep their version."""

    def act() -> None:
        made = programmes.publish(db.engine, actor=Actor.system(), code=code, now=utc_now())
        click.echo(f"published v{made.n}")

    in_words(act)


def read_file(file: Path) -> str:
    """The text of FILE; a file that is not UTF-8 is refused in words."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not UTF-8 text") from error


def in_words(act: Callable[[], None]) -> None:
    """Run a part of a command; what it refuses is said in words, each mistake with its path."""
    try:
        act()
    except InvalidInput as error:
        lines = [f"{e.field}: {e.message % e.params}" for e in error.errors]
        raise click.ClickException("\n".join([error.message, *lines])) from error
    except DomainError as error:
        raise click.ClickException(error.message % error.params) from error


def _report(problems: Iterable[Problem]) -> None:
    found = list(problems)
    for problem in found:
        click.echo(f"{problem.level}: {problem.path}: {problem.message % problem.params}")
    if any(problem.level == "error" for problem in found):
        raise click.exceptions.Exit(1)
    click.echo("the document can be published")
