"""One furnished town per engine, shared by the tests of a module: it costs seconds to build."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine

from app import create_app, password_policy, wire
from app.extensions import db, transactions
from app.models.ids import ensure_lease
from tests.conftest import NOW, _put_back, settings_for
from tests.doors.house import Side, widen
from tests.web.conftest import Watch
from tests.web.town import Town


@dataclass(slots=True)
class House:
    """The application on the furnished database."""

    app: Flask
    engine: Engine
    town: Town
    a: Side
    b: Side
    c: Side


@pytest.fixture(scope="module")
def house_url(template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database for a whole module."""
    if template_url.startswith("postgresql"):
        yield template_url
        _put_back(template_url)
        return
    path = tmp_path_factory.mktemp("house") / "house.db"
    shutil.copy(template_url.removeprefix("sqlite:///"), path)
    yield f"sqlite:///{path}"


@pytest.fixture(scope="module")
def house(house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Three employers in two cities, furnished."""
    data: Path = tmp_path_factory.mktemp("house-data")
    settings = settings_for(house_url, data)
    app = create_app(settings)
    app.extensions["yingcai.clock"] = Watch(NOW)
    with app.app_context():
        ensure_lease(db.engine)
    engine = create_engine(house_url, hide_parameters=True)
    transactions(engine)
    town = Town(engine, app.extensions["yingcai.ports"], password_policy(settings, wire(settings)), NOW)
    widen(town)
    sides = [Side(town, NOW, mark=mark, city_mark="_c" if mark == "c" else "") for mark in "abc"]
    for side in sides:
        side.furnish()
    yield House(app, engine, town, *sides)
    engine.dispose()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
