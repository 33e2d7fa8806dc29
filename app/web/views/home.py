"""/home: what waits, what can be done, how things stand — for each party its own page (R9, R10, R19, I4)."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, url_for
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import lazy_gettext

from app.domain.registration import EmployerState, PersonState
from app.domain.roles import AccountKind
from app.models.work import Job, Message
from app.queries import employers, operations, persons, programmes, starting
from app.queries.reference import current_site
from app.web import labels, menu, shell
from app.web.current import current_actor, read_session, utc_now
from app.web.menu import Entry, Group
from app.web.pages import case as case_pages
from app.web.pages import history, my_day, todo
from app.web.pages.employer import status_page
from app.web.views import health
from app.web.views.employer import BEFORE
from app.web.visitors import signed_in


class HomeView(BaseView):
    """The home page of every party."""

    route_base = "/home"
    default_view = "index"

    @expose("")
    @signed_in
    def index(self) -> str:
        """To-do cards, tiles, and the party's own status."""
        kind = current_actor().kind
        assert kind is not None  # noqa: S101 - signed in
        active = shell.employer_state() == EmployerState.ACTIVE
        groups = (Group.BUSINESS, Group.QUERY, Group.SYSTEM)
        sections = [(menu.TITLES[group], menu.tiles(group, active=active)) for group in groups]
        return render_template(
            f"views/home/{kind.value}.html",
            lines=shell.shell().todo,
            sections=[(title, tiles) for title, tiles in sections if tiles],
            **PAGES[kind](),
        )


def employer_page() -> dict[str, Any]:
    """The registration's checklist while it is not approved; then one's desks, and where the cases are."""
    found = employers.own_status(read_session(), current_actor())
    is_active = found.employer.state == EmployerState.ACTIVE
    return {
        "employer": found.employer,
        "page": status_page(found, current_site(read_session()), read_session()),
        "is_new": found.employer.state in BEFORE,
        "day": my_day.page(utc_now()) if is_active else {},
        "progress": my_day.progress(current_actor(), utc_now()) if is_active else [],
    }


def person_page() -> dict[str, Any]:
    """The registration with what was returned; once approved, the latest case and what may be started."""
    person = persons.own(read_session(), current_actor())
    site = current_site(read_session())
    started = _started() if person.state == PersonState.ACTIVE else {}
    case = next(iter(started.get("cases", ())), None)
    return {
        "person": person,
        "remarks": history.remarks(person, site),
        "case": case,
        "cards": started.get("cards", ()),
        "offers": [offer for offer in started.get("programmes", ()) if _is_open(offer)],
    }


def _started() -> dict[str, Any]:
    """One's own cases, newest first, the cards one has, and the programmes."""
    session, actor = read_session(), current_actor()
    return case_pages.start_page(session, actor, starting.options(session, actor, utc_now()))


def _is_open(offer: Mapping[str, Any]) -> bool:
    """Whether some kind of the programme can be applied for now."""
    return any(kind["allowed"] for kind in offer["kinds"])


def officer_page() -> dict[str, Any]:
    """The load of one's desks and one's own day."""
    return {"day": my_day.page(utc_now())}


def superuser_page() -> dict[str, Any]:
    """How the system stands, and agencies open for employers without an active holder of a stage (I4)."""
    session = read_session()
    failed = [
        (kind, operations.by_state(session, model).get("dead", 0), url_for(endpoint))
        for kind, model, endpoint in (
            ("jobs", Job, "JobRecordView.list"),
            ("messages", Message, "MessageRecordView.list"),
        )
    ]
    return {
        "warnings": holder_warnings(),
        "checks": [(health.NAMES[name], health.run(check)) for name, check in health.CHECKS.items()],
        "failed": [one for one in failed if one[1]],
    }


def holder_warnings() -> list[str]:
    """The warnings of every published programme in words, as `flask doctor` gives them."""
    return [
        labels.sentence(problem.message, {**problem.params, "role": _role(problem.params)})
        for offered in programmes.published(read_session())
        for problem in programmes.holder_warnings(read_session(), offered.document)
    ]


def _role(params: Mapping[str, object]) -> str:
    return labels.label("role", params.get("role", ""))


PAGES: Mapping[AccountKind, Callable[[], dict[str, Any]]] = {
    AccountKind.EMPLOYER: employer_page,
    AccountKind.PERSON: person_page,
    AccountKind.OFFICER: officer_page,
    AccountKind.SUPERUSER: superuser_page,
}


def register(appbuilder: AppBuilder) -> None:
    """The home page, first in the sidebar, and the to-do lines of every page."""
    appbuilder.add_view_no_menu(HomeView())
    todo.register()
    menu.add(Entry("HomeView.index", lazy_gettext("Home"), Group.TOP, icon="home", order=0))
