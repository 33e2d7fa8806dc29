"""What administrators and superusers do to the accounts of others: functions, roles, access (R22, I4, T24).

Every change ends the sign-ins it must end in the same transaction, and stands on the account's audit chain.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine, select

from app.access.policy import require
from app.access.scope import visible
from app.commands.account_rows import (
    close_account,
    count_active_with_role,
    revoke_sessions,
    roles_of,
    set_password,
    set_roles,
    touch,
)
from app.commands.accounts import allowed_password, refuse_functions, refuse_officer_roles
from app.commands.form import Form, take_reason
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.blocks import Block
from app.domain.errors import Blocked, NotFound
from app.domain.passwords import Passwords
from app.domain.roles import AccountKind, Actor, Permission, Role
from app.domain.text import N_
from app.models.account import Account
from app.models.employer import Employer


@retried
def set_functions(
    engine: Engine, *, actor: Actor, account_id: int, functions: Collection[str], now: datetime
) -> None:
    """Assign functions to a sub-account: never more than one holds, never one's own (R22, T24).

    Raises Blocked(own_account | grants_exceed_own | last_administrator), InvalidInput, NotFound.
    """
    require(actor, Permission.EMPLOYER_USERS)
    refuse_functions(actor, functions)
    with unit_of_work(engine, actor, now=now) as work:
        account = _managed(work, account_id)
        if account.employer_id is None or account.employer_id != actor.employer_id:
            raise NotFound
        held = roles_of(work, account_id)
        if Role.EMPLOYER_ADMIN in held and Role.EMPLOYER_ADMIN not in functions:
            _refuse_last_administrator(work, account)
        _change_roles(work, account, functions, held)


@retried
def set_officer_roles(
    engine: Engine, *, actor: Actor, account_id: int, roles: Collection[str], now: datetime
) -> None:
    """Assign roles to an officer (I4). Raises InvalidInput, NotFound, Blocked(own_account)."""
    require(actor, Permission.ACCOUNT_MANAGE)
    with unit_of_work(engine, actor, now=now) as work:
        account = _managed(work, account_id)
        if account.kind != AccountKind.OFFICER:
            raise NotFound
        refuse_officer_roles(work, roles)
        _change_roles(work, account, roles, roles_of(work, account_id))


def _change_roles(work: Work, account: Account, roles: Collection[str], held: frozenset[str]) -> None:
    set_roles(work, account.id, roles)
    touch(work, account)
    revoke_sessions(work, account.id)
    work.audit("account", account.id, "set_roles", {"from": sorted(held), "to": sorted(roles)})


def disable(engine: Engine, *, actor: Actor, account_id: int, reason: str = "", now: datetime) -> None:
    """Disable a sign-in account; its sign-ins end at once (R22, R14). It keeps its numbers.

    Raises Blocked(own_account | last_administrator), NotFound. Disabling a disabled account changes nothing.
    """
    _set_active(engine, actor, account_id, active=False, reason=reason, now=now)


def enable(engine: Engine, *, actor: Actor, account_id: int, reason: str = "", now: datetime) -> None:
    """Enable a disabled account again; closed ones stay closed (NotFound)."""
    _set_active(engine, actor, account_id, active=True, reason=reason, now=now)


@retried
def _set_active(
    engine: Engine, actor: Actor, account_id: int, *, active: bool, reason: str, now: datetime
) -> None:
    _require_manager(actor)
    why = take_reason(reason, required=False)
    with unit_of_work(engine, actor, now=now) as work:
        account = _managed(work, account_id)
        if bool(account.active) is active:
            return
        if not active:
            _refuse_last_administrator(work, account)
            revoke_sessions(work, account.id)
        touch(work, account, active=active)
        event = "enable" if active else "disable"
        work.audit("account", account.id, event, {"has_reason": bool(why)})
        work.access(event, "account", account.id, detail=why or None)


@retried
def close(engine: Engine, *, actor: Actor, account_id: int, reason: str = "", now: datetime) -> None:
    """Close a sub-account or an officer's account for good; its numbers are free again (A7).

    Raises Blocked(own_account | last_administrator), InvalidInput for the employer's contact, NotFound;
    persons close their own accounts.
    """
    _require_manager(actor)
    why = take_reason(reason, required=False)
    with unit_of_work(engine, actor, now=now) as work:
        account = _managed(work, account_id)
        if account.kind == AccountKind.PERSON:
            raise NotFound
        _refuse_last_administrator(work, account)
        if (
            work.session.scalar(select(Employer.id).where(Employer.contact_account_id == account.id))
            is not None
        ):
            form = Form()
            form.note(
                "account",
                "contact_account",
                N_("This is the employer's contact; replace the contact instead."),
            )
            form.finish()
        close_account(work, account)
        work.access("close", "account", account.id, detail=why or None)


@retried
def reset_password(
    engine: Engine, *, actor: Actor, account_id: int, password: str, passwords: Passwords, now: datetime
) -> None:
    """Set another's password; its owner has to choose a new one at the next sign-in, all sign-ins end (R22,
    T27).
    """
    _require_manager(actor)
    form = Form()
    chosen = form.take("password", lambda text: allowed_password(text, (), passwords), password)
    hashed = passwords.hasher.hash(form.finish(chosen))
    with unit_of_work(engine, actor, now=now) as work:
        account = _managed(work, account_id)
        set_password(work, account.id, hashed, changed_at=None)
        revoke_sessions(work, account.id)
        work.audit("account", account.id, "reset_password", {})


def _require_manager(actor: Actor) -> None:
    if not actor.may(Permission.ACCOUNT_MANAGE):
        require(actor, Permission.EMPLOYER_USERS)


def _managed(work: Work, account_id: int) -> Account:
    """Load and lock an account the actor may manage (of his employer; superusers: any), never his own."""
    wanted = select(Account).where(Account.id == account_id, Account.closed_at.is_(None))
    account: Account | None = work.session.scalar(visible(wanted, work.actor).with_for_update(of=Account))
    if account is None:
        raise NotFound
    if account.id == work.actor.account_id:
        raise Blocked(Block("own_account"))
    if not work.actor.is_superuser and not roles_of(work, account.id) <= work.actor.roles:
        raise Blocked(Block("grants_exceed_own"))
    return account


def _refuse_last_administrator(work: Work, account: Account) -> None:
    if (
        account.employer_id is None
        or Role.EMPLOYER_ADMIN not in roles_of(work, account.id)
        or not account.active
    ):
        return
    # The lock on the employer puts two disablings of its last two administrators in order.
    work.session.scalar(select(Employer.id).where(Employer.id == account.employer_id).with_for_update())
    if count_active_with_role(work, Role.EMPLOYER_ADMIN, employer_id=account.employer_id) <= 1:
        raise Blocked(Block("last_administrator"))
