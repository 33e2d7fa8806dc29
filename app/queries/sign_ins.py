"""The running sign-ins of an account ("my sessions", D24)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.roles import AccountKind, Actor
from app.models.work import LoginSession

ABSOLUTE = timedelta(hours=8)
IDLE = timedelta(minutes=30)
IDLE_OF: Mapping[AccountKind, timedelta] = MappingProxyType(
    {AccountKind.OFFICER: timedelta(minutes=15), AccountKind.SUPERUSER: timedelta(minutes=15)}
)


@dataclass(frozen=True, slots=True)
class SignInRow:
    """One running sign-in: since when, last used, from where; `is_this` marks the one asking."""

    created: datetime
    last_seen: datetime
    ip: str | None
    agent: str | None
    is_this: bool


def running(session: Session, actor: Actor, now: datetime) -> tuple[SignInRow, ...]:
    """Return the actor's own sign-ins that have not ended, the present one first, then the latest used."""
    idle = IDLE_OF.get(actor.kind, IDLE) if actor.kind else IDLE
    rows = session.execute(
        select(
            LoginSession.token_hash,
            LoginSession.created,
            LoginSession.last_seen,
            LoginSession.ip,
            LoginSession.agent,
        )
        .where(
            LoginSession.account_id == actor.account_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.last_seen > now - idle,
            LoginSession.created > now - ABSOLUTE,
        )
        .order_by(LoginSession.last_seen.desc())
        .limit(50)
    ).all()
    found = [SignInRow(*row[1:], is_this=row.token_hash == actor.session_key) for row in rows]
    return tuple(sorted(found, key=lambda row: not row.is_this))
