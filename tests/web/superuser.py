"""A superuser's browser for tests of administration pages."""

from collections.abc import Callable

from app.commands import accounts
from tests.web.browser import Browser
from tests.web.town import PASSWORD, Town


def make_superuser(town: Town) -> None:
    """The superuser `admin`, who has signed in before."""
    made = accounts.create_superuser(
        town.engine,
        actor=town.superuser(),
        username="admin",
        password=PASSWORD,
        full_name="系统管理员",
        passwords=town.passwords,
        now=town.now,
    )
    town._settled(made.account_id)


def superuser(town: Town, browse: Callable[..., Browser]) -> Browser:
    """Create the superuser `admin` and sign in."""
    make_superuser(town)
    return browse("officer", "admin")
