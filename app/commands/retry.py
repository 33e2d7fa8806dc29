"""Commands that had to give way run again (reliability.md 2): deadlock, serialization, the same form at once."""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError

from app.domain.errors import Conflict
from app.domain.text import N_

P = ParamSpec("P")
R = TypeVar("R")
RETRIES = 3
PAUSE_MS = 40
GAVE_WAY = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization failure, deadlock detected. Waits that are too long (55P03, 57014) are not among
them: whoever waited that long is told to try again, as on SQLite after `busy_timeout`."""


class DoneMeanwhile(Conflict):
    """Another transaction wrote a moment ago what this one had looked for in vain: the result of the same form,
    a job under the same key, the scan with the same file, the next event of the chain. The next try sees it.
    """

    code = "done_meanwhile"
    message = N_("The same form is being worked on at this moment. Please look at the page again.")


def retried(command: Callable[P, R]) -> Callable[P, R]:
    """Run the whole command again, at most three times, when the database made it give way.

    Stands on every function that opens a `unit_of_work` (a test sees to it), so that everything it read and
    judged is read and judged anew; what it wrote is rolled back by then. Source: reliability.md 2, T7.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(RETRIES):
            try:
                return command(*args, **kwargs)
            except (DBAPIError, DoneMeanwhile) as error:
                if not gave_way(error):
                    raise
                time.sleep((1 + secrets.randbelow(PAUSE_MS)) * 2**attempt / 1000)
        return command(*args, **kwargs)

    return run


def gave_way(error: Exception) -> bool:
    """Whether the same command may succeed at once when it is run again."""
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", None) in GAVE_WAY
    return isinstance(error, DoneMeanwhile)
