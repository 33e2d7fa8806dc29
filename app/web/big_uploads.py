"""Routes that accept more than one file's worth of bytes: the stamped roster has up to 40 photos (R33, T37).

The limit must be known before anything reads the form, the token check included; Flask has matched the
route when it announces the request.
"""

from typing import Any

from flask import Flask, current_app, request, request_started

KEY = "big-uploads"


def allow(endpoint: str, size_bytes: int) -> None:
    """Let requests to `endpoint` carry up to `size_bytes`; called by a page module's `register`."""
    known: dict[str, int] = current_app.extensions.setdefault(KEY, {})
    request_started.connect(_raise_limit)
    known[endpoint] = size_bytes


def _raise_limit(app: Flask, **_given: Any) -> None:
    limit = app.extensions.get(KEY, {}).get(request.endpoint)
    if limit is not None:
        request.max_content_length = limit
