"""What the console shows of each table: one line a table, its list columns, what can be searched and filtered.

Search and filters stand only on columns that lead an index, so that a list answers at any size. A column is
shown unless it is one of `SECRET`. Tables whose key is a secret (sign-ins, numbers in use) are not here at all:
their rows would carry it in addresses.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from app.models.account import Account, Consent
from app.models.agency import Agency
from app.models.application import (
    Application,
    Approval,
    MaterialView,
    Review,
    ReviewItem,
    Submission,
)
from app.models.audit import AccessEvent, AuditEvent
from app.models.card import Card, CardPrint
from app.models.employer import Employer, EmployerChange, EmployerSubmission
from app.models.file import Attachment, Blob
from app.models.person import Person
from app.models.programme import Programme, ProgrammeVersion
from app.models.roster import Roster, RosterItem, RosterScan
from app.models.work import Job, Message

_ = lazy_gettext

SECRET = frozenset(
    {
        "password", "token", "token_hash", "session", "key", "data_key", "key_id", "enc",
        "person_key", "applicant_key", "actor_key",
        "email", "first_name", "last_name", "preferences", "params", "args", "provider_id", "holder",
    }
)  # fmt: skip
"""Columns no page of the console shows: keys, tokens, blind indexes, FAB's fillers, texts of messages."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the console.

    `search` is found by its beginning, `filters` by equality; each leads an index of the model.
    """

    model: type[Any]
    title: LazyString | str
    columns: tuple[str, ...]
    search: str = ""
    filters: tuple[str, ...] = ()
    group: str = "cases"

    @property
    def name(self) -> str:
        """The table's name in the database."""
        return str(self.model.__tablename__)

    @property
    def details(self) -> tuple[str, ...]:
        """Every column that is no secret, in the order of the table."""
        return tuple(c.key for c in self.model.__mapper__.column_attrs if c.key not in SECRET)


def _table(model: type[Any], title: LazyString | str, columns: str, **more: Any) -> Table:
    filters = tuple(more.pop("filters", "").split())
    return Table(model, title, tuple(columns.split()), filters=filters, **more)


TABLES = (
    _table(
        Application,
        _("Applications"),
        "no status stage_code is_ready category employer_id person_id submitted_at",
        search="no",
        filters="person_id employer_id desk_agency_id roster_id decision_batch_id",
    ),
    _table(
        Submission,
        _("Submitted versions"),
        "application_id n person_name employer_name category submitted_at",
        filters="application_id",
    ),
    _table(
        Review,
        _("Reviews"),
        "application_id stage_code verdict actor_name role version_no at",
        filters="application_id actor_id batch_id",
    ),
    _table(
        ReviewItem,
        _("Review findings"),
        "application_id review_id target_kind target_code reason_code",
        filters="application_id",
    ),
    _table(
        Approval,
        _("Live approvals"),
        "application_id stage_code version_no review_id",
        filters="application_id",
    ),
    _table(
        MaterialView,
        _("Opened materials"),
        "application_id version_no slot actor_id at",
        filters="application_id",
    ),
    _table(
        Roster,
        _("Rosters"),
        "no employer_id state size pages verified_by exported_at sealed_at",
        search="no",
        filters="employer_id county_id",
    ),
    _table(
        RosterItem,
        _("Members of rosters"),
        "roster_id position application_id version_no",
        filters="roster_id application_id",
    ),
    _table(
        RosterScan,
        _("Stamped scans"),
        "roster_id position pages file_name uploaded_at superseded_at",
        filters="roster_id",
    ),
    _table(
        Card,
        _("Cards"),
        "no person_id employer_id state valid_from valid_to issued_at",
        search="no",
        filters="person_id employer_id application_id",
    ),
    _table(
        CardPrint,
        _("Prints of cards"),
        "card_id batch_no reason at handed_to handed_at",
        filters="card_id batch_no",
    ),
    _table(
        Employer,
        _("Employers"),
        "name credit_code state agency_id submitted_at decided_at",
        search="name_key",
        filters="agency_id credit_code",
        group="parties",
    ),
    _table(
        EmployerSubmission,
        _("Submissions of employers"),
        "employer_id n submitted_at submitted_by",
        filters="employer_id",
        group="parties",
    ),
    _table(
        EmployerChange,
        _("Change requests of employers"),
        "employer_id agency_id state requested_at decided_at",
        filters="agency_id",
        group="parties",
    ),
    _table(
        Person,
        _("Persons"),
        "name doc_type state employer_id registered_at decided_at",
        search="name_key",
        filters="employer_id service_account_id",
        group="parties",
    ),
    _table(
        Account,
        _("Accounts"),
        "username full_name kind employer_id person_id agency_id active last_login",
        search="username",
        filters="employer_id",
        group="parties",
    ),
    _table(
        Consent,
        _("Consents"),
        "account_id notice_id scope at withdrawn_at",
        filters="account_id",
        group="parties",
    ),
    _table(
        Agency,
        _("Bureaus"),
        "name code level parent_id open_for_employers active",
        filters="parent_id",
        group="parties",
    ),
    _table(Programme, _("Programmes"), "code name short_name created", search="code", group="system"),
    _table(
        ProgrammeVersion,
        _("Versions of programmes"),
        "programme_id n state created published_at retired_at",
        filters="programme_id",
        group="system",
    ),
    _table(
        Attachment,
        _("Attachments"),
        "owner_kind owner_id slot file_name uploaded_at removed_at",
        filters="blob_id",
        group="system",
    ),
    _table(
        Blob,
        _("Stored files"),
        "sha256 size type pages preview_state created",
        search="sha256",
        group="system",
    ),
    _table(
        Job,
        _("Jobs"),
        "kind state attempts progress run_at finished owner_id",
        filters="owner_id",
        group="system",
    ),
    _table(
        Message,
        _("Messages"),
        "template state to_masked account_id not_before sent_at attempts",
        filters="account_id batch_id",
        group="system",
    ),
    _table(
        AuditEvent,
        _("Audit chains"),
        "subject_kind subject_id seq event at actor_id party role",
        filters="subject_kind",
        group="system",
    ),
    _table(
        AccessEvent,
        _("Access log"),
        "at actor_id kind object_kind object_id result",
        filters="actor_id",
        group="system",
    ),
)

GROUPS = {"cases": _("Cases"), "parties": _("Parties"), "system": _("System")}
