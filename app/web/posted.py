"""What hidden fields of our own forms carry."""

from flask import abort, request

_LOCK_DIGITS = 9


def posted_lock() -> int:
    """The lock the page showed; 422 for a post that is not one of our forms."""
    raw = request.form.get("lock", "")
    if not (raw.isascii() and raw.isdigit() and len(raw) <= _LOCK_DIGITS):
        abort(422)
    return int(raw)
