"""After approval: ask for a new name, credit code or bureau; replace the contact (R21, A7, A18)."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.commands import employer_changes
from app.commands.employer_changes import ChangeForm, ContactForm
from app.queries.employers import EmployerDetail
from app.queries.reference import current_site
from app.web.base import attempt, page_response, parse_id
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.forms.employer import ChangeRequestForm, ContactPersonForm, LockedForm
from app.web.keys import key_of
from app.web.numbers import document_choices
from app.web.views.employer import agency_choices, own


class EmployerChangeView(BaseView):
    """Requests to the bureau and the contact of one's own employer."""

    route_base = "/employer"
    class_permission_name = "Employer"
    default_view = "request_change"

    @expose("/change", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def request_change(self) -> Response | str:
        """Ask for new values; the old ones stay valid until the bureau approves."""
        employer = own().employer
        form = ChangeRequestForm(
            request.form,
            lock=employer.lock,
            name=employer.name,
            credit_code=employer.credit_code or "",
            agency=str(employer.agency_id),
        )
        form.agency.choices = agency_choices()

        def ask() -> Any:
            wanted = ChangeForm(
                form.text("name"), form.text("credit_code"), parse_id(form.text("agency")) or 0
            )
            return employer_changes.request_change(
                engine(), actor=current_actor(), lock=form.seen, form=wanted, now=utc_now()
            )

        done = gettext("The request was sent to the bureau.")
        return answered("views/employer/change.html", form, ask, employer=employer, done=done)

    @expose("/change/<string:key>/withdraw", methods=["POST"])
    @has_access
    @permission_name("edit")
    def withdraw(self, key: str) -> Response:
        """Take an open request back."""
        lock = parse_id(request.form.get("lock")) or 0
        employer_changes.withdraw_change(
            engine(), actor=current_actor(), change_id=key_of(key), lock=lock, now=utc_now()
        )
        flash(gettext("The request was withdrawn."), "success")
        return redirect(url_for("EmployerView.status"))

    @expose("/contact", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def contact(self) -> Response | str:
        """Put another person on the contact's account; the old numbers are free again."""
        employer = own().employer
        form = ContactPersonForm(request.form, lock=employer.lock)
        form.doc_type.choices = document_choices(read_session())

        def put() -> Any:
            wanted = ContactForm(
                form.text("full_name"), form.text("doc_type"), form.text("doc_no"), form.text("mobile")
            )
            employer_changes.replace_contact(
                engine(),
                actor=current_actor(),
                lock=form.seen,
                form=wanted,
                cipher=ports().cipher,
                now=utc_now(),
            )
            return True

        done = gettext("The contact person was replaced.")
        return answered("views/employer/contact.html", form, put, employer=employer, done=done)


def answered(
    template: str, form: LockedForm, call: Callable[[], Any], *, employer: EmployerDetail, done: str
) -> Response | str:
    """Show the form, or run its command and lead back to the status page."""
    if request.method == "POST" and attempt(form, call) is not None:
        flash(done, "success")
        return redirect(url_for("EmployerView.status"))
    page = render_template(template, form=form, employer=employer, rules=current_site(read_session()))
    return page_response(page, 422) if request.method == "POST" else page


def register(appbuilder: AppBuilder) -> None:
    """Register the pages; they are reached from the employer's status page."""
    appbuilder.add_view_no_menu(EmployerChangeView())
