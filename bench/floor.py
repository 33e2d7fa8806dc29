"""A batch of approvals through the command, against raw SQL that writes the same rows in the same run.

The raw side is what no code can beat by much: it reads the heads locked, hashes in Python, writes one conditional
UPDATE and three bulk inserts through the driver, and commits. Both sides take fresh cases each time, in turn.

    .venv/bin/python -m bench.floor [--rows 10000] [--rounds 3] [--profile]

PostgreSQL is measured where TEST_POSTGRES_URL (default: the local server) answers.
"""

import argparse
import cProfile
import hashlib
import json
import pstats
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import Engine, create_engine, text

from app import create_app, password_policy, wire
from app.cli.initialise import initialise
from app.commands import applications
from app.extensions import db, transactions
from app.models.ids import ensure_lease, new_id
from bench.databases import databases
from bench.harness import require, timed
from tests.commands.flow import Flow
from tests.commands.many import copies
from tests.conftest import NOW, settings_for
from tests.web.town import Town

TARGET = 1.5
CHANGED = (
    "status", "stage_code", "is_ready", "desk_role", "desk_agency_id", "entered_at", "due_at",
    "reached_agency_at", "closed_at", "undo_until", "decision_batch_id", "opened_at", "claimed_by",
    "claimed_until",
)  # fmt: skip
"""The columns of a case that an approval sets to the same values for all copies of a case."""
JSON_COLUMNS = frozenset({"payload", "before"})


def prepared(url: str, home: Path) -> tuple[Flow, int]:
    """A town on a migrated and initialised database, and a submitted case to copy."""
    settings = settings_for(url, home, clock=NOW, app_env="development")
    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    initialise(app)
    engine = create_engine(url, hide_parameters=True)
    transactions(engine)
    ensure_lease(engine)
    ports = wire(settings)
    flow = Flow(Town(engine, ports, password_policy(settings, ports), NOW), NOW)
    return flow, flow.submitted()[0]


class Floor:
    """The raw writer of one engine, taught by the rows of a case that the command has approved."""

    def __init__(self, engine: Engine, approved: int) -> None:
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._kept = engine.raw_connection()
        self.raw: Any = self._kept.driver_connection
        self._kept.detach()  # the pool must not lend it to anybody
        self.case = self._sample("application", CHANGED, "id", approved)
        self.tables = {
            table: self._sample(table, self._columns(engine, table), column, approved)
            for table, column in (
                ("review", "application_id"),
                ("approval", "application_id"),
                ("audit_event", "subject_id"),
            )
        }

    @staticmethod
    def _columns(engine: Engine, table: str) -> tuple[str, ...]:
        with engine.connect() as connection:
            return tuple(connection.execute(text(f"SELECT * FROM {table} LIMIT 0")).keys())

    def _sample(self, table: str, columns: Sequence[str], key: str, value: int) -> dict[str, Any]:
        chosen = ", ".join(f"CAST({c} AS TEXT)" if c in JSON_COLUMNS else c for c in columns)
        order = " ORDER BY seq DESC" if table == "audit_event" else ""
        cursor = self.raw.cursor()
        cursor.execute(f"SELECT {chosen} FROM {table} WHERE {key} = {value}{order} LIMIT 1")
        row = dict(zip(columns, cursor.fetchone(), strict=True))
        self.raw.rollback()
        return row

    def write(self, ids: Sequence[int]) -> None:
        """Approve all of `ids` in one transaction."""
        cursor = self.raw.cursor()
        if self.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
            listed, lock = "SELECT value FROM json_each(?)", ""
        else:
            listed, lock = "SELECT CAST(jsonb_array_elements_text(%s) AS bigint)", " FOR UPDATE"
        asked = f"SELECT id, lock, stage_code, audit_seq, audit_head, applicant_key FROM application WHERE id IN ({listed}) ORDER BY id{lock}"  # noqa: E501
        cursor.execute(asked, (json.dumps(list(ids)),))
        cases = cursor.fetchall()
        rows = self._rows(cases)
        self._update(cursor, cases, [row[-1] for row in rows["audit_event"]])
        for table, values in rows.items():
            self._insert(cursor, table, values)
        cursor.execute("COMMIT") if self.is_sqlite else self.raw.commit()

    def _rows(self, cases: Sequence[Any]) -> dict[str, list[tuple[Any, ...]]]:
        review, approval, event = (self.tables[name] for name in ("review", "approval", "audit_event"))
        made: dict[str, list[tuple[Any, ...]]] = {"review": [], "approval": [], "audit_event": []}
        said = event["payload"]
        for case_id, lock, _stage, seq, head, key in cases:
            review_id = new_id()
            body = f"{head}{said}{seq + 1}{case_id}{event['at']}{event['actor_id']}"
            own = {"subject_id": case_id, "seq": seq + 1, "prev_hash": head}
            own["hash"] = hashlib.sha256(body.encode()).hexdigest()
            made["review"].append(
                tuple({**review, "application_id": case_id, "id": review_id, "lock_seen": lock}.values())
            )
            made["approval"].append(
                tuple(
                    {
                        **approval,
                        "application_id": case_id,
                        "review_id": review_id,
                        "applicant_key": key,
                    }.values()
                )
            )
            made["audit_event"].append(tuple({**event, **own}.values()))
        return made

    def _update(self, cursor: Any, cases: Sequence[Any], heads: Sequence[str]) -> None:
        names = list(self.case)
        if self.is_sqlite:
            sets = ", ".join(f"{name} = ?" for name in names)
            statement = f"UPDATE application SET {sets}, lock = lock + 1, audit_seq = audit_seq + 1, audit_head = ? WHERE id = ? AND lock = ? AND stage_code = ?"  # noqa: E501
            same = tuple(self.case.values())
            cursor.executemany(
                statement, [(*same, head, c[0], c[1], c[2]) for c, head in zip(cases, heads, strict=True)]
            )
        else:
            sets = ", ".join(f"{name} = %s" for name in names)
            statement = f"UPDATE application SET {sets}, lock = application.lock + 1, audit_seq = application.audit_seq + 1, audit_head = r.head FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[]) AS r(id, lock, stage, head) WHERE application.id = r.id AND application.lock = r.lock AND application.stage_code = r.stage"  # noqa: E501
            parts = [[c[0] for c in cases], [c[1] for c in cases], [c[2] for c in cases], list(heads)]
            cursor.execute(statement, (*self.case.values(), *parts))
        require(cursor.rowcount == len(cases), "a row changed meanwhile")

    def _insert(self, cursor: Any, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        names = ", ".join(self.tables[table])
        if self.is_sqlite:
            places = ", ".join("?" * len(self.tables[table]))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def approve(flow: Flow, ids: Sequence[int], seen: dict[int, int]) -> None:
    """The command, as a page calls it."""
    key = str(new_id())
    batch_max = max(len(ids), 1)
    done = applications.approve(
        flow.engine, actor=flow.clerk, ids=ids, seen=seen, key=key, now=flow.now, batch_max=batch_max
    )
    require(len(done.moved) == len(ids), "not every case was approved")


def written(engine: Engine) -> tuple[int, ...]:
    """The rows of the tables that a batch writes."""
    tables = ("review", "approval", "audit_event")
    with engine.connect() as connection:
        return tuple(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables)


def measured(url: str, home: Path, *, rows: int, rounds: int, profile: bool) -> tuple[float, float]:
    """Median seconds of the raw writer and of the command."""
    flow, case = prepared(url, home)
    (taught,) = copies(flow, case, 1)
    approve(flow, [taught], flow.locks(taught))
    floor = Floor(flow.engine, taught)
    raw, command = [], []
    for _ in range(rounds):
        before = written(flow.engine)
        ids = copies(flow, case, rows)
        raw.append(timed(lambda ids=ids: floor.write(ids)))  # type: ignore[misc]
        between = written(flow.engine)
        ids = copies(flow, case, rows)
        seen = dict.fromkeys(ids, flow.lock(ids[0]))
        command.append(timed(lambda ids=ids, seen=seen: approve(flow, ids, seen)))  # type: ignore[misc]
        after = written(flow.engine)
        same = [b - a for a, b in zip(before, between, strict=True)]
        also = [b - a for a, b in zip(between, after, strict=True)]
        require(same == also == [rows] * 3, f"not the same rows: {same}, {also}")
    if profile:
        _profile(flow, copies(flow, case, rows))
    floor.raw.close()
    flow.engine.dispose()
    return statistics.median(raw), statistics.median(command)


def _profile(flow: Flow, ids: Sequence[int]) -> None:
    seen = dict.fromkeys(ids, flow.lock(ids[0]))
    with cProfile.Profile() as watched:
        approve(flow, ids, seen)
    pstats.Stats(watched).sort_stats("tottime").print_stats(25)


def main() -> int:
    """Print the table; 1 if the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    print(f"approve {asked.rows} cases in one batch; medians of {asked.rounds} rounds, seconds")
    print(f"{'database':<12}{'raw SQL':>10}{'command':>10}{'ratio':>8}   target <= {TARGET}")
    missed = False
    with databases("floor") as urls, tempfile.TemporaryDirectory() as home:
        for name, url in urls.items():
            raw, command = measured(
                url, Path(home), rows=asked.rows, rounds=asked.rounds, profile=asked.profile
            )
            missed = missed or command / raw > TARGET
            print(f"{name:<12}{raw:>10.3f}{command:>10.3f}{command / raw:>8.2f}", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
