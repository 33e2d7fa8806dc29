"""Templates: each parses, none has inline script or style, and FAB's stock files are those we re-wrote."""

import hashlib
import re
from pathlib import Path

import flask_appbuilder
import pytest

from app import create_app
from tests.conftest import settings_for

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "app" / "templates"
STATIC = ROOT / "app" / "static"
STOCK = Path(flask_appbuilder.__file__).parent / "templates" / "appbuilder"
STOCK_HASHES = Path(__file__).with_name("fab_templates.sha256")
OURS_ALONE = {"general/model/_related.html"}
LONGEST = 150

NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
INLINE = {
    "a script without src": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", re.IGNORECASE
    ),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>{}]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>{}]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
}


def test_templates_parse(tmp_path: Path) -> None:
    app = create_app(settings_for("sqlite://", tmp_path))

    with app.app_context():
        assert [name for name in NAMES if app.jinja_env.get_template(name).name != name] == []


@pytest.mark.parametrize("name", NAMES)
def test_template_has_no_inline_script_or_style(name: str) -> None:
    source = (TEMPLATES / name).read_text(encoding="utf-8")

    assert [what for what, pattern in INLINE.items() if pattern.search(source)] == []


@pytest.mark.parametrize("name", NAMES)
def test_template_is_short(name: str) -> None:
    assert len((TEMPLATES / name).read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_stock_templates_are_those_that_ours_replace() -> None:
    wanted = dict(line.split("  ", 1)[::-1] for line in STOCK_HASHES.read_text(encoding="utf-8").splitlines())
    replaced = {
        path.relative_to(TEMPLATES / "appbuilder").as_posix()
        for path in (TEMPLATES / "appbuilder").rglob("*.html")
    }
    found = {
        name: hashlib.sha256((STOCK / name).read_bytes()).hexdigest()
        for name in sorted(replaced - OURS_ALONE)
    }

    changed = [f"re-diff {name}" for name in found if wanted.get(name) != found[name]]
    assert changed == []
    assert sorted(wanted) == sorted(found)


def test_sprite_holds_every_icon_that_is_named() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    named = set()
    for name in NAMES:
        named |= set(re.findall(r"icon\('([a-z0-9-]+)'", (TEMPLATES / name).read_text(encoding="utf-8")))
    for path in (ROOT / "app" / "web").rglob("*.py"):
        named |= set(re.findall(r'icon="([a-z0-9-]+)"', path.read_text(encoding="utf-8")))

    assert sorted(named - sprite) == []


def test_scripts_make_no_inline_style_or_handler() -> None:
    bad = re.compile(
        r"\.style\b|setAttribute\(\s*[\"'](style|on)|innerHTML|insertAdjacentHTML|\beval\(|new Function"
    )

    assert [
        path.name
        for path in STATIC.rglob("*.js")
        if "vendor" not in path.parts and bad.search(path.read_text("utf-8"))
    ] == []
