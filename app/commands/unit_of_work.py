"""One command = one session, one transaction: idempotency, audit chain, outbox (architecture: Sessions).

`db.session` of the web reads; commands open a session of their own with the execution option `write`, which
makes SQLite begin IMMEDIATE. Nothing below imports `db`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.commands.retry import DoneMeanwhile
from app.domain.audit import GENESIS, Event, digest_of
from app.domain.blocks import Block
from app.domain.errors import Blocked, DomainError, IdempotencyMismatch, IdentityTaken, NameTaken, Stale
from app.domain.roles import Actor
from app.models.audit import AccessEvent, AuditEvent
from app.models.ids import ensure_lease, new_id
from app.models.reference import Site
from app.models.work import Idempotency, Job, Message


def _open_application() -> Blocked:
    """Another tab started it a moment ago; it has no number yet."""
    return Blocked(Block("open_application_exists", {"no": "-"}))


CONSTRAINT_ERRORS: Mapping[str, tuple[Callable[..., DomainError], Mapping[str, str]]] = {
    "pk_identity_claim": (IdentityTaken, {}),
    "identity_claim.kind, identity_claim.digest": (IdentityTaken, {}),
    "uq_employer_credit_code": (NameTaken, {"field": "credit_code"}),
    "employer.credit_code": (NameTaken, {"field": "credit_code"}),
    "uq_ab_user_username": (NameTaken, {"field": "username"}),
    "ab_user.username": (NameTaken, {"field": "username"}),
    "uq_review_lock": (Stale, {}),
    "review.application_id, review.lock_seen": (Stale, {}),
    "uq_registration_review_lock": (Stale, {}),
    "registration_review.subject_kind, registration_review.subject_id, registration_review.lock_seen": (
        Stale,
        {},
    ),
    "uq_application_open": (_open_application, {}),
    "application.person_id, application.programme_id": (_open_application, {}),
    "pk_idempotency": (DoneMeanwhile, {}),
    "idempotency.actor_id, idempotency.key": (DoneMeanwhile, {}),
    # What was looked for before it was written; SQLite has one writer at a time and never gets here.
    "uq_job_key": (DoneMeanwhile, {}),
    "uq_roster_scan_sha256": (DoneMeanwhile, {}),
    "uq_programme_code": (DoneMeanwhile, {}),
    "pk_audit_event": (DoneMeanwhile, {}),
}
"""Constraint (PostgreSQL: its name; SQLite: its columns) -> the refusal it means."""


class Work:
    """The open transaction of one command."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self.session = session
        self.actor = actor
        self.now = now
        self.replay: Any | None = None
        self._key: str | None = None
        self._digest = ""
        self._heads: dict[tuple[str, int], tuple[int, str]] = {}

    def remember(self, result: object) -> None:
        """Store the result (plain JSON values) under the submission's key, if it has one (T7)."""
        if self._key is not None:
            row = {"actor_id": self.actor.account_id, "key": self._key, "request_digest": self._digest}
            self.session.execute(insert(Idempotency).values(**row, result=result, at=self.now))

    def audit(
        self,
        subject_kind: str,
        subject_id: int,
        event: str,
        payload: Mapping[str, object],
        *,
        role: str | None = None,
    ) -> None:
        """Append one event to the subject's chain (not for applications: `transitions` chains those in bulk)."""
        self.audit_many(subject_kind, [(subject_id, event, payload)], role=role)

    def audit_many(
        self,
        subject_kind: str,
        events: Sequence[tuple[int, str, Mapping[str, object]]],
        *,
        role: str | None = None,
    ) -> None:
        """Append (subject id, event, payload) rows in order, with a constant number of statements.

        The command holds the lock of every subject's row, so that nobody else appends meanwhile.
        """
        if not events:
            return
        self._load_heads(subject_kind, {subject_id for subject_id, _, _ in events})
        rows = [self._chained(subject_kind, *event, role=role) for event in events]
        self.session.execute(insert(AuditEvent), rows)

    def _load_heads(self, subject_kind: str, ids: set[int]) -> None:
        missing = [subject_id for subject_id in ids if (subject_kind, subject_id) not in self._heads]
        if not missing:
            return
        if subject_kind == "system":  # no row of its own that its commands lock: the site stands for it
            self.session.execute(select(Site.id).where(Site.id == 1).with_for_update())
        last = (
            select(AuditEvent.subject_id, func.max(AuditEvent.seq).label("seq"))
            .where(AuditEvent.subject_kind == subject_kind, AuditEvent.subject_id.in_(missing))
            .group_by(AuditEvent.subject_id)
            .subquery()
        )
        heads = (
            select(AuditEvent.subject_id, AuditEvent.seq, AuditEvent.hash)
            .join(last, (AuditEvent.subject_id == last.c.subject_id) & (AuditEvent.seq == last.c.seq))
            .where(AuditEvent.subject_kind == subject_kind)
        )
        found = {row.subject_id: (row.seq, row.hash) for row in self.session.execute(heads)}
        self._heads |= {
            (subject_kind, subject_id): found.get(subject_id, (0, GENESIS)) for subject_id in missing
        }

    def _chained(
        self,
        subject_kind: str,
        subject_id: int,
        event: str,
        payload: Mapping[str, object],
        *,
        role: str | None,
    ) -> dict[str, Any]:
        seq, previous = self._heads[subject_kind, subject_id]
        entry = Event(
            subject_kind=subject_kind,
            subject_id=subject_id,
            seq=seq + 1,
            event=event,
            at=self.now,
            actor_id=self.actor.account_id,
            party=party_of(self.actor),
            role=role,
            payload=payload,
            prev_hash=previous,
        )
        hashed = entry.hash()
        self._heads[subject_kind, subject_id] = (seq + 1, hashed)
        names = (
            "subject_kind",
            "subject_id",
            "seq",
            "event",
            "at",
            "actor_id",
            "party",
            "role",
            "payload",
            "prev_hash",
        )
        return {name: getattr(entry, name) for name in names} | {"hash": hashed}

    def access(
        self,
        kind: str,
        object_kind: str,
        object_id: int | None,
        *,
        result: str = "ok",
        detail: str | None = None,
    ) -> None:
        """Log a read that matters, a reveal, an export or a denial."""
        self.session.execute(
            insert(AccessEvent).values(
                **access_row(self.actor, self.now, kind, object_kind, object_id, result, detail)
            )
        )

    def message(
        self,
        account_id: int,
        template: str,
        params: Mapping[str, str],
        *,
        not_before: datetime | None = None,
        subject: tuple[str, int] | None = None,
    ) -> None:
        """Put one message into the outbox (I5); it leaves not before `not_before` (default: now)."""
        kind, subject_id = subject or (None, None)
        self.session.execute(
            insert(Message).values(
                id=new_id(),
                account_id=account_id,
                template=template,
                params=dict(params),
                subject_kind=kind,
                subject_id=subject_id,
                not_before=not_before or self.now,
                created=self.now,
            )
        )

    def job(
        self,
        kind: str,
        args: Mapping[str, object],
        *,
        key: str | None = None,
        owner: int | None = None,
        delay: timedelta = timedelta(0),
    ) -> int:
        """Queue work for after the commit and return the job's id; a `key` that exists already keeps the old job."""
        if key is not None:
            existing = self.session.scalar(select(Job.id).where(Job.key == key))
            if existing is not None:
                return existing
        job_id = new_id()
        self.session.execute(
            insert(Job).values(
                id=job_id,
                kind=kind,
                args=dict(args),
                key=key,
                owner_id=owner,
                run_at=self.now + delay,
                created=self.now,
            )
        )
        return job_id


def access_row(  # noqa: PLR0917 - the columns in order
    actor: Actor,
    now: datetime,
    kind: str,
    object_kind: str,
    object_id: int | None,
    result: str,
    detail: str | None,
) -> dict[str, Any]:
    """The values of one `access_event` row."""
    return {
        "id": new_id(),
        "at": now,
        "actor_id": actor.account_id,
        "session": actor.session_key,
        "ip": actor.ip,
        "kind": kind,
        "object_kind": object_kind,
        "object_id": object_id,
        "detail": detail,
        "result": result,
        "request_id": actor.request_id,
    }


def party_of(actor: Actor) -> str:
    """The party written into history: the account kind, `visitor` or `system`."""
    if actor.kind is not None:
        return actor.kind.value
    return "visitor" if actor.ip else "system"


@contextmanager
def unit_of_work(
    engine: Engine,
    actor: Actor,
    *,
    now: datetime,
    key: str | None = None,
    request: object = None,
) -> Iterator[Work]:
    """Open the transaction of one command; commit at the end, roll back on any exception.

    With `key`, a repeated submission finds its stored result in `work.replay` (the command returns it and
    writes nothing). Raises IdempotencyMismatch if `request` differs from the one stored under the key, and
    turns constraint violations into the refusals they mean. Source: D10, D12, T7.
    """
    ensure_lease(engine)
    with (
        sent_once(engine, actor, key=key, request=request),
        Session(engine.execution_options(write=True), expire_on_commit=False) as session,
    ):
        try:
            with session.begin():
                work = Work(session, actor, now)
                if key is not None:
                    _replay(work, key, digest_of(request))
                yield work
        except IntegrityError as error:
            raise refusal(error) from error


@contextmanager
def sent_once(engine: Engine, actor: Actor, *, key: str | None, request: object) -> Iterator[None]:
    """Turn a refusal into DoneMeanwhile if the same form was accepted while this one was on its way: what it
    did is the cause of the refusal, and the next try returns its result (T7).
    """
    try:
        yield
    except DomainError as refused:
        if key is None or isinstance(refused, DoneMeanwhile):
            raise
        with Session(engine) as session:
            stored = session.get(Idempotency, (actor.account_id, key[:80]))
        if stored is None or stored.request_digest != digest_of(request):
            raise
        raise DoneMeanwhile from refused


def replayed(engine: Engine, actor: Actor, *, key: str | None, request: object, now: datetime) -> Any | None:
    """The stored result of a submission whose command works before its transaction, None for a new one.

    Raises IdempotencyMismatch. Source: T7.
    """
    if key is None:
        return None
    with Session(engine) as session:
        work = Work(session, actor, now)
        _replay(work, key, digest_of(request))
        return work.replay


def _replay(work: Work, key: str, request_digest: str) -> None:
    work._key, work._digest = key[:80], request_digest  # noqa: SLF001 - the unit of work and its Work are one thing
    stored = work.session.get(Idempotency, (work.actor.account_id, key[:80]))
    if stored is None:
        return
    if stored.request_digest != request_digest:
        raise IdempotencyMismatch
    work.replay = stored.result


def refusal(error: IntegrityError) -> Exception:
    """The DomainError that a violated constraint means, or the error itself if it means a defect."""
    name = _constraint(error)
    found = CONSTRAINT_ERRORS.get(name) if name else None
    return found[0](**found[1]) if found else error


def _constraint(error: IntegrityError) -> str | None:
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        name: str | None = diagnostics.constraint_name
        return name
    match = re.search(r"UNIQUE constraint failed: (.+)$", str(error.orig))
    return match[1] if match else None
