"""63-bit time-ordered ids: 41 bits of milliseconds, 10 bits of node, 12 bits of sequence (D15).

Each process leases its node number from `id_node`, so two processes never make the same id. The lease is
taken before the first transaction that needs ids, never inside one: SQLite has a single writer.
"""

import os
import secrets
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.models.work import IdNode

EPOCH_MS = 1_735_689_600_000
"""2025-01-01T00:00:00Z: 41 bits last until 2094."""
NODES = 1024
SEQUENCE_MASK = 0xFFF
LEASE = timedelta(hours=2)
RENEW_BEFORE = timedelta(minutes=30)


class IdMaker:
    """Makes ids for one process and one database."""

    def __init__(self, node: int) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._last = 0
        self._sequence = 0

    def new_id(self) -> int:
        """A new id, greater than every id this process made before."""
        with self._lock:
            now = max(int(time.time() * 1000) - EPOCH_MS, self._last)
            if now == self._last:
                self._sequence += 1
                if self._sequence > SEQUENCE_MASK:
                    now, self._sequence = now + 1, 0
            else:
                self._sequence = 0
            self._last = now
            return (now << 22) | (self._node << 12) | self._sequence


class _Lease:
    """The node this process holds; `maker` is None until the first `ensure_lease`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.pid = os.getpid()
        self.databases: dict[str, datetime] = {}
        self.maker: IdMaker | None = None
        self.node: int | None = None


_lease = _Lease()


def _forget_after_fork() -> None:
    global _lease  # noqa: PLW0603 - a forked worker must lease a node of its own
    _lease = _Lease()


os.register_at_fork(after_in_child=_forget_after_fork)


def ensure_lease(engine: Engine) -> None:
    """Hold a node number in this database; call before a transaction, it seldom writes."""
    key, now = str(engine.url), datetime.now(UTC)
    until = _lease.databases.get(key)
    if until is not None and until - now > RENEW_BEFORE:
        return
    with _lease.lock:
        if _lease.databases.get(key) == until:
            _take(engine, key, now)


def _take(engine: Engine, key: str, now: datetime) -> None:
    until = now + LEASE
    for _attempt in range(20):
        try:
            with engine.execution_options(write=True).begin() as connection:
                connection.execute(
                    delete(IdNode).where((IdNode.until < now) | (IdNode.holder == _lease.holder))
                )
                taken = set(connection.scalars(select(IdNode.node)))
                node = _lease.node if _lease.node is not None and _lease.node not in taken else _free(taken)
                connection.execute(insert(IdNode).values(node=node, holder=_lease.holder, until=until))
        except IntegrityError:
            continue
        if node != _lease.node:
            _lease.node, _lease.maker = node, IdMaker(node)
        _lease.databases[key] = until
        return
    raise RuntimeError("no free node number in id_node")


def _free(taken: set[int]) -> int:
    start = secrets.randbelow(NODES)
    return next(node for offset in range(NODES) if (node := (start + offset) % NODES) not in taken)


def new_id() -> int:
    """A new id of this process. Raises RuntimeError before `ensure_lease`."""
    if _lease.maker is None:
        raise RuntimeError("ensure_lease(engine) comes before new_id()")
    return _lease.maker.new_id()
