"""`flask init` again: it writes what is missing, deletes what nothing needs and keeps what a superuser edited."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cli.initialise import initialise
from app.extensions import db, writing
from app.models.work import SeededGrant
from tests.statements import sent_to


def pairs(app: Flask, role: str) -> set[tuple[str, str]]:
    """Permission and view of everything a role holds."""
    with app.app_context():
        held = app.appbuilder.sm.find_role(role).permissions
        return {(pair.permission.name, pair.view_menu.name) for pair in held}


@pytest.fixture
def again(app: Flask) -> Flask:
    initialise(app)
    return app


def test_a_second_time_asks_a_few_questions_and_writes_nothing(again: Flask) -> None:
    with again.app_context():
        engine = db.engine

    with sent_to(engine, but=("BEGIN", "SELECT", "SET")) as written:
        initialise(again)
    with sent_to(engine) as sent:
        initialise(again)

    assert written == []
    assert len(sent) <= 60


def test_views_that_share_a_name_have_the_permissions_of_each(again: Flask) -> None:
    with again.app_context():
        builder = again.appbuilder
        declared = {
            (name, view.class_permission_name) for view in builder.baseviews for name in view.base_permissions
        }
        missing = [pair for pair in declared if builder.sm.find_permission_view_menu(*pair) is None]

    assert missing == []


def test_a_permission_that_nothing_declares_goes_unless_a_role_holds_it(again: Flask) -> None:
    with again.app_context(), writing(db.session):
        manager = again.appbuilder.sm
        for name in ("can_dream", "can_fly"):
            manager.add_permission_view_menu(name, "Application")
        held = manager.find_permission_view_menu("can_fly", "Application")
        manager.add_permission_role(manager.find_role("auditor"), held)

    initialise(again)

    with again.app_context():
        found = [
            again.appbuilder.sm.find_permission_view_menu(n, "Application") for n in ("can_dream", "can_fly")
        ]
        assert [pair is not None for pair in found] == [False, True]
    assert ("can_fly", "Application") in pairs(again, "auditor")


def test_what_a_superuser_took_away_and_granted_stays_so(again: Flask) -> None:
    with again.app_context(), writing(db.session):
        manager = again.appbuilder.sm
        role = manager.find_role("county_leader")
        taken = next(pair for pair in role.permissions if pair.permission.name == "can_list")
        taken_names = (taken.permission.name, taken.view_menu.name)
        manager.del_permission_role(role, taken)
        manager.add_permission_role(role, manager.find_permission_view_menu("can_manage", "Account"))
    with again.app_context():
        grants = db.session.scalar(select(func.count()).select_from(SeededGrant))
    before = pairs(again, "county_leader")

    initialise(again)

    assert pairs(again, "county_leader") == before
    assert (taken_names in before, ("can_manage", "Account") in before) == (False, True)
    with again.app_context():
        assert db.session.scalar(select(func.count()).select_from(SeededGrant)) == grants
