"""Fixtures over the factories; a test package imports them into its conftest."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from app.domain.passwords import Passwords
from app.domain.ports import Cipher
from tests.factories.accounts import People
from tests.factories.employers import Employers
from tests.factories.persons import Persons


@pytest.fixture
def people(engine: Engine, cipher: Cipher, passwords: Passwords, now: datetime) -> People:
    return People(engine, cipher, passwords, now)


@pytest.fixture
def firms(people: People) -> Employers:
    return Employers(people)


@pytest.fixture
def talents(people: People) -> Persons:
    return Persons(people)
