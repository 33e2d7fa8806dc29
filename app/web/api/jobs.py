"""Jobs as their owner follows them, and the files they made (D21)."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from app.commands import openings
from app.models.work import JOB_STATES
from app.queries import jobs as reading
from app.queries.jobs import JobRow
from app.queries.stored_files import opened
from app.web.api import wire
from app.web.api.body import Given
from app.web.api.call import ROOT, CallApi, call
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.deliver import attachment
from app.web.keys import key_of

JOB = wire.of(
    id=wire.ID,
    kind=wire.STRING,
    state=wire.codes(JOB_STATES),
    progress={"type": "integer", "minimum": 0, "maximum": 100},
    result_url=wire.nullable(wire.STRING),
    error=wire.nullable(wire.STRING),
)


class JobApi(CallApi):
    """`/jobs`."""

    route_base = f"{ROOT}/jobs"
    openapi_spec_tag = "jobs"

    @call("/<string:key>", about="State and progress of one's own job", answer=JOB)
    def show(self, given: Given, key: str) -> object:
        """A job of the caller; a stranger's is a missing one."""
        del given
        return job(reading.job(read_session(), current_actor(), key_of(key)))


def job(found: JobRow) -> dict[str, Any]:
    """A job as it leaves."""
    return {
        "id": str(found.id),
        "kind": found.kind,
        "state": found.state,
        "progress": found.progress,
        "result_url": url_for("ExportApi.file", key=found.id) if found.has_file else None,
        "error": gettext("The job failed. It can be started again.") if found.failed else None,
    }


def result(key: str) -> Any:
    """The file that a job of the caller's own made; the download is logged."""
    job_id = key_of(key)
    found = reading.result_file(read_session(), current_actor(), job_id, now=utc_now())
    data = opened(ports().vault, found.blob)
    openings.record_export(
        engine(), actor=current_actor(), kind="job", object_id=job_id, detail=found.detail, now=utc_now()
    )
    return attachment(data, found.type, found.file_name)
