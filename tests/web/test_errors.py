"""Refusals as pages for people and as problem+json for programs; never a trace (contract: Errors)."""

import re
from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.commands.bulk import insert_rows
from app.domain.blocks import Block
from app.domain.errors import (
    Blocked,
    DomainError,
    FieldError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Stale,
    TooOften,
)
from app.extensions import db
from app.models.reference import CodeList
from app.web.base import GuardedInterface
from tests.web.browser import Browser, text_of

REFUSALS: Mapping[str, DomainError] = {
    "allowed": NotAllowed(),
    "found": NotFound(),
    "stale": Stale(),
    "blocked": Blocked(Block("roster_not_sealed"), Block("frozen", {"reason": "employer_suspended"})),
    "invalid": InvalidInput(FieldError("mobile", "malformed", "Please fill in this field.")),
    "often": TooOften(retry_after_s=30),
}
STATUS = {"allowed": 403, "found": 404, "stale": 409, "blocked": 409, "invalid": 422, "often": 429}


@pytest.fixture
def refusing(app: Flask) -> FlaskClient:
    """A page and a call that refuse in every way."""

    def refuse(kind: str) -> str:
        if kind == "crash":
            raise RuntimeError("secret 110105199003070019")
        raise REFUSALS[kind]

    app.add_url_rule("/refuse/<kind>", "refuse_page", refuse)
    app.add_url_rule("/api/v1/refuse/<kind>", "refuse_call", refuse)
    return app.test_client()


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_refusal_is_a_page_with_one_heading_and_a_number(refusing: FlaskClient, kind: str) -> None:
    answer = refusing.get(f"/refuse/{kind}")

    assert answer.status_code == STATUS[kind]
    assert answer.text.count("<h1>") == 1
    assert "<code>" in answer.text


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_refusal_of_a_call_is_a_problem(refusing: FlaskClient, kind: str) -> None:
    answer = refusing.get(f"/api/v1/refuse/{kind}")

    assert answer.status_code == STATUS[kind]
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "code", "detail", "errors", "request_id"}
    assert answer.json["status"] == STATUS[kind]


def test_problem_names_fields_and_blocks(refusing: FlaskClient) -> None:
    invalid = refusing.get("/api/v1/refuse/invalid").json
    blocked = refusing.get("/api/v1/refuse/blocked").json

    assert [(error["field"], error["code"]) for error in invalid["errors"]] == [("mobile", "malformed")]
    assert blocked["code"] == "roster_not_sealed"
    assert [error["code"] for error in blocked["errors"]] == ["roster_not_sealed", "frozen"]


def test_too_often_says_when_to_try_again(refusing: FlaskClient) -> None:
    assert refusing.get("/refuse/often").headers["Retry-After"] == "30"


def test_page_scripts_get_problems_too(refusing: FlaskClient) -> None:
    answer = refusing.get("/refuse/stale", headers={"X-Requested-With": "fetch"})

    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("address", ["/refuse/crash", "/api/v1/refuse/crash"])
def test_crash_tells_nothing_but_its_number(app: Flask, refusing: FlaskClient, address: str) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    answer = refusing.get(address)

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


PLANTED = "13912345678"


def collide(session: Session) -> None:
    """Break a unique constraint of the database with a value that must not be told."""
    session.execute(insert(CodeList), [{"code": PLANTED, "title": "a"}, {"code": PLANTED, "title": "b"}])


def mistype(session: Session) -> None:
    """Read words as a number; PostgreSQL quotes them."""
    session.execute(text("SELECT CAST(CAST(:v AS text) AS bigint)"), {"v": f"x{PLANTED}"})


def copy(session: Session) -> None:
    """The same, with the rows sent in bulk."""
    row = {"code": PLANTED, "title": "a"}
    insert_rows(session, CodeList.__table__, tuple(row), [tuple(row.values())] * 2)


@pytest.mark.parametrize("fail", [collide, mistype, copy])
def test_a_crash_logs_what_the_database_said_without_the_values_of_rows(
    app: Flask, caplog: pytest.LogCaptureFixture, fail: Callable[[Session], None]
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def crash() -> str:
        fail(db.session())
        raise RuntimeError

    app.add_url_rule("/crash", "crash", crash)

    answer = app.test_client().get("/crash")

    assert answer.status_code == 500
    assert "unexpected, request" in caplog.text
    assert PLANTED not in caplog.text


def test_a_write_of_a_generated_form_that_conflicts_logs_no_values(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.test_request_context():
        interface = GuardedInterface(CodeList, db.session)
        interface.add(CodeList(code=PLANTED, title="a"))
        with pytest.raises(RuntimeError) as refused:
            interface.add(CodeList(code=PLANTED, title="b"))

    assert "write refused on code_list" in caplog.text
    assert PLANTED not in caplog.text + str(refused.value)


def test_foreign_and_missing_pages_answer_alike(refusing: FlaskClient) -> None:
    pages = [text_of(refusing.get(url).text) for url in ("/no-such-page", "/refuse/found")]
    numbers = re.compile(r"[0-9a-f]{16}")

    assert {numbers.sub("", page) for page in pages} == {numbers.sub("", pages[0])}


def test_form_without_token_is_refused_with_advice(browse: Callable[..., Browser]) -> None:
    answer = browse().client.post("/login/employer", data={"username": "x", "password": "y"})

    assert answer.status_code == 400
    assert answer.text.count("<h1>") == 1


@pytest.mark.parametrize("query", ["page_AgencyView=abc", "psize_AgencyView=-1", "psize_AgencyView=9999999"])
def test_list_arguments_that_are_no_numbers_are_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/agencies/list/?{query}").status_code == 422
