"""Business rows as generated lists and pages: read only, within the scope of the account.

State-bearing models have no generated form (D10). Officers and employers work in queues and queries of
their own; these pages serve the superuser, who reads everything and decides nothing (D8).
"""

from collections.abc import Callable
from typing import Any

from flask_appbuilder import AppBuilder
from flask_appbuilder.widgets import ShowWidget
from flask_babel import lazy_gettext
from sqlalchemy.orm import joinedload

from app.domain.programme import Programme
from app.domain.roles import AccountKind
from app.models.application import Application, Review
from app.models.card import Card
from app.models.employer import Employer
from app.models.person import Person
from app.models.roster import Roster
from app.queries.history import findings
from app.web import labels, menu
from app.web.base import ScopedInterface, ScopedModelView
from app.web.current import current_actor, read_session
from app.web.menu import Entry, Group
from app.web.pages import cases, stages

_ = lazy_gettext
SUPERUSER = frozenset({AccountKind.SUPERUSER})
NAME = _("Name")
EMPLOYER = _("Employer")
STATE = _("State")


def _state(kind: str) -> Any:
    return lambda code: labels.tag(kind, code)


def _word(kind: str) -> Any:
    return lambda code: labels.label(kind, code) if code else ""


def _programme_word(find: Callable[[Programme, str], str]) -> Any:
    """Words of a code that programmes define; programmes that name it differently are all shown."""

    def word(code: str | None) -> str:
        found = (find(programme, code) for programme in stages.published()) if code else ()
        titles = dict.fromkeys(title for title in found if title != code)
        return " / ".join(titles) or code or ""

    return word


class RecordView(ScopedModelView):
    """A generated list and page without any form."""

    include_route_methods = {"list", "show"}
    base_permissions = ["can_list", "can_show"]
    base_order = ("id", "desc")


class EmployerRecordView(RecordView):
    """All employers."""

    datamodel = ScopedInterface(Employer, eager=(joinedload(Employer.agency),))
    route_base = "/records/employers"
    class_permission_name = "Employer"
    list_title = _("Employers")
    show_title = EMPLOYER
    label_columns = {
        "name": _("Employer name"),
        "credit_code": _("Credit code"),
        "agency": _("Bureau"),
        "state": STATE,
        "submitted_at": _("Submitted"),
        "decided_at": _("Decided"),
        "address": _("Address"),
        "phone": _("Telephone"),
        "created": _("Registered"),
        "version_no": _("Submissions"),
    }
    list_columns = ["name", "agency", "credit_code", "state", "submitted_at", "decided_at"]
    search_columns = ["name", "credit_code", "state"]
    order_columns = ["name", "submitted_at", "decided_at"]
    show_columns = [
        "name",
        "credit_code",
        "agency",
        "state",
        "address",
        "phone",
        "created",
        "submitted_at",
        "decided_at",
        "version_no",
    ]
    formatters_columns = {"state": _state("employer")}


class PersonRecordView(RecordView):
    """All persons; numbers stay on the account."""

    datamodel = ScopedInterface(Person, eager=(joinedload(Person.employer),))
    route_base = "/records/persons"
    class_permission_name = "Person"
    list_title = _("Persons")
    show_title = _("Person")
    label_columns = {
        "name": NAME,
        "employer": EMPLOYER,
        "state": STATE,
        "doc_type": _("Document type"),
        "sex": _("Sex"),
        "registered_at": _("Registered"),
        "decided_at": _("Decided"),
        "return_reason": _("Reason of return"),
    }
    list_columns = ["name", "employer", "doc_type", "sex", "state", "registered_at"]
    search_columns = ["name", "state", "doc_type"]
    order_columns = ["name", "registered_at"]
    show_columns = [
        "name",
        "employer",
        "state",
        "doc_type",
        "sex",
        "registered_at",
        "decided_at",
        "return_reason",
    ]
    formatters_columns = {"state": _state("person"), "doc_type": _word("doc_type"), "sex": _word("sex")}


class ApplicationRecordView(RecordView):
    """All cases by their workflow columns."""

    datamodel = ScopedInterface(
        Application,
        eager=(
            joinedload(Application.person),
            joinedload(Application.employer),
            joinedload(Application.programme),
        ),
    )
    route_base = "/records/applications"
    class_permission_name = "Application"
    list_title = _("Applications")
    show_title = _("Application")
    label_columns = {
        "no": _("Application no."),
        "person": _("Applicant"),
        "employer": EMPLOYER,
        "programme": _("Programme"),
        "status": STATE,
        "stage_code": _("Step"),
        "is_ready": _("Ready to decide"),
        "version_no": _("Version"),
        "submitted_at": _("Submitted"),
        "entered_at": _("At this step since"),
        "due_at": _("Due"),
        "closed_at": _("Case closed"),
        "category": _("Category"),
        "kind": _("Kind"),
        "lock": _("Changes"),
    }
    list_columns = ["no", "person", "employer", "category", "status", "stage_code", "submitted_at", "due_at"]
    search_columns = ["no", "status", "stage_code", "category", "kind"]
    order_columns = ["no", "submitted_at", "due_at"]
    show_columns = [
        "no",
        "programme",
        "kind",
        "category",
        "person",
        "employer",
        "status",
        "stage_code",
        "is_ready",
        "version_no",
        "submitted_at",
        "entered_at",
        "due_at",
        "closed_at",
        "lock",
    ]
    formatters_columns = {
        "status": _state("application"),
        "category": _programme_word(cases.category_title),
        "stage_code": _programme_word(cases.stage_title),
        "kind": _programme_word(cases.kind_title),
        "due_at": cases.last_day,
    }


class RosterRecordView(RecordView):
    """All rosters."""

    datamodel = ScopedInterface(Roster, eager=(joinedload(Roster.employer),))
    route_base = "/records/rosters"
    class_permission_name = "Roster"
    list_title = _("Rosters")
    show_title = _("Roster")
    label_columns = {
        "no": _("Roster no."),
        "employer": EMPLOYER,
        "state": STATE,
        "size": _("People"),
        "pages": _("Number of pages"),
        "exported_at": _("Exported"),
        "sealed_at": _("Uploaded on"),
        "verified_by": _("Verification"),
        "return_reason": _("Reason of return"),
    }
    list_columns = ["no", "employer", "size", "pages", "state", "exported_at", "sealed_at"]
    search_columns = ["no", "state"]
    order_columns = ["no", "exported_at", "sealed_at"]
    show_columns = [
        "no",
        "employer",
        "state",
        "size",
        "pages",
        "exported_at",
        "sealed_at",
        "verified_by",
        "return_reason",
    ]
    formatters_columns = {"state": _state("roster"), "verified_by": _word("verified_by")}


class CardRecordView(RecordView):
    """All cards."""

    datamodel = ScopedInterface(Card, eager=(joinedload(Card.person), joinedload(Card.employer)))
    route_base = "/records/cards"
    class_permission_name = "Card"
    list_title = _("Cards")
    show_title = _("Card")
    label_columns = {
        "no": _("Card no."),
        "person": NAME,
        "employer": EMPLOYER,
        "state": STATE,
        "valid_from": _("Valid from"),
        "valid_to": _("Valid until"),
        "issued_at": _("Issued"),
    }
    list_columns = ["no", "person", "employer", "state", "valid_from", "valid_to"]
    search_columns = ["no", "state"]
    order_columns = ["no", "valid_from", "valid_to"]
    show_columns = ["no", "person", "employer", "state", "valid_from", "valid_to", "issued_at"]
    formatters_columns = {"state": _state("card")}


class ReviewShowWidget(ShowWidget):
    """A decision with what it said item by item."""

    template = "views/records/review_show.html"


class ReviewRecordView(RecordView):
    """All decisions on applications, append-only (D14, D26)."""

    datamodel = ScopedInterface(Review, eager=(joinedload(Review.application),))
    route_base = "/records/reviews"
    class_permission_name = "Review"
    list_title = _("Decisions made")
    show_title = _("Decision made")
    label_columns = {
        "application": _("Application no."),
        "verdict": _("Decision"),
        "stage_code": _("Step"),
        "actor_name": _("Decided by"),
        "role": _("Role"),
        "version_no": _("Version"),
        "text": _("Opinion"),
        "at": _("Decided"),
        "undoes_id": _("Undoes decision"),
        "batch_id": _("Batch"),
    }
    list_columns = ["application", "verdict", "stage_code", "actor_name", "role", "at"]
    search_columns = ["verdict", "stage_code", "actor_name", "role", "at"]
    order_columns = ["at"]
    show_columns = [
        "application",
        "verdict",
        "stage_code",
        "actor_name",
        "role",
        "version_no",
        "text",
        "at",
        "undoes_id",
        "batch_id",
    ]
    formatters_columns = {
        "verdict": _word("verdict"),
        "role": _word("role"),
        "stage_code": _programme_word(cases.stage_title),
    }
    show_widget = ReviewShowWidget

    def _get_show_widget(self, pk: Any, item: Any, **kwargs: Any) -> dict[str, Any]:
        widgets: dict[str, Any] = super()._get_show_widget(pk, item, **kwargs)
        widgets["show"].template_args["findings"] = findings(read_session(), current_actor(), item.id)
        return widgets


def register(appbuilder: AppBuilder) -> None:
    """The views and their lines in the sidebar."""
    entries = (
        (EmployerRecordView, _("Employers"), "building"),
        (PersonRecordView, _("Persons"), "users"),
        (ApplicationRecordView, _("Applications"), "file-text"),
        (RosterRecordView, _("Rosters"), "file-spreadsheet"),
        (CardRecordView, _("Cards"), "id-badge-2"),
        (ReviewRecordView, _("Decisions made"), "checklist"),
    )
    for order, (view, title, icon) in enumerate(entries, start=40):
        appbuilder.add_view_no_menu(view())
        menu.add(Entry(view.__name__ + ".list", title, Group.QUERY, icon=icon, order=order, kinds=SUPERUSER))
