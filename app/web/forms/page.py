"""What forms of own pages share: the command is the judge, the form only carries values and shows mistakes.

A form checks nothing itself, so that people see every mistake at once and in the words of the domain.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import Field, Form, StringField

__all__ = ["Needed", "PageForm", "choices_of", "text_of"]


class Needed:
    """Marks a field as required on screen; whether it is filled, the command says."""

    field_flags: Mapping[str, bool] = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        """Nothing to check here."""
        del form, field


class PageForm(Form):
    """A form of an own page; the token is checked by CSRFProtect before the view runs."""

    def text(self, name: str) -> str:
        """The text of a field, empty where the post left it out."""
        return text_of(self[name])

    def complain(self, name: str, message: str) -> None:
        """Add a mistake at a field."""
        self[name].errors = [*self[name].errors, message]


def text_of(field: StringField) -> str:
    """The text of a field; never None."""
    return str(field.data) if field.data is not None else ""


def choices_of(
    values: Mapping[str, Any] | Iterable[tuple[str, Any]], empty: str | None = None
) -> list[tuple[str, Any]]:
    """Choices of a select, with an empty first one where nothing is chosen yet."""
    pairs = values.items() if isinstance(values, Mapping) else values
    return [*([("", empty)] if empty is not None else []), *pairs]
