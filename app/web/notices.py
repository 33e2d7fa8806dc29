"""Notices as page text: headings, paragraphs and lists of the little markup their editors write."""

import re
from collections.abc import Callable, Iterator

from markupsafe import Markup, escape

_ITEM = re.compile(r"([0-9]{1,2}\.|[-*])\s+(.*)")


Write = Callable[[str], Markup]


def prose(body: str, level: int = 3, write: Write = escape) -> Markup:
    """The text of a notice, `#` lines as headings of `level`; `write` turns a line of words, none of it markup, into markup."""
    return Markup("").join(_blocks(body, level, write))


def _blocks(body: str, level: int, write: Write) -> Iterator[Markup]:
    items: list[tuple[str, str]] = []
    for line in [*(part.strip() for part in body.splitlines()), ""]:
        found = _ITEM.fullmatch(line)
        if found:
            items.append((found[1], found[2]))
            continue
        if items:
            yield _list(items, write)
            items = []
        if line.startswith("#"):
            yield Markup("<h{n}>{text}</h{n}>").format(n=level, text=write(line.lstrip("# ")))
        elif line:
            yield Markup("<p>{}</p>").format(write(line))


def _list(items: list[tuple[str, str]], write: Write) -> Markup:
    """Numbered if its first item is."""
    lines = Markup("").join(Markup("<li>{}</li>").format(write(words)) for _mark, words in items)
    tag = "ol" if items[0][0].endswith(".") else "ul"
    return Markup("<{tag}>{lines}</{tag}>").format(tag=tag, lines=lines)
