"""The words of reports: for the pages that order them, and for the jobs that write them (which have no request)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from flask import Flask
from flask_babel import force_locale, gettext

from app.domain.reports import MakeWording, Wording
from app.domain.states import Waiting
from app.queries.applications import Tab
from app.web import labels
from app.web.pages import query as query_pages
from app.web.pages import queue as queue_pages


def word(kind: str, code: str) -> str:
    """The word for a code of a report's column or filter; an unknown one is shown as it is."""
    found = _OWN[kind]().get(code) if kind in _OWN else None
    return found or labels.label(kind, code)


def _titles(kind: str) -> Callable[[], Mapping[str, str]]:
    return lambda: dict(query_pages.choices()[kind])


def _states() -> Mapping[str, str]:
    return {"open": gettext("Open")}


def _tabs() -> Mapping[str, str]:
    return {tab.value: text for tab, text in queue_pages.tab_titles(has_gate=True).items()} | {
        Tab.READY.value: gettext("To review")
    }


def _roster_tabs() -> Mapping[str, str]:
    return {
        "open": gettext("To be stamped and uploaded"),
        "sealed": gettext("Stamped and uploaded"),
        "void": gettext("Void"),
    }


_OWN: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "application": _states,
    "category": _titles("category"),
    "programme": _titles("programme"),
    "stage": _titles("stage"),
    "milestone": lambda: {
        "submitted": gettext("Submitted applications"),
        "issued": gettext("Card issued"),
        "to_print": gettext("To print"),
        "to_stamp": gettext("Waiting for the roster"),
        "own_words": gettext("In own words"),
    },
    "due": lambda: {"over": gettext("Overdue")},
    "handled": query_pages.handled_words,
    "office": lambda: {waits.value: query_pages.office_word(waits) for waits in Waiting},
    "on_roster": lambda: {"none": gettext("without a roster")},
    "remark": lambda: {"taken_back": gettext("Taken back")},
    "roster_tab": _roster_tabs,
    "tab": _tabs,
    "yes_no": lambda: {
        "True": gettext("Yes"),
        "False": gettext("No"),
        "true": gettext("Yes"),
        "false": gettext("No"),
    },
}
"""Words that stand in no table of labels, read when they are needed."""


class _Words:
    def text(self, msgid: str, values: Mapping[str, object] | None = None) -> str:
        return gettext(msgid) % values if values else gettext(msgid)

    def word(self, kind: str, code: str) -> str:
        return word(kind, code)


def spoken_by(app: Flask) -> MakeWording:
    """The application's translations, for work outside of a request."""

    @contextmanager
    def speak(language: str) -> Iterator[Wording]:
        with app.app_context(), force_locale(language):
            yield _Words()

    return speak
