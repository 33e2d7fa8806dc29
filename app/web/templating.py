"""What templates may use: functions, filters and tests as jinja globals, so that macros need no context.

FAB renders its widgets without Flask's context processors; a value that a widget needs must be a global.
"""

import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_appbuilder.fieldwidgets import (
    BS3PasswordFieldWidget,
    BS3TextAreaFieldWidget,
    BS3TextFieldWidget,
)
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape
from wtforms import Field, Form
from wtforms.widgets import PasswordInput, TextArea, TextInput

from app.domain.materials import OTHER_PICTURES, REENCODED_MB
from app.queries.paging import CAP
from app.web import labels, moments

PLAIN = {
    BS3TextFieldWidget: TextInput(),
    BS3TextAreaFieldWidget: TextArea(),
    BS3PasswordFieldWidget: PasswordInput(),
}


def capped(n: int, cap: int = CAP) -> str:
    """A count for people: where it stopped, the screen says 10000+ (model: indexes)."""
    return f"{cap - 1}+" if n >= cap else str(n)


def new_key() -> str:
    """An idempotency key for one rendered form."""
    return secrets.token_urlsafe(18)


def page_lang() -> str:
    """The language of the page for its `lang` attribute."""
    return "en" if str(get_locale() or "zh").startswith("en") else "zh-CN"


def page_url(**changes: object) -> str:
    """The present page with some query values changed; None takes a value away."""
    kept = {name: values for name, values in request.args.lists() if name not in changes}
    given = {name: value for name, value in changes.items() if value is not None}
    return url_for(request.endpoint or "static", **{**(request.view_args or {}), **kept, **given})


def language_url(code: str) -> str:
    """The address that switches the language and returns to this page."""
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    return url_for("LanguageView.switch", code=code, next=here or None)


def home_url() -> str:
    """Where the brand and the first step of every breadcrumb lead."""
    return url_for("IndexView.index")


def own_list(view: str) -> str:
    """The list page of a view, if it has one."""
    endpoint = view + ".list"
    return url_for(endpoint) if endpoint in current_app.view_functions else ""


def list_url() -> str:
    """Where the back link of a generated page leads."""
    return own_list((request.endpoint or "").partition(".")[0]) or url_for("IndexView.index")


def flat(errors: Iterable[Any]) -> list[str]:
    """Errors of a field as texts; fields with inner forms nest them."""
    found: list[str] = []
    for error in errors:
        found.extend(
            flat(error.values() if isinstance(error, dict) else error)
            if isinstance(error, dict | list | tuple)
            else [str(error)]
        )
    return found


def invalid_fields(form: Form) -> list[Field]:
    """The fields of a form that hold an error, in the order of the page where the form names it (`order`)."""
    order = {name: at for at, name in enumerate(getattr(form, "order", ()))}
    return sorted(
        (item for item in form if item.errors), key=lambda item: order.get(item.short_name, len(order))
    )


def control_attributes(item: Field, described: str, **given: str) -> dict[str, str]:
    """Attributes of a control: what describes it, whether it is invalid, how phones should help."""
    invalid = "true" if item.errors else ""
    every = {"aria-describedby": described, "aria-invalid": invalid, **given}
    return {name: value for name, value in every.items() if value}


def plain_control(item: Field, attributes: dict[str, str]) -> Markup:
    """The bare control; FAB's widgets repeat the label as placeholder and call an empty choice `__None`."""
    if hasattr(item, "blank_text") and not item.blank_text:
        item.blank_text = gettext("Please choose")
    widget = PLAIN.get(type(item.widget))
    return Markup(widget(item, **attributes) if widget else item(**attributes))  # noqa: S704 - made by WTForms


def slot(text: str, markup: str, place: str = "{n}") -> Markup:
    """Put a piece of own markup where a translated text has `{n}`."""
    return Markup(str(escape(text)).replace(place, markup))  # noqa: S704 - text is escaped, markup is a literal of a template


def file_size(n: int) -> str:
    """Bytes as kB or MB."""
    kilo = 1024
    return f"{max(1, round(n / kilo))} kB" if n < kilo * kilo else f"{n / kilo / kilo:.1f} MB"


def is_moment(value: object) -> bool:
    """Whether a value is a point in time."""
    return isinstance(value, datetime)


def is_day(value: object) -> bool:
    """Whether a value is a date without time."""
    return isinstance(value, date) and not isinstance(value, datetime)


def init_app(app: Flask) -> None:
    """Register everything above."""
    functions = (
        labels.label,
        labels.status_look,
        new_key,
        page_lang,
        page_url,
        language_url,
        home_url,
        list_url,
        control_attributes,
        plain_control,
    )
    app.jinja_env.globals.update({function.__name__: function for function in functions})
    app.jinja_env.globals.update(other_pictures=OTHER_PICTURES, picture_mb=REENCODED_MB)
    filters = (moments.local, moments.local_date, moments.iso, capped, flat, invalid_fields, slot, file_size)
    app.jinja_env.filters.update({function.__name__: function for function in filters})
    app.jinja_env.filters.update(reason=labels.block_reason, sentence=labels.block_text)
    app.jinja_env.tests.update(moment=is_moment, day=is_day)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
