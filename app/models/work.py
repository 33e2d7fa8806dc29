"""Machinery tables: node leases, sign-ins, idempotency, jobs, messages, number series, permission epoch."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.account import Account
from app.models.base import Digest, Id, Json, Model, Utc, known

JOB_STATES = ("ready", "running", "done", "dead", "cancelled")
MESSAGE_STATES = ("waiting", "sending", "sent", "dead", "recalled")


class IdNode(Model):
    """A node number leased by one process (D15)."""

    __tablename__ = "id_node"
    node: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    holder: Mapped[str] = mapped_column(String(120))
    until: Mapped[datetime] = mapped_column(Utc)


class LoginSession(Model):
    """One sign-in (D24); the cookie holds the token, the row its SHA-256 only."""

    __tablename__ = "login_session"
    __table_args__ = (Index("ix_login_session_account", "account_id"),)
    token_hash: Mapped[str] = mapped_column(Digest, primary_key=True)
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    data: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(Utc)
    last_seen: Mapped[datetime] = mapped_column(Utc)
    revoked_at: Mapped[datetime | None] = mapped_column(Utc)
    ip: Mapped[str | None] = mapped_column(String(45))
    agent: Mapped[str | None] = mapped_column(String(200))


class SignInFailure(Model):
    """A refused sign-in; a lock counts these in a time window and never ends running sessions (R17)."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_account", "account_id", "at"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    at: Mapped[datetime] = mapped_column(Utc)
    ip: Mapped[str | None] = mapped_column(String(45))


class PermissionEpoch(Model):
    """One number, raised by triggers on every write to roles or permissions."""

    __tablename__ = "permission_epoch"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Id, server_default=text("0"))


class SeededGrant(Model):
    """A grant that `flask init` made once and will not make again (D20)."""

    __tablename__ = "seeded_grant"
    role: Mapped[str] = mapped_column(String(64), primary_key=True)
    permission: Mapped[str] = mapped_column(String(100), primary_key=True)
    view: Mapped[str] = mapped_column(String(100), primary_key=True)


class Idempotency(Model):
    """The stored result of a submission key (T7)."""

    __tablename__ = "idempotency"
    actor_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    request_digest: Mapped[str] = mapped_column(Digest)
    result: Mapped[Any] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Utc)


class NumberSeries(Model):
    """The last number given out, locked in the transaction that takes the next (D15)."""

    __tablename__ = "number_series"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    scope: Mapped[str] = mapped_column(String(60), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Id)


class Job(Model):
    """Work to do after the commit (D21); the row is the truth about its state."""

    __tablename__ = "job"
    __table_args__ = (
        known("state", JOB_STATES),
        UniqueConstraint("key", name="uq_job_key"),
        Index(
            "ix_job_due",
            "run_at",
            "id",
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        Index(
            "ix_job_lease",
            "lease_until",
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_job_owner", "owner_id", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    args: Mapped[Any] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(12), server_default="ready")
    run_at: Mapped[datetime] = mapped_column(Utc)
    priority: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    max_attempts: Mapped[int] = mapped_column(Integer, server_default=text("5"))
    lease_until: Mapped[datetime | None] = mapped_column(Utc)
    worker: Mapped[str | None] = mapped_column(String(120))
    published_at: Mapped[datetime | None] = mapped_column(Utc)
    key: Mapped[str | None] = mapped_column(String(160))
    owner_id: Mapped[int | None] = mapped_column(Id, ForeignKey("ab_user.id"))
    progress: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    result: Mapped[Any | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(Utc)
    finished: Mapped[datetime | None] = mapped_column(Utc)


class Message(Model):
    """SMS and in-app outbox, written in the transaction of its cause (I5)."""

    __tablename__ = "message"
    __table_args__ = (
        known("state", MESSAGE_STATES),
        Index(
            "ix_message_due",
            "not_before",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_message_account", "account_id", "id"),
        Index("ix_message_batch", "batch_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    to_id: Mapped[int | None] = mapped_column(Id, ForeignKey("secret_value.id"))
    to_masked: Mapped[str | None] = mapped_column(String(40))
    template: Mapped[str] = mapped_column(String(60))
    params: Mapped[Any] = mapped_column(Json)
    subject_kind: Mapped[str | None] = mapped_column(String(20))
    subject_id: Mapped[int | None] = mapped_column(Id)
    review_id: Mapped[int | None] = mapped_column(Id)
    batch_id: Mapped[int | None] = mapped_column(Id)
    not_before: Mapped[datetime] = mapped_column(Utc)
    state: Mapped[str] = mapped_column(String(12), server_default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    lease_until: Mapped[datetime | None] = mapped_column(Utc)
    worker: Mapped[str | None] = mapped_column(String(120))
    provider_id: Mapped[str | None] = mapped_column(String(120))
    sent_at: Mapped[datetime | None] = mapped_column(Utc)
    read_at: Mapped[datetime | None] = mapped_column(Utc)
    error: Mapped[str | None] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(Utc)

    account: Mapped[Account] = relationship(lazy="raise")


class Holiday(Model):
    """A day that differs from the weekly pattern: closed, or a worked weekend day (I6)."""

    __tablename__ = "holiday"
    __table_args__ = (UniqueConstraint("day", name="uq_holiday_day"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    day: Mapped[date]
    is_working_day: Mapped[bool] = mapped_column(server_default=text("false"))
    title: Mapped[str] = mapped_column(String(60))


class SecretValue(Model):
    """The only place where an ID number or a mobile stands in full, encrypted (D23)."""

    __tablename__ = "secret_value"
    __table_args__ = (
        known("kind", ("doc_no", "mobile")),
        CheckConstraint(
            "(enc IS NULL) = (digest IS NULL) AND (enc IS NULL) = (masked IS NULL) AND (enc IS NULL) = (key_id IS NULL)",
            name="whole_or_blank",
        ),
        Index("ix_secret_value_account", "account_id"),
        Index("ix_secret_value_key", "key_id", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("ab_user.id"))
    kind: Mapped[str] = mapped_column(String(10))
    enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[str | None] = mapped_column(Digest)
    masked: Mapped[str | None] = mapped_column(String(40))
    key_id: Mapped[str | None] = mapped_column(String(20))
    created: Mapped[datetime] = mapped_column(Utc)
