"""Account kinds, permissions, seeded roles with their grants, and the Actor every command receives.

A permission is one FAB pair written `View.can_x`; its view name is the FAB `class_permission_name`.
Roles are rows: the seeded ones are granted once by `flask init` and a superuser may change them (D20).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from app.domain.text import N_


class AccountKind(StrEnum):
    """The four parties (D2); the owner column of an account follows its kind."""

    EMPLOYER = "employer"
    PERSON = "person"
    OFFICER = "officer"
    SUPERUSER = "superuser"


class Permission(StrEnum):
    """Every right of the product, alphabetically. Value: `<FAB view>.<FAB permission>`."""

    ACCESS_LOG_VIEW = "AccessLog.can_list"
    ACCOUNT_MANAGE = "Account.can_manage"
    APPLICATION_APPLY = "Application.can_apply"
    APPLICATION_CANCEL = "Application.can_cancel"
    APPLICATION_EXPORT = "Application.can_export"
    APPLICATION_LIST = "Application.can_list"
    APPLICATION_REVIEW = "Application.can_review"
    APPLICATION_SHOW = "Application.can_show"
    AUDIT_VIEW = "AuditLog.can_list"
    CARD_LIST = "Card.can_list"
    CARD_PRINT = "Card.can_print"
    CARD_SHOW = "Card.can_show"
    CLAIM_RELEASE = "Registration.can_release_claim"
    CONFIGURE = "Configuration.can_manage"
    CONSOLE = "DataConsole.can_access"
    EMPLOYER_CHANGE_REVIEW = "Employer.can_review_change"
    EMPLOYER_EDIT = "Employer.can_edit"
    EMPLOYER_LIST = "Employer.can_list"
    EMPLOYER_REVIEW = "Employer.can_review"
    EMPLOYER_SHOW = "Employer.can_show"
    EMPLOYER_SUSPEND = "Employer.can_suspend"
    EMPLOYER_USERS = "Account.can_manage_employer"
    PERSON_LIST = "Person.can_list"
    PERSON_REVIEW = "Person.can_review"
    PERSON_SHOW = "Person.can_show"
    PROGRAMME_MANAGE = "Programme.can_manage"
    REVEAL = "Registration.can_reveal"
    REVIEW_LIST = "Review.can_list"
    REVIEW_SHOW = "Review.can_show"
    ROSTER_EXPORT = "Roster.can_export"
    ROSTER_LIST = "Roster.can_list"
    ROSTER_RETURN = "Roster.can_return_scan"
    ROSTER_SHOW = "Roster.can_show"
    ROSTER_UPLOAD = "Roster.can_upload"
    STATISTICS = "Statistics.can_show"


class Role(StrEnum):
    """Codes of the seeded roles; a superuser may add others as rows."""

    EMPLOYER_ADMIN = "employer_admin"
    EMPLOYER_REVIEWER = "employer_reviewer"
    SERVICE_STAFF = "service_staff"
    EMPLOYER_READER = "employer_reader"
    APPLICANT = "applicant"
    REGISTRAR = "registrar"
    COUNTY_SPECIALIST = "county_specialist"
    COUNTY_LEADER = "county_leader"
    CITY_SPECIALIST = "city_specialist"
    CITY_LEADER = "city_leader"
    CARD_PRINTER = "card_printer"
    AUDITOR = "auditor"


SUPERUSER_ROLE = "Admin"
"""FAB's builtin administrator role; its rights are a pattern in the configuration, not rows."""
PUBLIC_ROLE = "Public"
"""FAB's role of visitors; it holds nothing here and is given to nobody."""

EMPLOYER_ROLES = (Role.EMPLOYER_ADMIN, Role.EMPLOYER_REVIEWER, Role.SERVICE_STAFF, Role.EMPLOYER_READER)
OFFICER_ROLES = (
    Role.REGISTRAR,
    Role.COUNTY_SPECIALIST,
    Role.COUNTY_LEADER,
    Role.CITY_SPECIALIST,
    Role.CITY_LEADER,
    Role.CARD_PRINTER,
    Role.AUDITOR,
)

ROLE_TITLES: Mapping[str, str] = {
    Role.EMPLOYER_ADMIN: N_("Employer administrator"),
    Role.EMPLOYER_REVIEWER: N_("Reviewing clerk"),
    Role.SERVICE_STAFF: N_("Service staff"),
    Role.EMPLOYER_READER: N_("Read only"),
    Role.APPLICANT: N_("Applicant"),
    Role.REGISTRAR: N_("Registrar of employers"),
    Role.COUNTY_SPECIALIST: N_("County specialist"),
    Role.COUNTY_LEADER: N_("County leader"),
    Role.CITY_SPECIALIST: N_("City specialist"),
    Role.CITY_LEADER: N_("City leader"),
    Role.CARD_PRINTER: N_("Card printer"),
    Role.AUDITOR: N_("Auditor"),
    SUPERUSER_ROLE: N_("Superuser"),
}

P = Permission
_CASES = frozenset(
    {P.APPLICATION_LIST, P.APPLICATION_SHOW, P.PERSON_LIST, P.PERSON_SHOW, P.CARD_LIST, P.CARD_SHOW}
)
_ROSTERS = frozenset({P.ROSTER_LIST, P.ROSTER_SHOW})
_EMPLOYERS = frozenset({P.EMPLOYER_LIST, P.EMPLOYER_SHOW})
_OFFICER = (
    _CASES | _ROSTERS | _EMPLOYERS | {P.APPLICATION_REVIEW, P.APPLICATION_EXPORT, P.REVEAL, P.STATISTICS}
)

SEEDED_GRANTS: Mapping[str, frozenset[Permission]] = {
    Role.EMPLOYER_ADMIN: _CASES
    | _ROSTERS
    | {P.EMPLOYER_EDIT, P.EMPLOYER_SHOW, P.EMPLOYER_USERS, P.PERSON_REVIEW, P.APPLICATION_EXPORT},
    Role.EMPLOYER_REVIEWER: _CASES
    | _ROSTERS
    | {
        P.EMPLOYER_SHOW,
        P.PERSON_REVIEW,
        P.APPLICATION_REVIEW,
        P.APPLICATION_EXPORT,
        P.ROSTER_EXPORT,
        P.ROSTER_UPLOAD,
        P.REVEAL,
    },
    Role.SERVICE_STAFF: _CASES | {P.EMPLOYER_SHOW},
    Role.EMPLOYER_READER: _CASES | _ROSTERS | {P.EMPLOYER_SHOW},
    Role.APPLICANT: frozenset({P.APPLICATION_APPLY, P.APPLICATION_SHOW, P.CARD_SHOW, P.PERSON_SHOW}),
    Role.REGISTRAR: _EMPLOYERS | {P.EMPLOYER_REVIEW, P.EMPLOYER_CHANGE_REVIEW, P.CLAIM_RELEASE, P.REVEAL},
    Role.COUNTY_SPECIALIST: _OFFICER | {P.ROSTER_RETURN},
    Role.COUNTY_LEADER: _OFFICER | {P.EMPLOYER_SUSPEND},
    Role.CITY_SPECIALIST: _OFFICER,
    Role.CITY_LEADER: _OFFICER | {P.APPLICATION_CANCEL},
    Role.CARD_PRINTER: _CASES | _ROSTERS | _EMPLOYERS | {P.CARD_PRINT},
    Role.AUDITOR: frozenset({P.AUDIT_VIEW, P.ACCESS_LOG_VIEW}),
}

SUPERUSER_PERMISSIONS = frozenset(
    {
        P.ACCESS_LOG_VIEW,
        P.ACCOUNT_MANAGE,
        P.APPLICATION_EXPORT,
        P.APPLICATION_LIST,
        P.APPLICATION_SHOW,
        P.AUDIT_VIEW,
        P.CARD_LIST,
        P.CARD_SHOW,
        P.CONFIGURE,
        P.CONSOLE,
        P.EMPLOYER_LIST,
        P.EMPLOYER_SHOW,
        P.PERSON_LIST,
        P.PERSON_SHOW,
        P.PROGRAMME_MANAGE,
        P.REVIEW_LIST,
        P.REVIEW_SHOW,
        P.ROSTER_LIST,
        P.ROSTER_SHOW,
        P.STATISTICS,
    }
)
"""What the superuser's pattern amounts to: reads everything of the business, decides nothing (D8)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a value made once per request (or job), never an ORM object.

    `person_key` is the hex digest of the ID number, the natural person for four-eyes (D8);
    `session_key` the hash of the sign-in's token. An anonymous visitor has `account_id` 0.
    """

    account_id: int
    kind: AccountKind | None
    full_name: str = ""
    username: str = ""
    person_key: str | None = None
    employer_id: int | None = None
    person_id: int | None = None
    agency_id: int | None = None
    agency_path: str | None = None
    agency_level: str | None = None
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    session_key: str | None = None
    ip: str | None = None
    request_id: str | None = None

    @classmethod
    def anonymous(cls, *, ip: str | None = None, request_id: str | None = None) -> Self:
        """A visitor who has not signed in."""
        return cls(account_id=0, kind=None, ip=ip, request_id=request_id)

    @classmethod
    def system(cls, name: str = "system") -> Self:
        """The system itself: jobs and the command line."""
        return cls(account_id=0, kind=None, full_name=name)

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return self.account_id == 0

    @property
    def is_system(self) -> bool:
        """Whether the system itself acts: a job or the command line, never a request."""
        return self.account_id == 0 and self.kind is None and bool(self.full_name)

    @property
    def is_superuser(self) -> bool:
        """Whether the account configures and never decides (D8)."""
        return self.kind is AccountKind.SUPERUSER

    def may(self, permission: Permission) -> bool:
        """Whether one of the actor's roles grants `permission`."""
        return permission in self.permissions
