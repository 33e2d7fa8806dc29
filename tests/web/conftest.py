"""A town and browsers for tests of pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.domain.passwords import Passwords
from app.domain.ports import Ports
from tests.web.browser import Browser
from tests.web.case_flow import Flow
from tests.web.town import Town


@dataclass(slots=True)
class Watch:
    """A clock that tests set forward."""

    moment: datetime

    def now(self) -> datetime:
        """The moment of the test."""
        return self.moment

    def forward(self, **span: float) -> datetime:
        """Let time pass."""
        self.moment += timedelta(**span)
        return self.moment


@pytest.fixture
def watch(app: Flask, now: datetime) -> Watch:
    """The application's clock."""
    app.extensions["yingcai.clock"] = found = Watch(now)
    return found


@pytest.fixture
def town(app: Flask, engine: Engine, passwords: Passwords, now: datetime) -> Town:
    """Bureaus and officers; make employers and persons as needed."""
    ports: Ports = app.extensions["yingcai.ports"]
    return Town(engine, ports, passwords, now)


@pytest.fixture
def browse(app: Flask, watch: Watch) -> Callable[..., Browser]:
    """`browse("employer", "emp-a")`: a browser signed in at an entry; without arguments a visitor's."""
    del watch

    def opened(entry: str = "", username: str = "") -> Browser:
        browser = Browser(app.test_client())
        if entry:
            browser.sign_in(entry, username)
        return browser

    return opened


@pytest.fixture
def flow(town: Town) -> Flow:
    """Applications made by commands."""
    return Flow(town)
