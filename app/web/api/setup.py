"""Every noun of the API. A new one is one line here."""

from flask_appbuilder import AppBuilder

from app.web.api import document, rosters
from app.web.api.account import MeApi
from app.web.api.applications import ApplicationApi
from app.web.api.auth import TokenApi
from app.web.api.cards import CardApi
from app.web.api.exports import ExportApi
from app.web.api.jobs import JobApi
from app.web.api.registrations import EmployerApi, PersonApi
from app.web.api.rosters import RosterApi

APIS = (TokenApi, MeApi, EmployerApi, PersonApi, ApplicationApi, RosterApi, CardApi, JobApi, ExportApi)


def register(appbuilder: AppBuilder) -> None:
    """Register the calls, the document and Swagger UI."""
    for api in APIS:
        appbuilder.add_api(api)
    document.register(appbuilder)
    rosters.allow_large_scans()
