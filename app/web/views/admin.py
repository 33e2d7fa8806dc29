"""Roles with a readable permission matrix; accounts as lists and pages, and the roles an officer holds.

FAB's security manager takes both classes. Creating, replacing and disabling accounts and resetting
passwords are forms over commands, never generated ones (D10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app
from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla.filters import FilterInFunction
from flask_appbuilder.security.sqla.models import Role as RoleModel
from flask_appbuilder.security.views import RoleModelView, UserDBModelView
from flask_appbuilder.widgets import FormWidget, ShowWidget
from flask_babel import gettext, lazy_gettext
from sqlalchemy import update
from sqlalchemy.orm import selectinload
from wtforms.validators import DataRequired

from app.domain.roles import EMPLOYER_ROLES, SUPERUSER_ROLE, AccountKind, Permission, Role
from app.extensions import utc_now
from app.models.account import Account
from app.models.work import LoginSession
from app.web import labels, menu
from app.web.base import GuardedInterface, ScopedInterface, ScopedModelView
from app.web.menu import Entry, Group

_ = lazy_gettext
MANAGE = dict.fromkeys(("list", "show", "add", "edit", "delete"), "manage")


@dataclass(frozen=True, slots=True)
class Right:
    """One line of the matrix: the row's key, its name, whether the role has it."""

    key: str
    title: str
    held: bool


@dataclass(frozen=True, slots=True)
class Area:
    """The rights on one kind of object."""

    title: str
    rights: tuple[Right, ...]

    @property
    def held(self) -> int:
        """How many of them the role has."""
        return sum(right.held for right in self.rights)


def areas(choices: Sequence[tuple[str, Any, bool]]) -> tuple[Area, ...]:
    """Rights by area, named; technical rights of the framework in a last area of their own."""
    known: dict[str, list[Right]] = {}
    technical: list[Right] = []
    names = {permission.value for permission in Permission}
    for key, pair, held in choices:
        name = f"{pair.view_menu.name}.{pair.permission.name}"
        if name in names:
            known.setdefault(pair.view_menu.name, []).append(
                Right(key, labels.label("permission", name), held)
            )
        else:
            technical.append(Right(key, name, held))
    found = [Area(labels.label("area", view), tuple(rights)) for view, rights in sorted(known.items())]
    return (*found, Area(gettext("Technical rights"), tuple(technical))) if technical else tuple(found)


class RoleFormWidget(FormWidget):
    """The role form with its rights as grouped boxes instead of one long select."""

    template = "views/admin/role_form.html"

    def __call__(self, **kwargs: Any) -> str:
        field = self.template_args["form"].permissions
        choices = [(choice[0], _pair_of(field, choice[0]), choice[2]) for choice in field.iter_choices()]
        return str(super().__call__(areas=areas(choices), **kwargs))


def _pair_of(field: Any, key: str) -> Any:
    return dict(field._get_object_list())[key]  # noqa: SLF001 - the field has no public way to its rows


class RoleShowWidget(ShowWidget):
    """A role's rights as the same groups."""

    template = "views/admin/role_show.html"


def role_title(name: object) -> str:
    """The role's name in words."""
    return labels.label("role", name)


class RoleView(ScopedModelView, RoleModelView):
    """Roles are rows: the seeded ones may be changed, others added (D20)."""

    route_base = "/roles"
    class_permission_name = "Configuration"
    method_permission_name = MANAGE
    include_route_methods = {"list", "show", "add", "edit", "delete"}
    copy_role = None  # FAB's action works on rows, ours on ids
    list_title = _("Roles and rights")
    show_title = _("Role")
    add_title = _("Add role")
    edit_title = _("Edit role")
    label_columns = {"name": _("Role"), "permissions": _("Rights")}
    search_columns = ["name"]
    list_columns = ["name", "permissions"]
    formatters_columns = {"name": role_title}
    edit_widget = RoleFormWidget
    add_widget = RoleFormWidget
    show_widget = RoleShowWidget
    page_size = 50

    def __init__(self, **kwargs: Any) -> None:
        self.datamodel = GuardedInterface(RoleModel, eager=(selectinload(RoleModel.permissions),))
        super().__init__(**kwargs)

    def _get_show_widget(self, pk: Any, item: Any, **kwargs: Any) -> dict[str, Any]:
        widgets: dict[str, Any] = super()._get_show_widget(pk, item, **kwargs)
        held = [(str(pair.id), pair, True) for pair in item.permissions]
        widgets["show"].template_args |= {"areas": areas(held), "builtin": item.name == SUPERUSER_ROLE}
        return widgets

    def pre_update(self, item: Any) -> None:
        """The builtin superuser's rights are the configuration's; its name must stay."""
        if item.name == SUPERUSER_ROLE:
            raise ValueError(gettext("The superuser's role cannot be edited."))

    def pre_delete(self, item: Any) -> None:
        """A role in use or seeded stays: programmes and accounts name it."""
        if item.name == SUPERUSER_ROLE or item.name in {role.value for role in Role}:
            raise ValueError(gettext("A role of the system cannot be deleted."))
        super().pre_delete(item)


def _assignable() -> list[str]:
    """Roles an officer may hold: neither the superuser's nor an employer's or applicant's (fab 1.8)."""
    from_others = {SUPERUSER_ROLE, Role.APPLICANT.value, *(role.value for role in EMPLOYER_ROLES)}
    return sorted(
        role.name
        for role in current_app.extensions["appbuilder"].sm.get_all_roles()
        if role.name not in from_others
    )


def account_state(active: object) -> Any:
    """Whether the account can sign in, as a tag."""
    return labels.tag("account", "active" if active else "disabled")


def role_titles(roles: Any) -> str:
    """Names of the roles an account holds."""
    return gettext(", ").join(role_title(role.name) for role in roles)


def party(kind: object) -> str:
    """The account's party in words."""
    return labels.label("party", kind)


class AccountInterface(ScopedInterface):
    """Accounts within the scope; roles, which have no rule of scope, as they are."""

    def get_related_interface(self, col_name: str) -> GuardedInterface:
        """The interface of a related table."""
        return GuardedInterface(self.get_related_model(col_name), self.session)


class AccountAdminView(ScopedModelView, UserDBModelView):
    """All accounts, for superusers: list, show, and which roles an officer holds."""

    route_base = "/accounts"
    class_permission_name = "Account"
    method_permission_name = MANAGE
    include_route_methods = {"list", "show", "edit"}
    list_title = _("Accounts")
    show_title = _("Account")
    edit_title = _("Roles of the officer")
    label_columns: Mapping[str, Any] = {
        "username": _("User name"),
        "full_name": _("Name"),
        "kind": _("Party"),
        "roles": _("Roles"),
        "active": _("State"),
        "mobile_masked": _("Mobile number"),
        "doc_no_masked": _("Document number"),
        "last_login": _("Last sign-in"),
        "login_count": _("Sign-ins"),
        "fail_login_count": _("Failed sign-ins"),
    }
    list_columns = ["username", "full_name", "kind", "roles", "active", "last_login"]
    order_columns = ["username", "full_name", "kind", "last_login"]
    search_columns = ["username", "full_name", "kind", "active"]
    formatters_columns = {"roles": role_titles, "active": account_state, "kind": party}
    show_fieldsets = [
        (_("Account"), {"fields": ["username", "full_name", "kind", "roles", "active"]}),
        (_("Numbers (masked)"), {"fields": ["doc_no_masked", "mobile_masked"]}),
        (_("Signing in"), {"fields": ["last_login", "login_count", "fail_login_count"]}),
    ]
    edit_columns = ["roles"]
    edit_form_query_rel_fields = {"roles": [["name", FilterInFunction, _assignable]]}
    validators_columns = {"roles": [DataRequired()]}
    description_columns: Mapping[str, Any] = {
        "roles": _("The officer is signed out everywhere and has the new rights at the next sign-in.")
    }

    def __init__(self, **kwargs: Any) -> None:
        self.datamodel = AccountInterface(Account, eager=(selectinload(Account.roles),))
        super().__init__(**kwargs)

    def adjust_list(self, arguments: dict[str, Any]) -> None:
        """Only officers have the edit link."""
        pairs = zip(arguments["pks"], arguments["value_columns"], strict=True)
        arguments["fixed_keys"] = [key for key, row in pairs if row["kind"] != AccountKind.OFFICER]

    def _get_show_widget(self, pk: Any, item: Any, **kwargs: Any) -> dict[str, Any]:
        widgets: dict[str, Any] = super()._get_show_widget(pk, item, **kwargs)
        widgets["show"].template_args["fixed_keys"] = [] if item.kind == AccountKind.OFFICER else [pk]
        return widgets

    def pre_update(self, account: Account) -> None:
        """Only officers' roles are edited here; the change ends the sign-ins in the same transaction."""
        if account.kind != AccountKind.OFFICER:
            raise ValueError(gettext("Only an officer's roles are edited here."))
        mine = (LoginSession.account_id == account.id, LoginSession.revoked_at.is_(None))
        self.datamodel.session.execute(update(LoginSession).where(*mine).values(revoked_at=utc_now()))

    def _edit(self, pk: Any) -> Any:
        found = self.datamodel.get(pk)
        if found is not None and found.kind != AccountKind.OFFICER:
            abort(404)
        return super()._edit(pk)


def register(appbuilder: AppBuilder) -> None:
    """Menu entries; the security manager registers the views."""
    del appbuilder
    menu.add(
        Entry(
            "AccountAdminView.list",
            _("Accounts"),
            Group.SYSTEM,
            icon="users",
            order=60,
            kinds=frozenset({AccountKind.SUPERUSER}),
            tile=True,
        ),
        Entry(
            "RoleView.list",
            _("Roles and rights"),
            Group.SYSTEM,
            icon="shield-check",
            order=61,
            kinds=frozenset({AccountKind.SUPERUSER}),
            tile=True,
        ),
    )


__all__ = ["AccountAdminView", "RoleView", "register"]
