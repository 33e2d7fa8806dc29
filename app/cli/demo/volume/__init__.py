"""`flask demo load --employers N --persons N --applications N --seed S`: data in volume, for development.

Pure generators make plans and rows; the rows are those of the commands (`app.commands`: transition rows,
chains, frozen submissions, cards, sealed numbers) and are written in bulk, part by part.
"""

import time
from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.cli.demo.loader import PASSWORD, Loader
from app.cli.demo.volume.build import STAFF
from app.cli.demo.volume.identifiers import PEOPLE
from app.cli.demo.volume.load import PER_PART, Task, analyse, reserve, spread
from app.cli.demo.volume.papers import FEW, VARIANTS, store_papers
from app.cli.demo.volume.plan import Part, Size, parts
from app.cli.demo.volume.scene import Bureau, Scene, bureaus_of, scene_of
from app.queries.programmes import published
from app.queries.reference import current_site

MOST_PER_EMPLOYER = 10_000
SMALL = 1_000
"""Below so many applications a load is small."""


def check_size(size: Size) -> None:
    """Raise BadParameter for sizes that cannot be loaded."""
    if min(size.employers, size.persons, size.applications) < 1:
        raise click.BadParameter("give at least one employer, person and application")
    if size.persons < size.employers:
        raise click.BadParameter("give at least as many persons as employers")
    if size.applications > 20 * size.persons:
        raise click.BadParameter("give at most 20 applications per person")
    if max(size.applications, size.persons) > MOST_PER_EMPLOYER * size.employers:
        raise click.BadParameter(f"give an employer for every {MOST_PER_EMPLOYER} persons or applications")
    if size.persons + STAFF * size.employers > PEOPLE:
        raise click.BadParameter(f"at most {PEOPLE} people in all")


def load_volume(
    loader: Loader, size: Size, *, workers: int, per_part: int = PER_PART, say: Callable[[str], None]
) -> None:
    """Load the asked size beside what is there. Every part is one transaction: an interrupted load leaves
    whole employers, and another run adds new ones.
    """
    check_size(size)
    started = time.monotonic()
    scene = make_scene(loader, variants=FEW if size.applications < SMALL else VARIANTS)
    employers, people = reserve(loader.engine, size, loader.now)
    chosen = tuple(parts(size, employers, people, per_part))
    task = Task(loader.engine.url, scene, size, chosen, people + size.persons, employers)
    progress = _Progress(size, say, started)
    loader.engine.dispose()
    spread(task, workers, progress.told)
    say("updating the planner's statistics")
    analyse(loader.engine)
    say(progress.summary(loader.engine))


def make_scene(loader: Loader, *, variants: int) -> Scene:
    """Store the shared files and read everything else that the generators need."""
    actor = next(iter(loader.read(_bureaus))).registrar
    programme = loader.read(lambda s: next(iter(published(s))).document)
    site = loader.read(current_site)
    materials = (*site.materials, *programme.materials)
    papers = store_papers(
        loader.engine, loader.ports, materials, variants=variants, actor=actor, now=loader.now
    )
    password_hash = loader.passwords.hasher.hash(PASSWORD)
    return loader.read(
        lambda s: scene_of(s, loader.ports, papers, password_hash=password_hash, now=loader.now)
    )


def _bureaus(session: Session) -> tuple[Bureau, ...]:
    return bureaus_of(session, next(iter(published(session))).document)


class _Progress:
    """One line per part: how far, how fast, how long still."""

    def __init__(self, size: Size, say: Callable[[str], None], started: float) -> None:
        self._size = size
        self._say = say
        self._started = started
        self._applications = self._rows = 0

    def told(self, part: Part, rows: int) -> None:
        """A part is written."""
        self._applications += part.applications
        self._rows += rows
        spent = time.monotonic() - self._started
        rate = self._applications / spent if spent else 0.0
        left = (self._size.applications - self._applications) / rate if rate else 0.0
        self._say(
            f"{self._applications:,} of {self._size.applications:,} applications, {rate:,.0f}/s, "
            f"{self._rows:,} rows, {left:,.0f} s left"
        )

    def summary(self, engine: Engine) -> str:
        """Seconds, rows per second and the size of the database."""
        spent = time.monotonic() - self._started
        return (
            f"{self._applications:,} applications, {self._rows:,} rows in {spent:,.0f} s "
            f"({self._rows / spent:,.0f} rows/s), database {database_size(engine) / 1e9:,.2f} GB"
        )


def database_size(engine: Engine) -> int:
    """Bytes of the database on disk."""
    if engine.dialect.name == "sqlite":
        return Path(engine.url.database or "").stat().st_size
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
