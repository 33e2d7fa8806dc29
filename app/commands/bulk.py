"""Many rows in one statement: bulk inserts, and `UPDATE … FROM` over one JSON parameter (D12).

SQLite inserts through the driver's own executemany (one prepared statement) and updates `FROM json_each`;
PostgreSQL inserts by COPY and updates `FROM jsonb_to_recordset`. JSON columns are handed over as JSON text.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Table, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.models.driver_errors import leave_out_values

Rows = Sequence[Sequence[Any]]
Store = Callable[[Any], Any] | None


def insert_rows(session: Session, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """Insert `rows` (values in the order of `columns`; JSON columns as text) with one statement.

    Raises sqlalchemy's IntegrityError like any insert.
    """
    if not rows:
        return
    connection = session.connection()
    listed = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({listed}) VALUES ({places})"  # noqa: S608 - names of our own
        stored = _stored(connection, [table.c[name] for name in columns], rows)
        connection.exec_driver_sql(statement, stored)
        return
    _copy(connection, f"COPY {table.name} ({listed}) FROM STDIN", rows)


def _copy(connection: Connection, statement: str, rows: Rows) -> None:
    """PostgreSQL's COPY inside the open transaction.

    What it violates, or has to give way to, is raised as an insert would raise it.
    """
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        leave_out_values(error)
        raise DBAPIError.instance(statement, None, error, connection.dialect.loaded_dbapi.Error) from error


def update_rows(
    session: Session, table: Table, *, keys: Sequence[str], columns: Sequence[str], rows: Rows, also: str = ""
) -> int:
    """Update each row where all `keys` match (NULL matches NULL) and return how many rows changed.

    A row holds the keys' values, then those of `columns`. `also` is SQL of further assignments, in which
    `r.<column>` is the new value.
    """
    if not rows:
        return 0
    connection = session.connection()
    named = [*(f"key_{key}" for key in keys), *columns]
    chosen = [table.c[name] for name in (*keys, *columns)]
    if connection.dialect.name == "sqlite":
        picked = ", ".join(f"value ->> {at} AS {name}" for at, name in enumerate(named))
        source = f"(SELECT {picked} FROM json_each(:rows)) AS r"  # noqa: S608
        body = json.dumps(_stored(connection, chosen, rows), ensure_ascii=False)
        same = "IS"
    else:
        source = _recordset(connection, chosen, named)
        body = _encoded(named, rows)
        same = "IS NOT DISTINCT FROM"
    match = " AND ".join(
        f"{table.name}.{key} {'=' if not table.c[key].nullable else same} r.key_{key}" for key in keys
    )
    sets = ", ".join(f"{name} = {_assigned(connection, table.c[name], name)}" for name in columns)
    extra = f", {also}" if also else ""
    statement = text(f"UPDATE {table.name} SET {sets}{extra} FROM {source} WHERE {match}")  # noqa: S608
    result = connection.execute(statement, {"rows": body})
    return int(result.rowcount)


def _assigned(connection: Connection, column: Column[Any], name: str) -> str:
    is_text_json = connection.dialect.name != "sqlite" and _is_json(column)
    return f"r.{name}::jsonb" if is_text_json else f"r.{name}"


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _stored(connection: Connection, columns: Sequence[Column[Any]], rows: Rows) -> list[tuple[Any, ...]]:
    """The rows as SQLite stores them: times as text, booleans as numbers, JSON as it came."""
    converters: list[Store] = [
        None
        if _is_json(column)
        else column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        for column in columns
    ]
    memory: list[dict[Any, Any]] = [{} for _ in columns]
    work = [(at, convert) for at, convert in enumerate(converters) if convert is not None]
    if not work:
        return [tuple(row) for row in rows]
    stored = []
    for row in rows:
        values = list(row)
        for at, convert in work:
            value = values[at]
            known = memory[at]
            if value in known:
                values[at] = known[value]
            else:
                values[at] = known[value] = convert(value) if convert is not None else value
        stored.append(tuple(values))
    return stored


def _recordset(connection: Connection, columns: Sequence[Column[Any]], names: Sequence[str]) -> str:
    """`jsonb_to_recordset` with the types of `columns`."""
    typed = []
    for name, column in zip(names, columns, strict=True):
        kind = "text" if _is_json(column) else column.type.compile(dialect=connection.dialect)
        typed.append(f"{name} {kind}")
    return f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({', '.join(typed)})"


def _encoded(names: Sequence[str], rows: Rows) -> str:
    return json.dumps(
        [dict(zip(names, row, strict=True)) for row in rows], default=_plain, ensure_ascii=False
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
