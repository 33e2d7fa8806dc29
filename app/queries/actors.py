"""An Actor from the database alone: for jobs, the command line and tests (the web has it with its session)."""

from flask_appbuilder.security.sqla.models import (
    Permission as PermissionRow,
)
from flask_appbuilder.security.sqla.models import (
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.roles import SUPERUSER_PERMISSIONS, AccountKind, Actor
from app.models.account import Account
from app.models.agency import Agency


def actor_named(session: Session, username: str) -> Actor:
    """The Actor of an active account by user name. Raises NotFound."""
    return _actor(session, Account.username == username)


def actor_of(session: Session, account_id: int) -> Actor:
    """The Actor of an active account. Raises NotFound."""
    return _actor(session, Account.id == account_id)


def _actor(session: Session, condition: ColumnElement[bool]) -> Actor:
    statement = select(Account, Agency.path, Agency.level).outerjoin(Agency, Agency.id == Account.agency_id)
    row = session.execute(statement.where(condition, Account.active.is_(True))).first()
    if row is None:
        raise NotFound
    account, path, level = row
    kind = AccountKind(account.kind)
    roles, permissions = _rights(session, account.id)
    if kind is AccountKind.SUPERUSER:
        permissions |= {permission.value for permission in SUPERUSER_PERMISSIONS}
    return Actor(
        account_id=account.id,
        kind=kind,
        full_name=account.full_name,
        username=account.username,
        person_key=account.person_key,
        employer_id=account.employer_id,
        person_id=account.person_id,
        agency_id=account.agency_id,
        agency_path=path,
        agency_level=level,
        roles=roles,
        permissions=frozenset(permissions),
    )


def _rights(session: Session, account_id: int) -> tuple[frozenset[str], set[str]]:
    mine = select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == account_id)
    names = frozenset(session.scalars(select(Role.name).where(Role.id.in_(mine))))
    pairs = (
        select(ViewMenu.name, PermissionRow.name)
        .join(PermissionView, PermissionView.view_menu_id == ViewMenu.id)
        .join(PermissionRow, PermissionRow.id == PermissionView.permission_id)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.permission_view_id == PermissionView.id)
        .where(assoc_permissionview_role.c.role_id.in_(mine))
    )
    return names, {f"{view}.{permission}" for view, permission in session.execute(pairs)}
