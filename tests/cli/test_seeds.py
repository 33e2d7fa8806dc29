"""`flask init` with a programme document put among the seeds, as someone who adds a programme does."""

import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.cli import initialise
from app.domain.programme import BatchMode
from app.extensions import db
from app.queries import programmes as stored
from tests.unit.domain.programmes import SECOND

pytestmark = pytest.mark.parametrize("template_url", ["sqlite"], indirect=True)


@pytest.fixture
def seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The seeds of programmes: the second document of the tests, which says `batch: off`."""
    (tmp_path / "seed" / "programmes").mkdir(parents=True)
    monkeypatch.setattr(initialise, "SEED", tmp_path / "seed")
    return Path(shutil.copy(SECOND, tmp_path / "seed" / "programmes"))


@pytest.mark.usefixtures("seeds")
def test_it_is_published_as_it_would_be_by_its_import(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["init"])

    assert (result.exit_code, result.output) == (0, "initialised\n")
    with app.app_context(), Session(db.engine) as session:
        (made,) = [
            entry.document for entry in stored.published(session) if entry.document.code == SECOND.stem
        ]
    assert made.stage("head").batch is BatchMode.OFF


def test_a_document_with_a_mistake_is_refused_with_its_path(app: Flask, seeds: Path) -> None:
    seeds.write_text(seeds.read_text().replace("batch: off", "batch: never"))

    result = app.test_cli_runner().invoke(args=["init"])

    assert result.exit_code == 1
    assert "stages[3].batch: “never” is not known here; possible: any, clean, off." in result.output
