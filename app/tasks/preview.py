"""Page images of an upload."""

from collections.abc import Mapping

from sqlalchemy import Engine

from app.commands.files import PREVIEW_JOB, make_preview
from app.domain.ports import ClaimedJob, Ports

KIND = PREVIEW_JOB


def run(engine: Engine, ports: Ports, job: ClaimedJob) -> Mapping[str, object]:
    """Make the page images of the blob named in the job."""
    blob_id = int(job.args["blob"])
    pages = make_preview(
        engine, blob_id=blob_id, vault=ports.vault, images=ports.images, clock=ports.clock.now
    )
    return {"pages": pages}
