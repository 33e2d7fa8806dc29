"""Words of the history: events, kinds of access, results, and payloads as lines that people can read.

A payload holds codes and digests only (model 8). What has no word here is shown as its code: the chain is
evidence, and nothing of it may be left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from app.domain.blocks import BLOCKS
from app.web import labels, menu
from app.web.console.tables import TABLES

_ = lazy_gettext

EVENTS: Mapping[str, LazyString] = {
    "approve": _("Approved"),
    "assign_service": _("Service staff assigned"),
    "attach": _("Material attached"),
    "back": _("Sent back one step"),
    "cancel": _("Cancelled"),
    "change_approved": _("Change approved"),
    "change_numbers": _("Numbers changed"),
    "change_password": _("Password changed"),
    "change_returned": _("Change returned"),
    "change_withdrawn": _("Change withdrawn"),
    "checked": _("Checked"),
    "choose_employer": _("Employer chosen"),
    "claim": _("Claimed"),
    "close": _("Closed"),
    "create": _("Created"),
    "detach": _("Material removed"),
    "disable": _("Disabled"),
    "draft": _("Draft"),
    "edit": _("Edited"),
    "enable": _("Enabled"),
    "end_expired": _("Ended by renewal after expiry"),
    "end_void": _("Ended by renewal"),
    "export": _("Roster exported"),
    "found": _("Found again"),
    "freeze": _("Frozen"),
    "hand_over": _("Handed over"),
    "import": _("Document imported"),
    "issue": _("Card issued"),
    "job_cancelled": _("Job cancelled"),
    "job_revived": _("Job started again"),
    "leave": _("Employer left"),
    "message_text": _("Message text changed"),
    "new": _("Draft started"),
    "publish": _("Published"),
    "pull_back": _("Pulled back"),
    "reassign": _("Reassigned"),
    "register": _("Registration made"),
    "reject": _("Not approved"),
    "release": _("Released"),
    "release_claim": _("Number released"),
    "replace_contact": _("Contact replaced"),
    "report_lost": _("Reported lost"),
    "reprint": _("Printed again"),
    "request_change": _("Change requested"),
    "reset_password": _("Password reset"),
    "resume": _("Resumed"),
    "roster_export": _("Roster exported"),
    "roster_void": _("Roster void"),
    "scan_replace": _("Scan replaced"),
    "scan_return": _("Scan returned"),
    "seal": _("Stamped roster uploaded"),
    "send_back": _("Returned"),
    "set_roles": _("Roles changed"),
    "sign_out_others": _("Other sign-ins ended"),
    "site": _("Site document changed"),
    "submit": _("Handed in"),
    "suspend": _("Suspended"),
    "switch_employer": _("Employer changed"),
    "thaw": _("Thawed"),
    "undo": _("Decision undone"),
    "void": _("Void"),
    "withdraw": _("Withdrawn"),
}
"""Names of the events that commands write; the filter offers these."""

ACCESS: Mapping[str, LazyString] = {
    "sign_in": _("Sign-in"),
    "open_file": _("File opened"),
    "download_file": _("File downloaded"),
    "reveal": _("Full number shown"),
    "console": _("Data console"),
    "confirm": _("Password confirmed"),
    "export": _("Export"),
    "denied": _("Refused"),
    "release_claim": _("Number released"),
    "disable": _("Disabled"),
    "enable": _("Enabled"),
    "close": _("Closed"),
}
RESULTS: Mapping[str, LazyString] = {
    "ok": _("Done"),
    "failed": _("Failed"),
    "locked": _("Locked"),
    "forbidden": _("Without the right"),
    "unknown": _("Not there or not theirs"),
    "not_your_role": _("Without the role"),
    "superuser_never_decides": _("Superusers do not decide"),
    "own_application": _("Own application"),
    "same_person": _("Decided before, another person must"),
}
KINDS: Mapping[str, LazyString] = {
    "application": _("Application"),
    "employer": _("Employer"),
    "person": _("Person"),
    "account": _("Account"),
    "roster": _("Roster"),
    "programme": _("Programme"),
    "card": _("Card"),
    "system": _("System"),
    "access_log": _("Access log"),
    "job": _("Job"),
    "page": _("Page"),
}
OBJECTS: Mapping[str, LazyString | str] = {**{table.name[:20]: table.title for table in TABLES}, **KINDS}
"""What an access was to; of the console also tables that have no chain, by their names as far as they are kept."""
PARTIES: Mapping[str, LazyString] = {"system": _("System"), "visitor": _("Visitor")}

KEYS: Mapping[str, LazyString] = {
    "account": _("Account"),
    "after": _("New values (digest)"),
    "before": _("Values before (digest)"),
    "by": _("Verification"),
    "change": _("Change request"),
    "digest": _("Digest"),
    "employer": _("Employer"),
    "fields": _("Entries"),
    "files": _("Files (digests)"),
    "from": _("Before"),
    "frozen": _("Frozen"),
    "has_reason": _("With a reason"),
    "job": _("Job"),
    "key": _("Submission key"),
    "kind": _("Kind"),
    "kinds": _("Numbers"),
    "lock": _("Changes"),
    "lock_seen": _("Changes seen"),
    "members": _("Members"),
    "no": _("Number"),
    "pages": _("Number of pages"),
    "programme": _("Programme document (digest)"),
    "ready": _("Ready to decide"),
    "reason": _("Reason (digest)"),
    "ref": _("Refers to"),
    "request": _("Request"),
    "review": _("Decision (digest)"),
    "roles": _("Roles"),
    "roster": _("Roster"),
    "sha256": _("File (digest)"),
    "slot": _("Material"),
    "stage": _("Step"),
    "state": _("State"),
    "status": _("State"),
    "submission": _("Submission (digest)"),
    "template": _("Template"),
    "to": _("After"),
    "values": _("Values (digest)"),
    "version": _("Version"),
    "version_no": _("Version"),
}
NUMBERS: Mapping[str, LazyString] = {"doc_no": _("Document number"), "mobile": _("Mobile number")}

_PLACE = re.compile(r"<[^>]*>")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])(\d{3})\d{5,}[\dXx](?![0-9A-Za-z])")
TYPED = frozenset({"reveal", "release_claim", "disable", "enable", "close"})
"""Kinds of access whose detail ends with words that somebody typed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a payload. `was` is the value before, where the event changed it."""

    title: str
    value: str
    was: str | None = None
    is_digest: bool = False


def word(words: Mapping[str, LazyString | str], code: object) -> str:
    """The word for a code; an unknown one is shown as it is."""
    found = words.get(str(code))
    return str(code) if found is None else str(found)


def party(code: str) -> str:
    """Who acted, as a party."""
    return word(PARTIES, code) if code in PARTIES else labels.label("party", code)


def result(code: str) -> str:
    """How an access ended; a refusal's code is one of the reasons why something is not possible."""
    block = BLOCKS.get(code)
    if block is None or code in RESULTS or "%(" in block.text:
        return word(RESULTS, code)
    return gettext(block.text)


def detail(kind: str, text: str | None) -> str:
    """The detail of an access; a long number that somebody typed into a reason is masked (I18)."""
    plain = text or ""
    if kind == "denied":
        return _door(plain)
    return _LONG_NUMBER.sub(r"\1****", plain) if kind in TYPED else plain


def _door(noted: str) -> str:
    """A door that stayed shut, noted as method and endpoint: what the menu calls it, and its address."""
    endpoint = noted.partition(" ")[2]
    rule = next(iter(current_app.url_map.iter_rules(endpoint)), None) if endpoint else None
    if rule is None:  # a page of an older version
        return noted
    address = _PLACE.sub("…", rule.rule)
    label = menu.label_of(endpoint)
    return f"{label} · {address}" if label else address


def entries(payload: Mapping[str, object], subject_kind: str) -> tuple[Entry, ...]:
    """The payload line by line: first what changed, then the rest; values that are empty are left out."""
    old, new = payload.get("from"), payload.get("to")
    rest = {key: value for key, value in payload.items() if key not in {"from", "to"}}
    return (*_moved(old, new, subject_kind), *_plain(rest, subject_kind))


def _moved(old: object, new: object, subject_kind: str) -> Iterator[Entry]:
    if isinstance(new, Mapping):
        before = old if isinstance(old, Mapping) else {}
        for key, value in new.items():
            was = before.get(key)
            if was != value and not _is_empty(was, value):
                yield _entry(key, value, subject_kind, was=was)
    elif old is not None or new is not None:
        yield _entry("roles" if isinstance(new, list) else "state", new, subject_kind, was=old)


def _is_empty(*values: object) -> bool:
    return all(value is None for value in values)


def _plain(payload: Mapping[str, object], subject_kind: str, above: str = "") -> Iterator[Entry]:
    for key, value in payload.items():
        if isinstance(value, Mapping):
            yield from _plain(value, subject_kind, word(KEYS, key) + " · ")
        elif value is not None and value != "":
            made = _entry(key, value, subject_kind)
            yield Entry(above + made.title, made.value, made.was, made.is_digest)


def _entry(key: str, value: object, subject_kind: str, was: object = None) -> Entry:
    text = _value(key, value, subject_kind)
    before = None if was is None else _value(key, was, subject_kind)
    return Entry(word(KEYS, key), text, before, _DIGEST.fullmatch(text) is not None)


def _value(key: str, value: object, subject_kind: str) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list | tuple):
        return gettext(", ").join(_value(key, part, subject_kind) for part in value)
    if key in {"status", "state", "from", "to"}:
        kind = "programme_version" if subject_kind == "programme" else subject_kind
        return labels.label(kind, value)
    named = {"roles": "role", "by": "verified_by", "frozen": "frozen"}.get(key)
    if named:
        return labels.label(named, value)
    return word(NUMBERS, value) if key in {"kinds", "kind"} else str(value)
