"""Declaring a call: address, right, what it takes, what it answers. The same declaration runs and documents it.

The order of checks: token (401), right (403), then the input (415, 413, 422), then the command.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Response, jsonify
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.security.decorators import permission_name, protect
from flask_jwt_extended import verify_jwt_in_request

from app.domain.errors import EmployerNotActive, NotAllowed
from app.domain.roles import AccountKind
from app.web.api.body import (
    KEY_HEADER,
    KEY_LENGTH,
    Form,
    Given,
    form_body,
    json_body,
    key_header,
    query_of,
)
from app.web.api.shapes import Obj, Schema, Shape
from app.web.current import current_sign_in

ROOT = "/api/v1"
Method = Callable[..., Any]
_PLACE = re.compile(r"<(?:([^:<>]+):)?([^<>]+)>")


@dataclass(frozen=True, slots=True)
class Takes:
    """What a call takes beside its address: a JSON or a multipart body, parameters, an idempotency key."""

    body: Obj | None = None
    form: Form | None = None
    query: Mapping[str, Shape] = field(default_factory=dict)
    key: bool = False

    def given(self) -> Given:
        """Everything the request carries, checked. Raises InvalidInput, WrongType, TooLarge."""
        query = query_of(self.query)
        key = key_header() if self.key else None
        if self.form is not None:
            texts, files = form_body(self.form)
            return Given(texts, query, files, key)
        return Given(json_body(self.body) if self.body is not None else {}, query, (), key)


NOTHING = Takes()


@dataclass(frozen=True, slots=True)
class Bytes:
    """An answer that is a file."""

    content: str


@dataclass(frozen=True, slots=True)
class Call:
    """One declared call."""

    method: str
    about: str
    right: str | None
    is_public: bool
    takes: Takes
    answer: Schema | Bytes
    status: int
    refusals: tuple[int, ...]

    def operation(self, url: str, api: str, name: str) -> Schema:
        """The call as OpenAPI describes it."""
        found: Schema = {
            "summary": self.about,
            "operationId": f"{api}.{name}",
            "parameters": [*_path_parameters(url), *self._query_parameters(), *self._headers()],
            "responses": self._responses(url),
            "security": [] if self.is_public else [{"bearer": []}],
        }
        return found | ({"requestBody": self._request_body()} if self._has_body() else {})

    def _has_body(self) -> bool:
        return self.takes.body is not None or self.takes.form is not None

    def _query_parameters(self) -> list[Schema]:
        return [
            {
                "in": "query",
                "name": name,
                "required": False,
                "allowEmptyValue": True,
                "schema": shape.schema(),
            }
            for name, shape in self.takes.query.items()
        ]

    def _headers(self) -> list[Schema]:
        if not self.takes.key:
            return []
        about = "The same key with the same input gives the stored answer and changes nothing again."
        shape = {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH, "pattern": "^[ -~]+$"}
        return [
            {"in": "header", "name": KEY_HEADER, "required": False, "schema": shape, "description": about}
        ]

    def _request_body(self) -> Schema:
        if self.takes.body is not None:
            return {"required": True, "content": {"application/json": {"schema": self.takes.body.schema()}}}
        return {
            "required": True,
            "content": {"multipart/form-data": {"schema": _form_schema(self.takes.form)}},
        }

    def _responses(self, url: str) -> Schema:
        statuses = {503, *self.refusals}
        statuses |= set() if self.is_public else {401}
        statuses |= {403} if self.right else set()
        statuses |= {404} if _PLACE.search(url) else set()
        statuses |= {422, 413, 415} if self._has_body() else {422}
        statuses |= {507} if self.takes.form is not None else set()
        refusals = {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}
        return {str(self.status): {"description": "Done", "content": self._content()}} | refusals

    def _content(self) -> Schema:
        if isinstance(self.answer, Bytes):
            return {self.answer.content: {"schema": {"type": "string", "format": "binary"}}}
        return {"application/json": {"schema": self.answer}}


def _form_schema(form: Form | None) -> Schema:
    if form is None:
        return {}
    one: Schema = {"type": "string", "format": "binary"}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": form.most}
    name = f"{form.files}[]" if form.most > 1 else form.files
    texts = {text: shape.schema() for text, shape in form.texts.items()}
    lists = {f"{text}[]": {"type": "array", "items": shape.schema()} for text, shape in form.lists.items()}
    return {
        "type": "object",
        "properties": texts | lists | {name: many if form.most > 1 else one},
        "required": sorted((*form.required, name)),
        "additionalProperties": False,
    }


def _path_parameters(url: str) -> list[Schema]:
    return [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string", "maxLength": 60}}
        for _kind, name in _PLACE.findall(url)
    ]


def call(
    url: str,
    method: str = "GET",
    *,
    about: str,
    answer: Schema | Bytes,
    right: str | None = None,
    public: bool = False,
    takes: Takes = NOTHING,
    status: int = 200,
    refusals: tuple[int, ...] = (),
) -> Callable[[Method], Method]:
    """Declare a method of a `CallApi` as a call.

    `right` is the FAB permission (without `can_`) on the class's permission name; without one every signed-in
    account may. The method receives what was given and the parts of the address, and answers JSON values or a
    response.
    """
    declared = Call(method, about, right, public, takes, answer, status, refusals)

    def decorate(answers: Method) -> Method:
        @wraps(answers)
        def run(self: Any, **path: str) -> Any:
            found = answers(self, takes.given(), **path)
            return found if isinstance(found, Response) else said(found, status)

        guarded: Any = run if public else _guarded(run, right)
        guarded.declared = declared
        return expose(url, methods=[method])(guarded)

    return decorate


def _guarded(run: Callable[..., Any], right: str | None) -> Callable[..., Any]:
    if right is not None:
        return protect()(permission_name(right)(run))

    @wraps(run)
    def signed_in(self: Any, **path: str) -> Any:
        verify_jwt_in_request()
        return run(self, **path)

    signed_in.signed_in_only = True  # type: ignore[attr-defined]  # the audit of all routes reads it
    return signed_in


def said(values: Any, status: int = 200) -> Response:
    """Plain JSON values as an answer."""
    found = jsonify(values)
    found.status_code = status
    return found


class CallApi(BaseApi):
    """A noun of the API. Bearer tokens only; nothing of FAB's generated documentation."""

    allow_browser_login = False
    responses: dict[str, Any] = {}

    def response_403(self) -> Response:
        """The right is missing; an employer that waits for its bureau is told so."""
        found = current_sign_in()
        if found and found.account.kind == AccountKind.EMPLOYER and found.employer_state != "active":
            raise EmployerNotActive
        raise NotAllowed

    def operation_helper(
        self,
        path: str | None = None,
        operations: dict[str, Any] | None = None,
        methods: list[str] | None = None,
        func: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Describe a declared call; FAB reads docstrings instead."""
        declared: Call | None = getattr(func, "declared", None)
        if declared is None or operations is None or func is None:
            return
        urls = [url for url, _methods in func._urls]  # type: ignore[attr-defined]  # noqa: SLF001 - set by FAB's `expose`
        operations[declared.method.lower()] = declared.operation(urls[0], type(self).__name__, func.__name__)
