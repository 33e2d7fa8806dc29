"""The OpenAPI document is valid, complete, and says what the application does; Swagger UI is superusers' only."""

from collections.abc import Callable

from flask import Flask
from openapi_spec_validator import validate

from tests.web.api.caller import ROOT, Caller, document_of
from tests.web.browser import Browser
from tests.web.superuser import superuser
from tests.web.town import Town

Make = Callable[..., Caller]


def _routes(app: Flask) -> set[tuple[str, str]]:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(ROOT):
            url = rule.rule.replace("<string:", "{").replace(">", "}")
            found |= {(method, url) for method in rule.methods - {"HEAD", "OPTIONS"}}
    return found


def test_document_is_valid_and_names_every_route_and_no_other(app: Flask) -> None:
    found = document_of(app)
    named = {(method.upper(), url) for url, calls in found["paths"].items() for method in calls}

    validate(found)
    assert named == _routes(app)
    assert len(named) > 25


def test_every_call_describes_its_refusals_and_every_body_is_closed(app: Flask) -> None:
    found = document_of(app)
    for url, calls in found["paths"].items():
        for method, call in calls.items():
            open_to_all = url == f"{ROOT}/auth/token"
            assert {"401", "503"} <= set(call["responses"]), url
            assert call["security"] == ([] if open_to_all else [{"bearer": []}]), url
            assert ("404" in call["responses"]) >= ("{" in url), url
            for content in call.get("requestBody", {}).get("content", {}).values():
                assert content["schema"]["additionalProperties"] is False, (method, url)


def test_document_and_swagger_are_superusers_only(
    app: Flask, town: Town, caller: Make, browse: Callable[..., Browser]
) -> None:
    town.firm()
    page = superuser(town, browse)

    admin, employer = caller("officer", "admin"), caller("employer", "emp-a")
    assert caller().call("GET", "/_openapi", status=401).json["code"] == "unauthorized"
    assert employer.call("GET", "/_openapi", status=403).json["code"] == "not_allowed"
    assert admin.get("/_openapi")["paths"].keys() == document_of(app)["paths"].keys()
    assert "/api/v1/_openapi" in page.get("/swagger/v1")
    assert page.client.get("/api/v1/_openapi").status_code == 200
    browse("employer", "emp-a").get("/swagger/v1", status=403)
    assert browse().client.get("/swagger/v1").status_code == 302
