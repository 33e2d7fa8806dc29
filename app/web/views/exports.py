"""我的导出: one's own exports; lists order them here and lead here (R39, I4, D21)."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from app.commands import exports as commands
from app.domain.roles import AccountKind
from app.queries import exports as reading
from app.queries.reports import REPORTS, Report, report_of
from app.queries.reports.base import DIGESTS
from app.web import menu
from app.web.current import current_actor, engine, language, ports, read_session, submission_key, utc_now
from app.web.keys import cursor, key_of, page_size
from app.web.menu import Entry, Group
from app.web.number_search import digests
from app.web.pages import exports as export_pages
from app.web.visitors import signed_in

_ = lazy_gettext
_LONGEST = 60


class ExportView(BaseView):
    """`/exports`: order, follow, fetch, make again, delete; a stranger's export is a missing one."""

    route_base = "/exports"
    default_view = "mine"

    @expose("")
    @signed_in
    def mine(self) -> str:
        """One's own exports, newest first."""
        now = utc_now()
        found = reading.exports(read_session(), current_actor(), now=now, cursor=cursor(), limit=page_size())
        page = export_pages.export_page(found, cursor=cursor(), size=page_size())
        return str(self.render_template("views/export/list.html", page=page))

    @expose("", methods=["POST"])
    @signed_in
    def order(self) -> Response:
        """What a list shows under its filters becomes a job; its rights are judged by the command."""
        report = report_of(request.form.get("report", ""))
        commands.order(
            engine(),
            actor=current_actor(),
            report=report.code,
            filters=_filters(report, request.form),
            language=language(),
            now=utc_now(),
            key=submission_key(),
        )
        return redirect(url_for(".mine"))

    @expose("/<string:key>/again", methods=["POST"])
    @signed_in
    def again(self, key: str) -> Response:
        """Make an export again that failed, was stopped or is gone."""
        commands.retry(engine(), actor=current_actor(), job_id=key_of(key), now=utc_now())
        return redirect(url_for(".mine"))

    @expose("/<string:key>/delete", methods=["POST"])
    @signed_in
    def delete(self, key: str) -> Response:
        """Delete an export and its file."""
        commands.remove(
            engine(), actor=current_actor(), job_id=key_of(key), vault=ports().vault, now=utc_now()
        )
        flash(gettext("The export was deleted."), "success")
        return redirect(url_for(".mine"))


def _filters(report: Report, form: Mapping[str, str]) -> dict[str, Any]:
    """The filters of a form, by the names the report has; a number becomes its blind indexes at once (I18)."""
    names = [entry.name for entry in report.filters if entry.name != DIGESTS]
    given = {name: " ".join(form.get(name, "").split())[:_LONGEST] for name in names}
    found: dict[str, Any] = {name: text for name, text in given.items() if text}
    number = " ".join(form.get("number", "").split())[:_LONGEST]
    return found | ({DIGESTS: list(digests(ports().cipher, number))} if number else {})


def _entries() -> Iterator[Entry]:
    """A line in the menu for whoever may export anything."""
    actor = current_actor()
    if actor.kind is not AccountKind.PERSON and any(report.may(actor) for report in REPORTS.values()):
        yield Entry("ExportView.mine", _("My exports"), Group.QUERY, icon="download", order=15, business=True)


def register(appbuilder: AppBuilder) -> None:
    """Register the view and its menu entry."""
    appbuilder.add_view_no_menu(ExportView())
    menu.add_source(_entries)
