"""Accounts as their administrators and owners see them; numbers masked (R22, I4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.errors import NotFound
from app.domain.roles import EMPLOYER_ROLES, PUBLIC_ROLE, SUPERUSER_ROLE, AccountKind, Actor, Role
from app.models.account import Account
from app.models.agency import Agency
from app.models.employer import Employer
from app.queries.sets import among


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in a list; `is_contact` marks the employer's contact, `is_own` the actor's own."""

    id: int
    lock: int
    kind: str
    username: str
    full_name: str
    doc_type: str | None
    doc_no_masked: str | None
    mobile_masked: str | None
    active: bool
    closed: bool
    last_login: datetime | None
    agency_id: int | None
    agency_name: str | None
    employer_name: str | None
    roles: tuple[str, ...]
    is_contact: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class StaffChoice:
    """A staff member that an application may name as 服务专员."""

    account_id: int
    name: str
    mobile_masked: str | None


def _rows() -> Any:
    return (
        select(
            Account,
            Agency.name.label("agency_name"),
            Employer.name.label("employer_name"),
            Employer.contact_account_id,
        )
        .outerjoin(Agency, Agency.id == Account.agency_id)
        .outerjoin(Employer, Employer.id == Account.employer_id)
    )


def _row(actor: Actor, row: Any, roles: Sequence[str]) -> AccountRow:
    account: Account = row.Account
    return AccountRow(
        id=account.id,
        lock=account.lock,
        kind=account.kind,
        username=account.username,
        full_name=account.full_name,
        doc_type=account.doc_type,
        doc_no_masked=account.doc_no_masked,
        mobile_masked=account.mobile_masked,
        active=bool(account.active),
        closed=account.closed_at is not None,
        last_login=account.last_login.replace(tzinfo=UTC) if account.last_login else None,
        agency_id=account.agency_id,
        agency_name=row.agency_name,
        employer_name=row.employer_name,
        roles=tuple(roles),
        is_contact=row.contact_account_id == account.id,
        is_own=account.id == actor.account_id,
    )


def _roles(session: Session, account_ids: Sequence[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {account_id: [] for account_id in account_ids}
    rows = session.execute(
        select(assoc_user_role.c.user_id, RoleRow.name)
        .join(RoleRow, RoleRow.id == assoc_user_role.c.role_id)
        .where(among(session, assoc_user_role.c.user_id, account_ids))
        .order_by(RoleRow.name)
    )
    for account_id, name in rows:
        found[account_id].append(name)
    return found


def staff(session: Session, actor: Actor) -> tuple[AccountRow, ...]:
    """Return the accounts of the actor's employer that he sees, closed ones left out (单位用户管理, R22)."""
    if actor.employer_id is None:
        return ()
    wanted = (
        _rows()
        .where(Account.employer_id == actor.employer_id, Account.closed_at.is_(None))
        .order_by(Account.id)
    )
    rows = session.execute(visible(wanted, actor, Account)).all()
    roles = _roles(session, [row.Account.id for row in rows])
    return tuple(_row(actor, row, roles[row.Account.id]) for row in rows)


def detail(session: Session, actor: Actor, account_id: int) -> AccountRow:
    """Return one account; raises NotFound for what the actor does not see."""
    row = session.execute(visible(_rows().where(Account.id == account_id), actor, Account)).first()
    if row is None:
        raise NotFound
    return _row(actor, row, _roles(session, [account_id])[account_id])


def mine(session: Session, actor: Actor) -> AccountRow:
    """Return the actor's own account."""
    return detail(session, actor, actor.account_id)


def officer_roles(session: Session) -> tuple[str, ...]:
    """Return the roles an officer can hold: all rows but those of the other parties."""
    others = {role.value for role in EMPLOYER_ROLES} | {Role.APPLICANT.value, SUPERUSER_ROLE, PUBLIC_ROLE}
    return tuple(
        session.scalars(select(RoleRow.name).where(RoleRow.name.not_in(others)).order_by(RoleRow.id))
    )


def service_staff(session: Session, employer_id: int) -> tuple[StaffChoice, ...]:
    """Return whom an application may name: the active service staff, with none the administrators.

    Source: R29 (A22).
    """
    return _holders(session, employer_id, Role.SERVICE_STAFF, without=Role.EMPLOYER_ADMIN) or _holders(
        session, employer_id, Role.EMPLOYER_ADMIN
    )


def _holders(
    session: Session, employer_id: int, role: str, *, without: str | None = None
) -> tuple[StaffChoice, ...]:
    def holds(name: str) -> Any:
        return (
            select(assoc_user_role.c.user_id)
            .join(RoleRow, RoleRow.id == assoc_user_role.c.role_id)
            .where(assoc_user_role.c.user_id == Account.id, RoleRow.name == name)
            .exists()
        )

    wanted = select(Account.id, Account.full_name, Account.mobile_masked).where(
        Account.employer_id == employer_id,
        Account.kind == AccountKind.EMPLOYER.value,
        Account.active.is_(True),
        holds(role),
    )
    if without is not None:
        wanted = wanted.where(~holds(without))
    return tuple(StaffChoice(*row) for row in session.execute(wanted.order_by(Account.id)))
