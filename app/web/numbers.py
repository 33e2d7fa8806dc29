"""Document types for selects: the site's own list, in the reader's language."""

from sqlalchemy.orm import Session

from app.domain.identity import TELLING
from app.queries.reference import document_types
from app.web import labels


def telling_types(session: Session) -> str:
    """Codes of the document types whose number tells sex and birth, for the page's script."""
    return " ".join(code for code, kind in document_types(session).items() if kind.checker in TELLING)


def document_choices(session: Session) -> list[tuple[str, str]]:
    """Code and title of each active document type; a type of the site's own keeps its title."""
    return [(code, document_title(code, kind.title)) for code, kind in document_types(session).items()]


def document_title(code: str, title: str) -> str:
    """The word for a known type, the list's title for any other."""
    word = labels.label("doc_type", code)
    return title if word == code else word
