"""Pages that must answer at any size ask only what an index serves, on both databases (model, section 9).

Some thousands of rows; the plan of every statement of a page is read. PostgreSQL may
prefer to read a table of this size through, hence it is told not to: what it reads through then has no index.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app import create_app
from app.cli.demo.loader import Loader
from app.cli.demo.people import load_people
from app.cli.demo.volume import load_volume
from app.cli.demo.volume.plan import Size
from app.extensions import db
from app.models.account import Account
from app.models.application import Application
from app.models.card import CardPrint
from app.models.ids import ensure_lease
from app.models.work import SecretValue
from tests.conftest import NOW, _put_back, settings_for
from tests.statements import Sent, sent_to
from tests.web.browser import Browser

VOLUME = Size(employers=4, persons=600, applications=750, seed=3)
BIG = (
    "application", "person", "ab_user", "card", "card_print", "review", "submission", "draft", "attachment",
    "audit_event", "access_event", "message", "secret_value", "identity_claim", "approval", "roster_item",
)  # fmt: skip
"""Tables that grow with the cases."""


@pytest.fixture(scope="module")
def volume(template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on a database with the demo's people and some volume."""
    home, url = tmp_path_factory.mktemp("volume"), template_url
    if url.startswith("sqlite"):
        url = f"sqlite:///{home}/volume.db"
        shutil.copy(template_url.removeprefix("sqlite:///"), home / "volume.db")
    app = create_app(settings_for(url, home / "data"))
    app.extensions["yingcai.clock"].moment = NOW
    with app.app_context():
        ensure_lease(db.engine)
        load_people(Loader.of_app())
        load_volume(Loader.of_app(), VOLUME, workers=1, say=lambda _line: None)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if url.startswith("postgresql"):
        _put_back(url)


@pytest.fixture(scope="module")
def found(volume: Flask) -> Mapping[str, str]:
    """What is searched for."""
    with volume.app_context(), Session(db.engine) as session:
        card = session.scalars(select(CardPrint)).first()
        account = session.scalars(select(Account).where(Account.username.like("vper%"))).first()
        assert card is not None
        assert account is not None
        secret = session.get_one(SecretValue, account.doc_no_id)
        cipher = volume.extensions["yingcai.ports"].cipher
        return {
            "no": session.scalars(select(Application.no).where(Application.no.is_not(None))).first() or "",
            "token": card.token,
            "number": cipher.open("secret_value", "enc", secret.id, secret.enc),
        }


def _browser(app: Flask, username: str) -> Browser:
    browser = Browser(app.test_client())
    if username:
        browser.sign_in("employer" if username.startswith("vemp") else "officer", username)
    return browser


def _asked(app: Flask, browser: Browser, url: str, form: Mapping[str, str] | None = None) -> Sent:
    """The reading statements of one page, with their parameters."""
    with app.app_context():
        engine = db.engine
    with sent_to(engine) as sent:
        if form is None:
            browser.get(url)
        else:
            assert browser.post(url, dict(form)).status_code == 200
    return [(text, given) for text, given in sent if text.lstrip().startswith(("SELECT", "WITH"))]


def _read_through(engine: Engine, asked: Sent) -> list[str]:
    """The big tables that a statement reads from end to end, with the statement."""
    scans = _sqlite if engine.dialect.name == "sqlite" else _postgresql
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        return [
            f"{scan}: {statement}"
            for statement, given in asked
            for scan in scans(connection, statement, given)
        ]


def _sqlite(connection: Any, statement: str, given: Any) -> list[str]:
    rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, given).all()
    lines = [str(row[3]) for row in rows]
    names = _aliases(statement)
    scanned = [(line, re.match(r"SCAN (\w+)", line)) for line in lines if " USING " not in line]
    return [
        line for line, hit in scanned if hit and names.get(hit[1], hit[1]) in BIG and not _stops(statement)
    ]


def _stops(statement: str) -> bool:
    """A list without conditions walks along its key and ends with the page, or at the count's cap."""
    _, where, conditions = statement.rpartition("WHERE ")
    return "LIMIT" in statement and (not where or conditions.startswith("1 = 1"))


def _aliases(statement: str) -> dict[str, str]:
    return {alias: table for table, alias in re.findall(r'(\w+) AS "?(\w+)"?', statement)}


def _postgresql(connection: Any, statement: str, given: Any) -> list[str]:
    plan = connection.exec_driver_sql("EXPLAIN (FORMAT JSON) " + statement, given).scalar()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return [
        f"Seq Scan on {node['Relation Name']}"
        for node in _nodes(plan[0]["Plan"])
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG and not _stops(statement)
    ]


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


QUEUE = "/review/bohai-talent-card/county_specialist"
OWN_QUEUE = "/review/bohai-talent-card/employer"
DESKS = (
    ("county-a-specialist", QUEUE),
    ("city-leader", "/review/bohai-talent-card/city_leader"),
    ("vemp0000000", OWN_QUEUE),
)
PAGES = (
    ("county-a-specialist", "/home", None),
    ("county-a-specialist", QUEUE, None),
    ("county-a-specialist", QUEUE + "?psize=20", None),
    *(("county-a-specialist", f"{QUEUE}?tab={tab}", None) for tab in ("waiting", "passed", "returned")),
    *(("vemp0000000", f"{OWN_QUEUE}?tab={tab}", None) for tab in ("ready", "waiting", "passed", "returned")),
    ("vemp0000000", OWN_QUEUE + "?roster=none", None),
    ("vemp0000000", "/home", None),
    ("city-leader", "/home", None),
    ("city-leader", "/query?handled=today", None),
    ("county-a-specialist", QUEUE, {"q": "王"}),
    ("county-a-specialist", QUEUE, {"q": "wang"}),
    ("county-a-specialist", QUEUE, {"q": "{no}"}),
    ("county-a-specialist", QUEUE, {"q": "{number}"}),
    ("city-leader", "/query", {"q": "li"}),
    ("city-print", "/cards?q=李", None),
    ("city-print", "/cards/queue", None),
    ("admin", "/console/application/", None),
    ("admin", "/console/application/?q={no}", None),
    ("admin", "/console/person/?q=王", None),
    ("admin", "/access-log", None),
    ("admin", "/audit", None),
    ("", "/verify/{token}", None),
)


def test_no_page_reads_a_big_table_through(volume: Flask, found: Mapping[str, str]) -> None:
    wrong = []
    browsers: dict[str, Browser] = {}
    with volume.app_context():
        engine = db.engine
    for username, url, form in PAGES:
        browser = browsers.get(username) or browsers.setdefault(username, _browser(volume, username))
        filled = form and {name: value.format(**found) for name, value in form.items()}
        if form is not None:
            browser.get(url)
        asked = _asked(volume, browser, url.format(**found), filled)
        assert asked, url
        wrong += [f"{url} {form}: {scan}" for scan in _read_through(engine, asked)]
    assert wrong == []


def test_no_queue_is_sorted_to_show_its_first_page(volume: Flask) -> None:
    """But for what an employer's desk does not hold (its cases that wait elsewhere or were returned), and its few
    rows on PostgreSQL, which sorts a handful whatever the index.
    """
    with volume.app_context():
        engine = db.engine
    sorted_ = []
    for username, url in DESKS if engine.dialect.name == "sqlite" else DESKS[:2]:
        browser = _browser(volume, username)
        for tab in ("ready", "passed") if url == OWN_QUEUE else ("ready", "waiting", "passed", "returned"):
            asked = _asked(volume, browser, f"{url}?tab={tab}")
            (rows,) = [one for one in asked if "application.entered_at," in one[0]]
            sorted_ += [f"{username} {tab}: {how}" for how in _sorts(engine, *rows)]
    assert sorted_ == []


def _sorts(engine: Engine, statement: str, given: Any) -> list[str]:
    """The steps of a plan that put rows in order."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, given).all()
            return [str(row[3]) for row in rows if "ORDER BY" in str(row[3])]
        connection.execute(text("SET LOCAL enable_sort = off"))
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.exec_driver_sql("EXPLAIN (FORMAT JSON) " + statement, given).scalar()
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return [str(node["Node Type"]) for node in _nodes(plan[0]["Plan"]) if node["Node Type"] == "Sort"]
