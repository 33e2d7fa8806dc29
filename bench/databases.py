"""Throw-away databases on each engine, and what the peers find in theirs."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@contextmanager
def databases(name: str) -> Iterator[dict[str, str]]:
    """An empty database of this name on each engine that is there; gone afterwards."""
    with tempfile.TemporaryDirectory() as home:
        found = {"SQLite": f"sqlite:///{Path(home) / name}.db"}
        url, unique = make_url(POSTGRES), f"yc_{name}_{os.getpid()}"
        admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        try:
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {unique}"))
        except OperationalError:
            print("no PostgreSQL at TEST_POSTGRES_URL: SQLite only")
            yield found
            return
        try:
            yield {**found, "PostgreSQL": url.set(database=unique).render_as_string(hide_password=False)}
        finally:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {unique} WITH (FORCE)"))
