"""Refusals and failures as answers: a page in the shell for people, problem+json for programs.

Views have no try/except: every DomainError arrives here once, but for what the desk says in its place. Nothing from
the database, a provider or a traceback reaches an answer; it is logged with the request id that the page shows.
"""

import errno
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.domain.errors import Blocked, DomainError, NotFound
from app.extensions import db
from app.web import ended, labels
from app.web.current import current_sign_in

log = logging.getLogger(__name__)
_ = lazy_gettext
PROBLEM = "application/problem+json"
BUSY_S = 5
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
DOWN = frozenset({errno.EIO, errno.EROFS, errno.ESTALE})
"""What a disk says that has no room, and one that does not answer or takes no writes."""


@dataclass(frozen=True, slots=True)
class Page:
    """What an error page says: what happened, what to do."""

    title: LazyString | str
    advice: LazyString | str
    icon: str = "alert-circle"


PAGES: Mapping[int, Page] = {
    400: Page(
        _("The request could not be understood"),
        _("Please go back, load the page again and repeat the last step."),
    ),
    401: Page(_("Please sign in"), _("Your session has ended. Sign in again; nothing was changed."), "lock"),
    403: Page(
        _("This function is not open to your account"),
        _("If you need it, ask your administrator to assign the function."),
        "lock",
    ),
    404: Page(
        _("This page does not exist"),
        _("The address is wrong, the record is gone, or it is not yours to see."),
        "search",
    ),
    405: Page(_("This step cannot be called like this"), _("Please go back and use the button on the page.")),
    409: Page(
        _("The record has changed"),
        _("Please load it again and check it before you repeat the step."),
        "refresh",
    ),
    413: Page(
        _("The upload is too large"),
        _("Please choose a smaller file; the limit stands where the file is chosen."),
        "upload",
    ),
    415: Page(
        _("This type of file is not accepted"),
        _("Please choose another file; the accepted types stand where the file is chosen."),
        "upload",
    ),
    422: Page(
        _("Some entries need your attention"),
        _("Please go back, correct them and send the form again."),
        "edit",
    ),
    429: Page(_("Too many attempts"), _("Please wait a moment before you try again."), "clock"),
    500: Page(
        _("Something went wrong on our side"),
        _("Nothing was changed. Please try again later; if it happens again, report the number below."),
    ),
    503: Page(
        _("The system is busy at the moment"),
        _("Nothing was changed. Please try again in a few seconds."),
        "clock",
    ),
    507: Page(_("The storage is full"), _("Nothing was changed. Please try again later."), "database"),
}


def request_id() -> str:
    """The number people quote and the log holds."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return str(g.request_id)


def _number() -> None:
    request_id()


def wants_problem() -> bool:
    """Whether the caller is a program: the API, or a script of ours that asks for JSON."""
    return request.path.startswith("/api/") or request.headers.get("X-Requested-With") == "fetch"


def back_url() -> str:
    """Where the person came from, if it was a page of ours."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or (came.path == request.path and request.method == "GET"):
        return ""
    return came.path + ("?" + came.query if came.query else "")


def _page_of(status: int) -> Page:
    return PAGES.get(status) or PAGES[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]


def _problem(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    *,
    title: LazyString | str = "",
) -> Response:
    body = {
        "type": "about:blank",
        "title": str(title or _page_of(status).title),
        "status": status,
        "code": code,
        "detail": detail,
        "errors": list(errors),
        "request_id": request_id(),
    }
    answer = jsonify(body)
    answer.status_code = status
    answer.mimetype = PROBLEM
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _shown(status: int, page: Page, detail: str = "", reasons: Sequence[str] = ()) -> Response:
    values = {
        "status": status,
        "page": page,
        "detail": detail,
        "reasons": reasons,
        "back": back_url(),
        "number": request_id(),
    }
    try:
        body = render_template("errors/error.html", **values)
    except Exception:  # a process edge: the shell itself may need what is broken
        log.exception("error page failed, request %s", request_id())
        body = render_template("errors/plain.html", **values)
    return make_response(body, status)


def answer(
    status: int,
    code: str,
    detail: str = "",
    errors: Sequence[Mapping[str, str]] = (),
    *,
    page: Page | None = None,
) -> Response:
    """The answer to a refusal in the form the caller reads; `page` where the words of its status do not fit."""
    said = page or _page_of(status)
    if wants_problem():
        return _problem(status, code, detail or str(said.advice), errors, title=said.title)
    return _shown(status, said, detail, [error["text"] for error in errors])


def _domain(error: DomainError) -> Response:
    if isinstance(error, NotFound):
        return answer(error.status, error.code)  # the words of any page that does not exist (D13)
    detail = labels.error_text(error)
    blocks = error.blocks if isinstance(error, Blocked) else ()
    code = blocks[0].code if blocks else error.code
    named = [(item.field, item.code, labels.field_error_text(item)) for item in labels.field_errors(error)]
    named += [("", block.code, labels.block_text(block)) for block in blocks]
    errors = [{"field": field, "code": item_code, "text": text} for field, item_code, text in named]
    if blocks and not wants_problem():
        page = Page(labels.sentence(error.message, error.params).rstrip(".。"), "", "lock")
        result = _shown(error.status, page, reasons=[labels.block_reason(block) for block in blocks])
    else:
        result = answer(error.status, code, detail, errors)
    if "retry_after_s" in error.params:
        result.headers["Retry-After"] = str(error.params["retry_after_s"])
    return result


def _http(error: HTTPException) -> Response | HTTPException:
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, OperationalError | PoolTimeout):  # the session could not be opened or saved
        return _busy(cause)
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return error
    result = answer(status, HTTPStatus(status).name.lower())
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            result.headers[name] = value
    return result


def _csrf(error: CSRFError) -> Response:
    del error
    if current_sign_in() is None and ended.needs_sign_in():
        return _ended()
    text = gettext(
        "The form has expired or was opened before you signed in. Load the page again and send it once more."
    )
    return answer(400, "csrf", text)


def _ended() -> Response:
    """A form whose sign-in ended under it: its token went with the sign-in, so this is no forged post."""
    status, page = HTTPStatus.UNAUTHORIZED.value, PAGES[401]
    if wants_problem():
        return _problem(status, "sign_in_ended", str(page.advice))
    body = render_template("errors/ended.html", page=page, sign_in_url=ended.sign_in_url(back_url()))
    return make_response(body, status)


def _too_often(error: RateLimitExceeded) -> Response:
    result = answer(429, "too_often")
    result.headers["Retry-After"] = str(error.limit.limit.get_expiry() if error.limit else 60)
    return result


def _busy(error: Exception) -> Response:
    log.error("database not available, request %s: %s", request_id(), type(error).__name__)
    db.session.rollback()
    result = answer(503, "unavailable")
    result.headers["Retry-After"] = str(BUSY_S)
    return result


def _disk(error: OSError) -> Response:
    """The store or the room for uploads is full or away: that is said, and nothing is half written (T33)."""
    if error.errno not in FULL | DOWN:
        return _crash(error)
    log.error("disk refused, request %s: %s", request_id(), errno.errorcode[error.errno or 0])
    db.session.rollback()
    if error.errno in FULL:
        return answer(507, "storage_full")
    result = answer(503, "unavailable")
    result.headers["Retry-After"] = str(BUSY_S)
    return result


def _crash(error: Exception) -> Response:
    log.error("unexpected, request %s", request_id(), exc_info=error)
    db.session.rollback()
    return answer(500, "internal")


def _problems_of_fab(response: Response) -> Response:
    """FAB and the token library answer refusals in their own JSON; the contract knows one form."""
    if (
        not request.path.startswith("/api/")
        or response.status_code < HTTPStatus.BAD_REQUEST
        or response.mimetype == PROBLEM
    ):
        return response
    status = response.status_code
    said: Any = response.get_json(silent=True) or {}
    if (
        status == HTTPStatus.UNPROCESSABLE_ENTITY and "msg" in said
    ):  # flask-jwt-extended: a token it cannot read
        status = HTTPStatus.UNAUTHORIZED.value
    result = _problem(status, HTTPStatus(status).name.lower(), str(_page_of(status).advice))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in response.headers:
            result.headers[name] = response.headers[name]
    return result


def init_app(app: Flask) -> None:
    """Register every handler, and number every request before anything refuses or logs."""
    app.before_request(_number)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _too_often)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(PoolTimeout, _busy)
    app.register_error_handler(OSError, _disk)
    app.register_error_handler(Exception, _crash)
    app.after_request(_problems_of_fab)
