"""The style guide shows every component as it looks and as it is written; in production there is none."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from app.web.views import styleguide
from config import Settings
from tests.web.browser import text_of
from tests.web.superuser import superuser

TEMPLATES = Path(styleguide.__file__).resolve().parents[2] / "templates"
PARTS = {"csrf", "once", "lock", "cell", "count", "icon", "control", "material_row"}
"""Pieces of other components; they stand in the examples of these."""


def test_every_component_has_an_example() -> None:
    offered = re.findall(r"\{% set ([\w, ]+) =", (TEMPLATES / "components/ui.html").read_text("utf-8"))
    macros = {name for names in offered for name in names.split(", ")}
    examples = "".join(path.read_text("utf-8") for path in (TEMPLATES / styleguide.FOLDER).glob("*.html"))

    page = (TEMPLATES / "views/styleguide/page.html").read_text("utf-8")
    shown = set(re.findall(r"ui\.(\w+)", examples + page))
    assert macros - PARTS - shown == set()


def test_superusers_read_each_example_beside_its_code(town, browse) -> None:
    page = superuser(town, browse).get("/styleguide")

    sources = [text_of(source) for source in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)]
    assert len(sources) == len(list((TEMPLATES / styleguide.FOLDER).glob("*.html")))
    assert any("ui.stepper(" in source for source in sources)
    assert 'class="steps"' in page
    browse("officer", "county-a-specialist").get("/styleguide", status=403)


@pytest.mark.parametrize(("env", "is_there"), [("production", False), ("development", True)])
def test_there_is_no_style_guide_in_production(env: str, *, is_there: bool) -> None:
    added: list[object] = []
    builder, app = SimpleNamespace(add_view_no_menu=added.append), Flask(__name__)
    app.extensions["yingcai.settings"] = Settings(app_env=env)
    with app.app_context():
        styleguide.register(builder)  # type: ignore[arg-type]

    assert bool(added) is is_there
