"""Serves the product for a benchmark: `python -m bench.ours PORT`, settings from the environment.

The answer says how many statements it took, as those of the peers do.
"""

import sys

from sqlalchemy import event
from waitress import serve

from app import create_app
from app.extensions import db
from app.models.ids import ensure_lease
from bench.peers.counting import Counting

UNCOUNTED = ("UPDATE LOGIN_SESSION", "BEGIN", "COMMIT", "PRAGMA", "SAVEPOINT")
"""As the tests that fix the number of statements count."""


def main() -> None:
    """Serve until ended."""
    app = create_app()
    counting = Counting(app.wsgi_app, UNCOUNTED)
    with app.app_context():
        ensure_lease(db.engine)
        event.listen(db.engine, "before_cursor_execute", lambda *args: counting.count(args[2]))
    app.wsgi_app = counting  # type: ignore[method-assign]
    serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4, ident=None)


if __name__ == "__main__":
    main()
