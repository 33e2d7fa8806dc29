"""Jobs as pages follow them: state as JSON, and the file a job made, for its owner only (D21)."""

from flask import Response, jsonify, url_for
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import gettext

from app.commands import jobs as commands
from app.commands import openings
from app.queries import jobs
from app.queries.stored_files import opened
from app.web import labels
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.deliver import attachment
from app.web.keys import key_of
from app.web.visitors import signed_in


class JobView(BaseView):
    """`/jobs/<id>`: what a progress bar asks; a stranger's job is a missing one."""

    route_base = "/jobs"
    default_view = "state"

    @expose("/<string:key>")
    @signed_in
    def state(self, key: str) -> Response:
        """State, progress in percent, and where the result is."""
        found = jobs.job(read_session(), current_actor(), key_of(key))
        return jsonify(
            {
                "state": found.state,
                "title": labels.label("job", found.state),
                "progress": found.progress,
                "result_url": url_for(".result", key=found.id) if found.has_file else None,
                "error": gettext("The job failed. It can be started again.") if found.failed else None,
            }
        )

    @expose("/<string:key>/cancel", methods=["POST"])
    @signed_in
    def cancel(self, key: str) -> Response:
        """Give up one's own job; the answer is its state, for the page that follows it."""
        commands.cancel(engine(), actor=current_actor(), job_id=key_of(key), now=utc_now())
        read_session().rollback()
        return self.state(key)

    @expose("/<string:key>/file")
    @signed_in
    def result(self, key: str) -> Response:
        """The file the job made."""
        job_id = key_of(key)
        found = jobs.result_file(read_session(), current_actor(), job_id, now=utc_now())
        data = opened(ports().vault, found.blob)
        openings.record_export(
            engine(), actor=current_actor(), kind="job", object_id=job_id, detail=found.detail, now=utc_now()
        )
        return attachment(data, found.type, found.file_name)


def register(appbuilder: AppBuilder) -> None:
    """Register the view; it has no menu entry."""
    appbuilder.add_view_no_menu(JobView())
