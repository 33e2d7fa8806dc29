"""Which part of an address names which kind of object, and what is posted there.

A new route with a place in its address, or a new route that takes ids in its form, needs a line here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from flask import Flask
from flask_appbuilder.baseviews import BaseView
from werkzeug.routing import AnyConverter, Rule

PLACES: Mapping[str, Mapping[str, str]] = {
    "AccountAdminView": {"pk": "account"},
    "ApplicationApi": {"key": "case"},
    "AuditView.chain": {"key": "chain"},
    "CardApi": {"no": "card_no"},
    "ExportApi": {"key": "export"},
    "ExportView": {"key": "export"},
    "JobApi": {"key": "job"},
    "JobRecordView": {"pk": "job"},
    "MessageRecordView": {"pk": "message"},
    "MessageTextView": {"pk": "message_text"},
    "ReviewRecordView": {"pk": "review"},
    "RosterApi": {"key": "open_roster"},
    "AgencyView": {"pk": "agency"},
    "ApplicationRecordView": {"pk": "case"},
    "ApplicationView": {"pk": "ready_case:0"},
    "ApplyView": {"key": "case", "blob": "blob"},
    "CardRecordView": {"pk": "card"},
    "CardView": {"key": "card"},
    "CardView.of_case": {"key": "case"},
    "ChangeView": {"key": "change"},
    "CodeListView": {"pk": "code_list"},
    "CodeView": {"pk": "code"},
    "DeskView": {"key": "ready_case"},
    "EmployerChangeView": {"key": "change"},
    "EmployerDirectoryView": {"key": "employer"},
    "EmployerRecordView": {"pk": "employer"},
    "EmployerReviewView": {"key": "new_employer"},
    "EmployerUsersView": {"key": "account"},
    "EmployerView": {"key": "attachment"},
    "FileView": {"ref": "case_file|attachment_file|scan_file"},
    "HolidayView": {"pk": "holiday"},
    "JobView": {"key": "job"},
    "NoticeView": {"pk": "notice"},
    "OfficerView": {"key": "officer"},
    "PersonRecordView": {"pk": "person"},
    "PersonView": {"key": "person|new_person"},
    "PhraseView": {"pk": "phrase"},
    "ProgrammeView": {"key": "version"},
    "RevealView": {"key": "{kind}"},
    "RoleView": {"pk": "role"},
    "RosterRecordView": {"pk": "roster"},
    "RosterView": {"key": "open_roster|roster"},
}
"""View or `View.method` → place in the address → kind of object, or several with `|`; `:0` with a lock."""

WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AuditView.chain": {"kind": ("application", "none")},
    "console.static": {"filename": ("none.js",)},
    "console_person.export": {"export_type": ("csv", "none")},
    "ApplyView.new": {"programme": ("bohai-talent-card", "none"), "kind": ("first", "none")},
    "ApplyView.remove": {"slot": ("photo",)},
    "FileView.page": {"n": ("1",)},
    "HelpView.guide": {"code": ("employer", "person", "reviewer", "superuser", "none")},
    "LanguageView.switch": {"code": ("zh", "xx")},
    "LocaleView.index": {"locale": ("zh", "xx")},
    "QueueView.queue": {
        "programme": ("bohai-talent-card",),
        "desk": ("employer", "county_specialist", "none"),
    },
    "SwaggerView.show": {"version": ("v1", "x")},
    "VerifyView.verify": {"token": ("abc", "A" * 40)},
    "static": {"filename": ("none.js",)},
    "appbuilder.static": {"filename": ("none.js",)},
}
"""Places that hold a word and no key of a row."""

LISTED: Mapping[str, tuple[str, str]] = {
    "ApplicationView.action_post": ("rowid", "ready_case"),
    "ApplicationView.undo": ("batch", "batch"),
    "CardQueueView.issue": ("rowid", "ready_case"),
    "CardView.hand_over": ("rowid", "card"),
    "EmployerReviewView.approve": ("rowid", "new_employer"),
    "PersonReviewView.decide": ("rowid", "new_person"),
    "RosterView.export": ("rowid", "gate_case"),
}
"""Routes whose form names rows: the field and the kind of object."""

REASON = "材料不清楚，请核对"
GENERIC = {
    "lock": "0",
    "reason": REASON,
    "opinion": REASON,
    "verdict": "approve",
    "verb": "approve",
    "handed_to": "王五",
    "password": "Other-pass-2026",
    "password_again": "Other-pass-2026",
    "functions": "employer_reader",
    "roles": "county_leader",
    "type": "photo",
}
"""What is posted everywhere: enough for most forms, so that the answer is about the object."""

VARIANTS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "DeskView.decide": tuple(
        {"verb": verb, "text": REASON, "opinion": REASON, "reason_code": "not_eligible"}
        for verb in ("approve", "send_back", "back", "reject", "pull_back", "cancel", "claim", "release")
    ),
    "PersonReviewView.decide": ({"verdict": "approve"},),
    "ChangeView.decide": ({"verb": "approve"}, {"verb": "send_back"}),
    "EmployerReviewView.decide": ({"verb": "approve"}, {"verb": "send_back"}),
}

PUBLIC = {
    "HealthView.healthz",
    "HealthView.metrics",
    "HealthView.readyz",
    "HelpView.guide",
    "HelpView.own",
    "IndexView.index",
    "LanguageView.switch",
    "LocaleView.index",
    "PortalAuthView.entry",
    "RegisterEmployerView.form",
    "RegisterEmployerView.notice",
    "RegisterPersonView.employers",
    "RegisterPersonView.form",
    "RegisterPersonView.notice",
    "TokenApi.create",
    "VerifyView.verify",
    "appbuilder.static",
    "console.static",
    "static",
}
"""What answers somebody who has not signed in."""

ASKS_FOR_MORE = {
    "ApplicationApi.attach",
    "ApplyView.upload",
    "ExportApi.file",
    "JobRecordView.action",
    "JobView.result",
    "ProgrammeView.check",
    "ProgrammeView.publish",
    "RosterApi.scan",
}
"""An own key alone does not open these: they want a file, a draft of a document, a job that failed; tests of their own do it."""

ENDS_THE_SESSION = {"PortalAuthView.logout", "AccountView.sign_out_others"}


@dataclass(frozen=True, slots=True)
class Door:
    """One route with one method; its words chosen, its keys still open."""

    endpoint: str
    method: str
    right: str
    """The right it asks for; the route itself where none is declared."""
    rule: str
    words: Mapping[str, str]
    places: Mapping[str, str]
    """Place → kind; the place `=field` stands in the posted form."""
    body: Mapping[str, str] = field(default_factory=dict)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of object that the open places name."""
        return frozenset(kind.partition(":")[0] for kind in self.places.values())

    @property
    def is_call(self) -> bool:
        """Whether it belongs to the API, which asks for a token."""
        return self.rule.startswith("/api/")

    @property
    def key(self) -> str:
        """Tells the door from every other."""
        return f"{self.name} {dict(self.places)}"

    @property
    def name(self) -> str:
        """How a failing door is called."""
        said = " ".join(f"{name}={word}" for name, word in {**self.words, **self.body}.items())
        return f"{self.method} {self.rule} ({self.endpoint}) {said}".strip()

    def request(self, keys: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Address and form with these keys in the open places."""
        url = self.rule
        for place, word in self.words.items():
            url = url.replace(f"<{place}>", word)
        body = GENERIC | dict(self.body) if self.places else dict(self.body)
        for place, kind in self.places.items():
            if place.startswith("="):
                body[place[1:]] = keys[kind] if place == "=batch" else f"{keys[kind]}:0"
            else:
                named, colon, lock = kind.partition(":")
                url = url.replace(f"<{place}>", keys[named] + colon + lock)
        return url, body


def _plain(rule: Rule) -> str:
    return "".join(f"<{text}>" if is_place else text for is_place, text in rule._trace if text != "|")


def _wanted(table: Mapping[str, Mapping[str, Any]], endpoint: str) -> Mapping[str, Any]:
    return {**table.get(endpoint.partition(".")[0], {}), **table.get(endpoint, {})}


def _rules(app: Flask) -> list[Rule]:
    """Every route; of the console, which has the same routes for each table, those of one table."""
    every = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    return [
        r for r in every if not r.endpoint.startswith("console_") or r.endpoint.startswith("console_person.")
    ]


def unknown_places(app: Flask) -> list[str]:
    """Places in addresses that neither table names."""
    return sorted(
        f"{rule.rule}: say in PLACES or WORDS of {__name__.rpartition('.')[2]}.py what <{place}> of {rule.endpoint} names"
        for rule in _rules(app)
        for place in rule.arguments
        if place not in _choices(app, rule) and place not in _wanted(PLACES, rule.endpoint)
    )


def _choices(app: Flask, rule: Rule) -> dict[str, tuple[str, ...]]:
    chosen = dict(_wanted(WORDS, rule.endpoint))
    for place, converter in rule._converters.items():
        if isinstance(converter, AnyConverter):
            chosen[place] = tuple(converter.items)
    if rule.endpoint.endswith(".action"):
        view = getattr(app.view_functions[rule.endpoint], "__self__", None)
        chosen["name"] = (*sorted(getattr(view, "actions", {})), "none")
    return chosen


def doors(app: Flask) -> Iterator[Door]:
    """Every route, method, choice of words and kind of object."""
    for rule in _rules(app):
        choices = _choices(app, rule)
        kinds = {
            place: kind.split("|")
            for place, kind in _wanted(PLACES, rule.endpoint).items()
            if place in rule.arguments and place not in choices
        }
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT"}):
            listed = LISTED.get(rule.endpoint) if method == "POST" else None
            open_places = kinds | ({"=" + listed[0]: [listed[1]]} if listed else {})
            for words in _each(choices):
                for places in _each(_said(open_places, words)):
                    for body in _bodies(app, rule, method):
                        yield Door(
                            rule.endpoint,
                            method,
                            _right(app, rule.endpoint),
                            _plain(rule),
                            words,
                            places,
                            body,
                        )


def _right(app: Flask, endpoint: str) -> str:
    view = getattr(app.view_functions[endpoint], "__self__", None)
    name = endpoint.rpartition(".")[2]
    permission = getattr(getattr(view, name, None), "_permission_name", None)
    if permission is None or not isinstance(view, BaseView) or name in {"action", "action_post"}:
        return endpoint
    return f"{view.class_permission_name}.{view.get_method_permission(name)}"


def _said(kinds: Mapping[str, list[str]], words: Mapping[str, str]) -> dict[str, list[str]]:
    """`{place}` as a kind stands for the word in that place."""
    return {place: [kind.format_map(words) for kind in given] for place, given in kinds.items()}


def _each(choices: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    yield from (dict(zip(choices, picked, strict=True)) for picked in product(*choices.values()))


def _bodies(app: Flask, rule: Rule, method: str) -> tuple[Mapping[str, str], ...]:
    if method == "GET":
        return ({},)
    if rule.endpoint.endswith(".action_post"):
        view = getattr(app.view_functions[rule.endpoint], "__self__", None)
        return tuple({"action": name} for name in (*sorted(getattr(view, "actions", {})), "none"))
    return VARIANTS.get(rule.endpoint, ({},))


def ends(door: Door) -> bool:
    """Whether the door, once opened, takes the object away from others."""
    return door.endpoint.rpartition(".")[2] in {"leave", "delete", "disable", "remove", "void"}
