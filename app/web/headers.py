"""Response headers: the content security policy and the rest, on pages, files, errors and redirects alike.

No nonce: there is no inline script or style anywhere (D18). Views of uploaded files set a stricter policy
themselves; what a view sets is kept.
"""

from flask import Flask, Response, request

from app.web.current import current_sign_in

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILE_POLICY = "default-src 'none'; sandbox; img-src 'self'"
"""For every answer that carries an uploaded file or its preview (T13)."""

SWAGGER_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""Swagger UI writes style attributes; superusers only."""

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}
TRANSPORT = "max-age=31536000; includeSubDomains"


def _policy() -> str:
    return SWAGGER_POLICY if request.path.startswith("/swagger/") else POLICY


def _secure(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _policy())
    for name, value in COMMON.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)
    return response


def _private(response: Response) -> Response:
    """Nothing of a signed-in page stays in a cache or in the history of a shared machine (T27)."""
    if (
        request.endpoint != "static"
        and current_sign_in() is not None
        and "no-store" not in response.headers.get("Cache-Control", "")
    ):
        response.headers["Cache-Control"] = "no-store"
    return response


def _transport(response: Response) -> Response:
    response.headers.setdefault("Strict-Transport-Security", TRANSPORT)
    return response


def init_app(app: Flask, *, production: bool = False) -> None:
    """Register the headers; HSTS in production only, where TLS stands in front."""
    app.after_request(_secure)
    app.after_request(_private)
    if production:
        app.after_request(_transport)
