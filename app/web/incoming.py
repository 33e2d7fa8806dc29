"""Before every request: what no page of ours sends is refused in words, before a view or a statement sees it."""

import re
from collections.abc import Iterable, Iterator

from flask import Flask, Response, request
from flask_babel import lazy_gettext

from app.domain.errors import FieldError, InvalidInput, NotFound
from app.web.api.shapes import BAD_CHARACTER
from app.web.errors import Page, answer

_ = lazy_gettext
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""C0 but tab and line ends: no text of a person holds one, and PostgreSQL stores no NUL."""
CROSS_SITE = Page(
    _("This request came from another site and was not carried out"),
    _("Please do it on the pages of this system."),
    "lock",
)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse_control_characters() -> None:
    """An address with one names nothing (404); in arguments and forms it is a mistake of that entry (422).

    Bodies of API calls have checks of their own, and files may hold anything.
    """
    if any(CONTROL.search(str(value)) for value in (request.view_args or {}).values()):
        raise NotFound
    sent = request.args.items(multi=True)
    named = (
        list(_holding(sent)) if _is_call() else [*_holding(sent), *_holding(request.form.items(multi=True))]
    )
    if named:
        raise InvalidInput(*(FieldError(name, "bad_character", BAD_CHARACTER) for name in named))


def _holding(sent: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Names of the entries that hold a control character, themselves without any."""
    for name, value in sent:
        if CONTROL.search(name) or CONTROL.search(value):
            yield CONTROL.sub("", name)[:60]


def refuse_other_sites() -> Response | None:
    """A page of another site posts nothing here with somebody's cookie (T26).

    Browsers say where a request comes from; a caller that does not say is judged by the form's token alone.
    Calls of the API carry no cookie.
    """
    if request.method in SAFE or _is_call() or request.headers.get("Sec-Fetch-Site") != "cross-site":
        return None
    return answer(403, "cross_site", page=CROSS_SITE)


def _is_call() -> bool:
    return request.path.startswith("/api/")


def init_app(app: Flask) -> None:
    """Register both; whether a site may post comes first."""
    app.before_request(refuse_other_sites)
    app.before_request(refuse_control_characters)
