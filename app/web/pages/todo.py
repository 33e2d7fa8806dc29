"""The lines of the left panel as people read them: text, count, address of exactly these rows (R24, I11)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.domain.roles import Actor
from app.queries import todo
from app.queries.todo import Line
from app.web.pages import stages
from app.web.templating import capped

KEY = "todo-lines"


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the panel and of the home page."""

    code: str
    text: str
    count: int
    url: str


def _page(endpoint: str, **values: Any) -> Callable[[Line], str]:
    return lambda _line: url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def _queue(line: Line) -> str:
    return stages.queue_url(line.params["programme"], line.params["desk"])


ADDRESSES: Mapping[str, Callable[[Line], str]] = {
    "registration": _page("EmployerView.status"),
    "registration_returned": _page("EmployerView.status"),
    "persons": _page("PersonReviewView.queue"),
    "employers": _page("EmployerReviewView.queue"),
    "changes": _page("ChangeView.queue"),
    "applications": _queue,
    "roster_wanted": lambda line: stages.without_roster_url(line.params["programme"]),
    "rosters": _page("RosterView.directory", tab="open"),
    "printing": lambda line: url_for("CardQueueView.queue", programme=line.params["programme"]),
    "drafts": _page("ApplyView.start"),
    "returned": _page("ApplyView.start"),
    "own_person": _page("RegistrationView.status"),
}
"""Where each line leads; its page shows the rows the line counts and no others."""


def shown(session: Session, actor: Actor) -> tuple[Shown, ...]:
    """The lines of the actor in one statement, in words."""
    desks = stages.desk_roles()
    return tuple(_shown(line) for line in todo.lines(session, actor, desks=desks))


def _shown(line: Line) -> Shown:
    words = {**line.params, "n": capped(line.count)}
    return Shown(line.code, gettext(line.title) % words, line.count, ADDRESSES[line.code](line))


def register() -> None:
    """Give the shell its to-do lines."""
    current_app.extensions[KEY] = shown
