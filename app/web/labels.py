"""Codes to words: statuses, verbs, parties, roles, document types; the sentences of blocks and refusals.

The database holds codes; a template writes `label('application', code)` or `ui.status('application', code)`.
Titles that are data (stages, categories, fields, materials) come from the programme, never from here (D1).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import g
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from app.domain.blocks import Block, Who
from app.domain.errors import Blocked, DomainError, FieldError, IdentityTaken, InvalidInput, NameTaken
from app.domain.roles import ROLE_TITLES
from app.domain.text import N_
from app.web.assets import asset
from app.web.moments import local

_ = lazy_gettext


@dataclass(frozen=True, slots=True)
class Look:
    """A word with the tone (class of the stylesheet) and the icon that go with it."""

    text: LazyString | str
    tone: str = ""
    icon: str = "info-circle"


_WAITING = Look(_("Waiting for review"), "warn", "clock")
_RETURNED = Look(_("Returned"), "bad", "arrow-back-up")

STATES: Mapping[str, Mapping[str, Look]] = {
    "application": {
        "draft": Look(_("To be submitted"), "", "edit"),
        "waiting": _WAITING,
        "unready": Look(_("Waiting for the roster"), "warn", "hourglass"),
        "in_review": Look(_("In review"), "info", "info-circle"),
        "returned": _RETURNED,
        "approved": Look(_("To be printed"), "ok", "circle-check"),
        "issued": Look(_("Card issued"), "ok", "id-badge-2"),
        "rejected": Look(_("Not approved"), "", "x"),
        "withdrawn": Look(_("Withdrawn"), "", "x"),
        "cancelled": Look(_("Cancelled"), "", "x"),
        "frozen": Look(_("Frozen"), "warn", "player-pause"),
    },
    "employer": {
        "draft": Look(_("To be submitted"), "", "edit"),
        "submitted": _WAITING,
        "active": Look(_("Registration approved"), "ok", "circle-check"),
        "returned": _RETURNED,
        "suspended": Look(_("Suspended"), "warn", "player-pause"),
    },
    "employer_change": {
        "submitted": _WAITING,
        "approved": Look(_("Change approved"), "ok", "circle-check"),
        "returned": _RETURNED,
        "withdrawn": Look(_("Withdrawn"), "", "x"),
    },
    "person": {
        "registered": _WAITING,
        "active": Look(_("Registration approved"), "ok", "circle-check"),
        "returned": _RETURNED,
        "unbound": Look(_("Without employer"), "warn", "alert-triangle"),
        "closed": Look(_("Closed"), "", "x"),
    },
    "roster": {
        "exported": Look(_("Exported, waiting for the stamped scan"), "warn", "clock"),
        "sealed": Look(_("Stamped and uploaded"), "ok", "circle-check"),
        "scan_returned": Look(_("Scan returned"), "bad", "arrow-back-up"),
        "void": Look(_("Void"), "", "x"),
    },
    "card": {
        "active": Look(_("Valid"), "ok", "circle-check"),
        "lost": Look(_("Reported lost"), "warn", "alert-triangle"),
        "void": Look(_("Void"), "", "x"),
        "expired": Look(_("Expired"), "", "clock"),
    },
    "programme_version": {
        "draft": Look(_("Draft"), "", "edit"),
        "checked": Look(_("Checked"), "info", "checklist"),
        "published": Look(_("Published"), "ok", "circle-check"),
        "retired": Look(_("Retired"), "", "history"),
    },
    "account": {
        "active": Look(_("Active"), "ok", "circle-check"),
        "disabled": Look(_("Disabled"), "", "ban"),
        "closed": Look(_("Closed"), "", "x"),
    },
    "job": {
        "ready": Look(_("Waiting"), "", "clock"),
        "running": Look(_("Running"), "info", "refresh"),
        "done": Look(_("Finished"), "ok", "circle-check"),
        "dead": Look(_("Failed"), "bad", "alert-circle"),
        "cancelled": Look(_("Stopped"), "", "x"),
        "expired": Look(_("No longer kept"), "", "clock"),
    },
    "message": {
        "waiting": Look(_("Waiting"), "", "clock"),
        "sending": Look(_("Sending"), "info", "send"),
        "sent": Look(_("Sent"), "ok", "check"),
        "dead": Look(_("Failed"), "bad", "alert-circle"),
        "recalled": Look(_("Recalled"), "", "x"),
    },
    "preview": {
        "none": Look(_("No preview"), "", "x"),
        "waiting": Look(_("Preview being made"), "info", "clock"),
        "done": Look(_("Preview ready"), "ok", "check"),
        "failed": Look(_("Preview failed"), "warn", "alert-triangle"),
    },
    "outcome": {
        "moved": Look(_("Done"), "ok", "check"),
        "skipped": Look(_("Skipped"), "warn", "alert-triangle"),
        "unknown": Look(_("Unknown"), "bad", "circle-x"),
    },
}
"""Kinds of states with their look: the status tag of every page."""

WORDS: Mapping[str, Mapping[str, LazyString]] = {
    "verb": {
        "new": _("Start an application"),
        "submit": _("Submit application"),
        "approve": _("Approve"),
        "send_back": _("Return for correction"),
        "back": _("Back one step"),
        "reject": _("Reject"),
        "undo": _("Undo"),
        "pull_back": _("Pull back"),
        "claim": _("Claim"),
        "release": _("Release"),
        "reassign": _("Reassign"),
        "issue": _("Print card"),
        "withdraw": _("Withdraw"),
        "cancel": _("Cancel case"),
        "suspend": _("Suspend"),
        "resume": _("Resume"),
        "export": _("Export roster"),
        "seal": _("Upload roster"),
        "void": _("Void"),
        "replace_scan": _("Replace scan"),
        "return_scan": _("Return scan"),
        "roster_export": _("Export roster"),
        "roster_void": _("Void"),
        "scan_return": _("Return scan"),
        "scan_replace": _("Replace scan"),
        "freeze": _("Freeze"),
        "thaw": _("Thaw"),
    },
    "verdict": {
        "approve": _("Approved"),
        "send_back": _("Returned"),
        "back": _("Sent back one step"),
        "reject": _("Not approved"),
        "undo": _("Decision undone"),
        "cancel": _("Cancelled"),
    },
    "party": {
        "employer": _("Employer"),
        "person": _("Person"),
        "county": _("County bureau"),
        "city": _("City bureau"),
        "officer": _("Officer"),
        "superuser": _("Superuser"),
    },
    "entry": {"employer": _("employers"), "person": _("persons"), "officer": _("offices")},
    "level": {"city": _("City"), "county": _("County"), "province": _("Province")},
    "who": {
        Who.NOBODY: _("Nobody can change this."),
        Who.YOU: _("You can solve this."),
        Who.APPLICANT: _("The applicant can solve this."),
        Who.EMPLOYER: _("The employer can solve this."),
        Who.HOLDER: _("The holder of this step can solve this."),
        Who.COUNTY: _("The county bureau can solve this."),
        Who.OTHER_OFFICER: _("Another person of the office can solve this."),
        Who.SUPERUSER: _("The system administrator can solve this."),
    },
    "doc_type": {
        "1": _("Resident ID card"),
        "2": _("Passport"),
        "3": _("Mainland travel permit for Hong Kong and Macau residents"),
        "4": _("Mainland travel permit for Taiwan residents"),
        "5": _("Residence permit for Hong Kong, Macau and Taiwan residents"),
        "6": _("Foreign permanent resident ID card"),
        "6a": _("Foreign permanent resident ID card (2017 version)"),
        "7": _("Other document"),
    },
    "sex": {"0": _("unknown"), "1": _("male"), "2": _("female"), "9": _("not stated")},
    "frozen": {
        "employer_suspended": _("the employer is suspended"),
        "person_left": _("the person has left the employer"),
    },
    "notice_kind": {
        "employer": _("Notice for employers"),
        "person": _("Notice for persons"),
        "sensitive": _("Consent to the handling of sensitive data"),
        "announcement": _("Announcement"),
    },
    "area": {
        "Statistics": _("Statistics"),
        "AccessLog": _("Access log"),
        "Account": _("Accounts"),
        "Application": _("Applications"),
        "AuditLog": _("Audit log"),
        "Card": _("Cards"),
        "Configuration": _("Configuration"),
        "DataConsole": _("Data console"),
        "Employer": _("Employers"),
        "Person": _("Persons"),
        "Programme": _("Programmes"),
        "Registration": _("Registrations"),
        "Review": _("Decisions made"),
        "Roster": _("Rosters"),
    },
    "permission": {
        "AccessLog.can_list": _("See the access log"),
        "Account.can_manage": _("Manage all accounts"),
        "Account.can_manage_employer": _("Manage the employer's accounts"),
        "Application.can_apply": _("Apply for oneself"),
        "Application.can_cancel": _("Cancel a case"),
        "Application.can_export": _("Export lists"),
        "Application.can_list": _("List cases"),
        "Application.can_review": _("Decide cases at one's step"),
        "Application.can_show": _("Open cases"),
        "AuditLog.can_list": _("See the audit log"),
        "Card.can_list": _("List cards"),
        "Card.can_print": _("Print cards"),
        "Card.can_show": _("Open cards"),
        "Configuration.can_manage": _("Edit reference data and settings"),
        "DataConsole.can_access": _("Use the data console"),
        "Employer.can_edit": _("Edit one's own employer"),
        "Employer.can_list": _("List employers"),
        "Employer.can_review": _("Review employers' registrations"),
        "Employer.can_review_change": _("Review employers' change requests"),
        "Employer.can_show": _("Open employers"),
        "Employer.can_suspend": _("Suspend employers"),
        "Person.can_list": _("List persons"),
        "Person.can_review": _("Review persons' registrations"),
        "Person.can_show": _("Open persons"),
        "Programme.can_manage": _("Edit programmes"),
        "Registration.can_release_claim": _("Release a number for registration"),
        "Registration.can_reveal": _("Show a full number, with a log entry"),
        "Review.can_list": _("List decisions"),
        "Review.can_show": _("Open decisions"),
        "Roster.can_export": _("Export rosters"),
        "Roster.can_list": _("List rosters"),
        "Roster.can_return_scan": _("Return a roster's scan"),
        "Roster.can_show": _("Open rosters"),
        "Roster.can_upload": _("Upload stamped rosters"),
        "Statistics.can_show": _("Statistics of one's own scope"),
    },
    "template": {
        "sms.approved": _("Application approved"),
        "sms.change_approve": _("Employer's change approved"),
        "sms.change_send_back": _("Employer's change returned"),
        "sms.code": _("Sign-in code"),
        "sms.collect": _("Card ready to collect"),
        "sms.reg_approve": _("Registration passed"),
        "sms.reg_resume": _("Employer resumed"),
        "sms.reg_send_back": _("Registration returned"),
        "sms.reg_suspend": _("Employer suspended"),
        "sms.rejected": _("Application not approved"),
        "sms.returned": _("Application returned"),
    },
    "job_kind": {
        "card_pdf": _("Cards as PDF"),
        "expire_exports": _("Clearing of old exports"),
        "export": _("Export of a list"),
        "preview": _("Preview of a file"),
    },
    "verified_by": {"code": _("verified by its code"), "typed": _("checked by hand")},
    "finding": {"field": _("Entry"), "material": _("Material"), "general": _("The whole case")},
    "subject": {
        "application": _("Application"),
        "employer": _("Employer"),
        "person": _("Person"),
        "account": _("Account"),
        "roster": _("Roster"),
        "programme": _("Programme"),
        "card": _("Card"),
        "system": _("System"),
        "access_log": _("Access log"),
    },
}
"""Kinds of codes that are plain words."""

PARAM_KINDS = {
    "reason": "frozen",
    "verb": "verb",
    "verdict": "verdict",
    "doc_type": "doc_type",
    "entry": "entry",
}
"""How a param of a refusal is worded when it carries a code; all others are values."""


_STATUSES = ("application", "employer", "person", "employer_change")
"""Whose states a param `status` may hold; codes that several have mean the same to people."""

FILTERS = (N_("In"), N_("Not In"))
"""Conditions of the generated lists' filters that FAB's own catalogue leaves in English."""

TAKEN: Mapping[str, str] = {
    "doc_no": N_(
        "This ID number cannot be used for registration. If it is yours, ask the office named at the foot of "
        "the page and quote %(reference)s."
    ),
    "mobile": N_(
        "This mobile number cannot be used for registration. If it is yours, ask the office named at the "
        "foot of the page and quote %(reference)s."
    ),
}
"""A number in use: the answer never says by whom, and what to do instead (R8)."""


TAKEN_NAMES: Mapping[str, str] = {
    "username": N_("This user name is already in use."),
    "credit_code": N_("Another employer is registered with this credit code."),
}
"""A text that may stand once only, by its field."""


def label(kind: str, code: object) -> str:
    """The word for a stored code; an unknown code is shown as it is (a superuser's own role, for one)."""
    key = "" if code is None else str(code)
    if kind == "role":
        title = ROLE_TITLES.get(key)
        return gettext(title) if title else key
    look = STATES.get(kind, {}).get(key)
    if look is not None:
        return str(look.text)
    word = WORDS.get(kind, {}).get(key)
    return key if word is None else str(word)


def status_look(kind: str, code: object) -> Look:
    """Tone and icon of a state; quiet for an unknown one."""
    return STATES.get(kind, {}).get(str(code)) or Look(str(code))


def _param(name: str, value: object, context: str) -> object:
    if isinstance(value, datetime | date):
        return local(value)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, str):
        return _word_of(name, value, context)
    if isinstance(value, Iterable):
        return gettext(", ").join(str(_param(name, part, context)) for part in value)
    return value


def _word_of(name: str, value: str, context: str) -> str:
    """What a text in a param says: a code has a word by the param's name, other text stands as it is."""
    if name == "status":
        return next((label(kind, value) for kind in _STATUSES if value in STATES[kind]), value)
    if name == "state":
        return label(context, value)
    return label(PARAM_KINDS[name], value) if name in PARAM_KINDS else value


def sentence(message: str, params: Mapping[str, object], context: str = "") -> str:
    """A msgid with its params in words; `context` names the kind whose states a param `state` holds."""
    words = {name: _param(name, value, context) for name, value in params.items()}
    text = gettext(message)
    try:
        return text % words if words else text.replace("%%", "%")
    except (KeyError, ValueError):
        return text


DRAFT_EXISTS = N_("You have a draft that was not submitted; please continue with it, or withdraw it first.")


def block_text(block: Block) -> str:
    """Why a verb is blocked, as one sentence."""
    if block.code == "open_application_exists" and block.params.get("no") in {"", "-"}:
        return gettext(DRAFT_EXISTS)  # what has no number yet was never submitted
    context = "roster" if block.code.startswith("roster") else block.code.partition("_")[0]
    return sentence(block.text, block.params, context)


def block_who(block: Block) -> str:
    """Who can lift a block."""
    return label("who", block.who)


def block_reason(block: Block) -> str:
    """Sentence and helper together, as a disabled button shows it."""
    helper = "" if block.who in {Who.NOBODY, Who.YOU} else " " + block_who(block)
    return block_text(block) + helper


def error_text(error: DomainError) -> str:
    """The sentence of a refusal; the blocks of a `Blocked` replace its general one."""
    if isinstance(error, Blocked) and error.blocks:
        return " ".join(block_reason(block) for block in error.blocks)
    if isinstance(error, IdentityTaken) and error.kind in TAKEN:
        return sentence(TAKEN[error.kind], {"reference": g.get("request_id", "")})
    if isinstance(error, NameTaken) and error.field in TAKEN_NAMES:
        return gettext(TAKEN_NAMES[error.field])
    return sentence(error.message, error.params, error.code.partition("_")[0])


def field_error_text(error: FieldError) -> str:
    """The sentence at a field."""
    return sentence(error.message, error.params)


def field_errors(error: DomainError) -> tuple[FieldError, ...]:
    """The mistakes a refusal names, if it names any."""
    return error.errors if isinstance(error, InvalidInput) else ()


def tag(kind: str, code: object) -> Markup:
    """The status tag for FAB's `formatters_columns`, where no template macro is at hand."""
    look = status_look(kind, code)
    icon = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>')
    picture = icon.format(asset("icons.svg"), look.icon)
    tone = f" {look.tone}" if look.tone else ""
    return Markup('<span class="tag{}">{}{}</span>').format(tone, picture, escape(label(kind, code)))
