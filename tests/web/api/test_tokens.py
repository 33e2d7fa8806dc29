"""Tokens: the checks of the sign-in page, and a token that dies with its sign-in (contract, fab: Tokens)."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.commands import account_changes
from app.models.account import Account
from app.models.work import LoginSession
from app.web.api import auth
from tests.web.api.caller import Caller, plain, sign_in
from tests.web.browser import Browser
from tests.web.conftest import Watch
from tests.web.town import PASSWORD, Town

Make = Callable[..., Caller]


def ask(caller: Caller, status: int, **changes: object) -> dict[str, object]:
    """Ask for a token as emp-a."""
    body = {"portal": "employer", "username": "emp-a", "password": PASSWORD} | changes
    found: dict[str, object] = caller.post("/auth/token", body, status=status)
    return found


def test_token_says_who_calls_and_no_cookie_is_set_or_taken(
    town: Town, caller: Make, browse: Callable[..., Browser]
) -> None:
    firm = town.firm()
    token = caller("employer", "emp-a")

    answer = token.call("GET", "/me", status=200)
    browser = browse("employer", "emp-a")

    assert answer.json["account"]["username"] == "emp-a"
    assert (answer.json["party"], answer.json["scope"]["employer"]["id"]) == ("employer", str(firm.id))
    assert "employer_reviewer" in answer.json["roles"]
    assert "Set-Cookie" not in answer.headers
    refused = browser.client.get("/api/v1/me")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_wrong_password_unknown_name_and_locked_account_are_answered_alike(
    town: Town, caller: Make, browse: Callable[..., Browser]
) -> None:
    town.firm()
    visitor = caller()

    answers = [ask(visitor, 401, username="nobody-here")]
    answers += [ask(visitor, 401, password="Wrong-pass-2026") for _ in range(5)]
    answers.append(ask(visitor, 401))  # the right one, of a locked account

    assert {plain(answer) for answer in answers} == {plain(answers[0])}
    browser = browse()
    browser.get("/login/employer")
    page = browser.post("/login/employer", {"username": "emp-a", "password": PASSWORD}, follow=False)
    assert page.status_code == 422  # the page counts the same failures


def test_the_right_entry_is_named_only_to_who_knows_the_password(town: Town, caller: Make) -> None:
    town.firm()

    assert ask(caller(), 401, portal="officer")["code"] == "wrong_entry"
    assert ask(caller(), 401, portal="officer", password="Wrong-pass-2026")["code"] == "sign_in_failed"


def test_a_password_set_by_somebody_else_gives_no_token(town: Town, caller: Make, session: Session) -> None:
    town.firm()
    with town.writing() as writing:
        writing.execute(update(Account).where(Account.username == "emp-a").values(password_changed_at=None))
    before = session.scalar(select(func.count()).select_from(LoginSession))
    session.rollback()

    assert ask(caller(), 403, otp="123456")["code"] == "password_change_required"
    assert session.scalar(select(func.count()).select_from(LoginSession)) == before


def test_token_dies_with_its_sign_in(town: Town, caller: Make, watch: Watch) -> None:
    town.firm()
    first, idle, disabled = (caller("employer", "emp-a") for _ in range(3))
    first.get("/me")

    with town.writing() as writing:
        key = jwt.decode(first.token, options={"verify_signature": False})["sid"]
        row = update(LoginSession).where(LoginSession.token_hash == key)
        writing.execute(row.values(revoked_at=town.now))
    first.get("/me", 401)
    with town.writing() as writing:
        writing.execute(update(Account).where(Account.username == "emp-a").values(active=False))
    disabled.get("/me", 401)
    with town.writing() as writing:
        writing.execute(update(Account).where(Account.username == "emp-a").values(active=True))
    watch.forward(minutes=31)
    idle.get("/me", 401)


def _forged(app: Flask, claims: dict[str, object], kind: str) -> str:
    """A token with one thing wrong, signed with the right key but for one kind."""
    soon, key = datetime.now(UTC) + timedelta(minutes=10), app.config["SECRET_KEY"]
    whole = {**claims, "exp": soon, "iat": soon - timedelta(minutes=20), "nbf": soon - timedelta(minutes=20)}
    changed = {
        "expired": {**whole, "exp": soon - timedelta(minutes=11)},
        "other account": {**whole, "sub": "1"},
        "no session": {**whole, "sid": "0" * 64},
        "odd session": {**whole, "sid": {"a": [1]}},
        "no claims": {"exp": soon},
        "sub is a number": {**whole, "sub": 7},
    }
    other = "another-key-that-is-long-enough-for-it-0123456789"
    return jwt.encode(changed.get(kind, whole), other if kind == "other key" else key)


KINDS = (
    "expired", "other key", "other account", "no session", "odd session", "no claims", "sub is a number",
)  # fmt: skip


def test_expired_forged_and_unsigned_tokens_are_refused(app: Flask, town: Town, caller: Make) -> None:
    town.firm()
    good = caller("employer", "emp-a")
    claims = jwt.decode(good.token, options={"verify_signature": False})
    header, payload, signature = good.token.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()

    tokens = [_forged(app, claims, kind) for kind in KINDS]
    tokens += [f"{none}.{payload}.", f"{none}.{payload}.{signature}", f"{header}.{payload}.", "x", "a.b.c"]
    tokens += ["é", "名", "x" * 10_000, f"{good.token} trailing"]
    answers = [Caller(app, token).get("/me", 401) for token in tokens]

    assert {answer["code"] for answer in answers} == {"unauthorized"}
    assert Caller(app, _forged(app, claims, "good")).get("/me")["account"]["username"] == "emp-a"


@pytest.mark.parametrize("scheme", ["Basic YTpi", "Bearer", "bearer x", "Bearer  "])
def test_other_ways_of_authorisation_are_refused(app: Flask, scheme: str) -> None:
    answer = app.test_client().get("/api/v1/me", headers={"Authorization": scheme})

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_too_many_refused_credentials_of_one_address_are_held_up(settings: object, town: Town) -> None:
    from app import create_app  # noqa: PLC0415 - this test needs an application with limits

    limited = create_app(settings, RATELIMIT_ENABLED=True)
    limited.extensions["yingcai.clock"] = type("Clock", (), {"now": staticmethod(lambda: town.now)})
    visitor = Caller(limited)
    town.firm()

    answers = [
        visitor.call(
            "POST",
            "/auth/token",
            {"portal": "employer", "username": f"nobody{n}", "password": "Wrong-pass-2026"},
        )
        for n in range(101)
    ]
    held = answers[-1]

    assert [answer.status_code for answer in answers[:-1]] == [401] * 100
    assert (held.status_code, held.json["code"]) == (429, "too_often")
    assert 0 < int(held.headers["Retry-After"]) <= 300


def test_every_party_gets_tokens_at_its_own_portal(app: Flask, watch: Watch, town: Town) -> None:
    del watch
    talent = town.person(town.firm())

    assert sign_in(app, "person", talent.username).get("/me")["scope"]["person"]["id"] == str(talent.id)
    assert sign_in(app, "officer", "county-a-specialist").get("/me")["scope"]["agency"]["level"] == "county"


def test_a_token_made_while_the_password_is_reset_opens_nothing(
    town: Town, caller: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = town.firm()
    clerk = town.staff(firm, "emp-a-clerk", {"employer_reviewer"})
    started = auth.start_session

    def reset_first(account_id: int, data: dict[str, Any]) -> str:
        account_changes.reset_password(
            town.engine,
            actor=town.actor(firm.account_id),
            account_id=clerk.account_id,
            password="Reset-by-boss-77",
            passwords=town.passwords,
            now=town.now,
        )
        return started(account_id, data)

    monkeypatch.setattr(auth, "start_session", reset_first)

    assert caller("employer", "emp-a-clerk").call("GET", "/me").status_code == 401
