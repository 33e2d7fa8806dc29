"""A flow for tests of commands on applications."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from app.domain.passwords import Passwords
from app.domain.ports import Ports
from tests.commands.flow import Flow
from tests.web.town import Town


@pytest.fixture
def flow(engine: Engine, wired: Ports, passwords: Passwords, now: datetime) -> Flow:
    """The shipped programme with everybody who decides in it."""
    return Flow(Town(engine, wired, passwords, now), now)
