"""Callers with tokens in a town whose whole chain is staffed."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.commands.flow import Flow
from tests.web.api.caller import Caller, sign_in
from tests.web.conftest import Watch, browse, town, watch  # noqa: F401 - fixtures of pages
from tests.web.town import Town


@pytest.fixture
def flow(town: Town) -> Flow:  # noqa: F811
    """Everybody of the shipped chain."""
    return Flow(town, town.now)


@pytest.fixture
def caller(app: Flask, watch: Watch) -> Callable[..., Caller]:  # noqa: F811
    """`caller("officer", "county-a-leader")`; without arguments one without a token."""
    del watch

    def made(portal: str = "", username: str = "") -> Caller:
        return sign_in(app, portal, username) if portal else Caller(app)

    return made
