"""What runs behind the pages, for superusers: messages, jobs, and how the system stands (I4, I5, D21)."""

from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_appbuilder.actions import action
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.commands import jobs as job_commands
from app.domain.roles import AccountKind
from app.models.work import Job, Message
from app.queries import operations
from app.web import labels, menu
from app.web.base import ScopedInterface, ScopedModelView
from app.web.current import current_actor, engine, read_session, utc_now
from app.web.menu import Entry, Group
from app.web.views import health
from app.web.views.home import holder_warnings

_ = lazy_gettext
SUPERUSER = frozenset({AccountKind.SUPERUSER})
MANAGE = dict.fromkeys(("list", "show", "retry"), "manage")
STATE, CREATED, ATTEMPTS, ERROR = _("State"), _("Created"), _("Attempts"), _("Error")


def _tag(kind: str) -> Any:
    return lambda code: labels.tag(kind, code)


def _word(kind: str) -> Any:
    return lambda code: labels.label(kind, code) if code else ""


class MessageRecordView(ScopedModelView):
    """The outbox: what was sent to whom, masked. Params are never shown: a sign-in code is one of them."""

    datamodel = ScopedInterface(Message, eager=(joinedload(Message.account),))
    route_base = "/records/messages"
    class_permission_name = "Configuration"
    method_permission_name = MANAGE
    include_route_methods = {"list", "show"}
    list_title = _("Messages")
    show_title = _("Message")
    label_columns = {
        "template": _("Message"),
        "account": _("Recipient"),
        "to_masked": _("Mobile number"),
        "state": STATE,
        "created": CREATED,
        "not_before": _("Not before"),
        "sent_at": _("Sent at"),
        "read_at": _("Read"),
        "attempts": ATTEMPTS,
        "error": ERROR,
        "subject_kind": _("Object"),
    }
    list_columns = ["template", "account", "to_masked", "state", "created", "sent_at", "attempts"]
    search_columns = ["template", "state", "created"]
    order_columns = ["created", "sent_at"]
    show_columns = [
        "template",
        "account",
        "to_masked",
        "state",
        "created",
        "not_before",
        "sent_at",
        "read_at",
        "attempts",
        "error",
        "subject_kind",
    ]
    base_order = ("id", "desc")
    formatters_columns = {
        "state": _tag("message"),
        "template": _word("template"),
        "subject_kind": _word("subject"),
    }


class JobRecordView(ScopedModelView):
    """Jobs of everybody by state; their arguments and results stay with their owners."""

    datamodel = ScopedInterface(Job)
    route_base = "/records/jobs"
    class_permission_name = "Configuration"
    method_permission_name = MANAGE
    include_route_methods = {"list", "show", "action", "action_post"}
    list_title = _("Jobs")
    show_title = _("Job")
    label_columns = {
        "kind": _("Kind"),
        "state": STATE,
        "created": CREATED,
        "run_at": _("Run at"),
        "finished": _("Finished at"),
        "attempts": ATTEMPTS,
        "max_attempts": _("Attempts at most"),
        "progress": _("Progress in percent"),
        "error": ERROR,
    }
    list_columns = ["kind", "state", "created", "run_at", "finished", "attempts", "error"]
    search_columns = ["kind", "state", "created"]
    order_columns = ["created", "run_at", "finished"]
    show_columns = [
        "kind",
        "state",
        "created",
        "run_at",
        "finished",
        "attempts",
        "max_attempts",
        "progress",
        "error",
    ]
    base_order = ("id", "desc")
    formatters_columns = {"state": _tag("job"), "kind": _word("job_kind")}

    @action(
        "retry",
        _("Start again"),
        _("Start the chosen jobs again? Only failed and cancelled ones are started."),
    )
    def retry(self, ids: list[int]) -> Response:
        """Failed and cancelled jobs become ready again; the others stay as they are and are counted."""
        revived = job_commands.revive(engine(), actor=current_actor(), job_ids=ids, now=utc_now())
        left = len(ids) - len(revived)
        if revived:
            flash(ngettext("%(num)s job is started again.", "%(num)s jobs are started again.", len(revived)))
        if left:
            text = ngettext(
                "%(num)s job is neither failed nor cancelled and stays as it is.",
                "%(num)s jobs are neither failed nor cancelled and stay as they are.",
                left,
            )
            flash(text, "warning")
        return redirect(url_for(".list"))


class SystemView(BaseView):
    """`/system`: checks, figures, effective settings without secrets."""

    route_base = "/system"
    class_permission_name = "Configuration"
    default_view = "overview"

    @expose("")
    @has_access
    @permission_name("manage")
    def overview(self) -> str:
        """How the system stands now."""
        session = read_session()
        checks = {name: health.run(check) for name, check in health.CHECKS.items()}
        return str(
            self.render_template(
                "views/system/overview.html",
                checks=checks,
                names=health.NAMES,
                revision=operations.revision(session),
                jobs=operations.by_state(session, Job),
                messages=operations.by_state(session, Message),
                warnings=holder_warnings(),
                settings=health.settings().shown(),
                unset=gettext("not set"),
            )
        )


def register(appbuilder: AppBuilder) -> None:
    """The views and their lines in the sidebar."""
    for view in (MessageRecordView, JobRecordView, SystemView):
        appbuilder.add_view_no_menu(view())
    entries = (
        ("MessageRecordView.list", _("Messages"), "mail", _("What was sent to whom, and what failed")),
        ("JobRecordView.list", _("Jobs"), "activity", _("Work in the background; start failed work again")),
        ("SystemView.overview", _("System state"), "server", _("Checks, figures and effective settings")),
    )
    for order, (endpoint, title, icon, note) in enumerate(entries, start=80):
        menu.add(
            Entry(
                endpoint, title, Group.SYSTEM, icon=icon, order=order, kinds=SUPERUSER, tile=True, note=note
            )
        )
