"""Forms that carry a whole document: each mistake is named with its path in the document (D3, D1)."""

from collections.abc import Callable
from typing import TypeVar

from flask_babel import gettext

from app.domain.errors import FieldError, InvalidInput
from app.web import labels
from app.web.base import attempt
from app.web.forms.page import PageForm

T = TypeVar("T")


def attempt_document(form: PageForm, call: Callable[[], T]) -> T | None:
    """As `attempt`, but the mistakes of the document stand above the form, path by path."""

    def named() -> T | None:
        try:
            return call()
        except InvalidInput as error:
            form.form_errors = [*form.form_errors, *(_line(item) for item in error.errors)]
            return None

    return attempt(form, named)


def _line(item: FieldError) -> str:
    text = labels.field_error_text(item)
    return gettext("%(field)s: %(error)s", field=item.field, error=text) if item.field else text
