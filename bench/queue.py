"""A review queue of N waiting cases over HTTP: ours and vanilla peers, without and with our index, in one run.

    .venv/bin/python -m bench.queue [--rows 100000] [--rounds 21]

All N cases wait at one desk, the hardest case of a queue. Measured: the first page of 25, page 1000 (or the last, if
there are fewer), a search by the beginning of a name, one by a whole ID number, statements of each page; and the first
page behind the sign-in of a superuser with 40 views. Every page is that of a signed-in browser, layout included.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, select

from app.commands import accounts
from app.models.application import Application
from bench import floor
from bench import peer_tables as tables
from bench.crowd import crowd
from bench.databases import databases
from bench.harness import Client, milliseconds, require, save, table, target, timed, times
from bench.sites import DJANGO, FAB, FLASK_ADMIN, PEERS, Peer, our_site, peer_site
from tests.commands.flow import Flow
from tests.web.town import PASSWORD

QUEUE = "/review/bohai-talent-card/employer"
SIZE, DEEP, VIEWS = 25, 1000, 40
FIRST, FAR, NAME, NUMBER, MENU = (
    "first page",
    "page 1000",
    "name prefix",
    "ID number",
    "superuser's first page",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Timing = tuple[float, int]
Found = dict[str, Timing]


def pages(client: Client, wanted: dict[str, Callable[[], str]], rounds: int, proof: dict[str, str]) -> Found:
    """Median seconds and statements of each page; each must show what proves that it is the right one."""
    found = {}
    for title, ask in wanted.items():
        page = ask()
        require(proof.get(title, "") in page, f"{title}: not the page that was asked for: {page[-3000:]}")
        found[title] = (statistics.median(timed(ask) for _ in range(rounds)), client.statements)
    return found


class Questions:
    """What is asked of every server: the same rows, by the same words."""

    def __init__(self, engine: Engine, peers: Engine, rows: int) -> None:
        self.deep = max(1, min(DEEP, rows // SIZE))
        a, cases = Application, tables.application
        with engine.connect() as connection:
            waiting = select(a.id, a.no, a.entered_at).where(a.is_ready).order_by(a.entered_at, a.id)
            edge, first_far = connection.execute(waiting.offset((self.deep - 1) * SIZE - 1).limit(2)).all()
        self.cursor = f"{int((edge.entered_at - EPOCH).total_seconds() * 1_000_000)}.{edge.id}"
        with peers.connect() as connection:
            wanted = select(cases.c.person_name, cases.c.no, cases.c.doc_digest).where(
                cases.c.doc_digest.is_not(None)
            )
            chosen = connection.execute(wanted.order_by(cases.c.id.desc()).limit(1)).one()
        self.name, self.digest = chosen.person_name[:2], chosen.doc_digest
        self.proof = {FAR: first_far.no, NUMBER: chosen.no, NAME: self.name}


def of_peer(which: Peer, client: Client, asked: Questions) -> dict[str, Callable[[], str]]:
    """The addresses of a vanilla list."""
    name = quote(asked.name)
    base, first, far, by_name, by_number = {
        FAB: ("/applicationview/list/", "", f"?page_ApplicationView={asked.deep - 1}",
              f"?_flt_0_person_name={name}", f"?_flt_3_doc_digest={asked.digest}"),
        FLASK_ADMIN: ("/admin/application/", "", f"?page={asked.deep - 1}", f"?search=%5E{name}",
                      f"?search=%3D{asked.digest}"),
        DJANGO: ("/admin/work/application/", "", f"?p={asked.deep}", f"?q={name}", f"?q={asked.digest}"),
    }[which]  # fmt: skip
    queries = {FIRST: first, FAR: far, NAME: by_name, NUMBER: by_number}
    return {title: (lambda url=base + query: client.get(url)) for title, query in queries.items()}  # type: ignore[misc]


def of_ours(client: Client, asked: Questions, number: str) -> dict[str, Callable[[], str]]:
    """Our queue; a number is posted, never part of an address."""
    client.get(QUEUE)
    token = client.hidden("csrf-token")
    return {
        FIRST: lambda: client.get(QUEUE),
        FAR: lambda: client.get(f"{QUEUE}?cursor={asked.cursor}"),
        NAME: lambda: client.get(f"{QUEUE}?q={quote(asked.name)}"),
        NUMBER: lambda: client.post(QUEUE, [("q", number), ("csrf_token", token)]),
    }


def measured(url: str, home: Path, rows: int, rounds: int) -> tuple[dict[str, Found], int]:
    """Everything on one engine: who, what, how long; and the number of the far page."""
    flow, case = floor.prepared(url, home)
    numbers = crowd(flow, case, rows)
    _superuser(flow)
    peers = tables.fill(flow.engine, url)
    asked, found = Questions(flow.engine, peers, rows), {}
    flow.engine.dispose()
    with our_site(url, home) as signed_in:
        client = signed_in("employer", flow.firm.username)
        found["ours"] = pages(client, of_ours(client, asked, numbers[-1]), rounds, asked.proof)
        admin = signed_in("officer", "admin")
        found["ours"] |= pages(admin, {MENU: lambda: admin.get("/home")}, rounds, {})
    for suffix in ("", ", our index"):
        if suffix:
            tables.add_our_indexes(peers)
        few = max(3, rounds // 4) if rows > 20_000 else rounds
        for which in PEERS:
            with peer_site(which, url, VIEWS=str(VIEWS) if which is FAB else "0") as client:
                made = pages(client, of_peer(which, client, asked), few, asked.proof)
                if which is FAB and not suffix:
                    made |= pages(client, {MENU: lambda client=client: client.get("/")}, rounds, {"": ""})  # type: ignore[misc]
                found[which.title + suffix] = made
    peers.dispose()
    return found, asked.deep


def _superuser(flow: Flow) -> None:
    town = flow.town
    made = accounts.create_superuser(
        town.engine, actor=town.superuser(), username="admin", password=PASSWORD, full_name="系统管理员",
        passwords=town.passwords, now=town.now,
    )  # fmt: skip
    town._settled(made.account_id)


def _rows(found: dict[str, Found]) -> list[list[str]]:
    made = []
    for who, pages_ in found.items():
        cells = [who]
        for title in (FIRST, FAR, NAME, NUMBER, MENU):
            seconds, statements = pages_.get(title, (0.0, 0))
            cells.append(f"{milliseconds(seconds)} ({statements})" if seconds else "")
        made.append(cells)
    return made


def _targets(engine: str, found: dict[str, Found]) -> list[dict[str, str]]:
    ours, made = found["ours"], []
    for who, pages_ in found.items():
        if who == "ours":
            continue
        wanted = 3 if "our index" in who else 15
        ratio = pages_[FIRST][0] / ours[FIRST][0]
        made.append(
            target(
                f"first page against {who}, {engine}", f">= {wanted}x", times(ratio), reached=ratio >= wanted
            )
        )
    ratio = ours[FAR][0] / ours[FIRST][0]
    made.append(
        target(f"page 1000 against the first, {engine}", "<= 1.2x", times(ratio), reached=ratio <= 1.2)
    )
    most = max(ours[title][1] for title in (FIRST, FAR, NAME, NUMBER))
    made.append(target(f"statements of a queue page, {engine}", "<= 5", str(most), reached=most <= 5))
    ratio = found[FAB.title][MENU][0] / ours[MENU][0]
    made.append(
        target(f"superuser's first page against FAB, {engine}", ">= 4x", times(ratio), reached=ratio >= 4)
    )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables, keep the result; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=21)
    given = parser.parse_args(arguments)
    made, targets = [], []
    with databases("queue") as urls, tempfile.TemporaryDirectory() as home:
        for engine, url in urls.items():
            found, deep = measured(url, Path(home), given.rows, given.rounds)
            far = FAR if deep == DEEP else f"page {deep}"
            title = f"A queue of {given.rows:,} waiting cases, {engine}: milliseconds (statements), medians"
            made.append(table(title, ["who", FIRST, far, NAME, NUMBER, MENU], _rows(found)))
            targets += _targets(engine, found)
    save("queue", f"--rows {given.rows} --rounds {given.rounds}", made, targets)
    return int(any(one["reached"] == "no" for one in targets))


if __name__ == "__main__":
    sys.exit(main())
