"""Showing a full number once, by POST, with a trace (R25, T29, I10)."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from app.access.policy import require
from app.commands.form import take_reason
from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.errors import TooOften
from app.domain.ports import Cipher
from app.domain.roles import Actor, Permission
from app.models.account import Account
from app.models.audit import AccessEvent
from app.queries.numbers import open_number

PER_HOUR = 30
HOUR = timedelta(hours=1)


@retried
def reveal(
    engine: Engine,
    *,
    actor: Actor,
    kind: str,
    subject_id: int,
    what: str,
    reason: str = "",
    cipher: Cipher,
    now: datetime,
) -> str:
    """Return a full number and log the access; at most 30 an hour per account.

    `kind` is `person`, `employer` (its contact) or `account`; `what` is `doc_no` or `mobile`. One's own
    numbers need no right. Raises NotAllowed, NotFound, TooOften, InvalidInput for the reason.
    """
    if not (kind == "account" and subject_id == actor.account_id):
        require(actor, Permission.REVEAL)
    why = take_reason(reason, required=False)
    with unit_of_work(engine, actor, now=now) as work:
        # one at a time, so that the count holds for requests sent at once as well
        work.session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())
        recent = select(func.count()).where(
            AccessEvent.actor_id == actor.account_id,
            AccessEvent.kind == "reveal",
            AccessEvent.at > now - HOUR,
        )
        if (work.session.scalar(recent) or 0) >= PER_HOUR:
            raise TooOften(retry_after_s=int(HOUR.total_seconds()))
        number = open_number(work.session, actor, kind=kind, subject_id=subject_id, what=what, cipher=cipher)
        work.access("reveal", kind, subject_id, detail=f"{what}: {why}" if why else what)
    return number
