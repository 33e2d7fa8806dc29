"""Lists that change only on purpose: the routes of the application, and what each seeded role may do."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

GOLDEN = Path(__file__).parents[1] / "golden"
RENEW = "RENEW_GOLDEN=1 .venv/bin/python -m pytest -q tests/architecture/test_golden.py"


TABLE = re.compile(r"(?<=/console/)(?!static)[a-z_]+(?=/)|(?<= console_)[a-z_]+(?=\.)")
"""The console has the same routes for each table."""


def _methods(rule: Rule) -> str:
    return ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def _agrees(name: str, lines: Iterable[str]) -> None:
    """Compare with the kept list; renew it when asked to, then read what changed and commit it."""
    found, path = sorted(set(lines)), GOLDEN / name
    if os.environ.get("RENEW_GOLDEN"):
        path.write_text("\n".join(found) + "\n", encoding="utf-8")
    kept = path.read_text(encoding="utf-8").splitlines()
    added, gone = sorted(set(found) - set(kept)), sorted(set(kept) - set(found))
    assert (added, gone) == ([], []), f"{path.name} is not up to date; if this was the intention: {RENEW}"
    assert found == kept


def test_routes_are_those_that_were_agreed(app: Flask) -> None:
    _agrees(
        "routes.txt",
        (
            TABLE.sub("*", f"{rule.rule} {_methods(rule)} {rule.endpoint}")
            for rule in app.url_map.iter_rules()
        ),
    )


def test_seeded_roles_may_do_what_was_agreed(session: Session) -> None:
    roles = session.scalars(select(Role)).all()

    _agrees(
        "permissions.txt",
        (
            f"{role.name} {pair.view_menu.name}.{pair.permission.name}"
            for role in roles
            for pair in role.permissions
        ),
    )
