"""Job handlers, one per kind; each calls one command and may run twice with the same effect (D21)."""

from collections.abc import Callable, Mapping

from flask import Flask
from sqlalchemy import Engine

from app.commands.jobs import JobTable
from app.commands.messages import send_due
from app.domain.ports import ClaimedJob, Executor, Ports
from app.extensions import db
from app.tasks import card_pdf, expire_exports, export, preview

Handler = Callable[[ClaimedJob], Mapping[str, object] | None]
Task = Callable[[Engine, Ports, ClaimedJob], Mapping[str, object] | None]

TASKS: Mapping[str, Task] = {
    card_pdf.KIND: card_pdf.run,
    expire_exports.KIND: expire_exports.run,
    export.KIND: export.run,
    preview.KIND: preview.run,
}
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
