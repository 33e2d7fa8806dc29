"""The PDF of a print order."""

from collections.abc import Mapping

from sqlalchemy import Engine

from app.commands.card_print import PrintTools, render_batch
from app.commands.cards import PDF_JOB
from app.domain.ports import ClaimedJob, Ports

KIND = PDF_JOB


def run(engine: Engine, ports: Ports, job: ClaimedJob) -> Mapping[str, object]:
    """Render the batch named in the job; the result names the stored file."""
    tools = PrintTools(ports.pdf, ports.vault, ports.images, ports.clock.now)
    batch_no = int(job.args["batch"])
    base_url, report = job.args["base_url"], job.report
    blob_id = render_batch(engine, batch_no=batch_no, base_url=base_url, tools=tools, report=report)
    return {"blob": str(blob_id), "file_name": f"cards-{batch_no}.pdf"}
