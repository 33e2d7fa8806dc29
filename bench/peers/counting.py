"""Counts the statements of a request and says so in a header; the same in every server, standard library only."""


class Counting:
    """WSGI middleware; requests come one after another while something is measured."""

    def __init__(
        self, application, uncounted=("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")
    ):
        self.application, self.uncounted, self.number = application, uncounted, 0

    def count(self, statement):
        """A statement went to the database."""
        if not statement.lstrip().upper().startswith(self.uncounted):
            self.number += 1

    def __call__(self, environ, start_response):
        """Answer with the number of statements up to the head of the answer."""
        self.number = 0

        def start(status, headers, *rest):
            return start_response(status, [*headers, ("X-Statements", str(self.number))], *rest)

        return self.application(environ, start)
