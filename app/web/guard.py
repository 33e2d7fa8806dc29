"""Pages of one party that need no right of a role: what belongs to the account itself."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from app.domain.errors import NotAllowed
from app.domain.roles import AccountKind
from app.web.current import current_actor
from app.web.visitors import signed_in

View = Callable[..., Any]


def party(*kinds: AccountKind) -> Callable[[View], View]:
    """Let only accounts of these kinds open a page: visitors go to the entries, others get 403."""

    def decorate(page: View) -> View:
        @wraps(page)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if current_actor().kind not in kinds:
                raise NotAllowed
            return page(*args, **kwargs)

        return signed_in(guarded)

    return decorate
