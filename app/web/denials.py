"""Doors that stayed shut for somebody signed in are noted, whatever answered: FAB, a page, a call (T1)."""

import logging
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError

from app.commands import denials
from app.web.base import parse_id
from app.web.current import current_actor, engine, utc_now

log = logging.getLogger(__name__)
SHUT: Final = {HTTPStatus.FORBIDDEN: "forbidden", HTTPStatus.NOT_FOUND: "unknown"}


def init_app(app: Flask) -> None:
    """Watch every answer."""
    app.after_request(_note)


def _note(response: Response) -> Response:
    result = SHUT.get(HTTPStatus(response.status_code))
    if result is None or request.url_rule is None or _is_asset():
        return response
    if result == "unknown" and not request.view_args and request.method == "GET":
        return response  # an address without a key names nothing of anybody's
    actor = current_actor()
    if actor.account_id:
        door = f"{request.method} {request.endpoint}"
        try:
            denials.record_denial(
                engine(), actor=actor, door=door, object_id=_key(), result=result, now=utc_now()
            )
        except SQLAlchemyError:  # the refusal stands, whether or not it could be noted
            log.exception("denial not noted: %s", door)
    return response


def _is_asset() -> bool:
    """A style or picture of ours, of FAB or of the console: nothing of anybody's."""
    return (request.endpoint or "").rpartition(".")[2] == "static"


def _key() -> int | None:
    """The key in the address, if it has one."""
    keys = (parse_id(str(value)) for value in (request.view_args or {}).values())
    return next((key for key in keys if key is not None), None)
