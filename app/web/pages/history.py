"""The history of a registration as a timeline: words for events, offices, reasons, returned items."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from app.domain.registration import Finding
from app.domain.site import Site
from app.queries.persons import PersonDetail
from app.queries.registration_history import HistoryEntry

_ = lazy_gettext

EVENTS: Mapping[str, LazyString] = {
    "register": _("Registration made"),
    "submit": _("Submitted for review"),
    "approve": _("Registration approved"),
    "send_back": _("Returned for correction"),
    "suspend": _("Suspended"),
    "resume": _("Resumed"),
    "edit": _("Data changed"),
    "attach": _("File uploaded"),
    "detach": _("File removed"),
    "request_change": _("Change requested"),
    "change_approved": _("Change approved by the bureau"),
    "change_returned": _("Change request returned"),
    "change_withdrawn": _("Change request withdrawn"),
    "replace_contact": _("Contact replaced"),
    "switch_employer": _("Another employer chosen"),
    "leave": _("Left the employer"),
    "choose_employer": _("Employer chosen"),
    "close": _("Account closed"),
    "assign_service": _("Service contact assigned"),
}
FIELDS: Mapping[str, LazyString] = {
    "name": _("Registered name"),
    "credit_code": _("Unified social credit code"),
    "agency": _("Bureau in charge"),
    "agency_id": _("Bureau in charge"),
    "address": _("Address"),
    "phone": _("Telephone"),
    "contact": _("Contact person"),
    "doc_type": _("Type of ID document"),
    "doc_no": _("ID number"),
    "mobile": _("Mobile number"),
    "sex": _("Sex"),
    "birth": _("Date of birth"),
    "employer": _("Employer"),
    "data": _("Further details"),
}
BAD = frozenset({"send_back", "suspend", "change_returned"})


def item_titles(site: Site) -> Mapping[str, str]:
    """Code -> title of everything that can be returned: built-in fields, the site's fields and materials."""
    built_in = {code: str(title) for code, title in FIELDS.items()}
    named = {field.code: field.title for field in site.fields}
    return built_in | named | {material.code: material.title for material in site.materials}


def finding_text(finding: Finding, site: Site) -> str:
    """Why an item was returned: the reviewer's words, else the reason's title."""
    reason = site.reason(finding.reason_code)
    return finding.text or (reason.title if reason else finding.reason_code)


def finding_title(finding: Finding, titles: Mapping[str, str]) -> str:
    """What was returned, by the titles of the party's fields."""
    kind, code = finding.target
    return gettext("The whole registration") if kind == "general" else titles.get(code, code)


def person_titles() -> Mapping[str, str]:
    """What a person's registration calls the same codes."""
    return {code: str(title) for code, title in FIELDS.items()} | {"name": gettext("Full name")}


def remarks(person: PersonDetail, site: Site) -> list[tuple[str, str, bool]]:
    """What an employer returned of a person's registration: item, why, whether it was changed since."""
    titles = person_titles()
    return [
        (finding_title(one, titles), finding_text(one, site), one.target[1] not in person.still)
        for one in person.findings
    ]


def timeline(entries: Iterable[HistoryEntry], site: Site, *, of_person: bool = False) -> list[dict[str, Any]]:
    """The steps for `ui.timeline`, latest first."""
    titles = person_titles() if of_person else item_titles(site)
    return [_step(entry, site, titles) for entry in reversed(list(entries))]


def _remark(finding: Finding, site: Site, titles: Mapping[str, str]) -> str:
    title, text = finding_title(finding, titles), finding_text(finding, site)
    return gettext("%(field)s: %(error)s", field=title, error=text)


def _step(entry: HistoryEntry, site: Site, titles: Mapping[str, str]) -> dict[str, Any]:
    said = [entry.text] if entry.text else []
    said += [_remark(finding, site, titles) for finding in entry.findings]
    changed = [titles[code] for code in entry.fields if code in titles]  # the rest follows from these
    said += [gettext(", ").join(changed)] if changed else []
    return {
        "title": str(EVENTS.get(entry.event, entry.event)),
        "at": entry.at,
        "who": gettext(", ").join(part for part in (entry.office, entry.actor_name) if part),
        "text": gettext("; ").join(said),
        "state": "bad" if entry.event in BAD else "",
    }
