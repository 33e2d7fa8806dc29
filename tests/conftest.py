"""Fixtures: a database of its own for every test, on SQLite and, where reachable, on PostgreSQL.

No SAVEPOINT tricks and no in-memory SQLite: sessions and commands use connections of their own. A template is
migrated and initialised once per engine and worker; a test gets a copy.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import config
from app import create_app, password_policy, wire
from app.cli.initialise import initialise
from app.domain.passwords import Passwords
from app.domain.ports import Cipher, Ports
from app.extensions import db, transactions
from app.models.ids import ensure_lease
from tests.factories.fixtures import firms, people, talents  # noqa: F401 - fixtures of every package
from tests.quick import ByFileAndEngine, hurry, keep_templates

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


hurry()
hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is no mistake of the code
hypothesis.settings.load_profile("suite")

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""The moment most tests act at: a Monday, 10:00 in Shanghai."""

KEYRING = "k1:" + "QUFB" * 10 + "QUE=," + "index:" + "QkJC" * 10 + "QkI="


def settings_for(url: str, data_dir: Path, **changes: object) -> config.Settings:
    """Settings of a test: everything embedded, fast hashing."""
    base = config.Settings(
        app_env="test",
        data_dir=data_dir,
        database_url=url,
        secret_key="test-secret-key-that-is-long-enough-0123456789",
        keyring=KEYRING,
    )
    return replace(base, **changes)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileAndEngine:
    """Hand out whole files, once per engine, so that what a file's tests share is made once."""
    return ByFileAndEngine(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that hold slow tests: at the end the others would wait for them."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def _remake(name: str, template: str = "template1") -> str:
    url = make_url(POSTGRES)
    admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    return url.set(database=name).render_as_string(hide_password=False)


def _drop(name: str) -> None:
    admin = create_engine(make_url(POSTGRES), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _run_tag() -> str:
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:8].replace("-", "")


@pytest.fixture(scope="session")
def worker_tag() -> str:
    """Part of database names, so that parallel workers and runs never meet."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{_run_tag()}"


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, worker_tag: str) -> Iterator[Callable[[str], str]]:
    """Makes the initialised database of an engine when it is first asked for, and keeps it for this worker."""
    made: dict[str, str] = {}

    def of(dialect: str) -> str:
        if dialect not in made:
            made[dialect] = _initialised(dialect, tmp_path_factory.mktemp("template"), worker_tag)
        return made[dialect]

    yield of
    if "postgresql" in made:
        _drop(f"yc_tpl_{worker_tag}")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def template_url(request: pytest.FixtureRequest, templates: Callable[[str], str]) -> str:
    """A migrated and initialised database that tests copy."""
    return templates(request.param)


def _initialised(dialect: str, home: Path, worker_tag: str) -> str:
    url = f"sqlite:///{home}/template.db"
    if dialect == "postgresql":
        try:
            url = _remake(f"yc_tpl_{worker_tag}")
        except OperationalError:
            if os.environ.get("REQUIRE_SERVICES"):
                raise
            pytest.skip("no PostgreSQL at TEST_POSTGRES_URL")
    app = create_app(settings_for(url, home, clock=NOW))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    initialise(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if dialect == "postgresql":
        _keep_rows(url)
    return url


@pytest.fixture
def database_url(template_url: str, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own, with schema, roles, reference data and the shipped programme.

    On SQLite a copy of the template; on PostgreSQL, where making a database costs a second, the worker's one
    database, whose rows are put back after the test.
    """
    if template_url.startswith("postgresql"):
        yield template_url
        _put_back(template_url)
        return
    path = tmp_path / "test.db"
    shutil.copy(template_url.removeprefix("sqlite:///"), path)
    yield f"sqlite:///{path}"


def _keep_rows(url: str) -> None:
    """Copy the rows of the initialised database into the schema `kept`."""
    with _plainly(url) as connection:
        connection.execute(text("CREATE SCHEMA kept"))
        for table in _tables(connection):
            connection.execute(text(f'CREATE TABLE kept."{table}" AS SELECT * FROM public."{table}"'))


def _put_back(url: str) -> None:
    """Make the rows those of the initialised database again; triggers and keys rest meanwhile."""
    with _plainly(url) as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        statements = [
            f'DELETE FROM public."{table}"; INSERT INTO public."{table}" SELECT * FROM kept."{table}"'
            for table in _tables(connection)
        ]
        connection.exec_driver_sql("; ".join(statements))


@contextmanager
def _plainly(url: str) -> Iterator[Connection]:
    made = create_engine(url, poolclass=NullPool)
    with made.begin() as connection:
        _end_others(connection)
        yield connection


def _end_others(connection: Connection) -> None:
    """End connections that a test left open; they would hold locks."""
    connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )


def _tables(connection: Connection) -> list[str]:
    return list(
        connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        )
    )


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> config.Settings:
    """The settings of this test."""
    return settings_for(database_url, tmp_path / "data")


@pytest.fixture
def app(settings: config.Settings) -> Iterator[Flask]:
    """The application on this test's database. Hold no application context open around client calls."""
    application = create_app(settings)
    keep_templates(application)
    with application.app_context():
        ensure_lease(db.engine)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor's browser."""
    return app.test_client()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine for commands and queries, without any web application."""
    made = create_engine(database_url, hide_parameters=True)
    transactions(made)
    ensure_lease(made)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A reading session; commit or roll back before a command must be seen."""
    with Session(engine) as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    """The moment of the test."""
    return NOW


@pytest.fixture
def wired(tmp_path: Path) -> Ports:
    """Every real adapter, with test keys and a store of this test's own."""
    (tmp_path / "data").mkdir(exist_ok=True)
    return wire(settings_for("sqlite://", tmp_path / "data"))


@pytest.fixture
def cipher(wired: Ports) -> Cipher:
    """Field encryption with the test keys."""
    return wired.cipher


@pytest.fixture
def passwords(wired: Ports) -> Passwords:
    """The password rule and the fast hasher."""
    return password_policy(settings_for("sqlite://", Path()), wired)
