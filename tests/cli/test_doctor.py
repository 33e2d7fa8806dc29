"""`flask doctor` on a data directory with the demo's people: with its key ring, with another one, with files gone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import create_app
from app.cli.demo.loader import Loader
from app.cli.demo.people import load_people
from app.models.file import Blob
from app.models.work import SecretValue
from config import Settings, read

pytestmark = pytest.mark.slow


@pytest.fixture
def examined(app: Flask, settings: Settings) -> Callable[..., tuple[int, list[str]]]:
    """Exit code and lines of `flask doctor` with changed settings, on a data directory with people and files."""
    with app.app_context():
        load_people(Loader.of_app())

    def doctor(**changes: object) -> tuple[int, list[str]]:
        result = create_app(replace(settings, **changes)).test_cli_runner().invoke(args=["doctor"])
        lines = [line for line in result.output.splitlines() if not line.startswith("warning: ")]
        return result.exit_code, lines

    return doctor


def another_ring(tmp_path: Path) -> str:
    """A new ring, made as a development start makes one."""
    return read({"DATA_DIR": str(tmp_path / "elsewhere")}).keyring


def test_a_ring_that_does_not_fit_is_said_once_with_its_mend_and_lost_files_by_name(
    examined: Callable[..., tuple[int, list[str]]], engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    with Session(engine) as session:
        files = session.scalars(select(Blob.id).order_by(Blob.id)).all()
        numbers = session.scalars(select(SecretValue.id).order_by(SecretValue.id)).all()
        keys = session.scalars(select(Blob.key).order_by(Blob.id)).all()
    assert len(files) > 3
    other = another_ring(tmp_path)
    main, index = settings.keyring.split(",")
    other_main, other_index = other.split(",")
    mend = (
        f"Start with the ring kept for this data, as KEYRING or as {settings.data_dir}/keyring; "
        "without it they cannot be read"
    )
    key = "key ring does not fit"

    def named(ids: object) -> str:
        return ", ".join(str(one) for one in list(ids)[:3])

    assert examined() == (0, ["no errors"])
    for ring in (other, f"{other_main},{index}", f"{other_main.replace('k1', 'k2')},{index}"):
        assert examined(keyring=ring) == (
            1,
            [
                f"error: the {key}: it opens 0 of {len(numbers)} numbers (not {named(numbers)}, …). {mend}",
                f"error: the {key}: it opens 0 of {len(files)} files (not {named(files)}, …). {mend}",
            ],
        )
    assert examined(keyring=f"{main},{other_index}") == (
        1,
        [
            f"error: the index key of the {key}: it finds 0 of {len(numbers)} numbers (not {named(numbers)}, …). {mend}"
        ],
    )
    assert examined(keyring=f"{other_main.replace('k1', 'k2')},{main},{index}") == (0, ["no errors"])

    gone, changed = (settings.data_dir / "files" / key[:2] / key[2:4] / key for key in keys[:2])
    gone.unlink()
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    assert examined() == (
        1,
        [f"error: file {files[0]}: FileNotFoundError", f"error: file {files[1]}: ValueError"],
    )
