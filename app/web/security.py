"""FAB's security manager on our accounts: rights cached on the permission epoch, one gate for all views.

FAB asks the database for every right of every request; here role -> rights is read once per process and
epoch (triggers raise the epoch), and the account comes from the one SELECT of the session interface.
"""

from collections import namedtuple
from typing import Any

from flask import current_app, g, redirect, request, url_for
from flask_appbuilder import ModelRestApi
from flask_appbuilder.api import BaseApi
from flask_appbuilder.baseviews import AbstractViewApi, BaseView
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla.manager import SecurityManager as FabSecurityManager
from flask_appbuilder.security.views import ResetPasswordView
from flask_login import AnonymousUserMixin
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import EmployerNotActive, NotAllowed
from app.domain.roles import AccountKind
from app.models.account import Account
from app.models.work import PermissionEpoch
from app.web.current import PENDING_EMPLOYER_MAY, current_sign_in
from app.web.session import SignedIn, signed_in
from app.web.views.admin import AccountAdminView, RoleView
from app.web.views.auth import PortalAuthView

Rights = namedtuple("Rights", "id name pairs")  # noqa: PYI024 - FAB reads id and name of roles


class TokenSchemes(SecurityApi):
    """Only OpenAPI's bearer scheme; FAB's own token calls bypass the sign-in rules."""

    include_route_methods: set[str] = set()


class Off(ResetPasswordView):
    """FAB's password and profile forms get no route: they ask no old password."""

    include_route_methods: set[str] = set()


class OffMine(Off):
    """The same for one's own password; a class of its own, since FAB registers a class once."""

    class_permission_name = "Off"


class OffProfile(Off):
    """The same for one's own profile."""

    class_permission_name = "Off"


class NoGroups(BaseView):
    """In place of FAB's groups, which are not scoped (D17): no route; rights come from roles alone."""

    route_base = "/groups"


class SecurityManager(FabSecurityManager):
    """Accounts of four parties, three entries, rights per process and epoch."""

    user_model = Account
    authdbview = PortalAuthView
    security_api = TokenSchemes
    userstatschartview = None
    userdbmodelview = AccountAdminView
    rolemodelview = RoleView
    groupmodelview = NoGroups
    resetpasswordview = Off
    resetmypasswordview = OffMine
    userinfoeditview = OffProfile
    _rights: tuple[int | None, dict[int, Rights]] = (None, {})

    def load_user(self, pk: int | str) -> Account | None:
        """The account of this request's sign-in; nothing else is a user."""
        found = current_sign_in()
        return found.account if found and found.account.id == int(pk) else None

    def load_user_jwt(self, _header: object, claims: dict[str, Any]) -> Account | None:
        """The account of a bearer token, which dies with its session row.

        None while somebody else's password waits to be changed on the pages (T27): whoever signed in at the
        moment it was reset has a token that the reset did not see.
        """
        found = signed_in(str(claims.get("sid", "")))
        is_own = found is not None and found.account.password_changed_at is not None
        if found and is_own and str(found.account.id) == claims.get("sub"):
            g.user = found.account
            return found.account
        return None

    def rights(self) -> dict[int, Rights]:
        """Role id -> its rights: two queries per process and permission epoch."""
        found = current_sign_in()
        epoch = found.epoch if found else self.session.scalar(select(PermissionEpoch.n))
        if epoch != self._rights[0]:
            roles = self.session.scalars(
                select(self.role_model).options(selectinload(self.role_model.permissions))
            )
            table = {
                r.id: Rights(r.id, r.name, {(p.permission.name, p.view_menu.name) for p in r.permissions})
                for r in roles
            }
            self._rights = (epoch, table)
        return self._rights[1]

    def roles_and_rights(self, found: SignedIn) -> tuple[frozenset[str], set[str]]:
        """Role names of a sign-in and their permissions as `View.can_x`."""
        mine = [self.rights()[role_id] for role_id in found.role_ids if role_id in self.rights()]
        granted = {f"{view}.{permission}" for role in mine for permission, view in role.pairs}
        return frozenset(role.name for role in mine), granted

    def get_user_roles(self, user: Account | AnonymousUserMixin) -> list[Rights]:
        """FAB reads id and name of these; groups are not used."""
        if not user.is_authenticated:
            return []
        found = current_sign_in()
        rights = self.rights()
        ids = (
            found.role_ids if found and found.account.id == user.id else tuple(role.id for role in user.roles)
        )
        return [rights[role_id] for role_id in ids if role_id in rights]

    def _has_view_access(
        self, user: Account | AnonymousUserMixin, permission_name: str, view_name: str
    ) -> bool:
        found = current_sign_in()
        pending = (
            found is not None
            and found.account.kind == AccountKind.EMPLOYER
            and found.employer_state != "active"
        )
        if pending and f"{view_name}.{permission_name}" not in PENDING_EMPLOYER_MAY:
            return False
        return any(
            self._has_access_builtin_roles(role, permission_name, view_name)
            if role.name in self.builtin_roles
            else (permission_name, view_name) in role.pairs
            for role in self.get_user_roles(user)
        )

    def _get_user_permission_view_menus(
        self, user: Account | None, permission_name: str, view_menus_name: list[str]
    ) -> set[str]:
        return {
            view for view in view_menus_name if user and self._has_view_access(user, permission_name, view)
        }

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing is public by a role; stock FAB asks the database in every API call."""
        del permission_name, view_name
        return False


def gate() -> BaseResponse | None:
    """Before every request: visitors go to the entries, a missing right is 403 (FAB would redirect).

    Views say themselves what they need: FAB's `class_permission_name` and the method's permission.
    """
    handler = current_app.view_functions.get(request.endpoint or "")
    view = getattr(handler, "__self__", None)
    if handler is None or not isinstance(view, AbstractViewApi) or isinstance(view, BaseApi | ModelRestApi):
        return None
    permission = getattr(getattr(view, handler.__name__), "_permission_name", None)
    if permission is None:
        return None
    found = current_sign_in()
    if found is None:
        return redirect(
            url_for("IndexView.index", next=request.full_path if request.method == "GET" else None)
        )
    manager = current_app.appbuilder.sm  # type: ignore[attr-defined]
    method_permission = view.get_method_permission(handler.__name__)
    if not manager.has_access(f"can_{method_permission}", view.class_permission_name):
        if found.account.kind == AccountKind.EMPLOYER and found.employer_state != "active":
            raise EmployerNotActive
        raise NotAllowed
    return None
