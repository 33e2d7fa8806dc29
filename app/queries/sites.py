"""The site document as superusers edit it: its text, what a new text says, and how the two differ (I4, D1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.audit import digest_of
from app.domain.document import Problem
from app.domain.document_text import UnreadableDocument, dump_text, load_text
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.domain.roles import Actor
from app.domain.site import Site, parse_site
from app.domain.text import N_
from app.models.reference import Site as SiteRow
from app.queries.programmes import list_codes

UNKNOWN_LIST = N_("There is no code list “%(list)s”; add it first, or name another.")


@dataclass(frozen=True, slots=True)
class SiteDocument:
    """The stored document. `digest` is what an editor has seen; whoever saves names it again."""

    site: Site
    text: str
    digest: str
    updated: datetime


def stored(session: Session, actor: Actor) -> SiteDocument:
    """The document as it stands. Raises NotFound for whoever does not configure the site."""
    row = session.execute(visible(select(SiteRow.document, SiteRow.updated), actor, SiteRow)).first()
    if row is None:
        raise NotFound
    site = parse_site(row.document).site or Site()
    return SiteDocument(site, dump_text(row.document), digest_of(row.document), row.updated)


def read(session: Session, text: str) -> tuple[Mapping[str, Any], Site]:
    """A document and what it says. Raises InvalidInput naming every path that is wrong, and its mend."""
    try:
        document = load_text(text)
    except UnreadableDocument as error:
        raise _invalid(error.problem) from None
    parsed = parse_site(document)
    if parsed.site is None:
        raise _invalid(*parsed.problems)
    unknown = _unknown_lists(parsed.site, list_codes(session))
    if unknown:
        raise _invalid(*unknown)
    return document, parsed.site


def _unknown_lists(site: Site, known: frozenset[str]) -> tuple[Problem, ...]:
    return tuple(
        Problem(f"fields[{at}].list", "unknown_list", UNKNOWN_LIST, {"list": field.list})
        for at, field in enumerate(site.fields)
        if field.list and field.list not in known
    )


def _invalid(*problems: Problem) -> InvalidInput:
    return InvalidInput(*(FieldError(p.path, p.code, p.message, p.params) for p in problems))
