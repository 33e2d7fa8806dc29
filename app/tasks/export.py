"""The sheet of an export."""

from collections.abc import Mapping

from sqlalchemy import Engine

from app.commands.exports import ExportTools, write
from app.domain.ports import ClaimedJob, Ports
from app.queries.exports import EXPORT_JOB

KIND = EXPORT_JOB


def run(engine: Engine, ports: Ports, job: ClaimedJob) -> Mapping[str, object]:
    """Write the report that the job's owner ordered; the result names the stored file and its rows."""
    tools = ExportTools(ports.sheets, ports.vault, ports.wording, ports.clock.now)
    return write(engine, job=job, tools=tools).result()
