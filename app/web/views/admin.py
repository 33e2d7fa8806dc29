"""Roles with a readable permission matrix; all accounts as a list and as pages.

FAB's security manager takes both classes. What changes an account is a form over a command (`officers`),
never a generated one (D10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla.filters import FilterNotEqual
from flask_appbuilder.security.sqla.models import Role as RoleModel
from flask_appbuilder.security.views import RoleModelView, UserDBModelView
from flask_appbuilder.widgets import FormWidget, ShowWidget
from flask_babel import gettext, lazy_gettext
from sqlalchemy import inspect
from sqlalchemy.orm import selectinload

from app.domain.roles import PUBLIC_ROLE, SUPERUSER_ROLE, AccountKind, Permission, Role
from app.models.account import Account
from app.web import labels, menu
from app.web.base import GuardedInterface, ScopedInterface, ScopedModelView
from app.web.menu import Entry, Group

_ = lazy_gettext
SUPERUSER = frozenset({AccountKind.SUPERUSER})
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
    base_filters = [["name", FilterNotEqual, PUBLIC_ROLE]]  # visitors hold it; nobody can be given it
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
        """The builtin superuser's rights are the configuration's; names of the system's roles must stay."""
        before = inspect(item).attrs.name.history.deleted or (item.name,)
        if SUPERUSER_ROLE in {item.name, *before}:
            raise ValueError(gettext("The superuser's role cannot be edited."))
        if before[0] != item.name and before[0] in {role.value for role in Role}:
            raise ValueError(gettext("A role of the system keeps its name: stages and accounts refer to it."))

    def pre_delete(self, item: Any) -> None:
        """A role in use or seeded stays: programmes and accounts name it."""
        if item.name == SUPERUSER_ROLE or item.name in {role.value for role in Role}:
            raise ValueError(gettext("A role of the system cannot be deleted."))
        super().pre_delete(item)


def account_state(active: object) -> Any:
    """Whether the account can sign in, as a tag."""
    return labels.tag("account", "active" if active else "disabled")


def role_titles(roles: Any) -> str:
    """Names of the roles an account holds."""
    return gettext(", ").join(role_title(role.name) for role in roles)


def party(kind: object) -> str:
    """The account's party in words."""
    return labels.label("party", kind)


class AccountShowWidget(ShowWidget):
    """An account with the way to its management."""

    template = "views/admin/account_show.html"


class AccountAdminView(ScopedModelView, UserDBModelView):
    """All accounts, for superusers: list and show; what changes an account stands on a page of its own."""

    route_base = "/accounts"
    class_permission_name = "Account"
    method_permission_name = MANAGE
    include_route_methods = {"list", "show"}
    list_title = _("Accounts")
    list_template = "views/admin/account_list.html"
    show_title = _("Account")
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
    show_widget = AccountShowWidget

    def __init__(self, **kwargs: Any) -> None:
        self.datamodel = ScopedInterface(Account, eager=(selectinload(Account.roles),))
        super().__init__(**kwargs)


def register(appbuilder: AppBuilder) -> None:
    """Menu entries; the security manager registers the views."""
    del appbuilder
    entries = (
        ("AccountAdminView.list", _("Accounts"), "users", _("Officers, employers' staff and persons")),
        ("RoleView.list", _("Roles and rights"), "shield-check", _("What each role may do")),
    )
    for order, (endpoint, title, icon, note) in enumerate(entries, start=60):
        menu.add(
            Entry(
                endpoint, title, Group.SYSTEM, icon=icon, order=order, kinds=SUPERUSER, tile=True, note=note
            )
        )


__all__ = ["AccountAdminView", "RoleView", "register"]
