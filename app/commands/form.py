"""Collecting every mistake of a form before refusing it, so that people see all of them at once."""

import dataclasses
from collections.abc import Callable
from typing import TypeVar, overload

from app.domain.errors import FieldError, InvalidInput
from app.domain.malformed import Malformed
from app.domain.names import plain_lines, plain_text
from app.domain.text import N_

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
REASON_LENGTH = 150
WORDS_LENGTH = 500
"""Of an opinion, of the words to a returned item, of the answer to them."""
REQUIRED = N_("Please fill in this field.")


class Form:
    """The mistakes found so far; `finish` raises them or hands the checked values out."""

    __slots__ = ("errors",)

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def take(self, field: str, normalise: Callable[[str], T], text: str | None) -> T | None:
        """Return the normalised value of a required field, or None and note what is wrong with it."""
        if text is None or not text.strip():
            self.note(field, "required", REQUIRED)
            return None
        return self.attempt(field, lambda: normalise(text))

    def optional(self, field: str, normalise: Callable[[str], T], text: str | None) -> T | None:
        """Return the normalised value of a field that may stay empty."""
        return self.take(field, normalise, text) if text and text.strip() else None

    def attempt(self, field: str, check: Callable[[], T]) -> T | None:
        """Run a check that raises Malformed and note its refusal at `field`."""
        try:
            return check()
        except Malformed as refused:
            self.errors.append(FieldError(field, refused.code, refused.message, refused.params))
            return None

    def note(self, field: str, code: str, message: str, **params: object) -> None:
        """Add a mistake."""
        self.errors.append(FieldError(field, code, message, params))

    def rename(self, old: str, new: str) -> None:
        """Say `new` where a shared check said `old`: forms name the same entry differently."""
        self.errors = [dataclasses.replace(e, field=new) if e.field == old else e for e in self.errors]

    @overload
    def finish(self) -> None: ...
    @overload
    def finish(self, checked: T | None, /) -> T: ...
    @overload
    def finish(self, first: T | None, second: U | None, /) -> tuple[T, U]: ...
    @overload
    def finish(self, first: T | None, second: U | None, third: V | None, /) -> tuple[T, U, V]: ...
    def finish(self, *checked: object) -> object:
        """Raise InvalidInput with all mistakes, if there are any; else return the values, all of which are there.

        What a check refused is None and has its mistake noted, so None never comes back.
        """
        if self.errors or any(value is None for value in checked):
            raise InvalidInput(*self.errors)
        return checked if len(checked) > 1 else next(iter(checked), None)


def take_words(form: Form, field: str, text: str) -> str:
    """Words for the record in stored form, whoever says them through whatever door; "" for none."""
    return form.optional(field, lambda given: plain_lines(given, WORDS_LENGTH), text) or ""


def words_at(field: str, text: str) -> str:
    """The words of a form that has no other entry to check. Raises InvalidInput at `field`."""
    form = Form()
    words = take_words(form, field, text)
    form.finish()
    return words


def take_reason(text: str, *, required: bool) -> str:
    """Return a reason in stored form; raises InvalidInput when it is missing or too long."""
    form = Form()
    given = form.optional("reason", lambda t: plain_text(t, REASON_LENGTH), text)
    if required and not given and not form.errors:
        form.note("reason", "required", N_("Please give a reason."))
    form.finish()
    return given or ""
