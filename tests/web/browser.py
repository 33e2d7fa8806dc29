"""A browser for tests: follows the page's own token and forms, as a person's would."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.town import PASSWORD

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
_KEY = re.compile(r'name="submission_key" value="([^"]+)"')


@dataclass(slots=True)
class Browser:
    """One signed-in (or anonymous) browser."""

    client: FlaskClient
    token: str = field(default="")
    page: str = field(default="")

    def get(self, url: str, *, status: int = 200) -> str:
        """The text of a page."""
        answer = self.client.get(url)
        assert answer.status_code == status, f"{url}: {answer.status_code} {answer.text[:400]}"
        return self._kept(answer)

    def _kept(self, answer: TestResponse) -> str:
        if answer.mimetype != "text/html":
            return answer.text if answer.mimetype.startswith("text/") else ""
        self.page = answer.text
        found = _TOKEN.search(self.page)
        self.token = found[1] if found else self.token
        return self.page

    def post(
        self, url: str, data: dict[str, Any] | None = None, *, follow: bool = True, fetch: bool = False
    ) -> TestResponse:
        """Post a form with the token of the last page."""
        headers = {"X-Requested-With": "fetch", "Accept": "application/json"} if fetch else {}
        answer = self.client.post(
            url, data={"csrf_token": self.token} | (data or {}), headers=headers, follow_redirects=follow
        )
        self._kept(answer)
        return answer

    @property
    def key(self) -> str:
        """The idempotency key of the last page's first form."""
        found = _KEY.search(self.page)
        assert found is not None
        return found[1]

    def sign_in(self, entry: str, username: str, password: str = PASSWORD) -> None:
        """Sign in at an entry."""
        self.get(f"/login/{entry}")
        answer = self.post(f"/login/{entry}", {"username": username, "password": password}, follow=False)
        assert answer.status_code == 302, answer.text[:600]
        self.token = ""


def values(page: str, name: str) -> list[str]:
    """The values of all controls of a name."""
    return re.findall(rf'name="{re.escape(name)}"[^>]*? value="([^"]*)"', page)


def text_of(page: str) -> str:
    """The page without markup, white space folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).strip()


def everything_of(page: str) -> str:
    """What “select all” of a list would post."""
    (found,) = values(page, "everything")
    return unescape(found)
