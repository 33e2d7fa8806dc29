"""The sidebar: four groups as in the manual, to-do lines on top, entries by right and state.

An entry names a page; who may open the page sees the entry. The right is read from the page's own
permission, so menu and page cannot disagree. Entries of business functions appear once the employer is
active, with the next page and without a new sign-in (R15).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from app.domain.roles import AccountKind
from app.web.current import current_actor

_ = lazy_gettext
KEY = "sidebar"
SOURCES = "sidebar-sources"
PLACE = "sidebar-place"
VIEWS = "sidebar-views"


class Group(StrEnum):
    """The modules of the manual; 待办事项 and 首页 stand above them."""

    TOP = "top"
    BUSINESS = "business"
    QUERY = "query"
    SYSTEM = "system"
    ACCOUNT = "account"


TITLES: Mapping[Group, LazyString | str] = {
    Group.TOP: "",
    Group.BUSINESS: _("Business"),
    Group.QUERY: _("Queries and statistics"),
    Group.SYSTEM: _("System administration"),
    Group.ACCOUNT: _("My account"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the sidebar. `kinds` empty = every party; `note` is the second line of its home tile."""

    endpoint: str
    label: LazyString | str
    group: Group
    icon: str = "file-text"
    order: int = 50
    kinds: frozenset[AccountKind] = frozenset()
    business: bool = False
    tile: bool = False
    note: LazyString | str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as a template shows it."""

    label: str
    url: str
    icon: str
    current: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A group with its visible lines."""

    code: str
    title: str
    icon: str
    lines: tuple[Line, ...]
    open: bool


SIDEBAR = (Group.TOP, Group.BUSINESS, Group.QUERY, Group.SYSTEM)
ICONS = {Group.TOP: "home", Group.BUSINESS: "inbox", Group.QUERY: "report-search", Group.SYSTEM: "settings"}


def add(*entries: Entry) -> None:
    """Register entries; called by every page module's `register`, inside the application's context."""
    current_app.extensions.setdefault(KEY, []).extend(entries)


def add_source(source: Callable[[], Iterable[Entry]]) -> None:
    """Register a function that yields entries which are data, such as one queue per stage; asked once per request."""
    current_app.extensions.setdefault(SOURCES, []).append(source)


def _known() -> list[Entry]:
    found: list[Entry] = list(current_app.extensions.get(KEY, []))
    for source in current_app.extensions.get(SOURCES, []):
        found.extend(source())
    return sorted(found, key=lambda entry: entry.order)


def label_of(endpoint: str) -> str:
    """The words of the line that leads to a page, or to the first page of its view; "" for neither."""
    entries: list[Entry] = current_app.extensions.get(KEY, [])
    view = endpoint.partition(".")[0]
    found = next((entry for entry in entries if entry.endpoint == endpoint), None) or next(
        (entry for entry in entries if entry.endpoint.partition(".")[0] == view), None
    )
    return str(found.label) if found else ""


def _view_of(endpoint: str) -> tuple[Any, str]:
    name, _dot, method = endpoint.partition(".")
    registered = current_app.extensions["appbuilder"].baseviews
    known: dict[str, Any] = current_app.extensions.setdefault(VIEWS, {})
    if len(known) != len(registered):
        known.update((view.endpoint, view) for view in registered)
    return known.get(name), method


def may_open(endpoint: str) -> bool:
    """Whether the page's own permission is held; a page without one is open to every signed-in account."""
    view, method = _view_of(endpoint)
    if view is None:
        return endpoint in current_app.view_functions
    permission = getattr(getattr(view, method, None), "_permission_name", None)
    if permission is None:
        return True
    right = "can_" + view.get_method_permission(method)
    return bool(current_app.extensions["appbuilder"].sm.has_access(right, view.class_permission_name))


def _visible(entry: Entry, *, active: bool) -> bool:
    actor = current_actor()
    if entry.kinds and actor.kind not in entry.kinds:
        return False
    if entry.business and actor.kind is AccountKind.EMPLOYER and not active:
        return False
    return may_open(entry.endpoint)


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its address, which takes long to build, and the folder of all pages below it."""

    entry: Entry
    url: str
    folder: str


def belongs_to(url: str, *, active: bool) -> str:
    """Make the entry of the list at `url` the current one of this page; its label, empty if there is none."""
    above = _above(url.partition("?")[0], visible_entries(active=active))
    if above is None:
        return ""
    setattr(g, PLACE, url)
    return str(above.entry.label)


def _current(entries: Iterable[Placed]) -> Placed | None:
    """The entry of the list this page belongs to, else the one above the page itself."""
    return _above(g.get(PLACE, request.path).partition("?")[0], entries)


def _above(path: str, entries: Iterable[Placed]) -> Placed | None:
    """The entry with the longest address above a path."""
    path = path.rstrip("/") + "/"
    above = [placed for placed in entries if path.startswith(placed.folder)]
    return max(above, key=lambda placed: len(placed.folder), default=None)


def _line(placed: Placed, current: Placed | None) -> Line:
    entry = placed.entry
    return Line(str(entry.label), placed.url, entry.icon, placed is current, str(entry.note))


def _placed(entry: Entry) -> Placed:
    url = url_for(entry.endpoint, **entry.values)
    return Placed(entry, url, url.partition("?")[0].removesuffix("list/").rstrip("/") + "/")


def visible_entries(*, active: bool) -> tuple[Placed, ...]:
    """The entries the present account may use, in order; once per request."""
    if KEY not in g:
        setattr(g, KEY, tuple(_placed(entry) for entry in _known() if _visible(entry, active=active)))
    return tuple(g.get(KEY))


def sections(*, active: bool) -> tuple[Section, ...]:
    """The sidebar of this request; empty groups are left out."""
    found = []
    entries = visible_entries(active=active)
    current = _current(entries)
    for group in SIDEBAR:
        lines = tuple(_line(placed, current) for placed in entries if placed.entry.group is group)
        if lines:
            chosen = any(line.current for line in lines)
            found.append(
                Section(
                    group.value, str(TITLES[group]), ICONS[group], lines, chosen or group is Group.BUSINESS
                )
            )
    return tuple(found)


def account_links(*, active: bool) -> tuple[Line, ...]:
    """The account menu in the header."""
    return tuple(
        _line(placed, None)
        for placed in visible_entries(active=active)
        if placed.entry.group is Group.ACCOUNT
    )


def tiles(group: Group, *, active: bool) -> tuple[Line, ...]:
    """The home page's tiles of a group."""
    return tuple(
        _line(placed, None)
        for placed in visible_entries(active=active)
        if placed.entry.group is group and placed.entry.tile
    )
