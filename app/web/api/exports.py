"""Exports: ordered here, made by a job, fetched by their owner only (R39, D21)."""

from app.commands import exports as commands
from app.queries import jobs as reading
from app.web.api import jobs
from app.web.api.applications import FILTERS
from app.web.api.body import Given
from app.web.api.call import ROOT, Bytes, CallApi, Takes, call
from app.web.api.shapes import Choice, Obj
from app.web.current import current_actor, engine, language, read_session, utc_now

ORDER = Obj(
    {"kind": Choice(["applications"]), "filters": Obj(dict(FILTERS)), "format": Choice(["xlsx"])},
    required=("kind",),
    defaults={"filters": {}, "format": "xlsx"},
)


class ExportApi(CallApi):
    """`/exports`."""

    route_base = f"{ROOT}/exports"
    class_permission_name = "Application"
    openapi_spec_tag = "exports"

    @call(
        "",
        "POST",
        about="Order a sheet of every application the filters show, numbers masked",
        right="export",
        answer=jobs.JOB,
        status=202,
        takes=Takes(body=ORDER, key=True),
    )
    def create(self, given: Given) -> object:
        """A job that writes the sheet; the answer is the job."""
        filters = {name: value for name, value in given.body["filters"].items() if value is not None}
        job_id = commands.order(
            engine(),
            actor=current_actor(),
            report=given.body["kind"],
            filters=filters,
            language=language(),
            now=utc_now(),
            key=given.key,
        )
        read_session().rollback()  # what this request has read is older than the command
        return jobs.job(reading.job(read_session(), current_actor(), job_id))

    @call(
        "/<string:key>/file",
        about="The file that one's own export or print order made; every download is logged",
        answer=Bytes("*/*"),
        refusals=(403, 409),
    )
    def file(self, given: Given, key: str) -> object:
        """The file of a finished job."""
        del given
        return jobs.result(key)
