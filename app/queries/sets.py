"""Sets of ids as one parameter, so that a statement is the same for 10 rows and for 10,000 (D12)."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

AnySelect = Select[*tuple[Any, ...]]
"""A select of any columns."""


def among(session: Session, column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """`column IN (ids)` with all ids in one JSON parameter."""
    found: ColumnElement[bool] = column.in_(id_set(session, ids))
    return found


def id_set(session: Session, ids: Iterable[int]) -> AnySelect:
    """A subquery of the ids of one JSON array."""
    rows = bindparam("id_set", json.dumps(list(ids)), type_=Text, unique=True)
    if session.get_bind().dialect.name == "sqlite":
        return select(func.json_each(rows).table_valued("value").c.value)
    listed = func.jsonb_array_elements_text(cast(rows, JSONB)).column_valued("id_text")
    return select(cast(listed, BigInteger))
