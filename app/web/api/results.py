"""Batches: what they take and what they answer, a row for every id, whatever became of it (D12)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.blocks import Block
from app.domain.errors import FieldError, InvalidInput
from app.domain.results import BatchResult, refuse_too_many
from app.domain.text import N_
from app.web import labels
from app.web.api import wire
from app.web.api.shapes import ID_LENGTH, Choice, Flag, ListOf, Obj, Schema, Text, row_id, rows
from app.web.base import batch_max, parse_id

TWO_LOCKS = N_("The same row stands in the list twice with different locks.")
ROWS_MAX = 100_000
"""As many as the setting BATCH_MAX can say; what it does say is asked when the rows are read."""
VERDICTS = ("approve", "send_back", "back", "reject")
OPINION_LENGTH, WORDS_LENGTH, FINDINGS_MAX, KEY_LENGTH = 500, 500, 200, 80

FINDING = Obj(
    {
        "field": Text(ID_LENGTH, 1),
        "material": Text(ID_LENGTH, 1),
        "reason_code": Text(ID_LENGTH),
        "text": Text(WORDS_LENGTH, lines=True),
    },
    at_most_one=("field", "material"),
    defaults={"reason_code": "", "text": ""},
)
DECISION = Obj(
    {
        "items": rows(ROWS_MAX),
        "verdict": Choice(VERDICTS),
        "opinion": Text(OPINION_LENGTH, lines=True),
        "findings": ListOf(FINDING, FINDINGS_MAX),
        "dry_run": Flag(),
        "idempotency_key": Text(KEY_LENGTH, 1, pattern="[ -~]+"),
    },
    required=("items", "verdict"),
    defaults={"opinion": "", "findings": [], "dry_run": False},
)
CHOSEN = Obj(
    {"items": rows(ROWS_MAX), "applications": ListOf(row_id(), ROWS_MAX, 1)},
    one_of=("items", "applications"),
)
"""Rows with the locks they were seen with, or ids alone, which are taken as they are now."""


def result_schema(**more: Schema) -> Schema:
    """A row of a batch's answer."""
    return wire.of(
        id=wire.STRING,
        moved=wire.FLAG,
        status=wire.nullable(wire.STRING),
        stage=wire.nullable(wire.STRING),
        code=wire.nullable(wire.STRING),
        text=wire.nullable(wire.STRING),
        **more,
    )


RESULTS = wire.of(results=wire.many(result_schema()), moved=wire.WHOLE, skipped=wire.WHOLE)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a request in its order: what was written, and the id it names if it can name one."""

    written: tuple[str, ...]
    ids: Mapping[str, int]
    locks: Mapping[int, int]

    @property
    def chosen(self) -> tuple[int, ...]:
        """Every id once, in order."""
        return tuple(dict.fromkeys(self.ids[text] for text in self.written if text in self.ids))

    @property
    def seen(self) -> dict[int, int]:
        """Id → lock, in order."""
        return {row: self.locks[row] for row in self.chosen if row in self.locks}


def rows_of(body: Mapping[str, Any]) -> Rows:
    """The rows of a body. Raises InvalidInput for too many, and for one row with two locks."""
    items: Sequence[Mapping[str, Any]] = body.get("items") or [
        {"id": text, "lock": None} for text in body.get("applications") or ()
    ]
    refuse_too_many(len(items), batch_max())
    ids = {item["id"]: key for item in items if (key := parse_id(item["id"])) is not None}
    locks: dict[int, int] = {}
    for n, item in enumerate(items):
        key = ids.get(item["id"])
        if key is None or item["lock"] is None:
            continue
        if locks.setdefault(key, item["lock"]) != item["lock"]:
            raise InvalidInput(FieldError(f"items[{n}]", "two_locks", TWO_LOCKS))
    return Rows(tuple(dict.fromkeys(item["id"] for item in items)), ids, locks)


Where = Mapping[int, tuple[str | None, str | None]]
"""Id → status and stage."""


def answer(
    asked: Rows, result: BatchResult, where: Where, more: Callable[[int | None], dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A row for every row asked for, in its order, with where it is now (or, in a dry run, would go)."""
    moved, blocked = frozenset(result.moved), {row.id: row.blocks for row in result.skipped}
    lines = [_line(text, asked.ids.get(text), moved, blocked, where=where) for text in asked.written]
    if more is not None:
        lines = [line | more(asked.ids.get(line["id"])) for line in lines]
    went = sum(line["moved"] for line in lines)
    return {"results": lines, "moved": went, "skipped": len(lines) - went}


def _line(
    text: str, key: int | None, moved: frozenset[int], blocked: Mapping[int, Sequence[Block]], *, where: Where
) -> dict[str, Any]:
    status, stage = where.get(key, (None, None)) if key is not None else (None, None)
    went = key in moved
    blocks: Iterable[Block] = () if went else blocked.get(key or 0) or (Block("unknown"),)
    found = list(blocks)
    return {
        "id": text,
        "moved": went,
        "status": status,
        "stage": stage,
        "code": found[0].code if found else None,
        "text": " ".join(labels.block_reason(block) for block in found) if found else None,
    }
