"""Bad input to every call: a problem with a code, never a 500, and nothing changed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.application import Application, Draft, Review
from app.models.card import Card
from app.models.roster import Roster, RosterScan
from app.models.work import Idempotency, Job
from tests.commands.flow import CARD, Flow
from tests.web.api.caller import Caller, document_of, raw

Make = Callable[..., Caller]
DEEP = "[" * 100_000
BODIES: dict[str, tuple[Any, str]] = {
    "nothing": ("", "not_json"),
    "cut off": ('{"lock": 1', "not_json"),
    "two values": ("{} {}", "not_json"),
    "not a number": ('{"lock": NaN}', "not_json"),
    "infinite": ('{"lock": 1e999}', "number_too_large"),
    "huge": ('{"lock": ' + "9" * 5000 + "}", "number_too_large"),
    "bad utf-8": (b'{"lock": "\xff\xfe"}', "not_utf8"),
    "deep": (DEEP, "too_deep"),
    "doubled": ('{"lock": 1, "lock": 2}', "doubled_field"),
    "list": ("[]", "not_an_object"),
    "text": ('"x"', "not_an_object"),
    "null": ("null", "not_an_object"),
    "unknown": ('{"no_such_field": 1}', "unknown_field"),
    "odd name": ('{"\\ud800\\u0000": 1}', "unknown_field"),
}
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    10**18,
    "",
    "x" * 5000,
    "\x00",
    "\ud800",
    [],
    {},
    [[]],
    {"a": {"b": 1}},
)
QUERIES = (
    "limit=0", "limit=101", "limit=abc", "limit=-1", "limit=9999999999999999999999", "limit=1&limit=2", "cursor=x",
    "cursor=-", "cursor=1.99999999999999999999", "cursor=-.99999999999999999999", "q=%00", "q=%ff",
    "q=" + "x" * 61, "status=nothing", "no_such=1", "order=lock",
)  # fmt: skip


def _calls(app: Flask, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for url, calls in document_of(app)["paths"].items():
        for method, call in calls.items():
            content = call.get("requestBody", {}).get("content", {})
            if kind in content:
                yield method.upper(), url, content[kind]["schema"]


def _good(schema: dict[str, Any]) -> Any:
    """The plainest value of a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        names = [*schema.get("required", ()), *(o["required"][0] for o in schema.get("oneOf", ())[:1])]
        return {name: _good(schema["properties"][name]) for name in names}
    if schema.get("type") == "array":
        return [_good(schema["items"])] * schema.get("minItems", 0)
    return {"integer": 0, "boolean": False}.get(schema.get("type", ""), "1")


def _wrong(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Bodies that are good but for one field."""
    good = _good(schema)
    for name, part in schema["properties"].items():
        for value in ODD:
            fits = {"integer": int, "string": str, "boolean": bool, "array": list, "object": dict}[
                part["type"]
            ]
            plain = isinstance(value, fits) and not (fits is int and isinstance(value, bool))
            if plain and value not in ("x" * 5000, "\x00", "\ud800", -1, 10**18, {"a": {"b": 1}}):
                continue
            yield name, {**good, name: value}


@pytest.fixture
def everybody(flow: Flow, caller: Make) -> dict[str, Caller]:
    """A token for every right, and a case, so that what is asked for is there."""
    case_id = flow.submitted()[0]
    return {
        "Application.apply": caller("person", flow.people[case_id].username),
        "": caller("employer", "emp-a"),
        "EmployerApi": caller("officer", "county-a-specialist"),
        "CardApi": caller("officer", "city-print"),
    }


def _who(everybody: dict[str, Caller], method: str, url: str) -> Caller:
    if "/employers" in url:
        return everybody["EmployerApi"]
    if "/cards" in url:
        return everybody["CardApi"]
    own = url.endswith(("/materials", "/submit", "/withdraw")) or (
        "/applications" in url and (method == "PUT" or (method == "POST" and url.endswith("/applications")))
    )
    return everybody["Application.apply" if own else ""]


def _counts(session: Session) -> list[int]:
    tables = (Application, Draft, Review, Roster, RosterScan, Card, Job, Idempotency)
    found = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    found.append(session.scalar(select(func.sum(Application.lock))) or 0)
    session.rollback()
    return found


def _refused(answer: Any, *codes: str) -> None:
    assert answer.mimetype == "application/problem+json", answer.text[:300]
    assert 400 <= answer.status_code < 500, answer.text[:300]
    assert answer.json["code"]
    if codes:
        assert {error["code"] for error in answer.json["errors"]} & set(codes), answer.text[:500]


def test_malformed_bodies_of_every_call(app: Flask, everybody: dict[str, Caller], session: Session) -> None:
    before = _counts(session)
    for method, url, _schema in _calls(app, "application/json"):
        caller, path = _who(everybody, method, url), url.replace("{key}", "1")
        for name, (body, code) in BODIES.items():
            answer = caller.call(method, path, **raw(body))
            assert answer.status_code == 422, (url, name, answer.text[:200])
            _refused(answer, code)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
            assert caller.call(method, path, **raw("{}", kind)).status_code == 415
        large = raw(b'{"lock": "' + b"x" * 1024 * 1024 + b'"}')
        assert caller.call(method, path, **large).status_code == 413
    assert _counts(session) == before


def test_wrong_values_in_every_field_of_every_body(
    app: Flask, everybody: dict[str, Caller], session: Session
) -> None:
    before, tried = _counts(session), 0
    for method, url, schema in _calls(app, "application/json"):
        caller, path = _who(everybody, method, url), url.replace("{key}", "1")
        for name, body in _wrong(schema):
            answer = caller.call(method, path, body)
            assert answer.status_code == 422, (url, name, body, answer.text[:300])
            _refused(answer)
            tried += 1
        for name in schema.get("required", ()):
            body = {k: v for k, v in _good(schema).items() if k != name}
            _refused(caller.call(method, path, body, status=422), "required")
    assert tried > 150
    assert _counts(session) == before


def test_odd_forms_of_every_upload(everybody: dict[str, Caller], flow: Flow, session: Session) -> None:
    before, case_id = _counts(session), next(iter(flow.people))
    own, clerk = everybody["Application.apply"], everybody[""]
    for caller, path in ((own, f"/applications/{case_id}/materials"), (clerk, "/rosters/1/scan")):
        for kind in ("application/json", "text/plain"):
            assert caller.call("POST", path, **raw("{}", kind)).status_code == 415
        _refused(
            caller.call("POST", path, status=422, **raw("x", "multipart/form-data; boundary=x")), "required"
        )
        _refused(
            caller.call("POST", path, status=422, **raw("--x\r\n\r\n", "multipart/form-data")), "required"
        )
        file = ("file", "a.jpg", b"x") if caller is own else ("files[]", "a.jpg", b"x")
        for fields, code in (
            ({"no_such": "1", "type": "photo"}, "unknown_field"),
            ({"type": "x" * 100, "roster_no": "x" * 100}, "text_too_long"),
            ({"type": "\x00", "roster_no": "\x00"}, "bad_character"),
            ({"type": ["photo", "photo"], "roster_no": ["1", "2"]}, "given_twice"),
        ):
            answer = caller.upload(path, fields, file, status=422)
            assert code in {error["code"] for error in answer["errors"]}
    two = [("file", "a.jpg", b"x"), ("file", "b.jpg", b"y")]
    own.upload(f"/applications/{case_id}/materials", {"type": "photo"}, *two, status=422)
    own.upload(f"/applications/{case_id}/materials", {"type": "no_such"}, two[0], status=404)
    not_a_picture = own.upload(f"/applications/{case_id}/materials", {"type": "photo"}, two[0], status=415)
    assert [error["field"] for error in not_a_picture["errors"]] == ["photo"]
    too_large = ("file", "a.jpg", b"x" * (14 * 1024 * 1024))
    own.upload(f"/applications/{case_id}/materials", {"type": "photo"}, too_large, status=413)
    assert _counts(session) == before


def test_odd_addresses_of_every_call(app: Flask, everybody: dict[str, Caller], session: Session) -> None:
    before = _counts(session)
    for url, calls in document_of(app)["paths"].items():
        for method in calls:
            caller = _who(everybody, method.upper(), url)
            if method == "get" and "_openapi" not in url:
                for query in QUERIES:
                    answer = caller.call("GET", f"{url.replace('{key}', '1').replace('{no}', '1')}?{query}")
                    assert answer.status_code in {404, 422}, (url, query, answer.text[:300])
            for odd in ("0", "-1", "1x", "9" * 19, "9" * 30, "%00", "%ff", "名", "'", "1%20", "{}"):
                path = url.replace("{key}", odd).replace("{no}", odd)
                if path != url and method == "get":
                    assert caller.call("GET", path).status_code == 404, path
    assert _counts(session) == before


@pytest.mark.parametrize("key", ["", "x" * 81, "名", "\x7f"])
def test_keys_that_cannot_be_compared_are_refused(
    app: Flask, everybody: dict[str, Caller], session: Session, key: str
) -> None:
    before = _counts(session)
    headers = {
        "Authorization": f"Bearer {everybody['Application.apply'].token}",
        "Idempotency-Key": key.encode().decode("latin-1"),
    }
    body = {"programme": CARD, "kind": "first"}

    answer = app.test_client().post("/api/v1/applications", json=body, headers=headers)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["Idempotency-Key"]
    assert _counts(session) == before


def test_every_list_takes_the_filters_of_the_contract(everybody: dict[str, Caller]) -> None:
    empty = "status=&stage=&ready=&q=&limit=&cursor="

    for path in ("/applications", "/persons", "/employers"):
        caller = _who(everybody, "GET", path)
        assert caller.get(f"{path}?{empty}") == caller.get(path)
    for path in ("/persons", "/employers"):
        for query in ("stage=employer", "ready=true"):
            assert _who(everybody, "GET", path).get(f"{path}?{query}")["items"] == []


def test_numbers_of_people_are_refused_in_addresses_and_found_by_post(
    everybody: dict[str, Caller], flow: Flow
) -> None:
    clerk, talent = everybody[""], next(iter(flow.people.values()))

    for number in (talent.doc_no, talent.mobile):
        for path in ("/applications", "/persons"):
            refused = clerk.call("GET", f"{path}?q={number}", status=422).json
            assert [error["code"] for error in refused["errors"]] == ["number_in_address"]
        found = clerk.post("/applications/search", {"q": number})
        assert [row["name"] for row in found["items"]] == [talent.name]
    no = found["items"][0]["no"]
    assert [row["no"] for row in clerk.get(f"/applications?q={no}")["items"]] == [no]
