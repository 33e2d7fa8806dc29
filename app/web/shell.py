"""The frame around every page: site name, organisation, sidebar, to-do lines, language.

The site document hardly changes and is kept in the process for half a minute, so that a page spends no
statement on it; organisation and state of the employer come with the sign-in, to-do counts with the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.roles import Actor
from app.domain.site import Site
from app.extensions import db
from app.queries import reference
from app.web import kept, menu
from app.web.current import current_actor, current_sign_in

KEY = "site-document"
LANGUAGES: Mapping[str, str] = {"zh": "中文", "en": "English"}


SEAL = "才"
"""The product's mark beside the site's name; the favicon shows the same."""


@dataclass(frozen=True, slots=True)
class SiteFace:
    """What the frame shows of the site document."""

    name: str
    office: str
    phone: str
    hours: str
    address: str
    seal: str = SEAL


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything the frame of a signed-in page needs."""

    account_id: int
    organisation: str
    full_name: str
    todo: tuple[Any, ...]
    sections: tuple[menu.Section, ...]
    account_links: tuple[menu.Line, ...]
    employer_state: str


def document() -> Site:
    """The site document as pages show it; read at most once in half a minute and process.

    Whatever decides by it reads it anew.
    """
    return kept.kept(KEY, lambda: reference.current_site(db.session()))


def site() -> SiteFace:
    """Name, contact and footer of this installation."""
    found = document()
    contact = found.contact
    return SiteFace(found.name, contact.office, contact.phone, contact.hours, contact.address)


def forget() -> None:
    """Read the site document anew with the next page: after a change of it."""
    kept.forget(KEY)


def employer_state() -> str:
    """State of the account's employer; empty for officers and superusers."""
    found = current_sign_in()
    return (found.employer_state or "") if found else ""


def _todo(actor: Actor) -> tuple[Any, ...]:
    lines = current_app.extensions.get("todo-lines")
    return tuple(lines(db.session(), actor)) if lines else ()


def shell() -> Shell:
    """The frame of this request; once per request."""
    if "shell" not in g:
        g.setdefault(
            "user", current_user
        )  # FAB sets it before views; a page of a refused request comes earlier
        actor = current_actor()
        found = current_sign_in()
        state = employer_state()
        g.shell = Shell(
            account_id=actor.account_id or 0,
            organisation=(found.employer_name or found.agency_name or "") if found else "",
            full_name=actor.full_name,
            todo=_todo(actor),
            sections=menu.sections(active=state == "active"),
            account_links=menu.account_links(active=state == "active"),
            employer_state=state,
        )
    return cast("Shell", g.shell)


def _context() -> dict[str, Any]:
    return {
        "site": site(),
        "shell": shell() if current_sign_in() else None,
        "languages": LANGUAGES,
        "base_template": "appbuilder/baselayout.html",
        "logout_url": url_for("PortalAuthView.logout"),
        "appbuilder": current_app.extensions["appbuilder"],
    }


def list_before(default: str = "") -> tuple[str, str] | None:
    """Title and address of the list this page belongs to, whose entry is now the current one of the sidebar.

    It is the one the address names as `back`, else `default`.
    """
    for url in (request.values.get("back", ""), default):
        title = menu.belongs_to(url, active=employer_state() == "active") if _is_ours(url) else ""
        if title:
            return title, url
    return None


def safe_next(target: str) -> str:
    """A path of ours to return to, or the landing page (open redirects, F16)."""
    return target if _is_ours(target) else url_for("IndexView.index")


def _is_ours(target: str) -> bool:
    parts = urlsplit(target)
    return (
        target.startswith("/")
        and not target.startswith("//")
        and not parts.scheme
        and not parts.netloc
        and not set(target) & set("\\\t\r\n")  # browsers read some of them as “/”, or not at all
    )


class LanguageView(BaseView):
    """Switching the language stays on the page (FAB's own switch leaves it)."""

    route_base = "/language"
    default_view = "switch"

    @expose("/<string:code>")
    def switch(self, code: str) -> Response:
        """Remember the language in the session and go back."""
        if code not in LANGUAGES:
            abort(404)
        session["locale"] = code
        return redirect(safe_next(request.args.get("next", "")))


def init_app(app: Flask) -> None:
    """Register the context of every template."""
    app.context_processor(_context)


def register(appbuilder: AppBuilder) -> None:
    """Register the language switch."""
    appbuilder.add_view_no_menu(LanguageView())
