"""Guides: which ones a reader has, and their text of `app/guides/<code>.<language>.md` as page text.

A guide is written for a party and, within it, for what its accounts may do, so that a role made by a
superuser has its guides too. In a text `## …` is a heading, `1. …` or `- …` an item, `[words](/address)`
a page, `**words**` a button, and a line `![words](name)` a picture of `app/static/pictures`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import current_app
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape
from PIL import Image
from werkzeug.exceptions import HTTPException

from app.domain.roles import AccountKind, Actor, Permission
from app.web import menu
from app.web.notices import prose

_ = lazy_gettext
TEXTS = Path(__file__).resolve().parents[1] / "guides"
PICTURE = re.compile(r"^!\[(.+)\]\(([a-z-]+)\)$", re.MULTILINE)
MARKED = re.compile(r"\[([^\]]+)\]\((/[^)\s]*)\)|\*\*([^*]+)\*\*")
DEVICES = ("desktop", "phone")


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide; without a right it is for every account of its party."""

    code: str
    title: LazyString
    kind: AccountKind
    right: Permission | None = None
    public: bool = False


GUIDES = (
    Guide(
        "employer", _("Employer administrator"), AccountKind.EMPLOYER, Permission.EMPLOYER_EDIT, public=True
    ),
    Guide("clerk", _("Reviewing clerk"), AccountKind.EMPLOYER, Permission.APPLICATION_REVIEW),
    Guide("service", _("Service staff and readers"), AccountKind.EMPLOYER),
    Guide("person", _("Applicant"), AccountKind.PERSON, public=True),
    Guide("reviewer", _("Reviewing officer"), AccountKind.OFFICER, Permission.APPLICATION_REVIEW),
    Guide("registrar", _("Registrar of employers"), AccountKind.OFFICER, Permission.EMPLOYER_REVIEW),
    Guide("printer", _("Card printer"), AccountKind.OFFICER, Permission.CARD_PRINT),
    Guide("auditor", _("Auditor"), AccountKind.OFFICER, Permission.AUDIT_VIEW),
    Guide("superuser", _("Superuser"), AccountKind.SUPERUSER),
)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture at the width of one device."""

    file: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a template shows it."""

    words: str
    desktop: Shot
    phone: Shot


def of(actor: Actor) -> tuple[Guide, ...]:
    """The guides of a reader, the own one first; of a visitor, those about registering. Never empty."""
    if actor.kind is None:
        return tuple(guide for guide in GUIDES if guide.public)
    party = tuple(guide for guide in GUIDES if guide.kind is actor.kind)
    return tuple(guide for guide in party if guide.right is None or actor.may(guide.right)) or party


def parts(guide: Guide, language: str) -> Iterator[Markup | Picture]:
    """The guide in order: stretches of text, and the pictures between them."""
    written = PICTURE.split(source(guide.code, language))
    for at in range(0, len(written), 3):
        yield prose(written[at], level=2, write=_marked)
        if at + 2 < len(written):
            yield picture(written[at + 1], written[at + 2])


@lru_cache(maxsize=64)
def source(code: str, language: str) -> str:
    """The text as it is written."""
    return (TEXTS / f"{code}.{language}.md").read_text(encoding="utf-8")


def picture(words: str, name: str) -> Picture:
    """A picture by its name in `scripts/pictures.py`."""
    return Picture(words, *(_shot(f"pictures/{name}-{device}.webp") for device in DEVICES))


@lru_cache(maxsize=64)
def _shot(file: str) -> Shot:
    with Image.open(Path(current_app.static_folder or "") / file) as opened:
        return Shot(file, *opened.size)


def _marked(line: str) -> Markup:
    """A line with its pages and buttons; a page the reader may not open is left as words."""
    written, end = Markup(""), 0
    for found in MARKED.finditer(line):
        words, address, button = found.groups()
        written += escape(line[end : found.start()])
        if button:
            written += Markup("<b>{}</b>").format(button)
        elif _opens(address):
            written += Markup('<a href="{}">{}</a>').format(address, words)
        else:
            written += escape(words)
        end = found.end()
    return written + escape(line[end:])


def _opens(address: str) -> bool:
    try:
        endpoint, _values = current_app.url_map.bind("").match(address)
    except HTTPException:
        return False
    return menu.may_open(endpoint)
