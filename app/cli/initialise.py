"""`flask init`: the only writer of permissions and seeded roles (D20). Idempotent and safe when started twice at once."""

import fcntl
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import yaml
from flask import Flask, current_app
from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.cli import permissions
from app.cli.programme import in_words
from app.commands import programmes
from app.domain.roles import Actor
from app.extensions import db, utc_now, writing
from app.models.reference import Code, CodeList, Notice, Phrase, Site

SEED = Path(__file__).resolve().parent.parent / "seed"
LOCK_NUMBER = 8211
SHIPPED = datetime(2026, 1, 1, tzinfo=UTC)
"""The shipped notices hold from here on."""


@contextmanager
def alone(url: URL) -> Iterator[None]:
    """Hold the one lock of initialisation and demo data; FAB commits inside, so it has a connection of its own.

    On PostgreSQL a lock of a transaction, which poolers understand and a dead process gives up.
    """
    if url.get_backend_name() == "sqlite":
        with Path(f"{url.database}.init").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK_NUMBER})
        yield


def initialise(app: Flask) -> None:
    """Permissions, seeded grants (once each), reference data and seed programmes that are absent."""
    with app.app_context(), alone(db.engine.url):
        initialise_alone(app)


def initialise_alone(app: Flask) -> None:
    """`initialise` for a caller that holds the lock, inside the application's context."""
    with writing(db.session):
        permissions.write(app.appbuilder)  # type: ignore[attr-defined]
    seed_reference(db.engine, utc_now())
    _programmes(utc_now())


def seed_reference(engine: Engine, now: datetime) -> None:
    """Code lists, notices, phrases and the site document, each only where absent."""
    with Session(engine.execution_options(write=True)) as session, session.begin():
        _code_lists(session)
        _notices(session)
        _phrases(session)
        if session.get(Site, 1) is None:
            document = yaml.safe_load((SEED / "sites" / "demo.yaml").read_text(encoding="utf-8"))
            session.add(Site(id=1, document=document, updated=now))


def _code_lists(session: Session) -> None:
    present = {row.code: row.id for row in session.execute(select(CodeList.code, CodeList.id))}
    for path in sorted((SEED / "codes").glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        list_id = present.get(document["code"])
        if list_id is None:
            owner = CodeList(code=document["code"], title=document["title"])
            session.add(owner)
            session.flush()
            list_id = owner.id
        elif not document.get("grow"):
            continue
        _codes(session, list_id, document["codes"])


def _codes(session: Session, list_id: int, codes: Sequence[Mapping[str, Any]]) -> None:
    """The codes that the list has not; what is there stays as the superuser wrote it."""
    known = set(session.scalars(select(Code.code).where(Code.list_id == list_id)))
    rows = [
        {
            "list_id": list_id,
            "code": str(c["code"]),
            "title": c["title"],
            "title_en": c.get("title_en"),
            "checker": c.get("checker"),
            "position": n,
        }
        for n, c in enumerate(codes)
        if str(c["code"]) not in known
    ]
    if rows:
        session.execute(insert(Code), rows)


def _notices(session: Session) -> None:
    present = set(session.scalars(select(Notice.kind)))
    for path in sorted((SEED / "notices").glob("*.md")):
        kind = path.stem
        if kind in present:
            continue
        heading, _, body = path.read_text(encoding="utf-8").partition("\n")
        digest = hashlib.sha256(body.encode()).hexdigest()
        title = heading.lstrip("# ").strip()
        session.add(
            Notice(
                kind=kind, version=1, title=title, body=body.strip(), body_hash=digest, effective_from=SHIPPED
            )
        )


def _phrases(session: Session) -> None:
    path = SEED / "phrases.yaml"
    if session.scalar(select(Phrase.id).limit(1)) is not None or not path.exists():
        return
    for n, phrase in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))):
        session.add(Phrase(position=n, **phrase))


def _programmes(now: datetime) -> None:
    for path in sorted((SEED / "programmes").glob("*.yaml")):
        document = path.read_text(encoding="utf-8")  # as text, for the reader to whom `off` is a word
        programmes.seed(db.engine, actor=Actor.system(), document=document, now=now)


def register(app: Flask) -> None:
    """Add `flask init`."""

    @app.cli.command("init")
    def init_command() -> None:
        """Write permissions, roles, reference data and programmes; safe to repeat."""
        in_words(lambda: initialise(current_app))
        click.echo("initialised")
