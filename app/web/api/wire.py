"""Values as they leave: ids as text, times RFC 3339 in UTC, pages, and the schemas of what is answered often."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from app.domain.blocks import Block
from app.domain.states import Status, Waiting
from app.queries.paging import CAP, MAX_PAGE, Page
from app.web import labels
from app.web.api.shapes import Schema, Shape, Text, Whole

T = TypeVar("T")
STRING: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
ID: Schema = {"type": "string", "pattern": "^[0-9]+$"}
ANY: Schema = {}


def nullable(schema: Schema) -> Schema:
    """The same or null."""
    found = schema | {"nullable": True}
    return found | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def of(**fields: Schema) -> Schema:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "properties": fields,
        "required": sorted(fields),
        "additionalProperties": False,
    }


def codes(values: type[Any] | Sequence[str]) -> Schema:
    """One of a closed list of codes."""
    return {"type": "string", "enum": [str(getattr(value, "value", value)) for value in values]}


def many(schema: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": schema}


def page_schema(item: Schema) -> Schema:
    """A page of a list."""
    count = {"type": "integer", "minimum": 0, "maximum": CAP}
    return of(items=many(item), next_cursor=nullable(STRING), count=count, count_is_capped=FLAG)


PAGING: Mapping[str, Shape] = {"limit": Whole(MAX_PAGE, 1), "cursor": Text(60, 1)}
DEFAULT_PAGE = 50


def paging(query: Mapping[str, Any]) -> dict[str, Any]:
    """Cursor and limit as queries take them."""
    return {"cursor": query["cursor"], "limit": query["limit"] or DEFAULT_PAGE}


def page(found: Page[T], make: Callable[[T], Any]) -> dict[str, Any]:
    """A page as it leaves."""
    return {
        "items": [make(row) for row in found.items],
        "next_cursor": found.next_cursor,
        "count": found.count,
        "count_is_capped": found.count_is_capped,
    }


def moment(at: datetime | None) -> str | None:
    """A time in RFC 3339, UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day(on: date | None) -> str | None:
    """A day."""
    return None if on is None else on.isoformat()


def text_id(number: int | None) -> str | None:
    """An id as text: JavaScript loses digits of 63-bit numbers."""
    return None if number is None else str(number)


REASON = of(code=STRING, text=STRING, who=STRING)


def reason(block: Block) -> dict[str, str]:
    """Why something is not possible, and who can help."""
    return {"code": block.code, "text": labels.block_text(block), "who": block.who.value}


STATUS = codes(Status)
WAITS_FOR = codes(Waiting)
