"""个人注册审核 and the employer's people: verdicts, service contact, full numbers (R23–R26, R29)."""

from typing import Any

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from app.commands import person_moves
from app.commands import persons as commands
from app.commands import reveal as revealing
from app.domain.programme import Reason, ReasonFor
from app.domain.registration import PersonState, SubjectKind, Verdict
from app.domain.roles import AccountKind, Permission
from app.domain.site import Site
from app.queries import accounts, naming, persons
from app.queries.reference import current_site
from app.web import labels, menu, shell
from app.web.attempts import accepted
from app.web.base import attempt, page_response, rows_seen
from app.web.current import current_actor, engine, ports, read_session, submission_key, utc_now
from app.web.forms.review import ReasonForm, VerdictForm
from app.web.forms.staff import ServiceForm
from app.web.keys import cursor, key_of, locks, page_size, search_text
from app.web.menu import Entry, Group
from app.web.pages import history, outcomes

_ = lazy_gettext
TABS = {
    PersonState.REGISTERED.value: _("Waiting for review"),
    PersonState.ACTIVE.value: _("Approved"),
    PersonState.RETURNED.value: _("Returned"),
}
WAITING = PersonState.REGISTERED.value
EMPTY = {
    WAITING: _("New registrations appear here by themselves."),
    PersonState.ACTIVE.value: _("People you approve appear here."),
    PersonState.RETURNED.value: _("Registrations you return appear here until they are submitted again."),
}
COLUMNS = (
    ("account", _("Account")),
    ("name", _("Name")),
    ("doc_type", _("Document type")),
    ("doc_no", _("Document number")),
    ("mobile", _("Mobile number")),
    ("registered", _("Registered")),
)
RETURNED_COLUMN = ("reason", _("Reason of return"))
EMPLOYER = frozenset({AccountKind.EMPLOYER})


def reasons(site: Site | None = None) -> tuple[Reason, ...]:
    """The site's reasons that can be given for a whole registration of a person."""
    known = site or current_site(read_session())
    fitting = {ReasonFor.FIELD, ReasonFor.BOTH}
    return tuple(r for r in known.reasons if r.use in fitting and r.is_for(SubjectKind.PERSON))


class PersonReviewView(BaseView):
    """The queue 个人注册审核 with its three tabs."""

    route_base = "/persons/review"
    class_permission_name = "Person"
    default_view = "queue"

    @expose("")
    @has_access
    @permission_name("review")
    def queue(self) -> str:
        """Registrations by state; a to-do line leads to exactly the first tab (R24)."""
        return self._queue(VerdictForm())

    @expose("/decide", methods=["POST"])
    @has_access
    @permission_name("review")
    def decide(self) -> Any:
        """Approve or return every ticked registration; the answer names each row (R26, D12)."""
        form = VerdictForm(request.form).offer(reasons())
        seen = rows_seen(request.form.getlist("rowid"))
        if not form.validate():
            return page_response(self._queue(form, frozenset(seen)), 422)
        result = attempt(
            form,
            lambda: commands.decide(
                engine(),
                actor=current_actor(),
                verdict=Verdict(form.verdict.data),
                seen=locks(seen),
                findings=form.findings,
                key=submission_key(),
                now=utc_now(),
            ),
        )
        if result is None:
            return page_response(self._queue(form, frozenset(seen)), 422)
        read_session().rollback()  # what this request has read is older than the command
        names = naming.names(read_session(), current_actor(), "person", tuple(seen))
        return self.render_template(
            "views/batch_result.html",
            heading=gettext("Result of the review"),
            list_title=gettext("Review of personal registrations"),
            back_url=url_for(".queue"),
            result=result,
            lines=outcomes.lines(
                result,
                names,
                lambda key: url_for("PersonView.detail", key=key),
                done=labels.label("verdict", form.verdict.data),
                why=_why(form),
            ),
        )

    def _queue(self, form: VerdictForm, ticked: frozenset[int] = frozenset()) -> str:
        actor, session, q = current_actor(), read_session(), search_text()
        tab = request.args.get("tab", WAITING)
        tab = tab if tab in TABS else WAITING
        counts = persons.tab_counts(session, actor)
        page = persons.queue(session, actor, tab=tab, q=q, cursor=cursor(), limit=page_size())
        offered = reasons(shell.document()) if tab == WAITING else ()
        form.offer(offered)
        return str(
            self.render_template(
                "views/persons/queue.html",
                form=form,
                texts=[reason.code for reason in offered if reason.text_required],
                tab=tab,
                tabs=[_tab(code, tab, counts) for code in TABS],
                page=page,
                columns=COLUMNS if tab != PersonState.RETURNED else (*COLUMNS, RETURNED_COLUMN),
                empty_note=EMPTY[tab],
                q=q,
                chips=(),
                cursor=cursor(),
                size=page_size(),
                ticked=ticked,
                may_decide=tab == WAITING,
                may_reveal=actor.may(Permission.REVEAL),
            )
        )


def _why(form: VerdictForm) -> tuple[str, ...]:
    """The reasons of a return in words."""
    site = shell.document()
    return tuple(history.finding_text(one, site) for one in form.findings)


def _tab(code: str, current: str, counts: Any) -> dict[str, Any]:
    return {
        "title": TABS[code],
        "url": url_for("PersonReviewView.queue", tab=code),
        "count": counts.get(code, 0),
        "current": code == current,
        "quiet": code != WAITING or not counts.get(code),
    }


class PersonView(BaseView):
    """The people of the employer: list, detail, service contact."""

    route_base = "/persons"
    class_permission_name = "Person"
    default_view = "directory"

    @expose("")
    @has_access
    @permission_name("list")
    def directory(self) -> str:
        """Everybody who belongs to the employer, whatever the state."""
        session, actor, q = read_session(), current_actor(), search_text()
        page = persons.queue(session, actor, tab="", q=q, cursor=cursor(), limit=page_size())
        return str(
            self.render_template(
                "views/persons/list.html", page=page, q=q, chips=(), cursor=cursor(), size=page_size()
            )
        )

    @expose("/<string:key>")
    @has_access
    @permission_name("show")
    def detail(self, key: str) -> str:
        """One person: data, registration history, cases; the verdict while the registration waits."""
        return self._detail(key_of(key), VerdictForm(), ServiceForm())

    @expose("/<string:key>/service", methods=["POST"])
    @has_access
    @permission_name("review")
    def assign(self, key: str) -> Any:
        """Assign the staff member who serves this person (R29, A22)."""
        person_id = key_of(key)
        form = ServiceForm(request.form)
        given = {"person_id": person_id, "lock": form.seen, "account_id": form.account_id, "now": utc_now()}
        if not accepted(form, person_moves.assign_service, engine(), actor=current_actor(), **given):
            return page_response(self._detail(person_id, VerdictForm(), form), 422)
        flash(gettext("The service contact was saved."), "success")
        return redirect(url_for(".detail", key=person_id))

    @expose("/<string:key>/leave", methods=["POST"])
    @has_access
    @permission_name("review")
    def leave(self, key: str) -> Any:
        """The person no longer works here; open applications freeze until solved (I9)."""
        person_id = key_of(key)
        form = ServiceForm(request.form)
        given = {"person_id": person_id, "lock": form.seen, "now": utc_now()}
        if not accepted(form, person_moves.leave, engine(), actor=current_actor(), **given):
            return page_response(self._detail(person_id, VerdictForm(), form), 422)
        flash(gettext("The person was taken off the employer's list."), "success")
        return redirect(url_for(".directory"))

    def _detail(self, person_id: int, form: VerdictForm, service: ServiceForm) -> str:
        session, actor = read_session(), current_actor()
        person = persons.detail(session, actor, person_id)
        site = current_site(session)
        offered = reasons(site)
        staff = accounts.service_staff(session, person.employer_id) if person.employer_id else ()
        service.offer(staff, person.service_account_id)
        return str(
            self.render_template(
                "views/persons/detail.html",
                person=person,
                came_from=shell.list_before(_list_of(person)),
                history=history.timeline(person.history, site, of_person=True),
                form=form.offer(offered),
                service=service,
                texts=[reason.code for reason in offered if reason.text_required],
                may_review=actor.may(Permission.PERSON_REVIEW) and actor.kind is AccountKind.EMPLOYER,
                may_reveal=actor.may(Permission.REVEAL),
                waiting=person.state == WAITING,
                active=person.state == PersonState.ACTIVE,
            )
        )


def _list_of(person: persons.PersonDetail) -> str:
    """Where a person is found: among the registrations while his waits, else among the people."""
    may_review = current_actor().may(Permission.PERSON_REVIEW)
    is_waiting = may_review and person.state == WAITING
    return url_for("PersonReviewView.queue" if is_waiting else "PersonView.directory")


class RevealView(BaseView):
    """A full number by POST, with its reason in the access log (R25, T29)."""

    route_base = "/reveal"
    class_permission_name = "Registration"
    default_view = "reveal"

    @expose(
        "/<any(person, employer, account):kind>/<string:key>/<any(doc_no, mobile):what>", methods=["POST"]
    )
    @has_access
    @permission_name("reveal")
    def reveal(self, kind: str, key: str, what: str) -> Response:
        """The number as JSON for js/reveal.js; it stands in no page and in no address."""
        form = ReasonForm(request.form)
        if not form.validate():
            abort(422)
        number = revealing.reveal(
            engine(),
            actor=current_actor(),
            kind=kind,
            subject_id=key_of(key),
            what=what,
            reason=form.reason.data,
            cipher=ports().cipher,
            now=utc_now(),
        )
        return jsonify({"text": number})


def register(appbuilder: AppBuilder) -> None:
    """Register the views and their menu entries."""
    for view in (PersonReviewView, PersonView, RevealView):
        appbuilder.add_view_no_menu(view())
    menu.add(
        Entry(
            "PersonReviewView.queue",
            _("Review of personal registrations"),
            Group.BUSINESS,
            icon="user-check",
            order=10,
            kinds=EMPLOYER,
            business=True,
            tile=True,
            note=_("Approve people who chose your employer"),
        ),
        Entry(
            "PersonView.directory",
            _("People of the employer"),
            Group.QUERY,
            icon="users",
            order=20,
            kinds=EMPLOYER,
            business=True,
        ),
    )
