"""The volume loader: parts built and written by one or more processes, each part in one transaction."""

import multiprocessing
import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from app.cli.demo.volume.build import STAFF, build
from app.cli.demo.volume.outcomes import deck
from app.cli.demo.volume.plan import EmployerPlan, Part, Size, plan
from app.cli.demo.volume.scene import Scene
from app.cli.demo.volume.series import Numbers, Series, take
from app.commands import series
from app.commands.unit_of_work import unit_of_work
from app.domain.roles import Actor
from app.extensions import transactions

PER_PART = 10_000
ORDINALS = "volume"
_CACHE_KB = 400_000


@dataclass(frozen=True, slots=True)
class Task:
    """What one process needs to do its parts."""

    url: URL
    scene: Scene
    size: Size
    parts: tuple[Part, ...]
    staff: int
    """The ordinal of the first account of the first employer."""
    employers: int
    """The ordinal of the first employer."""


Report = Callable[[Part, int], None]
"""Called after each part with the number of rows written."""


def reserve(engine: Engine, size: Size, now: datetime) -> tuple[int, int]:
    """Take ordinals for so many employers and people (with staff), so that a second run makes others."""
    with unit_of_work(engine, Actor.system(), now=now) as work:
        employers = series.take(work, ORDINALS, "employer", 0, count=size.employers)
        people = series.take(work, ORDINALS, "person", 0, count=size.persons + STAFF * size.employers)
    return employers[0] - 1, people[0] - 1


def work_on(task: Task, report: Report, turn: Any = None) -> None:
    """Build and write the parts of a task one after the other.

    The numbers of a part are taken with the part before it, so that building waits for nobody. `turn` is a
    lock where the database has one writer.
    """
    engine = _engine(task.url)
    try:
        numbers: Numbers | None = None
        plans = [plan(part, task.size, deck(task.scene.programme), task.scene.now) for part in task.parts]
        for at, part in enumerate(task.parts):
            if numbers is None:
                with unit_of_work(engine, Actor.system(), now=task.scene.now) as work:
                    numbers = take(work, _needed(task, plans[at]))
            first_staff = task.staff + STAFF * (part.first_employer - task.employers)
            seed = f"{task.size.seed}:{part.index}:rows"
            tables = build(task.scene, plans[at], numbers, seed=seed, first_staff=first_staff)
            rows, numbers = tables.size, None
            with _held(turn), unit_of_work(engine, Actor.system(), now=task.scene.now) as work:
                tables.write(work.session)
                if at + 1 < len(plans):
                    numbers = take(work, _needed(task, plans[at + 1]))
            plans[at] = []
            report(part, rows)
    finally:
        engine.dispose()


class _held:  # noqa: N801 - reads like a function
    """A lock, or none."""

    def __init__(self, turn: Any) -> None:
        self._turn = turn

    def __enter__(self) -> None:
        if self._turn is not None:
            self._turn.acquire()

    def __exit__(self, *_: object) -> None:
        if self._turn is not None:
            self._turn.release()


def _needed(task: Task, plans: Sequence[EmployerPlan]) -> dict[tuple[str, str, int], int]:
    numbers = Series(task.scene.programme)
    return dict(numbers.needed(plans, lambda ordinal: task.scene.bureau(ordinal).code))


def _engine(url: URL) -> Engine:
    """An engine of this process, with a large cache where the database is a file."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    transactions(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _widen)
    return engine


def _widen(raw: Any, _record: object) -> None:
    """A large load wants its indexes in memory."""
    raw.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
    raw.execute("PRAGMA busy_timeout=600000")


def spread(task: Task, workers: int, report: Report) -> None:
    """Do the parts in as many processes. Raises the first error of any of them; written parts stay."""
    if workers <= 1 or len(task.parts) <= 1:
        work_on(task, report)
        return
    context = multiprocessing.get_context("fork")
    done, turn = context.Queue(), None
    if task.url.get_backend_name() == "sqlite":
        turn = context.Lock()
    processes = [
        context.Process(target=_child, args=(_share(task, n, workers), done, turn), daemon=True)
        for n in range(min(workers, len(task.parts)))
    ]
    for process in processes:
        process.start()
    try:
        _collect(done, len(task.parts), processes, report)
    finally:
        for process in processes:
            process.terminate() if process.is_alive() else None
            process.join()


def _share(task: Task, n: int, workers: int) -> Task:
    return Task(task.url, task.scene, task.size, task.parts[n::workers], task.staff, task.employers)


def _child(task: Task, done: Any, turn: Any) -> None:
    try:
        work_on(task, lambda part, rows: done.put((part, rows)), turn)
    except KeyboardInterrupt:
        return
    except Exception as error:  # noqa: BLE001 - told to the parent, which raises
        done.put(error)


def _collect(done: Any, count: int, processes: Sequence[Any], report: Report) -> None:
    left = count
    while left:
        try:
            told = done.get(timeout=2)
        except queue.Empty:
            # One that was killed may have held the turn, for which the others would wait for ever.
            if any(process.exitcode for process in processes) or not any(p.is_alive() for p in processes):
                raise RuntimeError("a loading process ended without a word") from None
            continue
        if isinstance(told, Exception):
            raise told
        report(*told)
        left -= 1


def analyse(engine: Engine) -> None:
    """Let the planner of the database know what is there now."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
