"""Ending one's own sign-ins on other devices (D24)."""

from datetime import datetime

from sqlalchemy import Engine, select

from app.commands.account_rows import revoke_sessions
from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.errors import NotAllowed
from app.domain.roles import Actor
from app.models.account import Account


@retried
def sign_out_others(engine: Engine, *, actor: Actor, now: datetime) -> None:
    """End every sign-in of the actor's account but the present one. Raises NotAllowed for visitors.

    Source: D24.
    """
    if actor.is_anonymous or actor.session_key is None:
        raise NotAllowed
    with unit_of_work(engine, actor, now=now) as work:
        work.session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())
        revoke_sessions(work, actor.account_id, keep=actor.session_key)
        work.audit("account", actor.account_id, "sign_out_others", {})
