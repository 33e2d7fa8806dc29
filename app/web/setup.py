"""What `create_app` needs of the web layer: helpers before FAB, views after it. A new page module is one line here."""

from flask import Flask
from flask_appbuilder import AppBuilder

from app.web import assets, base, denials, errors, headers, incoming, security, shell, templating
from app.web.api import setup as api
from app.web.console import views as console_views
from app.web.views import (
    account,
    admin,
    apply,
    audit,
    auth,
    card,
    change_review,
    desk,
    employer,
    employer_changes,
    employer_review,
    employer_users,
    exports,
    file,
    guide,
    health,
    home,
    jobs,
    landing,
    message_texts,
    officers,
    operations,
    persons,
    programmes,
    query,
    queue,
    records,
    reference,
    register,
    registration,
    roster,
    site,
    statistics,
    styleguide,
    verify,
)

VIEWS = (
    auth,
    card,
    change_review,
    register,
    landing,
    reference,
    records,
    programmes,
    admin,
    health,
    file,
    officers,
    persons,
    account,
    employer,
    employer_changes,
    employer_review,
    employer_users,
    exports,
    guide,
    home,
    jobs,
    message_texts,
    operations,
    registration,
    roster,
    site,
    statistics,
    styleguide,
    verify,
    apply,
    audit,
    queue,
    desk,
    query,
)
"""Modules with `register(appbuilder)`, in no particular order."""


def before(app: Flask, *, production: bool) -> None:
    """Globals of the templates, headers, error pages; they need no FAB."""
    templating.init_app(app)
    assets.init_app(app)
    headers.init_app(app, production=production)
    denials.init_app(app)
    errors.init_app(app)
    shell.init_app(app)
    incoming.init_app(app)
    app.before_request(base.sane_list_args)


def after(app: Flask, appbuilder: AppBuilder, *, console: bool) -> None:
    """Every page; the gate comes after FAB's own hook, which says who the user is."""
    app.before_request(security.gate)
    shell.register(appbuilder)
    for module in VIEWS:
        module.register(appbuilder)
    api.register(appbuilder)
    if console:
        console_views.register(app)
