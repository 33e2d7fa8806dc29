"""Every answer carries the same protection: pages, files, errors, redirects (security: Controls)."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.web.browser import Browser
from tests.web.town import Town

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EXPECTED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
    "Server": None,
    "Strict-Transport-Security": None,
}
ANSWERS = {
    "page": ("/", 200),
    "file": ("/static/app.css", 200),
    "missing page": ("/no-such-page", 404),
    "missing file": ("/static/none.css", 404),
    "redirect": ("/agencies/list/", 302),
    "method": ("/logout", 405),
    "program": ("/api/v1/nothing", 404),
}


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_headers_of_an_answer(client: FlaskClient, kind: str) -> None:
    url, status = ANSWERS[kind]

    answer = client.get(url)

    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED


def test_signed_in_pages_are_not_kept_anywhere(town: Town, browse: Callable[..., Browser]) -> None:
    town.firm()
    browser = browse("employer", "emp-a")

    answer = browser.client.get("/account")

    assert answer.headers["Cache-Control"] == "no-store"


def test_static_files_with_a_version_are_kept_for_a_year(client: FlaskClient) -> None:
    answer = client.get("/static/app.css?v=1")

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_static_files_are_compressed_where_the_browser_can(client: FlaskClient) -> None:
    plain = client.get("/static/app.css")
    small = client.get("/static/app.css", headers={"Accept-Encoding": "gzip"})

    assert plain.headers.get("Content-Encoding") is None
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) * 3 < len(plain.data)
