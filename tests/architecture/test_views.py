"""Every page says who may open it, and every generated page reads through the scope (D13, D17)."""

from typing import Any

from flask import Flask
from flask_appbuilder import ModelRestApi
from flask_appbuilder.api import BaseApi
from flask_appbuilder.baseviews import BaseCRUDView, BaseView

from app.domain.roles import Permission
from app.web.base import GuardedInterface, ScopedInterface, ScopedModelView

OWN_SECURITY = {"RoleView"}
"""Over FAB's own tables, which have no rule of scope; its right belongs to superusers."""

FRAMEWORK = {
    "UtilView",
    "LocaleView",
    "Off",
    "UserGroupModelView",
    "TokenSchemes",
    "OpenApi",
    "SwaggerView",
}
PUBLIC_VIEWS = {
    "IndexView",
    "PortalAuthView",
    "LanguageView",
    "HealthView",
    "RegisterEmployerView",
    "RegisterPersonView",
    "VerifyView",
    "HelpView",
    "RecoveryView",
    "PasswordView",
}
PUBLIC_METHODS = {"TokenApi.create"}


def _views(app: Flask) -> list[Any]:
    return [view for view in app.extensions["appbuilder"].baseviews if type(view).__name__ not in FRAMEWORK]


def _methods(app: Flask, view: Any) -> set[str]:
    parts = (rule.endpoint.partition(".") for rule in app.url_map.iter_rules())
    return {method for name, _dot, method in parts if name == view.endpoint}


def test_generated_pages_derive_from_ours_and_read_through_the_scope(app: Flask) -> None:
    generated = [view for view in _views(app) if isinstance(view, BaseCRUDView | ModelRestApi)]

    assert [type(view).__name__ for view in generated if not isinstance(view, ScopedModelView)] == []
    unscoped = {type(view).__name__ for view in generated if not isinstance(view.datamodel, ScopedInterface)}
    assert unscoped == OWN_SECURITY
    assert all(isinstance(view.datamodel, GuardedInterface) for view in generated)


def test_generated_pages_declare_what_they_show_and_who_may_see_it(app: Flask) -> None:
    wanted = ("list_columns", "search_columns", "route_base", "class_permission_name")
    missing = [
        f"{type(view).__name__}.{name}"
        for view in _views(app)
        if isinstance(view, BaseCRUDView | ModelRestApi)
        for name in wanted
        if name not in vars(type(view))
    ]

    assert missing == []


def test_generated_forms_exist_for_reference_data_only(app: Flask) -> None:
    writing = {"add", "edit", "delete"}
    found = {
        type(view).__name__: sorted(writing & _methods(app, view))
        for view in _views(app)
        if isinstance(view, BaseCRUDView)
    }

    assert {name: methods for name, methods in found.items() if methods} == {
        "AgencyView": ["add", "delete", "edit"],
        "CodeListView": ["add", "edit"],
        "CodeView": ["add", "edit"],
        "HolidayView": ["add", "delete", "edit"],
        "MessageTextView": ["edit"],
        "NoticeView": ["add", "delete", "edit"],
        "PhraseView": ["add", "delete", "edit"],
        "RoleView": ["add", "delete", "edit"],
    }


def test_every_page_names_its_right_or_is_public(app: Flask) -> None:
    open_pages = []
    for view in _views(app):
        if not isinstance(view, BaseView | BaseApi) or view.endpoint in PUBLIC_VIEWS:
            continue
        for method in _methods(app, view):
            if f"{view.endpoint}.{method}" in PUBLIC_METHODS:
                continue
            handler = getattr(view, method, None)
            if handler is None:
                continue
            named = getattr(handler, "_permission_name", None) or getattr(handler, "signed_in_only", False)
            acts = method in {"action", "action_post"}  # judged by the action's own right in `_act`
            if not named and not acts:
                open_pages.append(f"{view.endpoint}.{method}")

    assert sorted(set(open_pages)) == []


def test_pages_use_rights_of_the_product(app: Flask) -> None:
    known = {permission.value for permission in Permission}
    unknown = set()
    for view in _views(app):
        if isinstance(view, BaseCRUDView) and view.class_permission_name:
            for method in _methods(app, view) - {"action", "action_post", "static"}:
                right = f"{view.class_permission_name}.can_{view.get_method_permission(method)}"
                if right not in known:
                    unknown.add(right)

    assert sorted(unknown) == []
