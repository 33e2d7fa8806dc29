"""The applicant's form, made from the programme version: a control per kind of field (D3).

Shape only: values go to the command as they were typed, and its refusals come back to their fields.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.widgets import DateInput, TelInput

from app.domain.programme import Field, FieldKind, Programme
from app.domain.values import LONG_TEXT_LENGTH, TEXT_LENGTH, control_text, is_same

_ = lazy_gettext
PREFIX = "f-"
ANSWER = "answer-"
SHOWN, SENT = "shown", "sent"
Titles = Mapping[str, Mapping[str, str]]
"""Titles of the codes of each code list."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the select fields of a form offer: code lists by name, the staff who may serve the applicant."""

    lists: Titles = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)

    def of(self, entry: Field) -> Mapping[str, str]:
        """Code → title for one field."""
        return self.staff if entry.kind is FieldKind.STAFF_MEMBER else self.lists.get(entry.list or "", {})


class CaseForm(BaseForm):
    """The fields that may be changed now. Names are field codes, so no programme can clash with a method."""

    form_errors: list[str]


def case_form(
    programme: Programme,
    choices: Choices,
    *,
    values: Mapping[str, object],
    required: Collection[str],
    only: Collection[str] | None = None,
) -> CaseForm:
    """Build the form of `programme` filled with `values`; `only` names the fields that may be changed."""
    entries = [entry for entry in programme.fields if only is None or entry.code in only]
    form = CaseForm({entry.code: _MAKERS[entry.kind](entry, choices) for entry in entries}, prefix=PREFIX)
    form.form_errors = []
    form.process(data={entry.code: control_text(entry.kind, values.get(entry.code)) for entry in entries})
    for entry in entries:
        if entry.code in required or (entry.required and entry.when):
            form[entry.code].flags.required = True
    return form


def shown_values(posted: MultiDict[str, str]) -> dict[str, tuple[str, ...]]:
    """What the controls of the page held when it was made, by field; none of a post that does not say.

    With it, what the page has sent since without an answer: it may be stored, or not.
    """
    sent = _said(posted, SENT)
    return {
        name.removeprefix(PREFIX): (text, *_texts(sent.get(name)))
        for name, text in _said(posted, SHOWN).items()
        if isinstance(text, str)
    }


def _said(posted: MultiDict[str, str], name: str) -> dict[str, object]:
    try:
        said = json.loads(posted.get(name, "{}"))
    except (ValueError, RecursionError):  # no JSON, or nested as nothing of ours is
        return {}
    return said if isinstance(said, dict) else {}


def _texts(said: object) -> list[str]:
    return [text for text in said if isinstance(text, str)] if isinstance(said, list) else []


def typed_values(programme: Programme, posted: MultiDict[str, str]) -> dict[str, str]:
    """What was changed in the fields that the page showed; the rest of the draft stays as it is."""
    names = {entry.code: PREFIX + entry.code for entry in programme.fields}
    shown = shown_values(posted)
    typed = {code: posted[name] for code, name in names.items() if name in posted}
    return {
        code: text
        for code, text in typed.items()
        if code not in shown or not all(is_same(text, one) for one in shown[code])
    }


def typed_answers(posted: MultiDict[str, str]) -> dict[str, str]:
    """Answers to the reviewer's remarks by `kind:code`, blank ones left out."""
    answers = {
        name.removeprefix(ANSWER): text.strip() for name, text in posted.items() if name.startswith(ANSWER)
    }
    return {target: text for target, text in answers.items() if text}


def _text(entry: Field, _choices: Choices) -> Any:
    return StringField(
        entry.title, description=entry.hint, render_kw={"maxlength": entry.max_length or TEXT_LENGTH}
    )


def _long_text(entry: Field, _choices: Choices) -> Any:
    most = entry.max_length or LONG_TEXT_LENGTH
    return TextAreaField(
        entry.title,
        description=entry.hint or gettext("At most %(n)s characters", n=most),
        render_kw={"maxlength": most},
    )


def _number(entry: Field, _choices: Choices) -> Any:
    return StringField(entry.title, description=entry.hint, render_kw={"inputmode": "decimal"})


def _date(entry: Field, _choices: Choices) -> Any:
    return StringField(entry.title, description=entry.hint, widget=DateInput())


def _phone(entry: Field, _choices: Choices) -> Any:
    return StringField(
        entry.title, description=entry.hint, widget=TelInput(), render_kw={"autocomplete": "tel"}
    )


def _select(entry: Field, choices: Choices) -> Any:
    offered = [("", gettext("Please choose")), *choices.of(entry).items()]
    return SelectField(entry.title, description=entry.hint, choices=offered, validate_choice=False)


def _yes_no(entry: Field, _choices: Choices) -> Any:
    answers = [("true", gettext("Yes")), ("false", gettext("No"))]
    return RadioField(entry.title, description=entry.hint, choices=answers, validate_choice=False)


_MAKERS: Mapping[FieldKind, Callable[[Field, Choices], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _long_text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.PHONE: _phone,
    FieldKind.SELECT: _select,
    FieldKind.STAFF_MEMBER: _select,
    FieldKind.YES_NO: _yes_no,
}
