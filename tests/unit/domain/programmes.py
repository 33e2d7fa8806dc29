"""The shipped document and the second one of tests, as mappings that a test may break."""

from pathlib import Path
from typing import Any

from app.domain.document_text import load_text
from app.domain.programme import Programme
from app.domain.programme_parse import parse

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "app" / "seed" / "programmes" / "bohai-talent-card.yaml"
SECOND = ROOT / "tests" / "data" / "programmes" / "lakeside-subsidy.yaml"


def document(path: Path = SHIPPED) -> dict[str, Any]:
    """A fresh copy of a document."""
    loaded = load_text(path.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def programme(path: Path = SHIPPED) -> Programme:
    """A parsed document."""
    found = parse(document(path)).programme
    assert found is not None
    return found
