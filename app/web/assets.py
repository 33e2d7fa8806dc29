"""Static files: addresses that change with the content, and compressed bodies for what compresses.

Only static files are compressed: pages hold tokens, and compressing a secret beside an echoed text
leaks it.
"""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, g, request, url_for

COMPRESSIBLE = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
YEAR_S = 31_536_000
SMALL_BYTES = 1_000


@lru_cache(maxsize=256)
def _version(path: Path, changed_ns: int) -> str:
    del changed_ns
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


@lru_cache(maxsize=64)
def _gzipped(path: Path, changed_ns: int) -> bytes:
    del changed_ns
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def asset(name: str) -> str:
    """The address of a file of app/static with its version, so that browsers may keep it for a year."""
    known: dict[str, str] = g.setdefault("assets", {})  # a page names its icons' file dozens of times
    if name not in known:
        path = Path(current_app.static_folder or "") / name
        known[name] = url_for("static", filename=name, v=_version(path, path.stat().st_mtime_ns))
    return known[name]


def _serve(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code != 200:  # noqa: PLR2004
        return response
    if request.args.get("v"):
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = YEAR_S
        response.cache_control.immutable = True
    wanted = request.accept_encodings.quality("gzip") > 0
    path = Path(current_app.static_folder or "") / (request.view_args or {})["filename"]
    if wanted and response.mimetype in COMPRESSIBLE and path.stat().st_size > SMALL_BYTES:
        response.direct_passthrough = False
        response.set_data(_gzipped(path, path.stat().st_mtime_ns))
        response.content_encoding = "gzip"
    if response.mimetype in COMPRESSIBLE:
        response.vary.add("Accept-Encoding")
    return response


def init_app(app: Flask) -> None:
    """Make `asset` a template function and compress static files."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(_serve)
