"""The history of a registration as a timeline: words for its events, the returned items as text (R13, R26)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from app.domain.registration import Finding
from app.queries.registration_history import HistoryEntry

_ = lazy_gettext
EVENTS: Mapping[str, LazyString] = {
    "register": _("Registered"),
    "submit": _("Submitted"),
    "approve": _("Approved"),
    "send_back": _("Returned"),
    "suspend": _("Suspended"),
    "resume": _("Resumed"),
    "edit": _("Data changed"),
    "attach": _("Material uploaded"),
    "detach": _("Material removed"),
    "request_change": _("Change requested"),
    "change_approved": _("Change approved"),
    "change_returned": _("Change returned"),
    "change_withdrawn": _("Change withdrawn"),
    "replace_contact": _("Contact replaced"),
    "switch_employer": _("Employer changed"),
    "choose_employer": _("Employer chosen"),
    "leave": _("Left the employer"),
    "assign_service": _("Service contact assigned"),
    "close": _("Closed"),
}
BAD = frozenset({"send_back", "suspend", "change_returned", "leave", "close"})
Title = Callable[[str, str], str]


def timeline(history: Iterable[HistoryEntry], title: Title | None = None) -> list[dict[str, Any]]:
    """Entries for `ui.timeline`, newest first; `title(kind, code)` names a returned item."""
    return [_entry(entry, title) for entry in reversed(list(history))]


def _entry(entry: HistoryEntry, title: Title | None) -> dict[str, Any]:
    who = " ".join(dict.fromkeys(part for part in (entry.office, entry.actor_name) if part))
    texts = [entry.text, *(finding_text(finding, title) for finding in entry.findings)]
    return {
        "title": str(EVENTS.get(entry.event, entry.event)),
        "at": entry.at,
        "who": who,
        "text": gettext("; ").join(text for text in texts if text),
        "state": "bad" if entry.event in BAD else "",
    }


def finding_text(finding: Finding, title: Title | None = None) -> str:
    """A returned item: what, and why."""
    kind, code = finding.target
    name = title(kind, code) if title and code else ""
    return gettext("%(item)s: %(reason)s", item=name, reason=finding.text) if name else finding.text
