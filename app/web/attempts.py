"""Commands without a result, tried for a form that is shown again when they refuse."""

from collections.abc import Callable
from functools import partial
from typing import Any

from wtforms import Form

from app.web.base import attempt


def accepted(form: Form, verb: Callable[..., Any], *args: Any, **given: Any) -> bool:
    """Run the command; False if it refused, with its reasons at the form's fields; NotFound passes on."""
    call = partial(verb, *args, **given)
    return attempt(form, lambda: (call(), True)[1]) is True
