"""Review queues: one per programme and desk, with tabs, batch decisions and their result (R28–R31, D12)."""

from collections.abc import Mapping
from typing import Any

from flask import abort, g, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_appbuilder.actions import action
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from app.commands import applications
from app.domain.form import TargetKind
from app.domain.number_shapes import looks_like_number
from app.domain.results import BatchResult
from app.domain.states import Item, Order, Verb
from app.models.application import Application
from app.queries import applications as reading
from app.queries import decisions
from app.queries.applications import Filters, Listed, Tab
from app.queries.open_points import open_points
from app.queries.reports.queue import OVER
from app.web import everything, shell
from app.web.base import ScopedInterface, ScopedModelView, batch_max, page_response, parse_id
from app.web.current import current_actor, engine, ports, read_session, submission_key, utc_now
from app.web.keys import cursor, page_size, search_text
from app.web.number_search import digests
from app.web.pages import case_results, stages, todo
from app.web.pages import queue as queue_pages
from app.web.pages.stages import Queue

_ = lazy_gettext
ON_EVERYTHING = frozenset({"approve", "send_back", "check"})
"""The actions that “select all” offers."""


def tab_of(raw: str) -> Tab:
    """The tab of an address; the waiting one for anything else."""
    return Tab(raw) if raw in set(Tab) else Tab.READY


class QueueView(BaseView):
    """`/review/<programme>/<stage>`: what waits at a desk, what it has approved and returned."""

    route_base = "/review"
    class_permission_name = "Application"
    default_view = "queue"

    @expose("/<string:programme>/<string:desk>", methods=["GET", "POST"])
    @has_access
    @permission_name("review")
    def queue(self, programme: str, desk: str) -> Any:
        """A tab of the desk. A search by name goes into the address, one by number stays in the post."""
        found = stages.queue_of(current_actor(), programme, desk)
        if request.method == "GET":
            return self._page(found, tab_of(request.args.get("tab", "")), search_text())
        text = " ".join(request.form.get("q", "").split())[:60]
        tab = tab_of(request.form.get("tab", ""))
        if not looks_like_number(text):
            return redirect(stages.queue_url(programme, desk, tab=tab.value, q=text or None))
        return self._page(found, tab, "", number=text)

    def _page(self, queue: Queue, tab: Tab, q: str, number: str = "") -> str:
        session, actor, now = read_session(), current_actor(), utc_now()  # now: before anything is read
        filters = Filters(
            q=q,
            digests=digests(ports().cipher, number) if number else (),
            without_roster=request.args.get("roster") == "none",
            due_before=now if request.args.get("due") == OVER else None,
        )
        where: dict[str, Any] = {"programme": queue.programme.code, "role": queue.role, "filters": filters}
        counts = reading.tab_counts(session, actor, chosen=tab, **where)
        page = reading.queue(
            session, actor, tab=tab, cursor=cursor(), limit=page_size(), count=counts.get(tab, 0), **where
        )
        asked = queue_pages.Asked(queue, tab, filters, number=number, cursor=cursor(), size=page_size())
        url = stages.queue_url(queue.programme.code, queue.code)
        is_done = "done" in request.args
        undo = case_results.undo_offer(session, actor, now=now, back=url) if is_done else None
        # the entry is this desk's by whichever name the address calls it
        shell.list_before(url)
        shown = queue_pages.queue_page(asked, page, counts, now=now, undo=undo)
        return str(self.render_template("views/queue/queue.html", page=shown))


class ApplicationView(ScopedModelView):
    """The address that batch actions of every queue post to; it lists nothing itself."""

    datamodel = ScopedInterface(Application)
    route_base = "/applications"
    class_permission_name = "Application"
    method_permission_name = {
        "approve": "review",
        "send_back": "review",
        "check": "review",
        "pull_back": "review",
        "undo": "review",
    }
    include_route_methods = {"action", "action_post", "undo"}
    base_permissions = ["can_review"]
    list_columns = ["no"]
    search_columns = ["no"]
    list_title = _("Applications")
    lock_column = "lock"
    reason_actions = ("send_back",)

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> Any:
        """An action on the ticked rows, or on every row the filter shows."""
        name, token = request.form.get("action", ""), request.form.get("everything", "")
        if not token:
            return self._act(name, request.form.getlist("rowid"))
        if name not in ON_EVERYTHING:
            abort(404)
        return self._run(name, lambda: show_all(token))

    @action("approve", _("Approve"))
    def approve(self, ids: list[int]) -> Response:
        """审核通过 for each row; the answer names every one."""
        result = applications.approve(
            engine(),
            actor=current_actor(),
            ids=ids,
            seen=locks_seen(),
            listed=g.get("listed"),
            key=submission_key(),
            now=utc_now(),
            batch_max=batch_max(),
        )
        return self._result(Verb.APPROVE, result)

    @action("send_back", _("Return for correction"))
    def send_back(self, ids: list[int]) -> Response:
        """退回修改 with one reason for the whole of each case."""
        text = request.form.get("reason", "").strip()
        order = Order(text, (Item(TargetKind.GENERAL, "", None, text),) if text else ())
        result = applications.send_back(
            engine(),
            actor=current_actor(),
            ids=ids,
            seen=locks_seen(),
            listed=g.get("listed"),
            order=order,
            key=submission_key(),
            now=utc_now(),
            batch_max=batch_max(),
        )
        return self._result(Verb.SEND_BACK, result)

    @action("pull_back", _("Pull back"))
    def pull_back(self, ids: list[int]) -> Response:
        """Take cases back before the next office works on them."""
        result = applications.pull_back(
            engine(),
            actor=current_actor(),
            ids=ids,
            seen=locks_seen(),
            key=submission_key(),
            now=utc_now(),
            batch_max=batch_max(),
        )
        return self._result(Verb.PULL_BACK, result)

    @action("check", _("Check first"))
    def check(self, ids: list[int]) -> Response:
        """The dry run: the same answer, nothing written; from here one may go on."""
        found = decisions.preview(
            read_session(),
            current_actor(),
            Verb.APPROVE,
            ids=ids,
            seen=locks_seen(),
            listed=g.get("listed"),
            maximum=batch_max(),
            now=utc_now(),
        )
        names = reading.names_by_id(read_session(), current_actor(), found.result.seen)
        points = open_points(read_session(), current_actor(), found.result.moved)
        page = case_results.preview_page(found, names, points, back=back())
        return page_response(self.render_template("views/queue/result.html", page=page))

    @expose("/undo", methods=["POST"])
    @has_access
    @permission_name("review")
    def undo(self) -> Response:
        """Take back one's last batch, row by row under the same guards."""
        batch = parse_id(request.form.get("batch", ""))
        if batch is None:
            abort(404)
        result = applications.undo(
            engine(), actor=current_actor(), batch_id=batch, key=submission_key(), now=utc_now()
        )
        return self._result(Verb.UNDO, result)

    def _result(self, verb: Verb, result: BatchResult) -> Response:
        session, actor = read_session(), current_actor()
        session.rollback()  # the command wrote in a transaction of its own
        names = reading.names_by_id(session, actor, result.seen)
        undo = None
        if verb is not Verb.UNDO:
            undo = case_results.undo_offer(session, actor, now=utc_now(), back=back())
        page = case_results.result_page(verb, result, names, back=back(), undo=undo)
        return page_response(self.render_template("views/queue/result.html", page=page))


def locks_seen() -> dict[int, int]:
    """The locks of the rows as this page showed them; a row without one was not ticked on a page of ours."""
    seen: Mapping[int, int | None] = g.locks_seen
    if None in seen.values():
        abort(422)
    return {key: lock for key, lock in seen.items() if lock is not None}


def show_all(token: str) -> dict[int, int | None]:
    """Note the list that “select all” means; the command reads its rows in its own transaction."""
    asked = everything.read(token)
    queue = stages.queue_of(current_actor(), asked.get("programme", ""), asked.get("desk", ""))
    shown = everything.shown(asked)
    filters = Filters(
        q=asked.get("q", ""),
        without_roster=asked.get("roster") == "none",
        due_before=shown.at if asked.get("due") == OVER else None,
    )
    g.listed = Listed(queue.programme.code, queue.role, tab_of(asked.get("tab", "")), filters, shown)
    return {}


def back() -> str:
    """The list a batch came from."""
    target = request.form.get("back", "")
    return shell.safe_next(target) if target else url_for("IndexView.index")


def register(appbuilder: AppBuilder) -> None:
    """Register the views, the queues of the sidebar and the to-do lines."""
    appbuilder.add_view_no_menu(QueueView())
    appbuilder.add_view_no_menu(ApplicationView())
    stages.register()
    todo.register()
