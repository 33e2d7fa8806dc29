"""Programmes in the superuser's hands: versions, their documents, import, check, publish (D3, I4)."""

import re
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import FileField, TextAreaField

from app.commands import programmes as commands
from app.domain.document import Level, Problem
from app.domain.errors import NotFound
from app.domain.programme import Programme
from app.domain.programme_check import check as check_document
from app.queries import programmes
from app.queries.programmes import VersionRow
from app.web import labels, menu
from app.web.base import page_response
from app.web.current import current_actor, engine, read_session, utc_now
from app.web.documents import attempt_document
from app.web.forms.page import PageForm
from app.web.keys import key_of
from app.web.menu import Entry, Group

_ = lazy_gettext
OPEN_STATES = ("draft", "checked")


class DocumentForm(PageForm):
    """A programme document, as text or as a file."""

    document = TextAreaField(_("Document (YAML)"))
    file = FileField(_("Or a file"))

    @property
    def given(self) -> str:
        """The document that was sent; a file goes before the text."""
        upload = request.files.get("file")
        if upload and upload.filename:
            return upload.read().decode("utf-8", "replace")
        return self.text("document")


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of a document in words: where, what, how grave."""

    path: str
    text: str
    is_error: bool


def _finding(problem: Problem) -> Finding:
    named = {name: labels.label("role", value) for name, value in problem.params.items() if name == "role"}
    said = labels.sentence(problem.message, {**problem.params, **named})
    return Finding(problem.path, said, problem.level is Level.ERROR)


def _findings(programme: Programme) -> tuple[Finding, ...]:
    session = read_session()
    roles, lists = programmes.role_names(session), programmes.list_codes(session)
    found = (
        *check_document(programme, roles=roles, lists=lists),
        *programmes.holder_warnings(session, programme),
    )
    return tuple(_finding(problem) for problem in found)


def _version(key: str) -> VersionRow:
    wanted = key_of(key)
    found = next((row for row in programmes.versions(read_session()) if row.id == wanted), None)
    if found is None:
        raise NotFound
    return found


class ProgrammeView(BaseView):
    """Versions of programmes; a published one is never changed, its successor is."""

    route_base = "/programmes"
    class_permission_name = "Programme"
    default_view = "directory"

    @expose("/")
    @has_access
    @permission_name("manage")
    def directory(self) -> str:
        """Every version, newest first."""
        rows = programmes.versions(read_session())
        return str(self.render_template("views/programme/directory.html", rows=rows))

    @expose("/import", methods=["GET", "POST"])
    @has_access
    @permission_name("manage")
    def bring(self) -> Any:
        """A document becomes the draft of its programme; its mistakes are named path by path."""
        form = DocumentForm(request.form)
        if request.method == "POST":
            return self._store(form, None)
        return self.render_template("views/programme/import.html", form=form, version=None)

    @expose("/versions/<string:key>")
    @has_access
    @permission_name("manage")
    def version(self, key: str) -> str:
        """One version: what it says, what the check finds, what can be done."""
        row = _version(key)
        document = programmes.programmes_of(read_session(), [row.id])[row.id]
        text = programmes.document_text(read_session(), row.code, row.n)
        return str(
            self.render_template(
                "views/programme/version.html",
                version=row,
                programme=document,
                text=text,
                findings=_findings(document),
                is_open=row.state in OPEN_STATES,
            )
        )

    @expose("/versions/<string:key>/edit", methods=["GET", "POST"])
    @has_access
    @permission_name("manage")
    def edit(self, key: str) -> Any:
        """The text of a version in an editor; saving makes or changes the draft."""
        row = _version(key)
        if request.method == "POST":
            return self._store(DocumentForm(request.form), row)
        form = DocumentForm(data={"document": programmes.document_text(read_session(), row.code, row.n)})
        return self.render_template("views/programme/import.html", form=form, version=row)

    @expose("/versions/<string:key>/document.yaml")
    @has_access
    @permission_name("manage")
    def export(self, key: str) -> Response:
        """The document as a file."""
        row = _version(key)
        answer = Response(
            programmes.document_text(read_session(), row.code, row.n), mimetype="application/yaml"
        )
        answer.headers["Content-Disposition"] = f'attachment; filename="{row.code}-v{row.n}.yaml"'
        return answer

    @expose("/versions/<string:key>/check", methods=["POST"])
    @has_access
    @permission_name("manage")
    def check(self, key: str) -> Response:
        """A draft without errors becomes `checked`."""
        row = _version(key)
        result = commands.check(engine(), actor=current_actor(), version_id=row.id, now=utc_now())
        if result.state == "checked":
            flash(gettext("The check found no errors."), "success")
        else:
            flash(gettext("The check found errors; they are listed below."), "warning")
        return redirect(url_for(".version", key=row.id))

    @expose("/versions/<string:key>/publish", methods=["POST"])
    @has_access
    @permission_name("manage")
    def publish(self, key: str) -> Response:
        """The draft takes the place of the published version; open cases keep theirs."""
        row = _version(key)
        result = commands.publish(engine(), actor=current_actor(), code=row.code, now=utc_now())
        flash(
            gettext("Version %(n)s is published. Cases already open keep their version.") % {"n": result.n},
            "success",
        )
        return redirect(url_for(".version", key=result.version_id))

    def _store(self, form: DocumentForm, row: VersionRow | None) -> Any:
        text = form.given
        lock = request.form.get("lock", "")
        seen = (
            int(lock)
            if re.fullmatch(r"[0-9]{1,9}", lock) and row is not None and row.state in OPEN_STATES
            else None
        )
        result = attempt_document(
            form,
            lambda: commands.import_document(
                engine(), actor=current_actor(), document=text, now=utc_now(), seen=seen
            ),
        )
        if result is None:
            form.document.data = text
            return page_response(
                self.render_template("views/programme/import.html", form=form, version=row), 422
            )
        flash(gettext("The document is stored as draft of version %(n)s.") % {"n": result.n}, "success")
        return redirect(url_for(".version", key=result.version_id))


def register(appbuilder: AppBuilder) -> None:
    """The view and its line in the sidebar."""
    appbuilder.add_view_no_menu(ProgrammeView())
    menu.add(
        Entry(
            "ProgrammeView.directory",
            _("Programmes"),
            Group.SYSTEM,
            icon="certificate",
            order=55,
            tile=True,
            note=_("Versions, review steps, materials, categories"),
        )
    )
