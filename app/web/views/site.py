"""The site document in the superuser's hands: show, check, save; employers' forms follow at once (I4, D1)."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import FileField, HiddenField, TextAreaField

from app.commands import sites as commands
from app.domain.site import differences
from app.queries import sites
from app.web import menu, shell
from app.web.base import page_response
from app.web.current import current_actor, engine, read_session, utc_now
from app.web.documents import attempt_document
from app.web.forms.page import PageForm
from app.web.menu import Entry, Group

_ = lazy_gettext


class SiteForm(PageForm):
    """The document, as text or as a file, and the digest of the one that was edited."""

    document = TextAreaField(_("Site document (YAML)"))
    file = FileField(_("Or a file"))
    seen = HiddenField()

    def take_file(self) -> None:
        """A file takes the place of the text, on the page too, so that nothing given is lost."""
        upload = request.files.get("file")
        if upload and upload.filename:
            self.document.data = upload.read().decode("utf-8", "replace")


class SiteView(BaseView):
    """`/site`: whose site it is, and what employers fill in and upload to register."""

    route_base = "/site"
    class_permission_name = "Configuration"
    default_view = "overview"

    @expose("")
    @has_access
    @permission_name("manage")
    def overview(self) -> str:
        """What the document says."""
        found = sites.stored(read_session(), current_actor())
        return str(self.render_template("views/site/overview.html", found=found, site=found.site))

    @expose("/document.yaml")
    @has_access
    @permission_name("manage")
    def export(self) -> Response:
        """The document as a file."""
        answer = Response(sites.stored(read_session(), current_actor()).text, mimetype="application/yaml")
        answer.headers["Content-Disposition"] = 'attachment; filename="site.yaml"'
        return answer

    @expose("/edit", methods=["GET", "POST"])
    @has_access
    @permission_name("manage")
    def edit(self) -> Any:
        """The text in an editor: check it as often as needed, then save; mistakes are named path by path."""
        if request.method == "GET":
            found = sites.stored(read_session(), current_actor())
            return self._editor(SiteForm(data={"document": found.text, "seen": found.digest}))
        form = SiteForm(request.form)
        form.take_file()
        return self._checked(form) if request.form.get("action") == "check" else self._saved(form)

    def _checked(self, form: SiteForm) -> Any:
        read = attempt_document(form, lambda: sites.read(read_session(), form.text("document")))
        if read is None:
            return page_response(self._editor(form), 422)
        found = sites.stored(read_session(), current_actor())
        return self._editor(form, checked=True, changes=differences(found.site, read[1]))

    def _saved(self, form: SiteForm) -> Any:
        text, seen = form.text("document"), form.text("seen")
        saved = attempt_document(
            form,
            lambda: commands.replace(engine(), actor=current_actor(), text=text, seen=seen, now=utc_now()),
        )
        if saved is None:
            now = sites.stored(read_session(), current_actor())
            return page_response(self._editor(form, newer=now if now.digest != seen else None), 422)
        shell.forget()
        flash(gettext("Saved. Employers' forms and materials follow from now on."), "success")
        return redirect(url_for(".overview"))

    def _editor(self, form: SiteForm, **given: Any) -> str:
        return str(self.render_template("views/site/edit.html", form=form, **given))


def register(appbuilder: AppBuilder) -> None:
    """The view and its line in the sidebar."""
    appbuilder.add_view_no_menu(SiteView())
    menu.add(
        Entry(
            "SiteView.overview",
            _("Site"),
            Group.SYSTEM,
            icon="adjustments",
            order=56,
            tile=True,
            note=_("Name, contact, what employers fill in and upload to register"),
        )
    )
