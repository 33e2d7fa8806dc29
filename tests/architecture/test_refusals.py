"""Refusals: each has its own code, a Chinese sentence, and a place in the code that makes it."""

import ast
import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import app
from app.domain.blocks import BLOCKS
from app.domain.errors import DomainError

APP = Path(app.__file__).parent
CATALOGUE = APP / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
BASES = {"DomainError", "Conflict"}
"""Bases: others derive from them, nothing raises them."""


DECODER = "app.adapters.decoder"
"""A program of its own, which limits the process that imports it."""


def _kinds() -> list[type[DomainError]]:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name != DECODER:
            importlib.import_module(module.name)
    found, waiting = [], [DomainError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("app.")]


KINDS = _kinds()


def _trees() -> Iterator[tuple[Path, ast.AST]]:
    for path in APP.rglob("*.py"):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _raised() -> set[str]:
    """Names of what is raised or made anywhere."""
    found = set()
    for _path, tree in _trees():
        for node in ast.walk(tree):
            made = node.exc if isinstance(node, ast.Raise) else node
            named = made.func if isinstance(made, ast.Call) else made if isinstance(node, ast.Raise) else None
            if isinstance(node, ast.Tuple) and node.elts:  # a table from constraints to refusals
                named = node.elts[0]
            if isinstance(named, ast.Name):
                found.add(named.id)
            if isinstance(named, ast.Attribute):
                found.add(named.attr)
    return found


def _said() -> set[str]:
    """Every text constant of the code but those of the list of blocks itself."""
    return {
        node.value
        for path, tree in _trees()
        if path.name != "blocks.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_kind_of_refusal_has_a_code_of_its_own() -> None:
    codes = Counter(kind.code for kind in KINDS)

    assert [code for code, times in codes.items() if times > 1] == []
    assert [kind.__name__ for kind in KINDS if "code" not in vars(kind) or "message" not in vars(kind)] == []


def test_every_refusal_is_made_somewhere() -> None:
    raised, said = _raised(), _said()

    assert sorted({kind.__name__ for kind in KINDS} - raised - BASES) == []
    assert sorted(set(BLOCKS) - said) == []


@pytest.mark.parametrize(
    "texts", [{k.code: k.message for k in KINDS}, {c: b.text for c, b in BLOCKS.items()}]
)
def test_every_refusal_is_said_in_chinese(texts: dict[str, str]) -> None:
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="zh")

    known = {code: catalogue.get(text) for code, text in texts.items()}

    assert [code for code, message in known.items() if message is None or not message.string] == []
