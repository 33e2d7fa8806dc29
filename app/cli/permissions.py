"""Permissions and seeded roles in FAB's tables, as the registered views and `SEEDED_GRANTS` declare them (D20)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_appbuilder import AppBuilder
from flask_appbuilder.security.manager import BaseSecurityManager
from flask_appbuilder.security.sqla.models import Permission, PermissionView, ViewMenu
from sqlalchemy import select

from app.domain.roles import SEEDED_GRANTS
from app.models.work import PermissionEpoch, SeededGrant

MENU_ACCESS = "menu_access"
Pairs = set[tuple[str, str]]
"""Permission and view, by name."""


def write(appbuilder: AppBuilder) -> None:
    """Add what is missing and delete what nothing declares any more and no role holds; commits.

    A seeded grant is made once: what a superuser took away stays away. FAB's own `add_permissions` asks for one
    permission at a time, a second of every start, and of views that share a name keeps only the last one's.
    """
    manager = appbuilder.sm
    session = manager.session
    if session.get(PermissionEpoch, 1) is None:
        session.add(PermissionEpoch(id=1, n=0))
        session.commit()
    with _quiet():
        BaseSecurityManager.create_db(manager)  # sm.create_db() returns early when FAB_CREATE_DB is False
    stored, of_views = _stored(session), _of_views(appbuilder)
    declared = of_views | _of_menu(appbuilder) | {(name, view) for _, name, view in _seeded()}
    views = {view for _, view in of_views}
    for name, view in sorted(declared - stored):
        manager.add_permission_view_menu(name, view)
    for name, view in sorted(stored - declared):
        if view in views:
            manager.del_permission_view_menu(name, view)
    _grant(manager)


def _grant(manager: Any) -> None:
    session = manager.session
    done = {
        tuple(row)
        for row in session.execute(select(SeededGrant.role, SeededGrant.permission, SeededGrant.view))
    }
    for role, permission, view in sorted(_seeded() - done):
        manager.add_permission_role(
            manager.add_role(role), manager.add_permission_view_menu(permission, view)
        )
        session.add(SeededGrant(role=role, permission=permission, view=view))
    session.commit()


def _seeded() -> set[tuple[str, str, str]]:
    """Role, permission and view of every grant that is made once."""
    return {
        (str(role), name, view)
        for role, grants in SEEDED_GRANTS.items()
        for view, name in (grant.split(".") for grant in grants)
    }


def _stored(session: Any) -> Pairs:
    rows = session.execute(
        select(Permission.name, ViewMenu.name)
        .select_from(PermissionView)
        .join(Permission, PermissionView.permission_id == Permission.id)
        .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
    )
    return {(name, view) for name, view in rows}


def _of_views(appbuilder: AppBuilder) -> Pairs:
    return {
        (name, view.class_permission_name) for view in appbuilder.baseviews for name in view.base_permissions
    }


def _of_menu(appbuilder: AppBuilder) -> Pairs:
    entries = [item for top in appbuilder.menu.get_list() for item in (top, *top.childs)]
    return {(MENU_ACCESS, item.name) for item in entries if item.name != "-"}


@contextmanager
def _quiet() -> Iterator[None]:
    """FAB warns of what is meant here: there is no user yet."""
    logger = logging.getLogger("flask_appbuilder.security")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
