"""Jobs and their table (D21): claim, heartbeat, finish, retry, sweep. The `job` row is the truth.

A claim is one conditional UPDATE; fencing (worker and attempt) keeps a worker that was presumed dead from
finishing over its successor. Source: platform.md 2.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, and_, or_, select, update
from sqlalchemy.orm import Session

from app.access.policy import require
from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.blocks import Block
from app.domain.errors import Blocked, NotFound
from app.domain.ports import ClaimedJob
from app.domain.roles import Actor, Permission
from app.models.work import Job
from app.queries.sets import among

LEASE = timedelta(seconds=30)
GRACE = timedelta(seconds=30)
"""How long a published hint may wait before the sweeper publishes again."""
MAX_ERROR = 2000


def _due(now: datetime) -> Any:
    waiting = and_(Job.state == "ready", Job.run_at <= now)
    abandoned = and_(Job.state == "running", Job.lease_until < now)
    return and_(Job.attempts < Job.max_attempts, or_(waiting, abandoned))


def _session(engine: Engine) -> Session:
    return Session(engine.execution_options(write=True))


@dataclass(frozen=True, slots=True)
class JobTable:
    """The `JobBoard` port over one database; executors know nothing else."""

    engine: Engine

    def claim(self, worker: str, now: datetime, job_id: int | None = None) -> ClaimedJob | None:
        """Take one due job: the given one, or the most urgent. None if nothing (or not that one) is due."""
        if job_id is None and not self._any_due(now):
            return None
        with _session(self.engine) as session, session.begin():
            chosen = job_id or session.scalar(
                select(Job.id)
                .where(_due(now))
                .order_by(Job.priority.desc(), Job.run_at, Job.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if chosen is None:
                return None
            row = session.execute(
                update(Job)
                .where(Job.id == chosen, _due(now))
                .values(state="running", worker=worker, lease_until=now + LEASE, attempts=Job.attempts + 1)
                .returning(Job.id, Job.kind, Job.args, Job.attempts, Job.owner_id)
            ).first()
        return ClaimedJob(row.id, row.kind, row.args, row.attempts, worker, row.owner_id) if row else None

    def _any_due(self, now: datetime) -> bool:
        """A look without the writer's lock: an idle worker disturbs nobody."""
        with Session(self.engine) as session:
            return session.scalar(select(Job.id).where(_due(now)).limit(1)) is not None

    def heartbeat(self, job: ClaimedJob, now: datetime, progress: int | None = None) -> bool:
        """Prolong the lease; False if the job is no longer this worker's."""
        values: dict[str, object] = {"lease_until": now + LEASE}
        if progress is not None:
            values["progress"] = progress
        return self._change(job, values)

    def finish(self, job: ClaimedJob, result: Mapping[str, object] | None, now: datetime) -> bool:
        """Note the result; False if the job was taken over meanwhile."""
        done = {"state": "done", "progress": 100, "result": dict(result) if result else None}
        return self._change(job, {**done, "finished": now, "lease_until": None, "error": None})

    def fail(self, job: ClaimedJob, error: BaseException, now: datetime) -> bool:
        """Try again after 2^attempts seconds; after the last attempt the job is dead and listed."""
        text = "".join(traceback.format_exception_only(error)).strip()[:MAX_ERROR]
        with Session(self.engine) as session:
            most = session.scalar(select(Job.max_attempts).where(Job.id == job.id)) or 0
        if job.attempts >= most:
            return self._change(job, {"state": "dead", "error": text, "finished": now, "lease_until": None})
        again = now + timedelta(seconds=2**job.attempts)
        return self._change(
            job, {"state": "ready", "run_at": again, "error": text, "lease_until": None, "worker": None}
        )

    def _change(self, job: ClaimedJob, values: dict[str, Any]) -> bool:
        mine = and_(
            Job.id == job.id, Job.state == "running", Job.worker == job.worker, Job.attempts == job.attempts
        )
        with _session(self.engine) as session, session.begin():
            changed = session.execute(update(Job).where(mine).values(**values).returning(Job.id)).first()
        return changed is not None

    def sweep(self, now: datetime, publish: Callable[[int], None] | None = None) -> int:
        """Bury jobs that died on their last attempt; publish due ones whose hint was lost."""
        with _session(self.engine) as session, session.begin():
            dead = and_(Job.state == "running", Job.lease_until < now, Job.attempts >= Job.max_attempts)
            gone = {"state": "dead", "finished": now, "lease_until": None, "error": "the worker died"}
            buried = session.execute(update(Job).where(dead).values(**gone).returning(Job.id)).all()
            ids = self._unpublished(session, now) if publish else []
        for job_id in ids:
            if publish:
                publish(job_id)
        return len(buried)

    @staticmethod
    def _unpublished(session: Session, now: datetime) -> list[int]:
        late = or_(Job.published_at.is_(None), Job.published_at < now - GRACE)
        again = update(Job).where(_due(now), late).values(published_at=now).returning(Job.id)
        return list(session.scalars(again))


@retried
def cancel(engine: Engine, *, actor: Actor, job_id: int, now: datetime) -> None:
    """Give up one's own job that has not ended; its handler stops at its next heartbeat (D21).

    Raises NotFound for a job of somebody else, Blocked(job_over) for one that has ended.
    """
    with unit_of_work(engine, actor, now=now) as work:
        mine = and_(Job.id == job_id, Job.owner_id == actor.account_id)
        if work.session.scalar(select(Job.id).where(mine)) is None:
            raise NotFound
        values = {"state": "cancelled", "finished": now, "lease_until": None, "error": None}
        under_way = and_(mine, Job.state.in_(("ready", "running")))
        if (
            work.session.execute(update(Job).where(under_way).values(**values).returning(Job.id)).first()
            is None
        ):
            raise Blocked(Block("job_over"))
        work.audit("system", 0, "job_cancelled", {"job": str(job_id)})


@retried
def revive(engine: Engine, *, actor: Actor, job_ids: Sequence[int], now: datetime) -> tuple[int, ...]:
    """Make dead or cancelled jobs ready again and return their ids; any other stays as it is (superusers)."""
    require(actor, Permission.CONFIGURE)
    with unit_of_work(engine, actor, now=now) as work:
        values = {
            "state": "ready",
            "attempts": 0,
            "progress": 0,
            "run_at": now,
            "worker": None,
            "finished": None,
            "published_at": None,
        }
        dead = and_(among(work.session, Job.id, job_ids), Job.state.in_(("dead", "cancelled")))
        revived = sorted(work.session.scalars(update(Job).where(dead).values(**values).returning(Job.id)))
        work.audit_many("system", [(0, "job_revived", {"job": str(job_id)}) for job_id in revived])
        return tuple(revived)
