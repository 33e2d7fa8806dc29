"""查看详情 and the decision on one case (R30, R31, R36).

Reading never opens a case; showing it to a holder does, by a POST of the page.
"""

from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from werkzeug.wrappers import Response

from app.commands import applications
from app.commands import desk as opening
from app.domain.errors import InvalidInput, NotFound
from app.domain.form import TargetKind
from app.domain.identity import show_mobile
from app.domain.results import BatchResult
from app.domain.roles import AccountKind, Permission
from app.domain.states import Item, Order, Verb
from app.queries import applications as listing
from app.queries import decisions, numbers
from app.queries import desk as reading
from app.queries.applications import Row
from app.queries.desk import DeskCase
from app.queries.scans import scans_of
from app.web import labels, shell
from app.web.base import page_response
from app.web.current import current_actor, engine, ports, read_session, submission_key, utc_now
from app.web.forms import desk as posted
from app.web.keys import key_of
from app.web.pages import case_results, stages
from app.web.pages import desk as desk_pages
from app.web.pages.desk_decisions import Desk
from app.web.pages.stages import Queue
from app.web.posted import posted_lock

VERBS = frozenset({Verb.APPROVE, Verb.SEND_BACK, Verb.BACK, Verb.REJECT, Verb.PULL_BACK, Verb.CANCEL})
CLAIMS = frozenset({Verb.CLAIM, Verb.RELEASE})


class DeskView(BaseView):
    """`/desk/<id>`: one case with its materials and decisions."""

    route_base = "/desk"
    class_permission_name = "Application"
    default_view = "show"

    @expose("/<string:key>")
    @has_access
    @permission_name("show")
    def show(self, key: str) -> Any:
        """The case; applicants have a page of their own."""
        if current_actor().kind is AccountKind.PERSON:
            return redirect(url_for("ApplyView.status", key=key_of(key)))
        return self._page(key_of(key))

    def _page(self, case_id: int, errors: tuple[str, ...] = ()) -> str:
        session, actor, now = read_session(), current_actor(), utc_now()
        found = reading.case(session, actor, case_id, now=now)
        queue = _queue(found)
        came_from = shell.list_before(stages.queue_url(queue.programme.code, queue.code) if queue else "")
        undo_back = came_from[1] if came_from else ""
        desk = Desk(
            found=found,
            actor=actor,
            now=now,
            queue=queue,
            place=_place(found, queue),
            came_from=came_from,
            scans=scans_of(session, actor, found.case.roster.id if found.case.roster else None),
            service_phone=_service_phone(found),
            undo=case_results.undo_offer(session, actor, now=now, back=undo_back)
            if "done" in request.args
            else None,
            errors=errors,
            posted=request.form,
            ticked=frozenset(request.form.getlist(posted.FINDING)),
            refused=request.form.get("verb", "") if errors else "",
        )
        return str(self.render_template("views/desk/desk.html", page=desk_pages.desk_page(desk)))

    @expose("/<string:key>/opened", methods=["POST"])
    @has_access
    @permission_name("review")
    def opened(self, key: str) -> Response:
        """The case is on a holder's screen: ends the undo of the step before, takes the claim if any."""
        done = opening.open_case(engine(), actor=current_actor(), application_id=key_of(key), now=utc_now())
        return jsonify(first=done.is_first)

    @expose("/<string:key>/decide", methods=["POST"])
    @has_access
    @permission_name("show")
    def decide(self, key: str) -> Any:
        """One verb on this case; what is refused is said on the desk, where the words are kept."""
        case_id = key_of(key)
        verb = _verb()
        if verb in CLAIMS:
            _claim(verb, case_id)
            return redirect(url_for(".show", key=case_id))
        before = listing.rows_by_id(read_session(), current_actor(), [case_id]).get(case_id)
        try:
            result = _decided(verb, case_id)
        except InvalidInput as refused:  # said on the desk, where the words still stand
            wrong = tuple(labels.field_error_text(item) for item in labels.field_errors(refused))
            return page_response(self._page(case_id, wrong), 422)
        read_session().rollback()
        if result.unknown or not result.moved:
            reasons = tuple(labels.block_reason(block) for block in result.blocks_of(case_id))
            if result.unknown or before is None:
                raise NotFound
            return page_response(self._page(case_id, reasons), 409)
        _say(verb, result, case_id)
        return redirect(_after(before) if before else url_for(".show", key=case_id))


def _verb() -> Verb:
    raw = request.form.get("verb", "")
    if raw not in {verb.value for verb in VERBS | CLAIMS}:
        raise InvalidInput
    return Verb(raw)


def _claim(verb: Verb, case_id: int) -> None:
    if verb is Verb.CLAIM:
        opening.claim(engine(), actor=current_actor(), application_id=case_id, now=utc_now())
    else:
        opening.release(engine(), actor=current_actor(), application_id=case_id, now=utc_now())


def _decided(verb: Verb, case_id: int) -> BatchResult:
    given: dict[str, Any] = {
        "actor": current_actor(),
        "ids": [case_id],
        "seen": {case_id: posted_lock()},
        "key": submission_key(),
        "now": utc_now(),
    }
    words = posted.opinion(request.form)
    match verb:
        case Verb.APPROVE:
            return applications.approve(engine(), text=words, **given)
        case Verb.SEND_BACK:
            return applications.send_back(
                engine(), order=Order(words, posted.findings(request.form)), **given
            )
        case Verb.BACK:
            return applications.back(engine(), order=Order(words), **given)
        case Verb.REJECT:
            return applications.reject(engine(), order=Order(words, _refusal(words)), **given)
        case Verb.CANCEL:
            return applications.cancel(engine(), reason=words, **given)
        case _:
            return applications.pull_back(engine(), **given)


def _refusal(words: str) -> tuple[Item, ...]:
    code = request.form.get("reason_code", "")
    return (Item(TargetKind.GENERAL.value, "", code, words),) if code else ()


def _say(verb: Verb, result: BatchResult, case_id: int) -> None:
    """Name whom and what; where it can be taken back, the page that follows says so beside “undo”."""
    session, actor = read_session(), current_actor()
    undo = decisions.undoable(session, actor, now=utc_now())
    if undo is None or undo.batch_id != result.batch_id:
        row = listing.rows_by_id(session, actor, [case_id]).get(case_id)
        if row is not None:  # a form sent again may speak of a case that has left one's scope since
            flash(case_results.decided_text(verb.value, row), "success")


def _after(before: Row) -> str:
    """Where a decision leads: the next case, at the end the list; `before` is the row as it was."""
    queue = next((entry for entry in stages.queues(current_actor()) if _is_desk(entry, before)), None)
    if queue is None:
        return url_for("DeskView.show", key=before.id, done=1)
    programme, role = queue.programme.code, queue.role
    last = (before.entered_at, before.id)
    following = reading.next_case(read_session(), current_actor(), programme=programme, role=role, after=last)
    if following is None:
        return stages.queue_url(programme, queue.code, done=1)
    return stages.case_url(following, role) + "&done=1"


def _is_desk(queue: Queue, row: Row) -> bool:
    """Whether the row was on this desk."""
    if queue.programme.code != row.programme_code:
        return False
    return any(stage.code == row.stage_code and stage.role == queue.role for stage in queue.programme.stages)


def _queue(found: DeskCase) -> Queue | None:
    """The desk the reviewer came from, else the one the case is on, if it is his."""
    asked = request.values.get("from", "")
    role = found.stage.role if found.stage else ""
    mine = [queue for queue in stages.queues(current_actor()) if queue.programme.code == found.programme.code]
    return next((queue for queue in mine if queue.role == asked), None) or next(
        (queue for queue in mine if queue.role == role), None
    )


def _place(found: DeskCase, queue: Queue | None) -> reading.Place | None:
    if queue is None:
        return None
    return reading.place(
        read_session(),
        current_actor(),
        programme=queue.programme.code,
        role=queue.role,
        entered_at=found.case.entered_at,
        application_id=found.case.id,
    )


def _service_phone(found: DeskCase) -> str:
    """服务专员联系方式 stands in full on the desk (R29); erased numbers stay masked."""
    current = found.current
    if current is None or current.service_phone_id is None:
        return ""
    if not current_actor().may(Permission.APPLICATION_REVIEW):
        return current.service_phone_masked or ""
    try:
        number = numbers.open_secret(read_session(), current.service_phone_id, cipher=ports().cipher)
    except NotFound:  # erased
        return current.service_phone_masked or ""
    return show_mobile(number)


def register(appbuilder: AppBuilder) -> None:
    """Register the view; queues and lists lead to it."""
    appbuilder.add_view_no_menu(DeskView())
