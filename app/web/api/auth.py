"""Bearer tokens: the checks of the sign-in page, a sign-in row that the token dies with (fab: Entries, D24)."""

from datetime import timedelta
from http import HTTPStatus

from flask import Response, current_app
from flask_appbuilder.security.decorators import limit
from flask_jwt_extended import create_access_token

from app.commands import sign_in
from app.domain.errors import NotAllowed
from app.domain.sign_in import Entry
from app.domain.text import N_
from app.web.api import wire
from app.web.api.body import Given
from app.web.api.call import ROOT, CallApi, Takes, call
from app.web.api.shapes import Choice, Obj, Text
from app.web.current import current_actor, engine, ports, utc_now
from app.web.session import digest, start_session

LIFETIME = timedelta(minutes=15)
NAME_LENGTH, PASSWORD_LENGTH, OTP_LENGTH = 128, 200, 20
TOKEN = wire.of(access_token=wire.STRING, token_type=wire.codes(["Bearer"]), expires_in=wire.WHOLE)
CREDENTIALS = Obj(
    {
        "portal": Choice([entry.value for entry in Entry]),
        "username": Text(NAME_LENGTH, 1),
        "password": Text(PASSWORD_LENGTH, 1),
        "otp": Text(OTP_LENGTH),
    },
    required=("portal", "username", "password"),
)


class PasswordChangeRequired(NotAllowed):
    """Somebody else set the password: its owner chooses another on the pages first (T27)."""

    code = "password_change_required"
    message = N_("Please sign in on the page and choose a password of your own first.")


def failures() -> str:
    """How many refused credentials one address may send (T20); a test machine is one address."""
    production = current_app.extensions["yingcai.settings"].is_production
    return "30 per 5 minutes" if production else "100 per 5 minutes"


def refused(response: Response) -> bool:
    """Whether credentials were refused: only these count."""
    return response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class TokenApi(CallApi):
    """`/auth`."""

    route_base = f"{ROOT}/auth"
    openapi_spec_tag = "auth"

    @limit(failures, methods=("POST",), deduct_when=refused)
    @call(
        "/token",
        "POST",
        about="A bearer token for 15 minutes; there is no refresh token",
        public=True,
        answer=TOKEN,
        refusals=(401, 403, 429),
        takes=Takes(body=CREDENTIALS),
    )
    def create(self, given: Given) -> object:
        """Check the credentials as the sign-in page does and start a sign-in for the token."""
        found = sign_in.authenticate(
            engine(),
            entry=Entry(given.body["portal"]),
            name=given.body["username"],
            password=given.body["password"],
            actor=current_actor(),
            cipher=ports().cipher,
            hasher=ports().hasher,
            now=utc_now(),
        )
        if found.must_change_password:
            raise PasswordChangeRequired
        sid = digest(start_session(found.account_id, {}))
        token = create_access_token(
            str(found.account_id), additional_claims={"sid": sid}, expires_delta=LIFETIME
        )
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(LIFETIME.total_seconds()),
        }
