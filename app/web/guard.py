"""Pages that need a sign-in but no right of a role: home, own registration, own account.

Rights are FAB permissions and the gate's business; what belongs to the account itself needs none.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, request, url_for

from app.domain.errors import NotAllowed
from app.domain.roles import AccountKind
from app.web.current import current_actor, current_sign_in

View = Callable[..., Any]


def signed_in(*kinds: AccountKind) -> Callable[[View], View]:
    """Let only signed-in accounts (of `kinds`, if any are named) open a page.

    Visitors go to the entries and come back afterwards; accounts of another party get 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if current_sign_in() is None:
                return redirect(url_for("IndexView.index", next=_here()))
            if kinds and current_actor().kind not in kinds:
                raise NotAllowed
            return view(*args, **kwargs)

        guarded.signed_in_only = True  # type: ignore[attr-defined]
        return guarded

    return decorate


def _here() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None
