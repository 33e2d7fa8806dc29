"""Approve N cases in one form post, ours and the peers, over HTTP and in one run.

    .venv/bin/python -m bench.batch [--rows 10000] [--rounds 3] [--peer-rounds 1]

Every post is that of a signed-in browser with its session, its CSRF token and the scope of its account. Ours also
writes the hash chain, the live approval and the idempotency key and answers with a page that names every row; the
peers write state, review, audit and notification. Each database has its own run of the raw floor (`floor.py`).
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select, text, update

from bench import floor
from bench import peer_tables as tables
from bench.databases import databases
from bench.harness import Client, require, save, table, target, timed, times
from bench.sites import DJANGO, FAB, FLASK_ADMIN, Peer, our_site, peer_site
from tests.commands.flow import Flow
from tests.commands.many import copies

QUEUE = "/review/bohai-talent-card/employer"
FEW = 1_000
"""The documented loop of FAB grows faster than linearly: it is compared at so many rows."""
VARIANTS = (
    ("FAB, one commit", FAB, "/applicationview/action_post", "approve", 10.0, 10.0),
    ("Flask-Admin", FLASK_ADMIN, "/admin/application/action/", "approve", 3.0, 6.0),
    ("Django, loop", DJANGO, "/admin/work/application/", "loop", 10.0, 30.0),
    ("Django, update + bulk_create", DJANGO, "/admin/work/application/", "bulk", 2.0, 2.0),
)
DOCUMENTED = ("FAB, datamodel.edit", FAB, "/applicationview/action_post", "edit_each", 50.0, 50.0)
RAW, OURS, OURS_FEW = "raw SQL", "ours", "ours, few"
Timing = tuple[float, int]


def ours(flow: Flow, case: int, *, url: str, home: Path, asked: tuple[int, int]) -> Timing:
    """Median seconds and statements of our post."""
    rows, rounds = asked
    found, statements = [], 0
    with our_site(url, home) as signed_in:
        client = signed_in("employer", flow.firm.username)
        for _ in range(rounds):
            ids = copies(flow, case, rows)
            lock = flow.lock(ids[0])
            client.get(QUEUE)
            fields = [("csrf_token", client.hidden("csrf-token")), ("action", "approve")]
            fields += [("submission_key", client.hidden("submission_key"))]
            fields += [("rowid", f"{one}:{lock}") for one in ids]
            before = floor.written(flow.engine)
            found.append(timed(lambda fields=fields: client.post("/applications/action_post", fields)))  # type: ignore[misc]
            statements = client.statements
            added = [b - a for a, b in zip(before, floor.written(flow.engine), strict=True)]
            require(added == [rows] * 3, f"our batch wrote {added}, not {rows} of each")
    return statistics.median(found), statements


def peer(variant: tuple[Any, ...], url: str, engine: Engine, asked: tuple[int, int]) -> Timing:
    """Median seconds and statements of a peer's post; every round begins with waiting cases."""
    _title, which, path, action, *_ = variant
    rows, rounds = asked
    found, statements = [], 0
    with peer_site(which, url) as client:
        for _ in range(rounds):
            ids = reset(engine, rows)
            fields = [*_token(client, which), ("action", action)]
            fields += [("_selected_action" if which is DJANGO else "rowid", str(one)) for one in ids]
            found.append(timed(lambda fields=fields: client.post(path, fields)))  # type: ignore[misc]
            statements = client.statements
            written = _written(engine)
            require(written == [rows] * 4, f"{_title} wrote {written}, not {rows} of each")
    return statistics.median(found), statements


def _token(client: Client, which: Peer) -> list[tuple[str, str]]:
    """Open the list as a person would, for its token."""
    client.get(
        {
            FAB: "/applicationview/list/",
            FLASK_ADMIN: "/admin/application/",
            DJANGO: "/admin/work/application/",
        }[which]
    )
    return [(which.token, client.hidden(which.token))]


def reset(engine: Engine, rows: int) -> Sequence[int]:
    """Make all cases of the peers wait again; `rows` of them."""
    cases = tables.application
    with engine.begin() as connection:
        for log in tables.LOGS:
            connection.execute(log.delete())
        connection.execute(update(cases).values(stage="employer", lock=1).where(cases.c.stage != "employer"))
        ids = connection.scalars(select(cases.c.id).order_by(cases.c.id).limit(rows)).all()
    tables.analyse(engine)
    return ids


def _written(engine: Engine) -> list[int]:
    counts = [f"SELECT count(*) FROM {log.name}" for log in tables.LOGS]
    counts.append("SELECT count(*) FROM application WHERE stage = 'county'")
    with engine.connect() as connection:
        return [connection.scalar(text(count)) or 0 for count in counts]


def measured(url: str, home: Path, asked: tuple[int, int], peer_rounds: int) -> dict[str, Timing]:
    """Everything on one engine."""
    rows, rounds = asked
    few = min(rows, FEW)
    flow, case = floor.prepared(url, home)
    copies(flow, case, rows)
    peers = tables.fill(flow.engine, url)
    found = {variant[0]: peer(variant, url, peers, (rows, peer_rounds)) for variant in VARIANTS}
    found[DOCUMENTED[0]] = peer(DOCUMENTED, url, peers, (few, 1))
    peers.dispose()
    found[RAW] = (_raw(flow, case, asked), 0)
    found[OURS] = ours(flow, case, url=url, home=home, asked=asked)
    found[OURS_FEW] = (
        found[OURS] if few == rows else ours(flow, case, url=url, home=home, asked=(few, rounds))
    )
    flow.engine.dispose()
    return found


def _raw(flow: Flow, case: int, asked: tuple[int, int]) -> float:
    rows, rounds = asked
    (taught,) = copies(flow, case, 1)
    floor.approve(flow, [taught], flow.locks(taught))
    writer = floor.Floor(flow.engine, taught)
    if writer.is_sqlite:  # as durable as ours: the connections of tests are not
        writer.raw.execute("PRAGMA synchronous=FULL")
    found = []
    for _ in range(rounds):
        ids = copies(flow, case, rows)
        found.append(timed(lambda ids=ids: writer.write(ids)))  # type: ignore[misc]
    writer.raw.close()
    return statistics.median(found)


def _rows(found: dict[str, Timing], asked: tuple[int, int]) -> list[list[str]]:
    rows, few = asked[0], min(asked[0], FEW)
    made = []
    for title, (seconds, statements) in found.items():
        count = few if title in (DOCUMENTED[0], OURS_FEW) else rows
        own = found[OURS_FEW if count == few else OURS][0]
        counted = "" if title == RAW else str(statements)
        made.append([title, f"{count:,}", f"{seconds:.3f}", times(seconds / own), counted])
    return made


def _targets(engine: str, found: dict[str, Timing]) -> list[dict[str, str]]:
    ratio = found[OURS][0] / found[RAW][0]
    made = [
        target(f"batch over HTTP against raw SQL, {engine}", "<= 1.5x", times(ratio), reached=ratio <= 1.5)
    ]
    for title, *_rest, on_sqlite, on_postgres in (*VARIANTS, DOCUMENTED):
        wanted = on_sqlite if engine == "SQLite" else on_postgres
        ratio = found[title][0] / found[OURS_FEW if title == DOCUMENTED[0] else OURS][0]
        made.append(
            target(
                f"batch against {title}, {engine}", f">= {wanted:.0f}x", times(ratio), reached=ratio >= wanted
            )
        )
    few, many = found[OURS_FEW][1], found[OURS][1]
    made.append(
        target(f"statements, few and many rows, {engine}", "the same", f"{few}, {many}", reached=few == many)
    )
    return made


def main() -> int:
    """Print the tables, keep the result; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-rounds", type=int, default=1, help="they take long")
    given = parser.parse_args()
    asked = (given.rows, given.rounds)
    made, targets = [], []
    with databases("batch") as urls, tempfile.TemporaryDirectory() as home:
        for engine, url in urls.items():
            found = measured(url, Path(home), asked, given.peer_rounds)
            head = ["who", "cases", "seconds", "of ours", "statements"]
            title = (
                f"Approving in one post, {engine} (medians of {given.rounds}, peers of {given.peer_rounds})"
            )
            made.append(table(title, head, _rows(found, asked)))
            targets += _targets(engine, found)
    save(
        "batch",
        f"--rows {given.rows} --rounds {given.rounds} --peer-rounds {given.peer_rounds}",
        made,
        targets,
    )
    return int(any(one["reached"] == "no" for one in targets))


if __name__ == "__main__":
    sys.exit(main())
