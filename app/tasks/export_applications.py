"""The sheet of an export of applications."""

from collections.abc import Mapping

from sqlalchemy import Engine

from app.commands.exports import ExportTools, write_applications
from app.domain.ports import ClaimedJob, Ports
from app.queries.jobs import EXPORT_JOB

KIND = EXPORT_JOB
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def run(engine: Engine, ports: Ports, job: ClaimedJob) -> Mapping[str, object]:
    """Write the sheet that the job's owner ordered; the result names the stored file."""
    tools = ExportTools(ports.sheets, ports.vault, ports.clock.now)
    blob_id = write_applications(
        engine,
        owner_id=job.owner_id or 0,
        filters=job.args["filters"],
        words=job.args["words"],
        tools=tools,
    )
    file_name = f"{job.args['words']['title']}-{job.id}.xlsx"
    return {"blob": str(blob_id), "file_name": file_name, "type": XLSX}
