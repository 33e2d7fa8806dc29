"""What people change about their own account, each with their present password (T27)."""

from datetime import datetime

from sqlalchemy import Engine, select

from app.commands.account_rows import revoke_sessions, set_password, touch
from app.commands.accounts import allowed_password
from app.commands.form import Form
from app.commands.numbers import mobile_claim, replace, take_mobile
from app.commands.retry import retried
from app.commands.sign_in import proved
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.errors import NotFound
from app.domain.identity import MOBILE
from app.domain.passwords import Passwords
from app.domain.ports import Cipher, PasswordHasher
from app.domain.roles import Actor
from app.domain.text import N_
from app.models.account import Account

WRONG_PASSWORD = N_("The present password is wrong.")


@retried
def change_password(
    engine: Engine, *, actor: Actor, old: str, new: str, passwords: Passwords, now: datetime
) -> None:
    """Change one's own password; the old one is asked, all other sign-ins end (T27). Raises InvalidInput."""
    stored = proved(engine, actor=actor, password=old, hasher=passwords.hasher, now=now)
    form = Form()
    if stored is None:
        form.note("old", "wrong_password", WRONG_PASSWORD)
    elif old == new:
        form.note("new", "password_unchanged", N_("Choose a password other than the present one."))
    chosen = form.take("new", lambda text: allowed_password(text, (actor.username,), passwords), new)
    hashed = passwords.hasher.hash(form.finish(chosen))
    with unit_of_work(engine, actor, now=now) as work:
        _locked(work, stored, field="old")
        set_password(work, actor.account_id, hashed, changed_at=now)
        revoke_sessions(work, actor.account_id, keep=actor.session_key)
        work.audit("account", actor.account_id, "change_password", {})


@retried
def change_mobile(
    engine: Engine,
    *,
    actor: Actor,
    password: str,
    mobile: str,
    cipher: Cipher,
    hasher: PasswordHasher,
    now: datetime,
) -> None:
    """Change one's own mobile; the password is asked. Raises InvalidInput, IdentityTaken."""
    stored = proved(engine, actor=actor, password=password, hasher=hasher, now=now)
    form = Form()
    if stored is None:
        form.note("password", "wrong_password", WRONG_PASSWORD)
    number = form.finish(take_mobile(form, mobile))
    with unit_of_work(engine, actor, now=now) as work:
        account = _locked(work, stored, field="password")
        if replace(work, cipher, account, (mobile_claim(number),)):
            touch(work, account)
            work.audit("account", account.id, "change_numbers", {"kinds": [MOBILE]})


def _locked(work: Work, stored: str | None, *, field: str) -> Account:
    """One's own account, locked, while its password is the one that was proved: one that was reset meanwhile
    wins (T27). Raises InvalidInput at `field`, NotFound.
    """
    mine = select(Account).where(Account.id == work.actor.account_id, Account.active.is_(True))
    account: Account | None = work.session.scalar(mine.with_for_update(of=Account))
    if account is None:
        raise NotFound
    if account.password != stored:
        form = Form()
        form.note(field, "wrong_password", WRONG_PASSWORD)
        form.finish()
    return account
