"""Who may enter the console: a superuser with the one right, who proved the password a short while ago."""

from datetime import datetime, timedelta
from typing import Any

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response

from app.domain.errors import NotAllowed
from app.domain.roles import Permission
from app.web.current import current_actor, current_sign_in, utc_now

FRESH = timedelta(minutes=15)
"""How long a proof of the password opens the console; as long as an officer's sign-in may idle."""
PROVED_AT = "proved_at"


def prove() -> None:
    """Remember in the session row that the password was just proved: at sign-in, or when asked again."""
    session[PROVED_AT] = utc_now().isoformat()


def is_fresh() -> bool:
    """Whether the password was proved within the last minutes."""
    proved: str = session.get(PROVED_AT, "")
    return proved != "" and utc_now() - datetime.fromisoformat(proved) < FRESH


class Gate:
    """Mixin of every page of the console: Flask-Admin alone would leave them public (A1)."""

    def is_accessible(self) -> bool:
        """Whether this request may enter. Raises NotAllowed (403) for everybody but superusers with the right."""
        if current_sign_in() is None:
            return False
        actor = current_actor()
        if not (actor.is_superuser and actor.may(Permission.CONSOLE)):
            raise NotAllowed(permission=Permission.CONSOLE.value)
        return is_fresh()

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Response:
        """Visitors go to the entries; who signed in long ago proves the password again."""
        del name, kwargs
        target = request.full_path if request.method == "GET" else None
        if current_sign_in() is None:
            return redirect(url_for("IndexView.index", next=target))
        return redirect(url_for("AccountView.confirm", next=target))
