"""The one place that says no to a function (403)."""

from app.domain.errors import NotAllowed
from app.domain.roles import Actor, Permission


def require(actor: Actor, permission: Permission) -> None:
    """Refuse unless one of the actor's roles grants `permission`. Raises NotAllowed."""
    if not actor.may(permission):
        raise NotAllowed(permission=permission.value)
