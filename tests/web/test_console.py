"""The data console: superusers with a fresh sign-in only, one statement a list, no secret column (D19)."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from app import create_app
from app.commands import drafts, submissions
from app.domain.states import Item
from app.extensions import db
from app.models.application import Application
from app.models.audit import AccessEvent
from app.web.console.tables import SECRET, TABLES
from config import Settings
from tests.statements import sent_to
from tests.web.browser import Browser, text_of
from tests.web.case_flow import Flow
from tests.web.conftest import Watch
from tests.web.superuser import superuser
from tests.web.town import PASSWORD, Firm, Talent, Town

Browse = Callable[..., Browser]
ASKED = {"status": "approved", "action": "delete"}
NEVER_SHOWN = {
    "password", "enc", "token", "token_hash", "data_key", "person_key", "applicant_key", "actor_key",
}  # fmt: skip


@pytest.fixture
def firm(town: Town) -> Firm:
    return town.firm()


@pytest.fixture
def people(town: Town, firm: Firm) -> list[Talent]:
    return [town.person(firm, name, f"per-a{n}") for n, name in enumerate(("李明芳", "王军", "李娜"))]


def test_a_table_shows_every_column_but_the_secret_ones() -> None:
    for table in TABLES:
        columns = {attribute.key for attribute in table.model.__mapper__.column_attrs}
        assert set(table.columns) <= set(table.details)
        assert columns - set(table.details) == columns & SECRET
        assert set(table.details) & NEVER_SHOWN == set()


def test_search_and_filters_stand_on_columns_that_lead_an_index() -> None:
    for table in TABLES:
        stored = table.model.__table__
        leading = {next(iter(index.columns)).name for index in stored.indexes if len(index.columns)}
        leading |= {next(iter(stored.primary_key)).name} | {c.name for c in stored.columns if c.unique}
        leading |= {
            next(iter(rule.columns)).name
            for rule in stored.constraints
            if type(rule).__name__ == "UniqueConstraint"
        }
        asked = {*table.filters, *([table.search] if table.search else [])}
        assert asked - leading == set(), table.name


def test_visitors_and_every_other_account_stay_outside(town: Town, firm: Firm, browse: Browse) -> None:
    town.officer("city-leader", town.bureaus.city, {"city_leader"})
    for path in ("/console/", "/console/application/", "/console/application/details/?id=[1]"):
        answer = browse().client.get(path)
        assert (answer.status_code, answer.location.split("?")[0]) == (302, "/")
    for entry, name in (
        ("officer", "city-leader"),
        ("employer", firm.username),
    ):
        browse(entry, name).get("/console/", status=403)


def test_the_password_is_asked_again_once_the_sign_in_is_a_while_ago(
    town: Town, browse: Browse, watch: Watch
) -> None:
    admin = superuser(town, browse)
    admin.get("/console/application/")
    for _ in range(2):
        watch.forward(minutes=8)
        admin.get("/home")  # at work all the time, so the sign-in does not end

    answer = admin.client.get("/console/application/")
    assert (answer.status_code, answer.location) == (302, "/account/confirm?next=/console/application/?")
    admin.get("/account/confirm?next=/console/application/")
    wrong = admin.post("/account/confirm?next=/console/application/", {"password": "wrong"}, follow=False)
    assert wrong.status_code == 422
    assert admin.client.get("/console/application/").status_code == 302
    right = admin.post("/account/confirm?next=/console/application/", {"password": PASSWORD}, follow=False)
    assert (right.status_code, right.location) == (302, "/console/application/")
    admin.get("/console/application/")


def test_every_table_opens_and_a_list_costs_two_statements_beside_the_sign_in_and_the_to_do(
    app: Flask, town: Town, people: list[Talent], flow: Flow, browse: Browse
) -> None:
    flow.submitted(people[0])
    admin = superuser(town, browse)
    with app.app_context():
        engine = db.engine
    admin.get("/console/")
    for table in TABLES:
        admin.get(f"/console/{table.name}/")
    with sent_to(engine) as few:
        admin.get("/console/application/")
    flow.submitted(people[1])
    flow.submitted(people[2])
    with sent_to(engine) as many:
        page = admin.get("/console/application/")
    assert page.count('data-label="no"') == 3
    assert len(few) == len(many) <= 3
    assert not any("count(" in statement.lower() and "todo" not in statement for statement, _ in many[-1:])


def test_a_list_goes_on_behind_its_last_row(
    town: Town, people: list[Talent], flow: Flow, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.console.views.PAGE", 2)
    ids = sorted((flow.submitted(person) for person in people[:3]), reverse=True)
    admin = superuser(town, browse)
    first = admin.get("/console/submission/")
    second = admin.get("/console/submission/", status=200) and admin.get(
        f"/console/submission/?after={json.dumps([ids[1], 1])}"
    )
    assert [str(i) in text_of(first) for i in ids] == [True, True, False]
    assert [str(i) in text_of(second) for i in ids] == [False, False, True]


def test_search_and_filters_narrow_the_list(
    town: Town, people: list[Talent], flow: Flow, browse: Browse
) -> None:
    ids = [flow.submitted(person) for person in people[:2]]
    rows = [flow.row(i) for i in ids]
    admin = superuser(town, browse)
    one = admin.get(f"/console/application/?person_id={rows[0].person_id}")
    assert (rows[0].no in one, rows[1].no in one) == (True, False)
    by_number = admin.get(f"/console/application/?q={rows[1].no}")
    assert (rows[0].no in by_number, rows[1].no in by_number) == (False, True)
    assert "没有数据" in admin.get("/console/application/?person_id=12345")


@pytest.mark.parametrize(
    "address",
    [
        "details/?id=1", "details/?id=[]", 'details/?id=["x"]', "details/?id=[12345]", "details/?id=[1,2]",
        "details/", "?after=nonsense", "?after=[99999999999999999999999]", "?person_id=abc", "?person_id=-1",
    ],
)  # fmt: skip
def test_an_address_that_names_nothing_is_a_missing_row(town: Town, browse: Browse, address: str) -> None:
    superuser(town, browse).get(f"/console/application/{address}", status=404)


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800"])
def test_a_key_that_no_database_can_hold_is_a_missing_row(town: Town, browse: Browse, text: str) -> None:
    admin = superuser(town, browse)

    for address in (f'?after=["{text}",1,1]', f'details/?id=["{text}",1,1]'):
        admin.get(f"/console/audit_event/{address}", status=404)


@pytest.mark.parametrize(
    "path", ["new/", "edit/?id=1", "delete/", "action/", "ajax/update/", "ajax/lookup/", "export/csv/"]
)
def test_nothing_can_be_written_or_taken_away(
    town: Town, people: list[Talent], flow: Flow, browse: Browse, path: str
) -> None:
    case = flow.submitted(people[0])
    before = flow.row(case)
    admin = superuser(town, browse)
    admin.get("/console/application/")
    for answer in (
        admin.client.get(f"/console/application/{path}"),
        admin.post(
            f"/console/application/{path}",
            {"id": str(case), "status": "approved", "action": "delete", "rowid": str(case)},
            follow=False,
        ),
    ):
        assert answer.status_code in (302, 404, 405), answer.status_code
        assert answer.headers.get("Content-Type", "").split(";")[0] in ("text/html", "application/json")
    after = flow.row(case)
    assert (after.status, after.lock, after.audit_head) == (before.status, before.lock, before.audit_head)


def test_a_case_shows_its_versions_side_by_side_and_its_chain(
    engine: Engine, town: Town, firm: Firm, people: list[Talent], flow: Flow, browse: Browse
) -> None:
    case = flow.submitted(people[0], position="工程师")
    flow.send_back(
        town.actor(firm.account_id),
        case,
        Item("material", "diploma", "unclear", ""),
        Item("field", "position", "mismatch", ""),
    )
    actor, lock = town.actor(people[0].account_id), flow.row(case).lock
    drafts.save(
        engine,
        actor=actor,
        application_id=case,
        lock=lock,
        data={"position": "高级工程师"},
        cipher=town.ports.cipher,
        now=town.now,
    )
    flow.attach(people[0], case, "diploma")
    submissions.submit(engine, actor=actor, application_id=case, lock=lock, now=town.now)
    admin = superuser(town, browse)
    page = admin.get(f"/console/application/details/?id=[{case}]")
    shown = text_of(page)
    for text in ("第 1 版", "第 2 版", "工程师", "高级工程师", "审计链 完整"):
        assert text in shown
    assert page.count('<li class="card-body">') == flow.row(case).audit_seq
    with Session(engine) as session:
        assert (
            session.query(AccessEvent)
            .filter_by(kind="console", object_kind="application", object_id=case)
            .count()
            == 1
        )


def test_a_tampered_chain_is_named_on_the_page_of_its_row(
    engine: Engine, town: Town, people: list[Talent], flow: Flow, browse: Browse
) -> None:
    case = flow.submitted(people[0])
    with Session(engine.execution_options(write=True)) as session, session.begin():
        session.execute(update(Application).where(Application.id == case).values(audit_head="0" * 64))
    shown = text_of(superuser(town, browse).get(f"/console/application/details/?id=[{case}]"))
    assert "审计链 完整" not in shown
    assert "审计链 已断裂" in shown


def test_the_console_is_not_there_where_the_setting_is_off(settings: Settings) -> None:
    closed = create_app(replace(settings, console="off"))
    assert closed.test_client().get("/console/").status_code == 404
