"""The end of exported files: a week after one was made (docs/operations.md)."""

from collections.abc import Mapping

from sqlalchemy import Engine

from app.commands.exports import EXPIRE_JOB, expire
from app.domain.ports import ClaimedJob, Ports

KIND = EXPIRE_JOB


def run(engine: Engine, ports: Ports, job: ClaimedJob) -> Mapping[str, object]:
    """Delete every export that is old enough, not only the one that queued this."""
    del job
    return {"deleted": expire(engine, vault=ports.vault, now=ports.clock.now())}
