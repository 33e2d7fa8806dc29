"""The migrated database and the models say the same: tables, columns, checks, indexes, triggers."""

import re
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import Engine, MetaData, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app import create_app
from app.commands import applications as commands
from app.domain.states import Order
from app.extensions import db, transactions
from app.models.base import Model
from app.models.triggers import install_triggers
from bench.floor import prepared
from tests.conftest import _drop, _remake, settings_for


def _normal(sql: str | None) -> str:
    return re.sub(
        r"[\s\"()]+", "", (sql or "").replace("::text", "").replace("::character varying", "")
    ).lower()


def _facts(engine: Engine) -> dict[str, object]:
    found: dict[str, object] = {}
    inspector = inspect(engine)
    for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        found[f"{table} columns"] = sorted(
            (c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)
        )
        found[f"{table} key"] = inspector.get_pk_constraint(table)["constrained_columns"]
        found[f"{table} checks"] = sorted(
            (c["name"], _normal(c["sqltext"])) for c in inspector.get_check_constraints(table)
        )
        found[f"{table} unique"] = sorted(
            (c["name"], tuple(c["column_names"])) for c in inspector.get_unique_constraints(table)
        )
        found[f"{table} foreign"] = sorted(
            (c["name"] or "", tuple(c["constrained_columns"]), c["referred_table"])
            for c in inspector.get_foreign_keys(table)
        )
    found["indexes"] = _definitions(engine, _INDEXES)
    found["triggers"] = _definitions(engine, _TRIGGERS)
    return found


_INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name <> 'alembic_version'",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
}
_TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


def _definitions(engine: Engine, by_dialect: dict[str, str]) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text(by_dialect[engine.dialect.name]))
        return sorted((name, _normal(sql)) for name, sql in rows)


def _from_models(engine: Engine, tmp_path: Path, worker_tag: str) -> tuple[Engine, str | None]:
    if engine.dialect.name == "sqlite":
        made = create_engine(f"sqlite:///{tmp_path}/models.db")
        transactions(made)
        name = None
    else:
        name = f"yc_models_{worker_tag}"
        made = create_engine(_remake(name), poolclass=NullPool)
    # A copy: creating keys by ALTER on PostgreSQL marks the metadata, and SQLite would leave them out then.
    tables = MetaData(naming_convention=Model.metadata.naming_convention)
    for table in Model.metadata.sorted_tables:
        table.to_metadata(tables)
    with made.begin() as connection:
        tables.create_all(connection)
        install_triggers(connection)
    return made, name


def test_migrated_database_equals_the_models(engine: Engine, tmp_path: Path, worker_tag: str) -> None:
    expected, name = _from_models(engine, tmp_path, worker_tag)
    try:
        assert _facts(engine) == _facts(expected)
    finally:
        expected.dispose()
        if name:
            _drop(name)


def test_migrations_go_down_and_up_again(tmp_path: Path, engine: Engine, worker_tag: str) -> None:
    from flask_migrate import downgrade  # noqa: PLC0415 - its name says what this test does

    name = f"yc_updown_{worker_tag}"
    url = f"sqlite:///{tmp_path}/updown.db" if engine.dialect.name == "sqlite" else _remake(name)
    app = create_app(settings_for(url, tmp_path / "d"))
    with app.app_context():
        upgrade()
        before = _facts(db.engine)
        downgrade(revision="base")
        left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
        upgrade()
        again = _facts(db.engine)
        db.engine.dispose()
    if engine.dialect.name == "postgresql":
        _drop(name)
    assert left == set()
    assert again == before


def test_approvals_given_before_their_desk_was_kept_are_named_it(
    tmp_path: Path, engine: Engine, worker_tag: str
) -> None:
    from flask_migrate import downgrade  # noqa: PLC0415 - as above

    name = f"yc_desks_{worker_tag}"
    url = f"sqlite:///{tmp_path}/desks.db" if engine.dialect.name == "sqlite" else _remake(name)
    flow, _ = prepared(url, tmp_path / "d")
    flow.approved()
    (rejected,) = flow.sealed()
    commands.reject(
        flow.engine, actor=flow.county, ids=[rejected], seen={}, order=Order(text="材料不实"), now=flow.now
    )
    flow.engine.dispose()
    app = create_app(settings_for(url, tmp_path / "d"))
    with app.app_context():
        before = _approvals(db.engine)
        downgrade(revision="0009")
        upgrade()
        again = _approvals(db.engine)
        db.engine.dispose()
    if engine.dialect.name == "postgresql":
        _drop(name)
    assert len({place for *_, place, _ in before}) == 3
    assert again == before


def _approvals(engine: Engine) -> list[tuple[Any, ...]]:
    given = "SELECT application_id, stage_code, role, place_id, programme_id FROM approval ORDER BY 1, 2"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(given))]


def test_append_only_tables_refuse_update_and_delete(engine: Engine) -> None:
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO access_event (id, at, actor_id, kind, object_kind, result) "
                "VALUES (1, '2026-11-23 00:00:00', 1, 'read', 'blob', 'ok')"
            )
        )
    refused = []
    for statement in ("UPDATE access_event SET kind = 'x'", "DELETE FROM access_event"):
        try:
            with engine.execution_options(write=True).begin() as connection:
                connection.execute(text(statement))
        except DBAPIError as error:
            refused.append("append_only" in str(error.orig))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, kind FROM access_event")).all()
    assert refused == [True, True]
    assert [tuple(row) for row in rows] == [(1, "read")]


def test_columns_of_deferred_keys_are_indexed() -> None:
    """SQLite scans the referring table with every row of the other one otherwise."""
    bare = [
        f"{table.name}.{key.parent.name}"
        for table in Model.metadata.tables.values()
        for key in table.foreign_keys
        if key.deferrable and not any(next(iter(i.columns)) is key.parent for i in table.indexes)
    ]

    assert bare == []
