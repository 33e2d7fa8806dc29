"""Triggers of the schema: append-only tables (D14) and the permission epoch.

Every migration ends with `install_triggers(op.get_bind())`: `batch_alter_table` drops a table's triggers
silently, and autogenerate sees none. Idempotent; tables and columns come from the inspector, so it fits
every revision.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, inspect

APPEND_ONLY: dict[str, frozenset[str]] = {
    "submission": frozenset({"data", "answers"}),
    "review": frozenset({"text", "before"}),
    "review_item": frozenset({"text"}),
    "registration_review": frozenset({"text"}),
    "employer_submission": frozenset(),
    "roster_item": frozenset({"row"}),
    "audit_event": frozenset(),
    "access_event": frozenset(),
}
"""Table -> content columns that erasure may blank to NULL (model 7); nothing else of a row ever changes."""

EPOCH_TABLES = ("ab_role", "ab_permission", "ab_view_menu", "ab_permission_view", "ab_permission_view_role")


def install_triggers(connection: Connection) -> None:
    """Create (or replace) every trigger that fits the tables present."""
    tables = set(inspect(connection).get_table_names())
    dialect = connection.dialect.name
    make = _sqlite if dialect == "sqlite" else _postgresql
    for statement in make(connection, tables):
        connection.exec_driver_sql(statement)


def _columns(connection: Connection, table: str) -> list[str]:
    return [column["name"] for column in inspect(connection).get_columns(table)]


_SQLITE_RAISE = "UPDATE permission_epoch SET n = n + 1;"
_SQLITE_REFUSE = "SELECT RAISE(ABORT, 'append_only');"


def _sqlite(connection: Connection, tables: set[str]) -> Iterator[str]:
    for table, blankable in APPEND_ONLY.items():
        if table not in tables:
            continue
        same = " AND ".join(
            f'(NEW."{c}" IS OLD."{c}" OR NEW."{c}" IS NULL)' if c in blankable else f'NEW."{c}" IS OLD."{c}"'
            for c in _columns(connection, table)
        )
        for name, event, when in (
            (f"tr_{table}_append_only", "UPDATE", f"WHEN NOT ({same})"),
            (f"tr_{table}_no_delete", "DELETE", ""),
        ):
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when} BEGIN {_SQLITE_REFUSE} END"
    if "permission_epoch" in tables:
        for table in EPOCH_TABLES:
            for event in ("INSERT", "UPDATE", "DELETE"):
                name = f"tr_{table}_epoch_{event.lower()}"
                yield f"DROP TRIGGER IF EXISTS {name}"
                yield f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {_SQLITE_RAISE} END"


_REFUSE = """
CREATE OR REPLACE FUNCTION yingcai_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_row jsonb; new_row jsonb; name text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    old_row = to_jsonb(OLD); new_row = to_jsonb(NEW);
    FOREACH name IN ARRAY COALESCE(TG_ARGV, ARRAY[]::text[]) LOOP
      IF new_row -> name = 'null'::jsonb THEN
        old_row = old_row - name; new_row = new_row - name;
      END IF;
    END LOOP;
    IF old_row = new_row THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'append_only';
END $$
"""

_EPOCH = """
CREATE OR REPLACE FUNCTION yingcai_permission_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE permission_epoch SET n = n + 1; RETURN NULL; END $$
"""


def _postgresql(connection: Connection, tables: set[str]) -> Iterator[str]:
    del connection
    yield _REFUSE
    for table, blankable in APPEND_ONLY.items():
        if table not in tables:
            continue
        arguments = ", ".join(f"'{column}'" for column in sorted(blankable))
        for name, event, level, args in (
            (f"tr_{table}_append_only", "UPDATE OR DELETE", "ROW", arguments),
            (f"tr_{table}_no_truncate", "TRUNCATE", "STATEMENT", ""),
        ):
            yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
            yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {level} EXECUTE FUNCTION yingcai_append_only({args})"
    if "permission_epoch" in tables:
        yield _EPOCH
        for table in EPOCH_TABLES:
            name = f"tr_{table}_epoch"
            yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
            yield (
                f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION yingcai_permission_epoch()"
            )
