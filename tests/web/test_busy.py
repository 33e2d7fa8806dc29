"""A database that is busy for too long: the answer says to try again, nothing is half done, nothing is a 500."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text

from tests.web.browser import Browser, text_of, values
from tests.web.case_flow import Flow
from tests.web.conftest import Watch
from tests.web.test_queue_pages import EMPLOYER_QUEUE
from tests.web.town import Town

MOST_S = 8.0
"""`busy_timeout` is 5 s, `lock_timeout` 3 s; the rest is what a loaded machine needs."""


@contextmanager
def somebody_else_writes(engine: Engine) -> Iterator[None]:
    """A foreign transaction that holds what a decision needs."""
    with engine.execution_options(write=True).connect() as connection:
        table = "TABLE application, login_session" if engine.dialect.name == "postgresql" else None
        connection.execute(text(f"LOCK {table} IN EXCLUSIVE MODE" if table else "SELECT 1"))
        yield
        connection.rollback()


@pytest.mark.slow
def test_a_decision_that_waits_too_long_is_asked_to_try_again(
    engine: Engine, town: Town, flow: Flow, browse: Callable[..., Browser], watch: Watch
) -> None:
    firm = town.firm()
    case = flow.submitted(town.person(firm, "李明芳", "per-a1"))
    browser = browse("employer", firm.username)
    rows = values(browser.get(EMPLOYER_QUEUE), "rowid")
    data = {"action": "approve", "rowid": rows, "submission_key": browser.key}

    with somebody_else_writes(engine):
        begun = time.monotonic()
        answer = browser.post("/applications/action_post", data)
        waited = time.monotonic() - begun
        untouched = flow.row(case).stage_code
        watch.forward(minutes=2)  # the sign-in would note that it was used
        page = browser.client.get(EMPLOYER_QUEUE)
    again = browser.post("/applications/action_post", data)

    assert (answer.status_code, answer.headers["Retry-After"], untouched) == (503, "5", "employer")
    assert "系统繁忙 数据没有变化，请几秒后再试。" in text_of(answer.text)
    assert waited < MOST_S
    assert page.status_code == 200, "reading needs no writer"
    assert (again.status_code, flow.row(case).stage_code) == (200, "county_specialist")
