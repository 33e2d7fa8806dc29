"""The auditor's pages: the audit chains with their verification, and the access log (D14, model 8)."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from app.domain.audit import Broken
from app.domain.roles import AccountKind
from app.models.audit import SUBJECT_KINDS
from app.queries import audit, audit_log
from app.web import audit_words, menu
from app.web.audit_words import word
from app.web.current import current_actor, read_session
from app.web.forms.log import log_filters, shown
from app.web.keys import cursor, key_of, page_size
from app.web.menu import Entry, Group

_ = lazy_gettext
OFFICES = frozenset({AccountKind.OFFICER, AccountKind.SUPERUSER})
ACCESS_OBJECTS = ("application", "employer", "person", "account", "roster", "card", "job", "page")


def _choices(words: Mapping[str, LazyString], codes: Any = None) -> list[tuple[str, str]]:
    """Code and word, in the order of the words; two codes with one word stay two."""
    return [(code, word(words, code)) for code in (codes or words)]


class LogView(BaseView):
    """What both lists share: the filters are posted and answered by an address without numbers."""

    def _moved(self) -> Any:
        given: dict[str, Any] = {
            name: value for name, value in shown(log_filters(request.form)).items() if value
        }
        return redirect(url_for(request.endpoint or "", **given))

    def _page(self, template: str, read: Any, choices: Mapping[str, Any]) -> str:
        filters = log_filters(request.args)
        page = read(read_session(), current_actor(), filters, cursor=cursor(), limit=page_size())
        values = shown(filters)
        return str(
            self.render_template(
                template,
                page=page,
                filters=values,
                is_filtered=any(values.values()),
                choices=choices,
                words=audit_words,
                size=page_size(),
                previous_cursor="" if cursor() else None,
            )
        )


class AuditView(LogView):
    """`/audit`: every accepted command, one chain per subject."""

    route_base = "/audit"
    class_permission_name = "AuditLog"
    default_view = "events"

    @expose("", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def events(self) -> Any:
        """Events of all chains, newest first."""
        if request.method == "POST":
            return self._moved()
        choices = {
            "kind": _choices(audit_words.KINDS, SUBJECT_KINDS),
            "event": _choices(audit_words.EVENTS),
        }
        return self._page("views/audit/events.html", audit_log.audit_events, choices)

    @expose("/<string:kind>/<string:key>")
    @has_access
    @permission_name("list")
    def chain(self, kind: str, key: str) -> str:
        """The chain of one subject in order, and whether it holds now. The system's own chain has the key 0."""
        subject_id = 0 if key == "0" else key_of(key)
        after = request.args.get("after", "")
        found = audit.chain(
            read_session(),
            current_actor(),
            kind,
            subject_id,
            after=int(after) if after.isascii() and after.isdigit() and len(after) <= len("999999999") else 0,
        )
        return str(
            self.render_template(
                "views/audit/chain.html",
                chain=found,
                words=audit_words,
                fault=fault(found.broken),
            )
        )


def fault(broken: Broken | None) -> str:
    """What is wrong with a chain, in words; empty for one that holds."""
    if broken is None:
        return ""
    return gettext("Event %(n)s: %(why)s.", n=broken.seq, why=gettext(broken.why))


class AccessLogView(LogView):
    """`/access-log`: reads that matter, reveals, exports, sign-ins and refusals."""

    route_base = "/access-log"
    class_permission_name = "AccessLog"
    default_view = "events"

    @expose("", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def events(self) -> Any:
        """The log, newest first."""
        if request.method == "POST":
            return self._moved()
        choices = {
            "kind": _choices(audit_words.KINDS, ACCESS_OBJECTS),
            "event": _choices(audit_words.ACCESS),
            "result": _choices(audit_words.RESULTS),
        }
        return self._page("views/audit/access.html", audit_log.access_events, choices)


def register(appbuilder: AppBuilder) -> None:
    """The views and their lines in the sidebar and on the home page."""
    appbuilder.add_view_no_menu(AuditView())
    appbuilder.add_view_no_menu(AccessLogView())
    menu.add(
        Entry(
            "AuditView.events",
            _("Audit log"),
            Group.QUERY,
            icon="history",
            order=60,
            kinds=OFFICES,
            tile=True,
            note=_("Every accepted action in its chain, and whether the chain holds"),
        ),
        Entry(
            "AccessLogView.events",
            _("Access log"),
            Group.QUERY,
            icon="eye",
            order=61,
            kinds=OFFICES,
            tile=True,
            note=_("Sign-ins, opened files, shown numbers, exports and refusals"),
        ),
    )
