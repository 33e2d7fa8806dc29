"""Tables and their constraints, one module per noun; behaviour lives in commands and queries."""

from app.models import base  # isort: skip  # first: it widens FAB's keys before FAB's models load
from app.models import (
    account,
    agency,
    application,
    audit,
    card,
    employer,
    file,
    person,
    programme,
    reference,
    roster,
    work,
)

__all__ = [
    "account",
    "agency",
    "application",
    "audit",
    "base",
    "card",
    "employer",
    "file",
    "person",
    "programme",
    "reference",
    "roster",
    "work",
]
