"""The outbox: SMS and in-app messages, claimed by the same rule as jobs and sent once (I5, D21)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, and_, or_, select, update
from sqlalchemy.orm import Session

from app.access.policy import require
from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.audit import digest_of
from app.domain.errors import InvalidInput, NotFound, Stale
from app.domain.messages import MessageText, check_text
from app.domain.ports import Cipher, SmsMessage, SmsSender
from app.domain.roles import Actor, Permission
from app.models.account import Account
from app.models.reference import Code, CodeList
from app.models.work import Message, SecretValue
from app.queries.reference import TEMPLATES_LIST, code_choices

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 6
BATCH = 50


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    account_id: int
    template: str
    params: dict[str, str]
    attempts: int


def send_due(engine: Engine, *, sms: SmsSender, cipher: Cipher, worker: str, now: datetime) -> int:
    """Send messages whose time has come and return how many left.

    A message whose account has no mobile stays an in-app message. The row knows that it was sent, and the
    provider gets the row's id as idempotency key: a killed worker neither loses nor doubles one.
    """
    claimed = _claim(engine, worker, now)
    if not claimed:
        return 0
    with Session(engine) as session:
        texts = code_choices(session, TEMPLATES_LIST)
        numbers = _numbers(session, cipher, {message.account_id for message in claimed})
    return sum(
        _send(
            engine,
            sms,
            message,
            now=now,
            worker=worker,
            to=numbers.get(message.account_id),
            texts=dict(texts),
        )
        for message in claimed
    )


def _claim(engine: Engine, worker: str, now: datetime) -> list[_Claimed]:
    waiting = and_(Message.state == "waiting", Message.not_before <= now)
    abandoned = and_(Message.state == "sending", Message.lease_until < now)
    due = or_(waiting, abandoned)
    with Session(engine) as session:
        if session.scalar(select(Message.id).where(due).limit(1)) is None:
            return []
    with Session(engine.execution_options(write=True)) as session, session.begin():
        oldest = select(Message.id).where(due).order_by(Message.not_before, Message.id).limit(BATCH)
        ids = list(session.scalars(oldest.with_for_update(skip_locked=True)))
        rows = session.execute(
            update(Message)
            .where(Message.id.in_(ids), due)
            .values(state="sending", worker=worker, lease_until=now + LEASE, attempts=Message.attempts + 1)
            .returning(Message.id, Message.account_id, Message.template, Message.params, Message.attempts)
        ).all()
    return [_Claimed(*row) for row in sorted(rows, key=lambda row: int(row.id))]


def _numbers(session: Session, cipher: Cipher, account_ids: set[int]) -> dict[int, tuple[int, str, str]]:
    """Account → (secret id, masked, number) of the mobile it has now."""
    rows = session.execute(
        select(Account.id, SecretValue.id, SecretValue.masked, SecretValue.enc)
        .join(SecretValue, SecretValue.id == Account.mobile_id)
        .where(Account.id.in_(account_ids), SecretValue.enc.is_not(None))
    )
    return {row[0]: (row[1], row[2], cipher.open("secret_value", "enc", row[1], row[3])) for row in rows}


def _send(
    engine: Engine,
    sms: SmsSender,
    message: _Claimed,
    *,
    now: datetime,
    worker: str,
    to: tuple[int, str, str] | None,
    texts: dict[str, str],
) -> int:
    values: dict[str, object] = {"state": "sent", "sent_at": now, "lease_until": None, "error": None}
    if to is not None:
        text = MessageText(texts.get(message.template, "")).filled(message.params)
        values |= {"to_id": to[0], "to_masked": to[1]}
        try:
            letter = SmsMessage(to[2], message.template, message.params, text)
            values["provider_id"] = sms.send(letter, idempotency_key=str(message.id))
        except Exception as error:  # noqa: BLE001 - a provider may fail in any way; the row says so and is retried
            values = _failed(message, error, now)
    mine = and_(Message.id == message.id, Message.state == "sending", Message.worker == worker)
    with Session(engine.execution_options(write=True)) as session, session.begin():
        session.execute(update(Message).where(mine, Message.attempts == message.attempts).values(**values))
    return int(values["state"] == "sent")


def _failed(message: _Claimed, error: Exception, now: datetime) -> dict[str, object]:
    state = "dead" if message.attempts >= MAX_ATTEMPTS else "waiting"
    again = now + timedelta(seconds=2**message.attempts * 15)
    return {
        "state": state,
        "not_before": again,
        "lease_until": None,
        "worker": None,
        "error": type(error).__name__,
    }


@retried
def save_text(engine: Engine, *, actor: Actor, text_id: int, text: str, seen: str, now: datetime) -> None:
    """Put new words into a template; `seen` is the text that was edited (I4).

    Raises InvalidInput for places without a value, NotFound, Stale if somebody changed it meanwhile.
    """
    require(actor, Permission.CONFIGURE)
    with unit_of_work(engine, actor, now=now) as work:
        row = work.session.scalars(
            select(Code)
            .join(CodeList, CodeList.id == Code.list_id)
            .where(Code.id == text_id, CodeList.code == TEMPLATES_LIST)
            .with_for_update(of=Code)
        ).first()
        if row is None:
            raise NotFound
        words = " ".join(text.split())
        wrong = check_text(row.code, words)
        if wrong is not None:
            raise InvalidInput(wrong)
        if row.title != seen:
            raise Stale
        if row.title != words:
            payload = {"template": row.code, "before": digest_of(row.title), "after": digest_of(words)}
            row.title = words
            work.session.flush()
            work.audit("system", 0, "message_text", payload)
