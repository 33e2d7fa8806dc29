"""Job handlers, one per kind; each calls one command and may run twice with the same effect (D21).

Every module here is one: its `KIND` and its `run`.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from flask import Flask
from sqlalchemy import Engine

from app.commands.jobs import JobTable
from app.commands.messages import send_due
from app.domain.ports import ClaimedJob, Executor, Ports
from app.extensions import db

Handler = Callable[[ClaimedJob], Mapping[str, object] | None]
Task = Callable[[Engine, Ports, ClaimedJob], Mapping[str, object] | None]


def _found() -> Iterator[tuple[str, Task]]:
    for module in iter_modules(__path__):
        task = import_module(f"{__name__}.{module.name}")
        yield task.KIND, task.run


TASKS: Mapping[str, Task] = dict(_found())
"""Job kind -> what runs it."""


def handlers(engine: Engine, ports: Ports) -> dict[str, Handler]:
    """The registry for an executor."""
    return {kind: _bound(task, engine, ports) for kind, task in TASKS.items()}


def _bound(task: Task, engine: Engine, ports: Ports) -> Handler:
    return lambda job: task(engine, ports, job)


def worker_for(app: Flask) -> Executor:
    """The executor of an application, not yet started; call it inside the application's context."""
    ports: Ports = app.extensions["yingcai.ports"]
    return worker(db.engine, ports)


def worker(engine: Engine, ports: Ports) -> Executor:
    """An executor of jobs and messages on this database."""

    def send(name: str) -> int:
        return send_due(engine, sms=ports.sms, cipher=ports.cipher, worker=name, now=ports.clock.now())

    return ports.executor(JobTable(engine), handlers(engine, ports), clock=ports.clock, send_messages=send)
