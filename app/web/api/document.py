"""The OpenAPI document, made from the declared calls; it and Swagger UI are the superusers'."""

from typing import Any

from apispec import APISpec
from flask import current_app, request
from flask_appbuilder import AppBuilder, expose
from flask_appbuilder.api.manager import SwaggerView
from flask_appbuilder.security.decorators import protect

from app.web.api import problem
from app.web.api.call import ROOT, CallApi, said

VERSION = "v1"
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
ABOUT = (
    "The way from a person's draft to the printed card. Ids are strings, times RFC 3339 in UTC. "
    "Refusals are application/problem+json."
)


class DocumentApi(CallApi):
    """`/api/v1/_openapi`; Swagger UI reads it with the session of the page."""

    route_base = ROOT
    class_permission_name = "OpenApi"
    allow_browser_login = True

    @expose("/_openapi")
    @protect()
    def get(self) -> Any:
        """The document."""
        return said(document())

    def add_api_spec(self, api_spec: APISpec) -> None:
        """Describe the document itself."""
        statuses = ("401", "403", "503")
        refusals = {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}
        answer = {
            "description": "This document",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
        operation = {
            "summary": "This document, for superusers",
            "operationId": "DocumentApi.get",
            "tags": ["document"],
            "security": [{"bearer": []}],
            "responses": {"200": answer} | refusals,
        }
        api_spec.path(path=f"{ROOT}/_openapi", operations={"get": operation})


def document() -> dict[str, Any]:
    """OpenAPI 3.0 of every call under `/api/v1`."""
    found = APISpec(
        title="Yingcai",
        version=VERSION,
        openapi_version="3.0.3",
        info={"description": ABOUT},
        servers=[{"url": request.host_url.rstrip("/")}],
    )
    found.components.security_scheme("bearer", BEARER)
    found.components.schema("Problem", problem.PROBLEM_SCHEMA)
    for status in problem.MEANINGS:
        found.components.response(status, problem.response(status))
    for api in current_app.extensions["appbuilder"].baseviews:
        if isinstance(api, CallApi):
            api.add_api_spec(found)
    return found.to_dict()


def register(appbuilder: AppBuilder) -> None:
    """In place of FAB's own pair, whose document describes answers we do not give."""
    appbuilder.add_api(DocumentApi)
    appbuilder.add_view_no_menu(SwaggerView)
