"""What a reviewer sends from the desk: ticked items with reason and words, an opinion, the lock he saw."""

from collections.abc import Iterator

from werkzeug.datastructures import MultiDict

from app.domain.states import Item

FINDING = "finding"
REASON = "reason-"
WORDS = "words-"


def target_name(kind: str, code: str = "") -> str:
    """How a page names an item: `field:education`, `material:photo`, `general`."""
    return f"{kind}:{code}" if code else kind


def findings(posted: MultiDict[str, str]) -> tuple[Item, ...]:
    """The ticked items of a return, each with its reason code and words."""
    return tuple(_items(posted))


def _items(posted: MultiDict[str, str]) -> Iterator[Item]:
    for name in dict.fromkeys(posted.getlist(FINDING)):
        kind, _colon, code = name.partition(":")
        reason, words = posted.get(REASON + name, ""), posted.get(WORDS + name, "")
        yield Item(kind, code, reason or None, words.strip())


def opinion(posted: MultiDict[str, str]) -> str:
    """The words for the record: the opinion, or what the confirmation asked for."""
    return (posted.get("opinion", "") or posted.get("reason", "")).strip()
