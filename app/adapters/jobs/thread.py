"""The embedded executor: a daemon thread that claims jobs, another that sends messages (D21).

Handlers, the job table and the sender are given by `create_app`; nothing here knows commands or tasks.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from app.domain.ports import ClaimedJob, Clock, JobBoard, JobStopped

Handler = Callable[[ClaimedJob], Mapping[str, object] | None]

IDLE_S = 1.0
HEARTBEAT_S = 10.0
SWEEP_EVERY = timedelta(seconds=30)
_log = logging.getLogger(__name__)


class ThreadWorker:
    """Runs due jobs one after another and sends due messages until `stop`."""

    def __init__(
        self,
        board: JobBoard,
        handlers: Mapping[str, Handler],
        *,
        clock: Clock,
        send_messages: Callable[[str], int] | None = None,
        name: str = "worker",
    ) -> None:
        self._board = board
        self._handlers = handlers
        self._clock = clock
        self._send_messages = send_messages
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._threads: list[threading.Thread] = []
        self.name = f"{name}@{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"

    def start(self) -> None:
        """Start the threads; they end with the process."""
        loops = [self._work] + ([self._send] if self._send_messages else [])
        self._threads = [
            threading.Thread(target=loop, name=f"{self.name}-{loop.__name__}", daemon=True) for loop in loops
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Finish the job at hand and end."""
        self._stopping.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout_s)

    def wake(self) -> None:
        """Look for work at once, instead of within a second."""
        self._wake.set()

    def run_once(self) -> bool:
        """Run one due job; whether there was one. A job that fails is noted and tried again later."""
        claimed = self._board.claim(self.name, self._clock.now())
        if claimed is None:
            return False
        job = replace(claimed, report=lambda percent: self._report(claimed, percent))
        beating = threading.Event()
        beat = threading.Thread(target=self._beat, args=(job, beating), daemon=True)
        beat.start()
        try:
            result = self._handlers[job.kind](job)
        except JobStopped:
            _log.info("job %s (%s) was cancelled or taken over", job.id, job.kind)
        except Exception as error:  # noqa: BLE001 - a handler may fail in any way; the job table says so
            _log.exception("job %s (%s) failed", job.id, job.kind)
            self._board.fail(job, error, self._clock.now())
        else:
            self._board.finish(job, result, self._clock.now())
        finally:
            beating.set()
            beat.join()
        return True

    def _report(self, job: ClaimedJob, percent: int) -> None:
        """A handler's word between two steps. Raises JobStopped."""
        if not self._board.heartbeat(job, self._clock.now(), max(0, min(percent, 100))):
            raise JobStopped

    def _beat(self, job: ClaimedJob, ended: threading.Event) -> None:
        while not ended.wait(HEARTBEAT_S):
            try:
                self._board.heartbeat(job, self._clock.now())
            except Exception:  # noqa: BLE001 - the next beat may succeed
                _log.exception("heartbeat of job %s failed", job.id)

    def _work(self) -> None:
        swept = self._clock.now() - SWEEP_EVERY
        while not self._stopping.is_set():
            try:
                now = self._clock.now()
                if now - swept >= SWEEP_EVERY:
                    self._board.sweep(now)
                    swept = now
                if self.run_once():
                    continue
            except Exception:  # noqa: BLE001 - the thread outlives a database that is away
                _log.exception("the job table does not answer")
            self._wake.wait(IDLE_S)
            self._wake.clear()

    def _send(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._send_messages and self._send_messages(self.name):
                    continue
            except Exception:  # noqa: BLE001 - the thread outlives a database that is away
                _log.exception("the outbox does not answer")
            self._stopping.wait(IDLE_S)
