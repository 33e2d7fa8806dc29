"""The bureau's work on employers: registrations, change requests, suspension (R12–R14, R21, A11)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext

from app.commands import employers as commands
from app.domain.registration import (
    EmployerState,
    RegistrationVerb,
    SubjectKind,
    Verdict,
    judge,
    step_of,
)
from app.domain.roles import AccountKind, Permission
from app.queries import employer_changes, employers, naming
from app.queries.employers import EmployerDetail
from app.queries.reference import current_site
from app.queries.registrations import load
from app.web import labels, menu, shell
from app.web.attempts import accepted
from app.web.base import attempt, page_response, rows_seen
from app.web.current import current_actor, engine, read_session, submission_key, utc_now
from app.web.forms.review import LockForm, OpinionForm, ReasonForm, findings_of
from app.web.keys import cursor, key_of, locks, page_size, search_text
from app.web.menu import Entry, Group
from app.web.pages import employer_desk, outcomes

_ = lazy_gettext
SUBMITTED = EmployerState.SUBMITTED.value
TABS: Mapping[str, Any] = {
    SUBMITTED: _("Waiting for review"),
    EmployerState.ACTIVE.value: _("Approved"),
    EmployerState.RETURNED.value: _("Returned"),
    EmployerState.SUSPENDED.value: _("Suspended"),
}
OFFICER = frozenset({AccountKind.OFFICER})


def state_tabs(
    titles: Mapping[str, Any], endpoint: str, current: str, counts: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """Server tabs of states; the first state is the one that waits."""
    waiting = next(iter(titles))
    return [
        {
            "title": title,
            "url": url_for(endpoint, tab=code),
            "count": counts.get(code, 0) if counts is not None else None,
            "current": code == current,
            "quiet": code != waiting or not (counts or {}).get(code),
        }
        for code, title in titles.items()
    ]


def tab_of(titles: Mapping[str, Any]) -> str:
    """The tab asked for, the first for anything unknown."""
    asked = request.args.get("tab", "")
    return asked if asked in titles else next(iter(titles))


class EmployerReviewView(BaseView):
    """The queue of registrations and the verdicts on them."""

    route_base = "/employers/review"
    class_permission_name = "Employer"
    default_view = "queue"

    @expose("")
    @has_access
    @permission_name("review")
    def queue(self) -> str:
        """Registrations by state; the to-do line leads to exactly the first tab."""
        actor, session, tab, q = current_actor(), read_session(), tab_of(TABS), search_text()
        counts = employers.tab_counts(session, actor)
        page = employers.queue(session, actor, tab=tab, q=q, cursor=cursor(), limit=page_size())
        return str(
            self.render_template(
                "views/employer_review/queue.html",
                tab=tab,
                tabs=state_tabs(TABS, ".queue", tab, counts),
                page=page,
                q=q,
                cursor=cursor(),
                size=page_size(),
                waiting=tab == SUBMITTED,
            )
        )

    @expose("/approve", methods=["POST"])
    @has_access
    @permission_name("review")
    def approve(self) -> str:
        """Approve every ticked registration; each row answers for itself (D12)."""
        seen = locks(rows_seen(request.form.getlist("rowid")))
        result = commands.decide(
            engine(),
            actor=current_actor(),
            verdict=Verdict.APPROVE,
            seen=seen,
            key=submission_key(),
            now=utc_now(),
        )
        read_session().rollback()  # what this request has read is older than the command
        names = naming.names(read_session(), current_actor(), "employer", tuple(seen))
        return str(
            self.render_template(
                "views/batch_result.html",
                heading=gettext("Result of the review"),
                list_title=gettext("Review of employers' registrations"),
                back_url=url_for(".queue"),
                result=result,
                lines=outcomes.lines(
                    result,
                    names,
                    lambda key: url_for("EmployerDirectoryView.detail", key=key),
                    done=labels.label("verdict", Verdict.APPROVE),
                ),
            )
        )

    @expose("/<string:key>/decide", methods=["POST"])
    @has_access
    @permission_name("review")
    def decide(self, key: str) -> Any:
        """The verdict of the desk: approve, or return item by item with reasons (R14)."""
        employer_id = key_of(key)
        form = OpinionForm(request.form)
        verdict = Verdict.SEND_BACK if request.form.get("verb") == Verdict.SEND_BACK else Verdict.APPROVE
        site = current_site(read_session())
        found = findings_of(request.form, employer_desk.items(site)) if verdict is Verdict.SEND_BACK else ()
        result = attempt(
            form,
            lambda: commands.decide(
                engine(),
                actor=current_actor(),
                verdict=verdict,
                seen={employer_id: LockForm(request.form).seen},
                findings=found,
                opinion=form.opinion.data or "",
                key=submission_key(),
                now=utc_now(),
            ),
        )
        read_session().rollback()  # what this request has read is older than the command
        wrong = employer_desk.item_errors(site, request.form) if found else {}
        if wrong:
            form.form_errors = [
                gettext("Some ticked items have no reason yet. They are marked below; nothing is lost.")
            ]
        if result is not None and result.moved:
            names = naming.names(read_session(), current_actor(), "employer", (employer_id,))
            flash(DONE[verdict] % {"name": names.get(employer_id, "")}, "success")
            return redirect(self._next(employer_id))
        if result is not None:
            form.form_errors = [labels.block_reason(block) for block in result.blocks_of(employer_id)]
        page = render_desk(
            self, employer_id, form, is_refused_return=verdict is Verdict.SEND_BACK, wrong=wrong
        )
        return page_response(page, 422 if result is None else 409)

    def _next(self, done: int) -> str:
        """After a decision the next waiting registration opens, else the queue (ui 8)."""
        page = employers.queue(read_session(), current_actor(), tab=SUBMITTED, limit=2)
        following = next((row.id for row in page.items if row.id != done), None)
        return url_for("EmployerDirectoryView.detail", key=following) if following else url_for(".queue")


DONE: Mapping[Verdict, Any] = {
    Verdict.APPROVE: _("The registration of %(name)s was approved."),
    Verdict.SEND_BACK: _("The registration of %(name)s was returned for correction."),
}


class EmployerDirectoryView(BaseView):
    """All employers of the bureau's area, and the page of one: the desk while it waits."""

    route_base = "/employers"
    class_permission_name = "Employer"
    default_view = "directory"

    @expose("")
    @has_access
    @permission_name("list")
    def directory(self) -> str:
        """Every employer whatever its state."""
        q = search_text()
        page = employers.queue(
            read_session(), current_actor(), tab="", q=q, cursor=cursor(), limit=page_size()
        )
        return str(
            self.render_template(
                "views/employer_review/list.html", page=page, q=q, cursor=cursor(), size=page_size()
            )
        )

    @expose("/<string:key>")
    @has_access
    @permission_name("show")
    def detail(self, key: str) -> str:
        """One employer."""
        return render_desk(self, key_of(key), OpinionForm())

    @expose("/<string:key>/suspend", methods=["POST"])
    @has_access
    @permission_name("suspend")
    def suspend(self, key: str) -> Any:
        """Open applications of the employer freeze until it is resumed (A11, I9)."""
        return self._switch(
            key, commands.suspend, gettext("The employer was suspended; its open applications are frozen.")
        )

    @expose("/<string:key>/resume", methods=["POST"])
    @has_access
    @permission_name("suspend")
    def resume(self, key: str) -> Any:
        """What was frozen for this cause alone goes on."""
        return self._switch(key, commands.resume, gettext("The employer may do business again."))

    def _switch(self, key: str, verb: Any, said: str) -> Any:
        employer_id, form = key_of(key), ReasonForm(request.form)
        lock, why = LockForm(request.form).seen, form.reason.data or ""
        given = {"employer_id": employer_id, "lock": lock, "reason": why}
        if not accepted(form, verb, engine(), actor=current_actor(), now=utc_now(), **given):
            return page_response(render_desk(self, employer_id, form), 422)
        flash(said, "success")
        return redirect(url_for("EmployerDirectoryView.detail", key=employer_id))


def render_desk(
    view: BaseView,
    employer_id: int,
    form: Any,
    *,
    is_refused_return: bool = False,
    wrong: Mapping[str, str] | None = None,
) -> str:
    """The page of an employer: what was submitted, its files, the verdict or why it is blocked.

    After a return that was refused its dialog stands open again; `wrong` says by item what is missing.
    """
    session, actor = read_session(), current_actor()
    site, employer = current_site(session), employers.detail(session, actor, employer_id)
    page = employer_desk.desk(session, site, employer)
    may_review = actor.may(Permission.EMPLOYER_REVIEW) and employer.state == SUBMITTED
    return str(
        view.render_template(
            "views/employer_review/desk.html",
            employer=employer,
            came_from=shell.list_before(
                url_for("EmployerReviewView.queue" if may_review else "EmployerDirectoryView.directory")
            ),
            page=page,
            form=form,
            posted=request.form,
            is_refused_return=is_refused_return,
            wrong=wrong or {},
            similar=employers.similar(session, actor, employer_id) if may_review else (),
            reasons={item.key: employer_desk.reasons_for(site, item) for item in page.items},
            may_review=may_review,
            why_not=_why_not(employer) if may_review else "",
            may_suspend=actor.may(Permission.EMPLOYER_SUSPEND),
            may_reveal=actor.may(Permission.REVEAL),
            changes=employer_changes.of_employer(session, actor, employer_id)
            if actor.may(Permission.EMPLOYER_CHANGE_REVIEW)
            else (),
            titles=employer_desk.titles_of(site),
        )
    )


def _why_not(employer: EmployerDetail) -> str:
    """Why this account may not decide on this registration, in the words of the one judging function."""
    loaded = load(read_session(), current_actor(), SubjectKind.EMPLOYER, [employer.id])
    step = step_of(SubjectKind.EMPLOYER, RegistrationVerb.APPROVE)
    blocks = judge(step, loaded[0].facts, actor=current_actor())
    return " ".join(labels.block_reason(block) for block in blocks)


def register(appbuilder: AppBuilder) -> None:
    """Register the views and their menu entries."""
    for view in (EmployerReviewView, EmployerDirectoryView):
        appbuilder.add_view_no_menu(view())
    menu.add(
        Entry(
            "EmployerReviewView.queue",
            _("Review of employers' registrations"),
            Group.BUSINESS,
            icon="building",
            order=10,
            kinds=OFFICER,
            tile=True,
            note=_("Approve employers or return their data"),
        ),
        Entry(
            "EmployerDirectoryView.directory",
            _("Employers"),
            Group.QUERY,
            icon="building",
            order=20,
            kinds=OFFICER,
        ),
    )
