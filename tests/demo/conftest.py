"""A city with the demo's officers, and a small load in volume beside them."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from app.cli.demo.loader import Loader
from app.cli.demo.people import load_people
from app.cli.demo.volume import load_volume
from app.cli.demo.volume.plan import Size

SMALL = Size(employers=4, persons=60, applications=80, seed=11)


@pytest.fixture
def loader(app: Flask, now: datetime) -> Loader:
    """The demo's people; the load goes beside them."""
    app.extensions["yingcai.clock"].moment = now + timedelta(hours=3)
    with app.app_context():
        made = Loader.of_app()
        load_people(made)
    return made


@pytest.fixture
def loaded(loader: Loader) -> list[str]:
    """What the small load said."""
    said: list[str] = []
    load_volume(loader, SMALL, workers=1, per_part=60, say=said.append)
    return said
