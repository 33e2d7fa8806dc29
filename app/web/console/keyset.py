"""Paging by the primary key, whole or composite: the next page starts behind the last row shown."""

import json
from collections.abc import Sequence
from typing import Any

from flask import abort
from sqlalchemy import Select, tuple_

LONGEST = 400


def key_of(row: Any, columns: Sequence[Any]) -> str:
    """The row's key for the address of the next page."""
    return json.dumps([getattr(row, column.key) for column in columns], ensure_ascii=False)


def after(statement: Select[Any], columns: Sequence[Any], raw: str) -> Select[Any]:
    """`statement`, newest first, behind the row with this key. 404 for what is no key of the table."""
    values = _values(columns, raw)
    if len(columns) == 1:
        return statement.where(columns[0] < values[0])
    return statement.where(tuple_(*columns) < tuple_(*values))


def _values(columns: Sequence[Any], raw: str) -> list[Any]:
    try:
        values = json.loads(raw[:LONGEST])
    except ValueError:
        abort(404)
    if not isinstance(values, list) or len(values) != len(columns):
        abort(404)
    for column, value in zip(columns, values, strict=True):
        wanted = column.type.python_type
        if type(value) is not wanted or (wanted is int and not -(2**63) <= value < 2**63):
            abort(404)
        if (
            isinstance(value, str) and not value.isprintable()
        ):  # written in JSON, it passed the check of addresses
            abort(404)
    return values


def exactly(statement: Select[Any], columns: Sequence[Any], raw: str) -> Select[Any]:
    """`statement` narrowed to the row with this key. 404 for what is no key of the table."""
    pairs = zip(columns, _values(columns, raw), strict=True)
    return statement.where(*(column == value for column, value in pairs))
