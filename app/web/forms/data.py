"""Form fields from data: the fields that a site document names become fields of a form (D1)."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import Field as FormField
from wtforms import SelectField, StringField, TextAreaField
from wtforms.widgets import DateInput

from app.domain.programme import Field, FieldKind
from app.queries.reference import code_choices
from app.web.forms.page import Needed, PageForm, choices_of

Choices = Mapping[str, Mapping[str, str]]
"""Code list -> code -> title."""
F = TypeVar("F", bound=PageForm)
YES_NO = {"yes": _("Yes"), "no": _("No")}


class DayField(StringField):
    """A day as ISO text; the command reads it and says what is wrong with it."""

    widget = DateInput()


def lists_of(session: Session, fields: Iterable[Field]) -> Choices:
    """The code lists that the fields choose from."""
    return {field.list: code_choices(session, field.list) for field in fields if field.list}


def form_field(field: Field, choices: Choices) -> FormField:
    """The control of a field of data."""
    marks = [Needed()] if field.required else []
    match field.kind:
        case FieldKind.SELECT:
            found = choices_of(choices.get(field.list or "", {}), empty=_("Please choose"))
            return SelectField(field.title, marks, choices=found, description=field.hint)
        case FieldKind.YES_NO:
            return SelectField(
                field.title,
                marks,
                choices=choices_of(YES_NO, empty=_("Please choose")),
                description=field.hint,
            )
        case FieldKind.DATE:
            return DayField(field.title, marks, description=field.hint)
        case FieldKind.LONG_TEXT:
            return TextAreaField(field.title, marks, description=field.hint)
        case _:
            return StringField(field.title, marks, description=field.hint)


def with_fields(base: type[F], fields: Iterable[Field], choices: Choices) -> type[F]:
    """A form class that has the fields of data besides its own."""
    return type(base.__name__, (base,), {field.code: form_field(field, choices) for field in fields})


def data_of(form: PageForm, fields: Iterable[Field]) -> dict[str, object]:
    """What was given for the fields of data, as the commands take it."""
    return {field.code: form.text(field.code) for field in fields}


def shown(fields: Iterable[Field], values: Mapping[str, Any]) -> dict[str, str]:
    """Stored values as the form shows them."""
    found = {}
    for field in fields:
        value = values.get(field.code)
        if isinstance(value, bool):
            found[field.code] = "yes" if value else "no"
        elif value is not None:
            found[field.code] = str(value)
    return found
