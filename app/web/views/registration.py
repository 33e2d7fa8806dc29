"""A person's own registration: status, corrections, submitting again, another employer (R26, A20, A21)."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from app.commands import person_moves, persons
from app.commands.persons import PersonEdit
from app.domain.registration import PersonState
from app.domain.roles import AccountKind
from app.queries import persons as person_queries
from app.queries.persons import PersonDetail
from app.queries.reference import current_site
from app.web import menu
from app.web.attempts import accepted
from app.web.base import attempt, page_response
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.forms.employer import LockedForm
from app.web.forms.registration import EmployerChoiceForm, RegistrationForm, SubmitAgainForm
from app.web.guard import party
from app.web.menu import Entry, Group
from app.web.numbers import document_choices, telling_types
from app.web.pages import history
from app.web.views.register import chosen_employer

MAY_EDIT = frozenset({PersonState.REGISTERED.value, PersonState.RETURNED.value})
PERSON = AccountKind.PERSON


class RegistrationView(BaseView):
    """What a person sees and does about the own registration; nothing of others stands here."""

    route_base = "/registration"
    default_view = "status"

    @expose("")
    @party(PERSON)
    def status(self) -> str:
        """Data, state, what was returned, history."""
        return self._page(SubmitAgainForm())

    def _page(self, form: SubmitAgainForm) -> str:
        person, site = own(), current_site(read_session())
        return render_template(
            "views/registration/status.html",
            form=form,
            person=person,
            may_edit=person.state in MAY_EDIT,
            remarks=history.remarks(person, site),
            timeline=history.timeline(person.history, site, of_person=True),
        )

    @expose("/edit", methods=["GET", "POST"])
    @party(PERSON)
    def edit(self) -> Response | str:
        """Correct the registration while it waits or was returned."""
        person = own()
        form = RegistrationForm(request.form, lock=person.lock, name=person.name, doc_type=person.doc_type)
        form.doc_type.choices = document_choices(read_session())

        def save() -> int:
            return persons.edit(
                engine(),
                actor=current_actor(),
                lock=form.seen,
                form=edited(form, person),
                cipher=ports().cipher,
                now=utc_now(),
            )

        if request.method == "POST" and attempt(form, save) is not None:
            flash(gettext("Saved."), "success")
            return redirect(url_for(".status"))
        return shown("views/registration/edit.html", form, person, {"telling": telling_types(read_session())})

    @expose("/submit", methods=["POST"])
    @party(PERSON)
    def submit(self) -> Response | str:
        """Hand a returned registration to the employer again; what stays as it was needs words."""
        form, person = SubmitAgainForm(request.form), own()
        answer = form.text("answer")
        if person.still and not answer.strip():
            form.complain("answer", gettext("Change this item or answer the remark."))
        given = {"lock": form.seen, "answer": answer, "now": utc_now()}
        if form.errors or not accepted(form, persons.submit, engine(), actor=current_actor(), **given):
            read_session().rollback()  # what this request has read is older than the command
            return page_response(self._page(form), 422)
        flash(
            gettext("Submitted. Your employer reviews your registration; you see the result here."), "success"
        )
        return redirect(url_for(".status"))

    @expose("/employer", methods=["GET", "POST"])
    @party(PERSON)
    def employer(self) -> Response | str:
        """Choose another employer while waiting or returned, or a new one after leaving."""
        person = own()
        form = EmployerChoiceForm(request.form, lock=person.lock)

        def choose() -> bool:
            target = chosen_employer(form.text("employer"), form.text("employer_name")) or 0
            verb = MOVES.get(person.state, person_moves.switch_employer)
            verb(engine(), actor=current_actor(), lock=form.seen, employer_id=target, now=utc_now())
            return True

        if request.method == "POST" and attempt(form, choose):
            flash(gettext("The employer was chosen and reviews your registration."), "success")
            return redirect(url_for(".status"))
        if form.employer.errors:  # the hidden field cannot be reached; its text box can
            form.employer_name.errors, form.employer.errors = form.employer.errors, ()
        return shown("views/registration/employer.html", form, person, {})


MOVES: Mapping[str, Callable[..., None]] = {PersonState.UNBOUND.value: person_moves.choose_employer}


def own() -> PersonDetail:
    """The person whose account asks."""
    return person_queries.own(read_session(), current_actor())


def edited(form: RegistrationForm, person: PersonDetail) -> PersonEdit:
    """What is to change: numbers only where new ones were typed."""
    doc_no = form.text("doc_no").strip()
    changes_type = form.text("doc_type") != person.doc_type
    return PersonEdit(
        name=form.text("name"),
        mobile=form.text("mobile").strip() or None,
        doc_type=form.text("doc_type") if doc_no or changes_type else None,
        doc_no=doc_no if doc_no or changes_type else None,
        sex=form.text("sex") or None,
        birth=form.birth.data,
    )


def shown(template: str, form: LockedForm, person: PersonDetail, more: Mapping[str, Any]) -> Response | str:
    """A form of the registration; 422 where it was refused."""
    page = render_template(template, form=form, person=person, **more)
    return page_response(page, 422) if request.method == "POST" else page


def register(appbuilder: AppBuilder) -> None:
    """The pages and their line in 系统管理."""
    appbuilder.add_view_no_menu(RegistrationView())
    menu.add(
        Entry(
            "RegistrationView.status",
            lazy_gettext("My registration"),
            Group.SYSTEM,
            icon="user-check",
            order=10,
            kinds=frozenset({PERSON}),
            tile=True,
            note=lazy_gettext("Data, employer, status of the registration"),
        )
    )
