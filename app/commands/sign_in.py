"""Proving who signs in with a password: same work and same answer for every failure (R16, R17, T20, T25).

What follows a proof (session row, second factor, captcha) is the web's business.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, Row, delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.identity import MOBILE, mobile_number
from app.domain.malformed import Malformed
from app.domain.passwords import MAX_LENGTH
from app.domain.ports import Cipher, PasswordHasher
from app.domain.roles import AccountKind, Actor
from app.domain.sign_in import FAILURES, KINDS, WINDOW, Entry, SignInFailed, WrongEntry, entry_of
from app.models.account import Account, IdentityClaim
from app.models.ids import new_id
from app.models.work import SignInFailure


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose password was proved; an account whose password someone else set has to choose another."""

    account_id: int
    kind: AccountKind
    must_change_password: bool


Found = Row[tuple[int, str, str | None, bool | None, datetime | None]]


def authenticate(
    engine: Engine,
    *,
    entry: Entry,
    name: str,
    password: str,
    actor: Actor,
    cipher: Cipher,
    hasher: PasswordHasher,
    now: datetime,
) -> SignedIn:
    """Check a user name or mobile with its password at an entry; `actor` is the visitor, for the log.

    Raises SignInFailed for an unknown name, a wrong password, a disabled or a locked account alike, after the
    same hashing; WrongEntry only once the credential itself proved right. Five failures in 15 minutes lock an
    account for the rest of them; running sessions stay (R17).
    """
    found = _find(engine, name, cipher)
    stored = found.password if found is not None else None
    proved = hasher.verify(stored or _decoy(hasher), password[: MAX_LENGTH + 1]) and stored is not None
    if found is None:
        _log(engine, actor, now=now)
        raise SignInFailed
    if not proved or not found.active or _is_locked(engine, found.id, now):
        _fail(engine, actor, found.id, now=now)
        raise SignInFailed
    kind = AccountKind(found.kind)
    if kind not in KINDS[entry]:
        _log(engine, actor, account_id=found.id, result="wrong_entry", now=now)
        raise WrongEntry(entry=entry_of(kind).value)
    _succeed(engine, actor, found, password, hasher=hasher, now=now)
    return SignedIn(found.id, kind, must_change_password=found.password_changed_at is None)


def proved(
    engine: Engine, *, actor: Actor, password: str, hasher: PasswordHasher, now: datetime
) -> str | None:
    """The stored hash of the actor's own account if this is its password, to confirm a dangerous step.

    None for a wrong one and while the account is locked, after the same hashing: failures count as failed
    sign-ins do, so that nobody guesses here what the entry would not let him guess (T20).
    """
    with engine.connect() as connection:
        stored: str | None = connection.scalar(
            select(Account.password).where(Account.id == actor.account_id, Account.active.is_(True))
        )
    matches = hasher.verify(stored or _decoy(hasher), password[: MAX_LENGTH + 1]) and stored is not None
    if matches and not _is_locked(engine, actor.account_id, now):
        return stored
    if stored is not None:
        _fail(engine, actor, actor.account_id, now=now)
    return None


@retried
def confirm(engine: Engine, *, actor: Actor, password: str, hasher: PasswordHasher, now: datetime) -> None:
    """Prove one's password again before a dangerous page, as `proved` does. Raises SignInFailed."""
    if proved(engine, actor=actor, password=password, hasher=hasher, now=now) is None:
        raise SignInFailed
    with unit_of_work(engine, actor, now=now) as work:
        work.access("confirm", "account", actor.account_id)


_decoys: dict[int, str] = {}


def _decoy(hasher: PasswordHasher) -> str:
    """A hash that no account has, made once by each hasher: an unknown name costs the work of a known one."""
    if id(hasher) not in _decoys:
        _decoys[id(hasher)] = hasher.hash("decoy")
    return _decoys[id(hasher)]


def _find(engine: Engine, name: str, cipher: Cipher) -> Found | None:
    columns = select(Account.id, Account.kind, Account.password, Account.active, Account.password_changed_at)
    try:
        digest = cipher.digest(MOBILE, mobile_number(name)).hex()
    except Malformed:
        wanted = columns.where(Account.username == name.strip().lower()[:128])
    else:
        claim = (IdentityClaim.kind == MOBILE) & (IdentityClaim.digest == digest)
        wanted = columns.join(IdentityClaim, IdentityClaim.account_id == Account.id).where(claim)
    with Session(engine) as session:
        return session.execute(wanted).first()


def _is_locked(engine: Engine, account_id: int, now: datetime) -> bool:
    recent = select(func.count()).where(
        SignInFailure.account_id == account_id, SignInFailure.at > now - WINDOW
    )
    with Session(engine) as session:
        return (session.scalar(recent) or 0) >= FAILURES


@retried
def _fail(engine: Engine, actor: Actor, account_id: int, *, now: datetime) -> None:
    with unit_of_work(engine, actor, now=now) as work:
        recent = select(func.count()).where(
            SignInFailure.account_id == account_id, SignInFailure.at > now - WINDOW
        )
        locked = (work.session.scalar(recent) or 0) >= FAILURES
        if not locked:  # tries against a locked account do not prolong the lock
            failure = insert(SignInFailure).values(id=new_id(), account_id=account_id, at=now, ip=actor.ip)
            work.session.execute(failure)
        work.access("sign_in", "account", account_id, result="locked" if locked else "failed")


@retried
def _log(
    engine: Engine, actor: Actor, *, account_id: int | None = None, result: str = "failed", now: datetime
) -> None:
    with unit_of_work(engine, actor, now=now) as work:
        work.access("sign_in", "account", account_id, result=result)


@retried
def _succeed(
    engine: Engine, actor: Actor, found: Found, password: str, *, hasher: PasswordHasher, now: datetime
) -> None:
    values: dict[str, object] = {
        "last_login": now.replace(tzinfo=None),
        "login_count": func.coalesce(Account.login_count, 0) + 1,
    }
    if found.password is not None and hasher.needs_rehash(found.password):
        values["password"] = hasher.hash(password)
    with unit_of_work(engine, actor, now=now) as work:
        # Only while the hash is the one that was proved: a password changed meanwhile wins.
        same = (Account.id == found.id) & (Account.password == found.password) & Account.active.is_(True)
        if not work.session.execute(update(Account).where(same).values(**values)).rowcount:  # type: ignore[attr-defined]
            raise SignInFailed
        work.session.execute(delete(SignInFailure).where(SignInFailure.account_id == found.id))
        work.access("sign_in", "account", found.id)
