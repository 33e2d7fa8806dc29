"""Processes that are killed (SIGKILL) at a chosen moment: forked, so that none has to load the product again."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine

from app.extensions import transactions
from app.models.ids import ensure_lease


@dataclass(frozen=True, slots=True)
class Victim:
    """A process at work, and a pipe it can say a word through."""

    pid: int
    pipe: int

    def word(self) -> bytes:
        """Wait until it says something; empty if it ended without."""
        return os.read(self.pipe, 100)

    def kill(self) -> None:
        """SIGKILL; nothing of it runs any more, and its connections break."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Until it has ended."""
        os.waitpid(self.pid, 0)
        os.close(self.pipe)


def started(parent: Engine, work: Callable[[Engine, Callable[[str], None]], None]) -> Victim:
    """A process that does `work` with an engine of its own; its second argument says a word to the test."""
    parent.dispose()  # a connection belongs to one process
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Victim(pid, reading)
    try:
        own = create_engine(parent.url, hide_parameters=True)
        transactions(own)
        ensure_lease(own)
        work(own, lambda word: os.write(writing, word.encode()) and None)
    finally:
        os._exit(0)
