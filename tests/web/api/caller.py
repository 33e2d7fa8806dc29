"""A program that calls the API: every answer is held against the OpenAPI document."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

from flask import Flask
from openapi_schema_validator import OAS30Validator
from werkzeug.test import TestResponse

from app.web.api.document import document
from tests.web.town import PASSWORD

ROOT = "/api/v1"
PROBLEM = "application/problem+json"
DECISIONS = f"{ROOT}/applications/decisions"


@cache
def _document() -> dict[str, Any]:
    return {}


def document_of(app: Flask) -> dict[str, Any]:
    """The document, made once per run."""
    found = _document()
    if not found:
        with app.test_request_context("/"):
            found |= document()
    return found


def operation_of(app: Flask, method: str, path: str) -> tuple[str, dict[str, Any]]:
    """The documented address and operation of a request; the one with the fewest places wins."""
    paths = document_of(app)["paths"]
    fitting = [
        url
        for url in paths
        if re.fullmatch(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(url)), path)
        and method.lower() in paths[url]
    ]
    assert fitting, f"{method} {path} is not in the document"
    url = min(fitting, key=lambda found: found.count("{"))
    return url, paths[url][method.lower()]


def hold_against_document(app: Flask, method: str, path: str, answer: TestResponse) -> None:
    """The status is documented for the call and the body has the documented shape."""
    url, operation = operation_of(app, method, path)
    response = operation["responses"].get(str(answer.status_code))
    assert response is not None, (
        f"{method} {url}: {answer.status_code} is not documented: {answer.text[:500]}"
    )
    whole = document_of(app)
    if "$ref" in response:
        response = whole["components"]["responses"][response["$ref"].rpartition("/")[2]]
    assert answer.mimetype in response["content"] or "*/*" in response["content"]
    if answer.mimetype.endswith("json"):
        schema = response["content"][answer.mimetype]["schema"]
        if "$ref" in schema:
            schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        OAS30Validator(schema).validate(answer.json)


@dataclass(slots=True)
class Caller:
    """One token (or none) on one application."""

    app: Flask
    token: str = ""
    seen: set[tuple[str, int]] = field(default_factory=set)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        status: int | None = None,
        **more: Any,
    ) -> TestResponse:
        """One call; the answer is held against the document."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        given = more if body is None else {"json": body, **more}
        url = path if path.startswith("/api") else ROOT + path
        answer = self.app.test_client().open(url, method=method, headers=headers, **given)
        hold_against_document(self.app, method, url.partition("?")[0], answer)
        self.seen.add((method, answer.status_code))
        assert status is None or answer.status_code == status, f"{answer.status_code}: {answer.text[:1500]}"
        return answer

    def get(self, path: str, status: int = 200) -> Any:
        """The JSON of a reading call."""
        return self.call("GET", path, status=status).json

    def post(self, path: str, body: Any = None, *, status: int = 200, key: str = "") -> Any:
        """The JSON of a posting call."""
        return self.call("POST", path, body, status=status, key=key).json

    def upload(
        self,
        path: str,
        fields: dict[str, Any],
        *files: tuple[str, str, bytes],
        status: int = 200,
        key: str = "",
    ) -> Any:
        """Post a multipart body; files are (field, name, content)."""
        data: dict[str, Any] = dict(fields)
        for name, file_name, content in files:
            data.setdefault(name, []).append((BytesIO(content), file_name))
        more = {"data": data, "content_type": "multipart/form-data"}
        return self.call("POST", path, status=status, key=key, **more).json


def sign_in(app: Flask, portal: str, username: str, password: str = PASSWORD) -> Caller:
    """A caller with a token."""
    body = {"portal": portal, "username": username, "password": password}
    found = Caller(app).post("/auth/token", body)
    assert (found["token_type"], found["expires_in"]) == ("Bearer", 900)
    return Caller(app, found["access_token"])


def raw(data: bytes | str, content_type: str = "application/json") -> dict[str, Any]:
    """A body as it is, for `call`."""
    return {"data": data, "content_type": content_type}


def plain(value: Any) -> str:
    """JSON with sorted names, to compare answers."""
    return json.dumps({k: v for k, v in value.items() if k != "request_id"}, sort_keys=True)
