"""Following links as a person would: every page that a visitor comes to from home, one of each kind."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urlsplit

from flask.testing import FlaskClient

NOT_PAGES = ("//", "/files/", "/language/", "/static/")
STANDING = ("_oc_", "_od_", "after", "back", "cursor", "page", "psize_", "size")
_LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')
_KEY = re.compile(r"\d+")
_HIDDEN = re.compile(r"<(script|style|template|svg)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_SAID = re.compile(r'\b(?:aria-label|placeholder|title|alt|data-[a-z-]*text|data-label)="([^"]*)"')


def kind_of(address: str) -> str:
    """The address without keys and values: pages of one kind look alike."""
    parts = urlsplit(address)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&"))
    return f"{_KEY.sub('#', parts.path)}?{'&'.join(names)}"


def look_of(address: str) -> str:
    """The kind of an address but for how a list stands: its order, its size, which part of it is shown."""
    path, _, names = kind_of(address).partition("?")
    return f"{path}?{'&'.join(name for name in names.split('&') if not name.startswith(STANDING))}"


def pages(
    client: FlaskClient, start: str = "/home", kind_of: Callable[[str], str] = kind_of
) -> Iterator[tuple[str, int, str]]:
    """Address, status and text of every page reached, one of each kind; files are left alone."""
    waiting, met = [start], {kind_of(start)}
    while waiting:
        address = waiting.pop(0)
        answer = client.get(address, follow_redirects=True)
        if answer.mimetype != "text/html":
            continue
        yield address, answer.status_code, answer.text
        for link in map(unescape, _LINK.findall(answer.text)):
            if link.startswith("/") and not link.startswith(NOT_PAGES):
                kind = kind_of(link)
                if kind not in met:
                    met.add(kind)
                    waiting.append(link.partition("#")[0])


def words(page: str) -> str:
    """What a person reads on a page or hears of it; pieces are apart by line ends."""
    shown = _HIDDEN.sub("", page)
    return unescape("\n".join([*_TAG.sub("\n", shown).split("\n"), *_SAID.findall(shown)]))
