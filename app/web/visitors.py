"""Pages open to every signed-in account: their rights depend on the object, not on the page.

The gate in `security` knows pages with a permission of their own; these have none, so they say themselves
that visitors go to the entries (contract: Addresses) and programs get a 401.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, redirect, request, url_for

from app.web.current import current_sign_in
from app.web.errors import wants_problem


def signed_in(page: Callable[..., Any]) -> Callable[..., Any]:
    """Send visitors of `page` to the entries, as pages with a permission do."""

    @wraps(page)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if current_sign_in() is not None:
            return page(*args, **kwargs)
        if wants_problem():
            abort(401)
        return redirect(
            url_for("IndexView.index", next=request.full_path if request.method == "GET" else None)
        )

    checked.signed_in_only = True  # type: ignore[attr-defined]  # the audit of all routes reads it
    return checked
