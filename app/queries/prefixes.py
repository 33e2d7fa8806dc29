"""Search by beginning: a range that an index serves at any size, which LIKE is not (model, section 9)."""

from typing import Any

from sqlalchemy import ColumnElement

LAST = "\U0010ffff"
"""Sorts behind everything that can follow a beginning."""


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """`column` starts with `text`. Raises TypeError for a column that does not compare byte by byte.

    Under a language's collation a range would leave names out and take in others; `models.base.plain` makes a
    column that compares alike on both databases.
    """
    if not is_plain(column):
        raise TypeError(f"{column} has the collation of a language")
    found: ColumnElement[bool] = (column >= text) & (column < text + LAST)
    return found


def is_plain(column: Any) -> bool:
    """Whether the column compares byte by byte on both databases."""
    return any(getattr(kind, "collation", None) == "C" for kind in column.type._variant_mapping.values())  # noqa: SLF001 - no public reader
