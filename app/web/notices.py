"""Notices as page text: headings, paragraphs and lists of the little markup their editors write."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

_ITEM = re.compile(r"(?:[0-9]{1,2}\.|[-*])\s+(.*)")


def prose(body: str, level: int = 3) -> Markup:
    """The text of a notice; everything in it is escaped, `#` lines become headings of `level`."""
    return Markup("").join(_blocks(body, level))


def _blocks(body: str, level: int) -> Iterator[Markup]:
    items: list[str] = []
    for line in [*(part.strip() for part in body.splitlines()), ""]:
        found = _ITEM.fullmatch(line)
        if found:
            items.append(found[1])
            continue
        if items:
            yield _list(items)
            items = []
        if line.startswith("#"):
            yield Markup("<h{n}>{text}</h{n}>").format(n=level, text=line.lstrip("# "))
        elif line:
            yield Markup("<p>{}</p>").format(line)


def _list(items: list[str]) -> Markup:
    lines = Markup("").join(Markup("<li>{}</li>").format(escape(item)) for item in items)
    return Markup("<ol>{}</ol>").format(lines)
