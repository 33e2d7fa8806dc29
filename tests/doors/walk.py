"""Walking: requests, answers without what differs between any two answers, and a digest of the database."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask.testing import FlaskClient
from sqlalchemy import Engine, MetaData, select
from werkzeug.test import TestResponse

from tests.doors.doors import Door
from tests.doors.house import Keys
from tests.web.api.caller import hold_against_document
from tests.web.browser import Browser
from tests.web.town import PASSWORD

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
_VARYING = (
    re.compile(r'(?<=name="csrf-token" content=")[^"]+'),
    re.compile(r'(?<=name="csrf_token" value=")[^"]+'),
    re.compile(r'(?<=name="submission_key" value=")[^"]+'),
    re.compile(r"\b[0-9a-f]{16}\b"),
)
LONG = 10
"""Keys shorter than this are too short to be told from other digits of a page."""

NOTED = {"access_event", "login_session", "sign_in_failure", "id_node"}
"""Tables that note who came; everything else stays as it was."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    location: str
    body: str

    def __str__(self) -> str:
        """Short, for a failure."""
        return f"{self.status} {self.location}".strip()


@dataclass(slots=True)
class Walker:
    """A signed-in browser that keeps one token."""

    client: FlaskClient
    token: str
    as_program: bool = False
    """Ask as our scripts do: a refusal is then a line of JSON and costs no page."""
    bearer: str = ""

    def at(self, door: Door, keys: Keys) -> Answer:
        """Stand before a door with keys; the keys themselves do not count in the answer."""
        url, body = door.request(keys)
        headers = {"X-Requested-With": "fetch"} if self.as_program else {}
        if door.is_call:
            got = self._call(door.method, url)
        elif door.method == "GET":
            got = self.client.get(url, headers=headers)
        else:
            got = self.client.post(url, data={"csrf_token": self.token} | body, headers=headers)
        text = got.get_data().decode(errors="replace")
        used = [keys[kind] for kind in door.kinds if len(keys[kind]) >= LONG]
        return Answer(got.status_code, _without(got.headers.get("Location", ""), used), _without(text, used))

    def _call(self, method: str, url: str) -> TestResponse:
        """A call of the API with the own token; its answer is the one that the call declares."""
        headers = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        given = {"lock": 0, "data": {}} if method == "PUT" else {"lock": 0}
        got = self.client.open(url, method=method, headers=headers, json=given if method != "GET" else None)
        hold_against_document(self.client.application, method, url, got)
        return got


def _without(text: str, keys: list[str]) -> str:
    for key in keys:
        text = text.replace(key, "#")
    for varying in _VARYING:
        text = varying.sub("*", text)
    return text


def walker(client: FlaskClient, entry: str = "", username: str = "", *, as_program: bool = False) -> Walker:
    """Somebody who has just signed in, or a visitor."""
    browser, bearer = Browser(client), ""
    if entry:
        browser.sign_in(entry, username)
        answer = client.post(
            "/api/v1/auth/token", json={"portal": entry, "username": username, "password": PASSWORD}
        )
        bearer = (answer.get_json() or {}).get("access_token", "")
    page = client.get("/home" if entry else "/login/employer", follow_redirects=True).text
    found = _TOKEN.search(page)
    assert found is not None
    return Walker(client, found[1], as_program, bearer)


def tables(engine: Engine) -> Mapping[str, str]:
    """A digest per table, without those that note who came."""
    known = MetaData()
    known.reflect(engine)
    found = {}
    with engine.connect() as connection:
        for table in known.sorted_tables:
            if table.name not in NOTED:
                rows = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
                found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Names of the tables that differ."""
    return [name for name in before if before[name] != after[name]]


def malformed(keys: Keys) -> Iterator[tuple[str, dict[str, str]]]:
    """Key rings with texts that can name nothing."""
    for text in ("1x", "-1", str(10**23), "%00²"):
        yield text, dict.fromkeys(keys, text)
