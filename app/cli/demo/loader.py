"""What every step of the demo needs: the loader, the accounts of the contract, small helpers."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import yaml
from flask import current_app
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.domain.identity import check_character
from app.domain.passwords import Passwords
from app.domain.ports import ImageTools, Ports
from app.domain.roles import Actor
from app.extensions import db, utc_now
from app.models.agency import Agency
from app.models.employer import Employer
from app.queries.actors import actor_named

T = TypeVar("T")
PASSWORD = "Demo-pass-2026"  # noqa: S105 - the demo accounts' password is public
SEED = Path(__file__).resolve().parents[2] / "seed" / "demo"
DATA: Any = yaml.safe_load((SEED / "accounts.yaml").read_text(encoding="utf-8"))

ACCOUNTS = (
    ("admin · auditor", "superuser · auditor of the city bureau"),
    ("emp-a · emp-a-clerk · emp-a-specialist", "approved employer in county A"),
    ("emp-b", "approved employer in county B"),
    ("emp-new · emp-returned", "registration not submitted · returned"),
    ("per-a1 … per-a6 · per-b1", "persons of emp-a and emp-b, one at each step"),
    ("county-a-specialist · county-a-leader · county-b-specialist · county-b-leader", "county officers"),
    ("city-specialist · city-leader · city-print", "city officers"),
)


class Once:
    """The image tools, asked once about each paper, so that papers can be examined ahead and several at once."""

    def __init__(self, tools: ImageTools) -> None:
        self._tools = tools
        self.inspect = cache(tools.inspect)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tools, name)


@dataclass(frozen=True, slots=True)
class Loader:
    """What every step of the demo needs."""

    engine: Engine
    ports: Ports
    passwords: Passwords
    now: datetime

    @classmethod
    def of_app(cls) -> Self:
        """The loader of the current application."""
        ports: Ports = current_app.extensions["yingcai.ports"]
        ports = replace(ports, images=cast("ImageTools", Once(ports.images)))
        return cls(db.engine, ports, current_app.extensions["yingcai.passwords"], utc_now())

    def is_empty(self) -> bool:
        """Whether there is no employer yet."""
        with Session(self.engine) as session:
            return session.scalar(select(Employer.id).limit(1)) is None

    def ago(self, days: float) -> datetime:
        """The moment `days` before now."""
        return self.now - timedelta(days=days)

    def actor(self, username: str) -> Actor:
        """The actor of a demo account."""
        with Session(self.engine) as session:
            return actor_named(session, username)

    def read(self, query: Callable[[Session], T]) -> T:
        """Run a query in a session of its own."""
        with Session(self.engine) as session:
            return query(session)


def id_number(entry: dict[str, Any], place: str = "890121") -> str:
    """A valid ID number of an invented place."""
    born: date = entry["born"]
    body = f"{place}{born:%Y%m%d}{entry['sequence']:03d}"
    return body + check_character(body)


def lock_of(loader: Loader, model: Any, key: int) -> int:
    """The lock of a row as it is now."""
    return loader.read(lambda s: s.execute(select(model.lock).where(model.id == key)).scalar_one())


def demand_moved(moved: Collection[int], wanted: Collection[int]) -> None:
    """Stop if a command left one of the rows where it was: the demo would show something else than it says."""
    if set(moved) != set(wanted):
        raise RuntimeError(f"demo: {set(wanted) - set(moved)} did not move")


def officer_with(role: str, agency: str) -> str:
    """User name of the officer who holds a role at a bureau."""
    return next(str(o["username"]) for o in DATA["officers"] if role in o["roles"] and o["agency"] == agency)


def agency_id(loader: Loader, code: str) -> int:
    """Id of the bureau with a code."""
    return loader.read(lambda s: s.execute(select(Agency.id).where(Agency.code == code)).scalar_one())
