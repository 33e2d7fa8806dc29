"""The words of an exported sheet, in the language of who orders it; the job that writes it has none."""

from typing import Any

from flask_babel import gettext

from app.domain.states import Waiting
from app.web import labels, query_pages


def words() -> dict[str, Any]:
    """Title, head, and a word for every code that a row may hold."""
    named = {"sex": labels.WORDS["sex"], "doc_type": labels.WORDS["doc_type"]}
    found: dict[str, Any] = {
        kind: {code: str(word) for code, word in of.items()} for kind, of in named.items()
    }
    return found | {
        "title": gettext("Applications"),
        "columns": query_pages.sheet_columns(),
        "status": {code: str(look.text) for code, look in labels.STATES["application"].items()},
        "office": {waits.value: query_pages.office_word(waits) for waits in Waiting},
        "less": gettext("less than one working day"),
        "days": gettext("%(n)s working days"),
    }
