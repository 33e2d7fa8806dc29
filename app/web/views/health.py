"""Probes for operators: alive, ready, and figures (`/healthz`, `/readyz`, `/metrics`)."""

import hmac
import os
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Response, abort, current_app, jsonify, request
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.models.work import Job, Message
from config import Settings

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def settings() -> Settings:
    """The checked settings of this process."""
    found: Settings = current_app.extensions["yingcai.settings"]
    return found


def database_is_reachable() -> bool:
    """Whether one statement gets an answer."""
    with db.engine.connect() as connection:
        return connection.scalar(select(1)) == 1


def schema_is_current() -> bool:
    """Whether the database stands at the newest migration of this release."""
    scripts = ScriptDirectory(str(Path(current_app.root_path).parent / "migrations"))
    with db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(scripts.get_heads())


def storage_is_writable() -> bool:
    """Whether files can be stored."""
    return os.access(settings().data_dir, os.W_OK)


CHECKS: Mapping[str, Callable[[], bool]] = {
    "database": database_is_reachable,
    "schema": schema_is_current,
    "storage": storage_is_writable,
}


NAMES: Mapping[str, LazyString] = {
    "database": _("The database answers"),
    "schema": _("The schema is that of this release"),
    "storage": _("Files can be stored"),
}
"""What each check says when it holds."""


def run(check: Callable[[], bool]) -> bool:
    """The answer of one check; a database that does not answer is a failed check, not a crash."""
    try:
        return check()
    except (SQLAlchemyError, OSError):
        return False


class HealthView(BaseView):
    """Public probes; they tell nothing about people or content."""

    route_base = ""
    default_view = "healthz"

    @expose("/healthz")
    def healthz(self) -> Response:
        """The process answers."""
        return jsonify({"status": "ok"})

    @expose("/readyz")
    def readyz(self) -> tuple[Response, int]:
        """Everything a request needs is there; 503 names what is not."""
        results = {name: run(check) for name, check in CHECKS.items()}
        ready = all(results.values())
        return jsonify({"status": "ok" if ready else "unavailable", "checks": results}), 200 if ready else 503

    @expose("/metrics")
    def metrics(self) -> Response:
        """Figures in the text format of Prometheus; with METRICS_TOKEN as bearer, else on loopback only."""
        if not may_read_metrics():
            abort(404)
        lines = [*_by_state("yingcai_jobs", Job), *_by_state("yingcai_messages", Message)]
        return Response("\n".join(lines) + "\n", content_type=TEXT)


def may_read_metrics() -> bool:
    """Whether the caller holds the token, or none is set and it calls from this machine."""
    token = settings().metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    return bool(request.remote_addr) and ip_address(str(request.remote_addr)).is_loopback


def _by_state(name: str, model: type[Job] | type[Message]) -> list[str]:
    rows = db.session.execute(select(model.state, func.count()).group_by(model.state))
    return [f"# TYPE {name} gauge", *(f'{name}{{state="{state}"}} {count}' for state, count in rows)]


def register(appbuilder: AppBuilder) -> None:
    """Register the probes."""
    appbuilder.add_view_no_menu(HealthView())
