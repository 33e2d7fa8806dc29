"""Starting twice at once, with real processes: one prepares the database, the other waits and serves it too."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app import create_app
from app.cli.demo import FINISHED
from app.models.account import Account
from app.models.employer import Employer
from app.models.programme import Programme
from app.models.work import Idempotency, SeededGrant
from tests.conftest import settings_for

ROOT = Path(__file__).parents[2]
PATIENCE_S = 480
pytestmark = pytest.mark.slow


@pytest.fixture
def empty_url(template_url: str, tmp_path: Path, worker_tag: str) -> Iterator[str]:
    """A database without any table."""
    if template_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/data/yingcai.db"
        return
    url, name = make_url(template_url), f"yc_empty_{worker_tag}"
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def environment(url: str, home: Path, **more: str) -> dict[str, str]:
    """That of a newcomer, who sets nothing but where things stand; PostgreSQL without demo data."""
    bare = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    given = {
        "DATABASE_URL": url,
        "DATA_DIR": str(home / "data"),
        "PYTHONUNBUFFERED": "1",
        "FLASK_APP": "run.py",
    }
    kind = {} if url.startswith("sqlite") else {"APP_ENV": "test"}
    return {**bare, **given, **kind, **more}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@contextmanager
def started(url: str, home: Path, port: int) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`python run.py`; ended afterwards."""
    said = home / f"{port}.log"
    with (
        said.open("wb") as out,
        subprocess.Popen(
            [sys.executable, "run.py"],
            cwd=ROOT,
            env=environment(url, home, PORT=str(port)),
            stdout=out,
            stderr=out,
        ) as process,
    ):
        try:
            yield process, said
        finally:
            process.terminate()


def wait_until_it_serves(process: subprocess.Popen[bytes], said: Path) -> None:
    """Until it greets; what it said instead fails the test."""
    end = time.monotonic() + PATIENCE_S
    while b"Yingcai is running" not in said.read_bytes():
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < end, said.read_text()
        time.sleep(0.1)


def test_two_starts_on_one_empty_database_both_serve_one_demo_data_set(
    empty_url: str, tmp_path: Path
) -> None:
    """On PostgreSQL without the demo data, whose loading is the slow part and the same."""
    has_demo = empty_url.startswith("sqlite")
    ports = [free_port(), free_port()]

    with started(empty_url, tmp_path, ports[0]) as one, started(empty_url, tmp_path, ports[1]) as two:
        for process, said in (one, two):
            wait_until_it_serves(process, said)
        pages = [urllib.request.urlopen(f"http://127.0.0.1:{port}/login/employer").status for port in ports]
        loads = sum("Loading demo data" in said.read_text() for _, said in (one, two))

    with Session(create_engine(empty_url, poolclass=NullPool)) as session:
        names = session.scalars(select(Account.username)).all()
        firms = session.scalars(select(Employer.name)).all()
        done = session.scalar(select(func.count()).where(Idempotency.key == FINISHED))
    assert (pages, loads, done) == ([200, 200], int(has_demo), int(has_demo))
    assert ({"emp-a", "per-a1", "county-a-specialist", "admin"} <= set(names)) is has_demo
    assert (len(firms) == len(set(firms)), bool(firms)) == (True, has_demo)


def test_upgrade_and_init_started_twice_at_once_both_succeed(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    script = f"{sys.executable} -m flask db upgrade && {sys.executable} -m flask init"
    given = environment(empty_url, tmp_path, APP_ENV="test")

    processes = [
        subprocess.Popen(
            ["/bin/sh", "-c", script], cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in "ab"
    ]
    said = [process.communicate(timeout=PATIENCE_S)[0].decode() for process in processes]

    assert [process.returncode for process in processes] == [0, 0], "\n".join(said)
    with Session(create_engine(empty_url, poolclass=NullPool)) as session:
        programmes = session.scalars(select(Programme.code)).all()
        grants = session.scalar(select(func.count()).select_from(SeededGrant))
    assert len(programmes) == len(set(programmes)) >= 1
    assert grants is not None
    assert grants > 0


def test_a_command_on_a_database_without_tables_says_what_to_do(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    runner = create_app(settings_for(empty_url, tmp_path / "d")).test_cli_runner()
    commands = (
        "init",
        "doctor",
        "audit verify",
        "demo load",
        "programme publish bohai-talent-card",
        "worker",
    )

    said = [runner.invoke(args=command.split()) for command in commands]

    assert [(one.exit_code, "run flask db upgrade" in one.output) for one in said] == [(1, True)] * len(said)
