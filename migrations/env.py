"""Alembic environment: one schema for SQLite and PostgreSQL, foreign keys checked after SQLite migrations."""

import logging
from logging.config import fileConfig

from alembic import context
from flask import current_app
from sqlalchemy import Connection

config = context.config
if config.config_file_name is not None and not logging.getLogger().handlers:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

LOCK_NUMBER = 8212
WAIT_MS = 600_000
extension = current_app.extensions["migrate"]
engine = extension.db.engine
config.set_main_option("sqlalchemy.url", engine.url.render_as_string(hide_password=False).replace("%", "%%"))


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=extension.db.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        process_revision_directives=_skip_empty,
    )
    with context.begin_transaction():
        _wait_for_others(connection)
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"foreign keys broken by the migration: {broken[:5]}")


def _wait_for_others(connection: Connection) -> None:
    """Of migrations started at once one works and the others find it done; SQLite waits where it begins."""
    if connection.dialect.name == "sqlite":
        return
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_NUMBER})")


def _skip_empty(_context: object, _revision: object, directives: list) -> None:  # type: ignore[type-arg]
    if (
        getattr(config.cmd_opts, "autogenerate", False)
        and directives
        and directives[0].upgrade_ops.is_empty()
    ):
        directives[:] = []


def run() -> None:
    """Migrate on a writing connection; on SQLite foreign keys are off meanwhile (inside a transaction the pragma is ignored)."""
    with engine.connect().execution_options(write=True) as connection:
        if connection.dialect.name != "sqlite":
            _run(connection)
            return
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute(f"PRAGMA busy_timeout={WAIT_MS}")  # another migration may be at work
        try:
            _run(connection)
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
            raw.execute("PRAGMA busy_timeout=5000")


if context.is_offline_mode():
    raise SystemExit("offline migrations are not supported: the triggers are read from the database")
run()
