"""Reference data superusers keep on FAB's generated pages: bureaus, codes, phrases, holidays, notices."""

import hashlib
import secrets
from typing import Any

from flask_appbuilder import AppBuilder
from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.sqla.filters import FilterNotEqual
from flask_babel import gettext, lazy_gettext
from sqlalchemy import func, select
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    StopValidation,
)

from app.domain.roles import AccountKind
from app.extensions import utc_now
from app.models.agency import Agency
from app.models.reference import NOTICE_KINDS, Code, CodeList, Holiday, Notice, Phrase
from app.queries.reference import TEMPLATES_LIST
from app.web import labels, menu
from app.web.base import ScopedInterface, ScopedModelView
from app.web.forms.fields import LocalTimeField
from app.web.menu import Entry, Group

_ = lazy_gettext
SUPERUSER = frozenset({AccountKind.SUPERUSER})
LEVELS = ("city", "county")
EMPLOYERS_CHOOSE = _("Employers may choose this bureau when they register.")
PHRASE_VERDICTS = ("approve", "send_back", "back", "reject")


def _choices(kind: str, codes: tuple[str, ...]) -> Any:
    return lambda: [(code, labels.label(kind, code)) for code in codes]


def _words(kind: str) -> Any:
    return lambda code: labels.label(kind, code) if code else ""


ORDER = IntegerField(_("Order"), [InputRequired(), NumberRange(0, 9999)], default=0)


class ConfigurationView(ScopedModelView):
    """A generated page of reference data: one right for all of it."""

    method_permission_name = dict.fromkeys(("list", "show", "add", "edit", "delete"), "manage")


def _stands_below_a_city(form: Any, field: Any) -> None:
    """A county without a city would leave its cases without a city office. Stops, as `Optional` forgets errors."""
    level = form["level"].data
    above = field.data.level if field.data else None
    if level == "county" and above != "city":
        raise StopValidation(gettext("Choose the city bureau that this county belongs to."))
    if level == "city" and above is not None:
        raise StopValidation(gettext("A city bureau stands at the top: leave this empty."))


class AgencyView(ConfigurationView):
    """The tree of bureaus. A bureau is never moved: cases carry its path (T2)."""

    datamodel = ScopedInterface(Agency)
    route_base = "/agencies"
    class_permission_name = "Configuration"
    list_title = _("Bureaus")
    show_title = _("Bureau")
    add_title = _("Add bureau")
    edit_title = _("Edit bureau")
    label_columns = {
        "name": _("Bureau name"),
        "code": _("Code"),
        "level": _("Level"),
        "division_code": _("Administrative division code"),
        "parent": _("Above"),
        "open_for_employers": _("Open for employers"),
        "phone": _("Telephone"),
        "active": _("Active"),
    }
    list_columns = ["name", "level", "code", "open_for_employers", "phone", "active"]
    search_columns = ["name", "code", "level", "open_for_employers"]
    order_columns = ["name", "code", "level"]
    show_columns = ["name", "level", "code", "division_code", "open_for_employers", "phone", "active"]
    add_columns = [
        "name",
        "parent",
        "level",
        "code",
        "division_code",
        "open_for_employers",
        "phone",
        "active",
    ]
    edit_columns = ["name", "code", "division_code", "open_for_employers", "phone", "active"]
    description_columns = {
        "code": _("Part of application numbers; keep it once cases exist."),
    }
    validators_columns = {
        "code": [Regexp(r"[0-9A-Z]{2,12}\Z", message=_("Use 2 to 12 digits and capital letters A to Z."))],
        "parent": [_stands_below_a_city],
    }
    formatters_columns = {"level": _words("level")}
    add_form_extra_fields = {
        "level": SelectField(_("Level"), choices=_choices("level", LEVELS)),
        "open_for_employers": BooleanField(_("Open for employers"), description=EMPLOYERS_CHOOSE),
        "active": BooleanField(_("Active"), default=True),
    }
    edit_form_extra_fields = {
        "open_for_employers": BooleanField(_("Open for employers"), description=EMPLOYERS_CHOOSE),
        "active": BooleanField(_("Active")),
    }
    base_order = ("path", "asc")

    def pre_add(self, item: Agency) -> None:
        """The path is the parent's path and the own id: known once the row is flushed."""
        session = self.datamodel.session
        item.path = f"/new-{secrets.token_hex(8)}/"
        self.datamodel.flush(item)
        above = session.get(Agency, item.parent_id) if item.parent_id else None
        item.path = f"{above.path if above else '/'}{item.id}/"


class NoTemplates(BaseFilter):
    """Every code but the texts of messages, which have a page of their own that checks their places."""

    def apply(self, query: Any, value: object) -> Any:
        """Leave the list of the texts out."""
        del value
        return query.filter(Code.list_id.not_in(select(CodeList.id).where(CodeList.code == TEMPLATES_LIST)))


OTHER_LISTS = [["code", FilterNotEqual, TEMPLATES_LIST]]


class CodeView(ConfigurationView):
    """Entries of code lists; one out of use stays for old data."""

    datamodel = ScopedInterface(Code)
    route_base = "/codes"
    class_permission_name = "Configuration"
    list_title = _("Codes")
    show_title = _("Code")
    add_title = _("Add code")
    edit_title = _("Edit code")
    label_columns = {
        "list": _("Code list"),
        "code": _("Code"),
        "title": _("Title"),
        "title_en": _("English title"),
        "position": _("Order"),
        "active": _("Active"),
    }
    list_columns = ["list", "code", "title", "title_en", "position", "active"]
    search_columns = ["list", "code", "title", "active"]
    base_filters = [["code", NoTemplates, ""]]
    add_form_query_rel_fields = edit_form_query_rel_fields = {"list": OTHER_LISTS}
    order_columns = ["code", "title", "position"]
    show_columns = ["list", "code", "title", "title_en", "position", "active"]
    add_columns = edit_columns = ["list", "code", "title", "title_en", "position", "active"]
    include_route_methods = {"list", "show", "add", "edit"}
    add_form_extra_fields = {"position": ORDER, "active": BooleanField(_("Active"), default=True)}
    edit_form_extra_fields = {"position": ORDER, "active": BooleanField(_("Active"))}


class CodeListView(ConfigurationView):
    """Lists that fields of a programme choose from."""

    datamodel = ScopedInterface(CodeList)
    route_base = "/code-lists"
    class_permission_name = "Configuration"
    base_filters = OTHER_LISTS
    list_title = _("Code lists")
    show_title = _("Code list")
    add_title = _("Add code list")
    edit_title = _("Edit code list")
    label_columns = {"code": _("Code"), "title": _("Title")}
    list_columns = ["code", "title"]
    search_columns = ["code", "title"]
    order_columns = ["code", "title"]
    show_columns = ["code", "title"]
    add_columns = ["code", "title"]
    edit_columns = ["title"]
    related_views = [CodeView]
    include_route_methods = {"list", "show", "add", "edit"}
    add_form_extra_fields = {
        "code": StringField(_("Code"), [DataRequired(), Length(max=40), Regexp(r"[A-Za-z][A-Za-z0-9_]*\Z")]),
    }


class PhraseView(ConfigurationView):
    """Common opinions offered on the review desk."""

    datamodel = ScopedInterface(Phrase)
    route_base = "/phrases"
    class_permission_name = "Configuration"
    list_title = _("Common phrases")
    show_title = _("Common phrase")
    add_title = _("Add phrase")
    edit_title = _("Edit phrase")
    label_columns = {
        "text": _("Text"),
        "verdict": _("Decision"),
        "stage_code": _("Step"),
        "position": _("Order"),
    }
    list_columns = ["text", "verdict", "stage_code", "position"]
    search_columns = ["text", "verdict", "stage_code"]
    order_columns = ["position", "verdict"]
    show_columns = ["text", "verdict", "stage_code", "position"]
    add_columns = edit_columns = ["text", "verdict", "stage_code", "position"]
    description_columns = {"stage_code": _("Code of a step; empty for all steps.")}
    formatters_columns = {"verdict": _words("verb")}
    add_form_extra_fields = edit_form_extra_fields = {
        "verdict": SelectField(_("Decision"), choices=_choices("verb", PHRASE_VERDICTS)),
        "text": TextAreaField(_("Text"), [DataRequired(), Length(max=200)]),
        "position": ORDER,
    }


class HolidayView(ConfigurationView):
    """Days that differ from the weekly pattern; working-day limits count by them (I6)."""

    datamodel = ScopedInterface(Holiday)
    route_base = "/holidays"
    class_permission_name = "Configuration"
    list_title = _("Holidays and worked weekends")
    show_title = _("Day")
    add_title = _("Add day")
    edit_title = _("Edit day")
    label_columns = {"day": _("Day"), "title": _("Title"), "is_working_day": _("Worked weekend day")}
    list_columns = ["day", "title", "is_working_day"]
    search_columns = ["title", "is_working_day"]
    order_columns = ["day"]
    show_columns = ["day", "title", "is_working_day"]
    add_columns = edit_columns = ["day", "title", "is_working_day"]
    base_order = ("day", "asc")


class NoticeView(ConfigurationView):
    """Notices and consents, versioned: what people agreed to is never rewritten (R6)."""

    datamodel = ScopedInterface(Notice)
    route_base = "/notices"
    class_permission_name = "Configuration"
    list_title = _("Notices")
    show_title = _("Notice")
    add_title = _("Add notice")
    edit_title = _("Edit notice")
    label_columns = {
        "kind": _("Kind"),
        "version": _("Version"),
        "title": _("Title"),
        "body": _("Text"),
        "effective_from": _("Valid from"),
        "expires_at": _("Valid until"),
    }
    list_columns = ["title", "kind", "version", "effective_from", "expires_at"]
    search_columns = ["title", "kind"]
    order_columns = ["kind", "version", "effective_from"]
    show_columns = ["title", "kind", "version", "effective_from", "expires_at", "body"]
    add_columns = ["kind", "title", "body", "effective_from", "expires_at"]
    edit_columns = ["title", "body", "effective_from", "expires_at"]
    formatters_columns = {"kind": _words("notice_kind")}
    base_order = ("id", "desc")
    _times = {
        "effective_from": LocalTimeField(_("Valid from"), [DataRequired()]),
        "expires_at": LocalTimeField(_("Valid until"), [Optional()]),
        "body": TextAreaField(
            _("Text"), [DataRequired()], description=_("Plain text with empty lines between paragraphs.")
        ),
    }
    edit_form_extra_fields = _times
    add_form_extra_fields = {
        **_times,
        "kind": SelectField(_("Kind"), choices=_choices("notice_kind", NOTICE_KINDS)),
    }

    def pre_add(self, item: Notice) -> None:
        """The next version of its kind."""
        latest = self.datamodel.session.scalar(
            select(func.max(Notice.version)).where(Notice.kind == item.kind)
        )
        item.version = (latest or 0) + 1
        item.body_hash = _hash(item)

    def pre_update(self, item: Notice) -> None:
        """A notice in force is what people agreed to: a change is a new version."""
        if _was_in_force(self.datamodel.session, item.id):
            raise ValueError(gettext("This notice is in force already; add a new version instead."))
        item.body_hash = _hash(item)

    def pre_delete(self, item: Notice) -> None:
        """The same holds for deleting."""
        if item.effective_from <= utc_now():
            raise ValueError(gettext("This notice is in force already; add a new version instead."))


def _hash(item: Notice) -> str:
    return hashlib.sha256(f"{item.title}\n{item.body}".encode()).hexdigest()


def _was_in_force(session: Any, key: int) -> bool:
    with session.no_autoflush:
        since = session.scalar(select(Notice.__table__.c.effective_from).where(Notice.__table__.c.id == key))
    return since is not None and since <= utc_now()


def register(appbuilder: AppBuilder) -> None:
    """The views and their lines in the sidebar."""
    views = (CodeView, AgencyView, CodeListView, PhraseView, HolidayView, NoticeView)
    for view in views:
        appbuilder.add_view_no_menu(view())
    entries = (
        (
            "AgencyView.list",
            _("Bureaus"),
            "sitemap",
            _("The tree of offices and which are open for employers"),
        ),
        ("CodeListView.list", _("Code lists"), "list-details", _("What fields choose from")),
        ("PhraseView.list", _("Common phrases"), "message", _("Opinions offered on the review desk")),
        ("HolidayView.list", _("Holidays"), "calendar", _("Days off and worked weekends, for deadlines")),
        (
            "NoticeView.list",
            _("Notices"),
            "speakerphone",
            _("Notices, consents and announcements, by version"),
        ),
    )
    for order, (endpoint, title, icon, note) in enumerate(entries, start=70):
        menu.add(
            Entry(
                endpoint, title, Group.SYSTEM, icon=icon, order=order, kinds=SUPERUSER, tile=True, note=note
            )
        )
