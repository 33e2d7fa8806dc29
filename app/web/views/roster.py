"""汇总表: export, the form to print, upload of the stamped sheet, the county's view (R32–R37)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from app.commands import roster_export
from app.commands import rosters as commands
from app.commands.rosters import SCAN_RULE, SCAN_TOTAL_MB, ScanTools
from app.domain.errors import Blocked
from app.domain.materials import MEGABYTE, Upload
from app.domain.roles import AccountKind
from app.domain.roster import RosterState
from app.queries import applications, rosters
from app.queries.decisions import Preview
from app.queries.roster_choice import choice
from app.web import big_uploads, menu, shell
from app.web.attempts import accepted
from app.web.base import attempt, page_response, rows_seen
from app.web.current import current_actor, engine, ports, read_session, submission_key, utc_now
from app.web.deliver import PDF, XLSX, attachment
from app.web.errors import wants_problem
from app.web.forms.review import LockForm, ReasonForm
from app.web.forms.roster import ScanForm
from app.web.keys import cursor, key_of, locks, page_size
from app.web.menu import Entry, Group
from app.web.pages import case_results, export_forms, stages
from app.web.pages.roster import roster_page

_ = lazy_gettext
TABS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "open": (_("To be stamped and uploaded"), (RosterState.EXPORTED, RosterState.SCAN_RETURNED)),
    "sealed": (_("Stamped and uploaded"), (RosterState.SEALED,)),
    "void": (_("Void"), (RosterState.VOID,)),
}


class RosterView(BaseView):
    """Rosters of one's employer; for officers those of their area."""

    route_base = "/rosters"
    class_permission_name = "Roster"
    default_view = "directory"

    @expose("")
    @has_access
    @permission_name("list")
    def directory(self) -> str:
        """Rosters by state; what the employer still has to upload comes first."""
        session, actor = read_session(), current_actor()
        first = "open" if actor.kind is AccountKind.EMPLOYER else "sealed"
        tab = request.args.get("tab", first)
        tab = tab if tab in TABS else first
        counts = rosters.state_counts(session, actor)
        page = rosters.rosters(session, actor, states=TABS[tab][1], cursor=cursor(), limit=page_size())
        return str(
            self.render_template(
                "views/roster/list.html",
                tab=tab,
                export=export_forms.button("rosters", {"tab": tab}),
                tabs=[_tab(code, tab, counts) for code in TABS],
                page=page,
                cursor=cursor(),
                size=page_size(),
                is_employer=actor.kind is AccountKind.EMPLOYER,
                choosing=[
                    {
                        "url": stages.choosing_url(queue),
                        "text": gettext("Export %(title)s", title=queue.programme.roster_title),
                    }
                    for queue in stages.roster_queues(actor)
                ],
            )
        )

    @expose("", methods=["POST"])
    @has_access
    @permission_name("export")
    def export(self) -> Response:
        """导出《…》申领人员汇总表: exactly the ticked rows, in their order, become a roster (R32)."""
        seen = locks(rows_seen(request.form.getlist("rowid")))
        try:
            made = commands.export(
                engine(),
                actor=current_actor(),
                ids=tuple(seen),
                seen=seen,
                key=submission_key(),
                now=utc_now(),
            )
        except Blocked:  # said person by person where the rows explain it; the others can go on
            found = choice(read_session(), current_actor(), tuple(seen), seen)
            if wants_problem() or not found.result.skipped:
                raise
            return self._refused(found)
        flash(
            gettext(
                "Roster %(no)s was made. Download it, print and stamp it, then upload photos or a scan.",
                no=made.no,
            ),
            "success",
        )
        return redirect(url_for(".detail", key=made.id))

    def _refused(self, found: Preview) -> Response:
        """Whom a refused export names, and the same export for the others."""
        names = applications.names_by_id(read_session(), current_actor(), found.result.seen)
        back = request.form.get("back", "")
        page = case_results.roster_page(
            found, names, back=shell.safe_next(back) if back else url_for(".directory")
        )
        return page_response(self.render_template("views/queue/result.html", page=page), 409)

    @expose("/<string:key>")
    @has_access
    @permission_name("show")
    def detail(self, key: str) -> str:
        """One roster with its members and scans."""
        return self._detail(key_of(key), ScanForm())

    @expose("/<string:key>/sheet.<any(xlsx, pdf):kind>")
    @has_access
    @permission_name("show")
    def sheet(self, key: str, kind: str) -> Response:
        """The form with full numbers, as the bureau needs it; every download is logged (I10)."""
        roster_id, adapters = key_of(key), ports()
        form = rosters.sheet(read_session(), current_actor(), roster_id, cipher=adapters.cipher)
        data = adapters.pdf.roster(form) if kind == "pdf" else adapters.sheets.roster(form)
        roster_export.record_print(
            engine(), actor=current_actor(), roster_id=roster_id, file_format=kind, now=utc_now()
        )
        return attachment(data, PDF if kind == "pdf" else XLSX, f"{form.title}-{form.roster_no}.{kind}")

    @expose("/<string:key>/scan", methods=["POST"])
    @has_access
    @permission_name("upload")
    def scan(self, key: str) -> Any:
        """上传汇总表: all pages at once; every refusal says what is wrong with which page (R33–R35).

        A sheet without a recognised seal is asked about once; the answer comes with the same pages.
        """
        roster_id, form = key_of(key), ScanForm(request.form)
        verb = commands.replace_scan if form.replaces else commands.seal
        if wants_problem():
            self._upload(verb, roster_id, form)
        elif attempt(form, lambda: self._upload(verb, roster_id, form)) is None:
            return page_response(self._detail(roster_id, form), 422)
        flash(gettext("The stamped roster was accepted. The county bureau can decide now."), "success")
        url = url_for(".detail", key=roster_id)
        return jsonify({"url": url}) if wants_problem() else redirect(url)

    def _upload(self, verb: Any, roster_id: int, form: ScanForm) -> Any:
        adapters = ports()
        return verb(
            engine(),
            actor=current_actor(),
            roster_id=roster_id,
            uploads=[
                Upload(file.filename, file.read()) for file in request.files.getlist("files") if file.filename
            ],
            tools=ScanTools(adapters.vault, adapters.images, adapters.cipher),
            roster_no=form.roster_no.data or "",
            check_codes=form.codes,
            asks_back=not form.is_confirmed,
            now=utc_now(),
            key=submission_key(),
        )

    @expose("/<string:key>/void", methods=["POST"])
    @has_access
    @permission_name("export")
    def void(self, key: str) -> Any:
        """Give up a roster that is not stamped yet; its members can stand on another."""
        roster_id, form = key_of(key), LockForm(request.form)
        said = gettext("The roster is void. Its members can stand on another one.")
        return self._done(roster_id, form, said, commands.void, lock=form.seen)

    @expose("/<string:key>/return", methods=["POST"])
    @has_access
    @permission_name("return_scan")
    def send_back(self, key: str) -> Any:
        """The county returns the scan with a reason; the employer uploads a better one (A25)."""
        roster_id, form, lock = key_of(key), ReasonForm(request.form), LockForm(request.form).seen
        said = gettext("The scan was returned to the employer.")
        return self._done(
            roster_id, form, said, commands.return_scan, reason=form.reason.data or "", lock=lock
        )

    def _done(self, roster_id: int, form: Any, said: str, verb: Any, **given: Any) -> Any:
        if not accepted(
            form, verb, engine(), actor=current_actor(), roster_id=roster_id, now=utc_now(), **given
        ):
            return page_response(self._detail(roster_id, form), 422)
        flash(said, "success")
        return redirect(url_for(".detail", key=roster_id))

    def _detail(self, roster_id: int, form: Any) -> str:
        session, actor = read_session(), current_actor()
        page = roster_page(session, actor, rosters.roster(session, actor, roster_id))
        scan_form = form if isinstance(form, ScanForm) else ScanForm()
        return str(
            self.render_template(
                "views/roster/detail.html",
                page=page,
                form=form,
                scan=scan_form,
                types=[kind.value for kind in SCAN_RULE.types],
                max_mb=SCAN_RULE.max_mb,
                max_files=SCAN_RULE.max_files,
            )
        )


def _tab(code: str, current: str, counts: Mapping[str, int]) -> dict[str, Any]:
    title, states = TABS[code]
    count = sum(counts.get(state, 0) for state in states)
    return {
        "title": title,
        "url": url_for("RosterView.directory", tab=code),
        "count": count,
        "current": code == current,
        "quiet": code != "open" or not count,
    }


def register(appbuilder: AppBuilder) -> None:
    """Register the view, its menu entries and the larger upload."""
    appbuilder.add_view_no_menu(RosterView())
    big_uploads.allow("RosterView.scan", (SCAN_TOTAL_MB + 1) * MEGABYTE)
    notes = {
        AccountKind.EMPLOYER: _("Print, stamp and upload the lists of approved applicants"),
        AccountKind.OFFICER: _("See the stamped rosters of employers and their members"),
    }
    for kind, note in notes.items():
        menu.add(
            Entry(
                "RosterView.directory",
                _("Rosters"),
                Group.BUSINESS,
                icon="rubber-stamp",
                order=30,
                kinds=frozenset({kind}),
                business=True,
                tile=True,
                note=note,
            )
        )
