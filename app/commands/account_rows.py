"""Rows of accounts: insert, roles, passwords, sign-ins. Private to commands, inside their transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import delete, exists, func, insert, select, update

from app.commands.numbers import Numbers, free, refuse_taken, store
from app.commands.unit_of_work import Work
from app.domain.errors import NameTaken, NotFound
from app.domain.identity import DOC_NO, MOBILE
from app.domain.ports import Cipher
from app.domain.roles import AccountKind
from app.models.account import Account
from app.models.ids import new_id
from app.models.work import LoginSession


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account about to be made; `self_made` accounts chose their password themselves."""

    kind: AccountKind
    username: str
    password_hash: str
    full_name: str
    numbers: Numbers | None = None
    employer_id: int | None = None
    person_id: int | None = None
    agency_id: int | None = None
    self_made: bool = False


def insert_account(
    work: Work, new: NewAccount, roles: Collection[str], *, cipher: Cipher | None = None
) -> int:
    """Insert an account with its roles and numbers, and open its audit chain; return its id.

    Raises NameTaken for the user name and IdentityTaken for a number. Source: D7, A6.
    """
    refuse_user_name(work, new.username)
    if new.numbers is not None and cipher is not None:
        refuse_taken(work, cipher, new.numbers.claims)
    account_id = new_id()
    work.session.execute(
        insert(Account).values(**account_columns(new, account_id, by=work.actor.account_id, now=work.now))
    )
    set_roles(work, account_id, roles)
    if new.numbers is not None and cipher is not None:
        store(work, cipher, account_id, new.numbers.claims)
    work.audit("account", account_id, "create", {"kind": new.kind.value, "roles": sorted(roles)})
    return account_id


def account_columns(new: NewAccount, account_id: int, *, by: int, now: datetime) -> dict[str, object]:
    """The columns of a new account, without its numbers; `by` is the account that makes it, or 0."""
    return {
        "id": account_id,
        "kind": new.kind.value,
        "username": new.username,
        "password": new.password_hash,
        "password_changed_at": now if new.self_made else None,
        "full_name": new.full_name,
        # FAB's columns are not null; people see full_name, mail goes nowhere.
        "first_name": new.full_name,
        "last_name": "",
        "email": f"{account_id}@account.invalid",
        "active": True,
        "doc_type": new.numbers.doc_type if new.numbers else None,
        "employer_id": new.employer_id,
        "person_id": new.person_id,
        "agency_id": new.agency_id,
        "preferences": {},
        "lock": 0,
        "created_on": now.replace(tzinfo=None),
        "changed_on": now.replace(tzinfo=None),
        "created_by_fk": by or None,
        "changed_by_fk": by or None,
    }


def refuse_user_name(work: Work, username: str) -> None:
    """Raise NameTaken if the user name is in use; the unique key is the rule."""
    if work.session.scalar(select(Account.id).where(Account.username == username)) is not None:
        raise NameTaken(field="username")


def role_ids(work: Work, names: Collection[str]) -> dict[str, int]:
    """Return the ids of roles by name; raises NotFound for a name without a row."""
    rows = work.session.execute(select(Role.name, Role.id).where(Role.name.in_(names)))
    found: dict[str, int] = {row.name: row.id for row in rows}
    if set(names) - set(found):
        raise NotFound(role=", ".join(sorted(set(names) - set(found))))
    return found


def set_roles(work: Work, account_id: int, names: Collection[str]) -> None:
    """Make these the roles of the account."""
    ids = role_ids(work, names)
    work.session.execute(delete(assoc_user_role).where(assoc_user_role.c.user_id == account_id))
    if ids:
        rows = [{"user_id": account_id, "role_id": role_id} for role_id in ids.values()]
        work.session.execute(insert(assoc_user_role), rows)


def roles_of(work: Work, account_id: int) -> frozenset[str]:
    """Return the names of an account's roles."""
    names = (
        select(Role.name)
        .join(assoc_user_role, assoc_user_role.c.role_id == Role.id)
        .where(assoc_user_role.c.user_id == account_id)
    )
    return frozenset(work.session.scalars(names))


def count_active_with_role(work: Work, role: str, *, employer_id: int) -> int:
    """Count the active accounts of an employer that hold a role."""
    holds = exists().where(
        assoc_user_role.c.user_id == Account.id, assoc_user_role.c.role_id == Role.id, Role.name == role
    )
    counted = select(func.count()).where(Account.employer_id == employer_id, Account.active.is_(True), holds)
    return work.session.scalar(counted) or 0


def set_password(work: Work, account_id: int, password_hash: str, *, changed_at: datetime | None) -> None:
    """Store a password hash; without `changed_at` its owner is asked to choose another one."""
    values = {"password": password_hash, "password_changed_at": changed_at, "lock": Account.lock + 1}
    work.session.execute(update(Account).where(Account.id == account_id).values(**values))


def revoke_sessions(work: Work, account_id: int, *, keep: str | None = None) -> None:
    """End the sign-ins of an account at once, except `keep` (a session key); T27, D24."""
    open_rows = update(LoginSession).where(
        LoginSession.account_id == account_id, LoginSession.revoked_at.is_(None)
    )
    if keep is not None:
        open_rows = open_rows.where(LoginSession.token_hash != keep)
    work.session.execute(open_rows.values(revoked_at=work.now))


def close_account(work: Work, account: Account) -> None:
    """Close an account for good: free its numbers (A7), end its sign-ins, keep the row for the history."""
    free(work, account, DOC_NO, MOBILE)
    values = {"active": False, "closed_at": work.now, "lock": Account.lock + 1}
    work.session.execute(update(Account).where(Account.id == account.id).values(**values))
    revoke_sessions(work, account.id)
    work.audit("account", account.id, "close", {})


def touch(work: Work, account: Account, **values: object) -> None:
    """Write columns of an account and raise its lock."""
    work.session.execute(
        update(Account).where(Account.id == account.id).values(lock=Account.lock + 1, **values)
    )
