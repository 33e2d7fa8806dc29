"""Processes of the volume loader that are killed."""

import os
import signal
import time
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from app.cli.demo.volume import load
from app.cli.demo.volume.load import Report, Task, spread


def test_a_killed_process_ends_the_load_also_when_it_held_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: Any = (0, 1)

    def work_on(task: Task, report: Report, turn: Any = None) -> None:
        if task.parts == (1,):
            time.sleep(0.5)  # the other one has the turn by then
        turn.acquire()
        if task.parts == (0,):
            os.kill(os.getpid(), signal.SIGKILL)
        report(task.parts[0], 1)

    monkeypatch.setattr(load, "work_on", work_on)
    task = Task(make_url("sqlite://"), scene=None, size=None, parts=parts, staff=0, employers=0)  # type: ignore[arg-type]

    def too_long(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(15)
    try:
        with pytest.raises(RuntimeError, match="a loading process ended without a word"):
            spread(task, 2, lambda _part, _rows: None)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
