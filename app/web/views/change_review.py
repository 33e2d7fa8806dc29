"""The bureau's review of requested changes: old and new side by side (R21)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext

from app.commands import employer_changes as commands
from app.domain.registration import ChangeState, Verdict
from app.queries import employer_changes
from app.queries.reference import current_site
from app.web import menu, shell
from app.web.attempts import accepted
from app.web.base import page_response
from app.web.current import current_actor, engine, read_session, utc_now
from app.web.forms.review import LockForm, ReasonForm
from app.web.keys import cursor, key_of, page_size
from app.web.menu import Entry, Group
from app.web.pages import employer_desk
from app.web.views.employer_review import OFFICER, state_tabs, tab_of

_ = lazy_gettext
TABS: Mapping[str, Any] = {
    ChangeState.SUBMITTED.value: _("Waiting for review"),
    ChangeState.APPROVED.value: _("Approved"),
    ChangeState.RETURNED.value: _("Returned"),
}


class ChangeView(BaseView):
    """Requested changes of approved employers: old and new side by side (R21)."""

    route_base = "/employers/changes"
    class_permission_name = "Employer"
    default_view = "queue"

    @expose("")
    @has_access
    @permission_name("review_change")
    def queue(self) -> str:
        """Requests by state, old and new values in the row."""
        tab = tab_of(TABS)
        page = employer_changes.queue(
            read_session(), current_actor(), tab=tab, cursor=cursor(), limit=page_size()
        )
        counts = {tab: page.count}
        return str(
            self.render_template(
                "views/employer_review/changes.html",
                tab=tab,
                tabs=[
                    item | {"count": counts.get(code)}
                    for code, item in zip(TABS, state_tabs(TABS, ".queue", tab), strict=True)
                ],
                page=page,
                titles=employer_desk.titles_of(shell.document()),
                cursor=cursor(),
                size=page_size(),
            )
        )

    @expose("/<string:key>")
    @has_access
    @permission_name("review_change")
    def detail(self, key: str) -> str:
        """One request with its verdict."""
        return self._detail(key_of(key), ReasonForm())

    @expose("/<string:key>/decide", methods=["POST"])
    @has_access
    @permission_name("review_change")
    def decide(self, key: str) -> Any:
        """Approve the new values, or return the request with a reason."""
        change_id, form = key_of(key), ReasonForm(request.form)
        verdict = Verdict.SEND_BACK if request.form.get("verb") == Verdict.SEND_BACK else Verdict.APPROVE
        given = {"change_id": change_id, "lock": LockForm(request.form).seen, "verdict": verdict}
        why = form.reason.data or ""
        call = commands.decide_change
        if not accepted(form, call, engine(), actor=current_actor(), reason=why, now=utc_now(), **given):
            return page_response(self._detail(change_id, form), 422)
        flash(
            gettext("The change is valid now.")
            if verdict is Verdict.APPROVE
            else gettext("The request was returned."),
            "success",
        )
        return redirect(url_for(".queue"))

    def _detail(self, change_id: int, form: ReasonForm) -> str:
        change = employer_changes.detail(read_session(), current_actor(), change_id)
        return str(
            self.render_template(
                "views/employer_review/change.html",
                change=change,
                form=form,
                titles=employer_desk.titles_of(current_site(read_session())),
                waiting=change.state == ChangeState.SUBMITTED,
            )
        )


def register(appbuilder: AppBuilder) -> None:
    """Register the view and its menu entry."""
    appbuilder.add_view_no_menu(ChangeView())
    menu.add(
        Entry(
            "ChangeView.queue",
            _("Change requests of employers"),
            Group.BUSINESS,
            icon="arrows-exchange",
            order=11,
            kinds=OFFICER,
            tile=True,
            note=_("New names, credit codes and bureaus"),
        ),
    )
