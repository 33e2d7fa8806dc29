"""我的导出: what lists count is what their button exports; followed, fetched, made again and deleted by its owner."""

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tasks
from app.models.audit import AccessEvent
from app.models.work import Job
from tests.commands.flow import CARD, Flow
from tests.web.browser import Browser, text_of
from tests.web.conftest import Watch
from tests.web.superuser import superuser
from tests.web.town import Town

Browse = Callable[..., Browser]
_FORM = re.compile(r'<form method="post" action="/exports"[^>]*>(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'type="hidden" name="([^"]+)" value="([^"]*)"')


@pytest.fixture
def flow(town: Town) -> Flow:
    return Flow(town, town.now)


def work_off(app: Flask) -> None:
    with app.app_context():
        worker = tasks.worker_for(app)
        while worker.run_once():
            pass


def press(browser: Browser, page: str, button: int = 0) -> tuple[int | None, str]:
    """Press an export button of a list: the number it names, and the page it leads to."""
    form = _FORM.findall(page)[button]
    named = re.search(r"导出\D*(\d+) 条", text_of(form))
    answer = browser.post("/exports", {name: unescape(value) for name, value in _FIELD.findall(form)})
    assert answer.status_code == 200, text_of(answer.text)[:300]
    return int(named[1]) if named else None, answer.text


def fetched(browser: Browser, page: str) -> list[tuple[object, ...]]:
    """The rows of the newest file on the page."""
    link = re.search(r'href="(/jobs/\d+/file)"', page)
    assert link is not None, text_of(page)
    sheet = openpyxl.load_workbook(BytesIO(browser.client.get(link[1]).data)).active
    assert sheet is not None
    return list(sheet.iter_rows(min_row=4, values_only=True))[:-2]


def test_every_list_exports_what_it_counts(
    app: Flask, flow: Flow, town: Town, browse: Browse, session: Session
) -> None:
    gate = flow.at_gate(3)
    flow.seal(flow.export(*gate[:2]))
    flow.submitted()
    admin = superuser(town, browse)
    clerk, county = browse("employer", flow.firm.username), browse("officer", "county-a-specialist")
    talent = flow.people[gate[0]]
    pages = [
        (clerk, clerk.get("/query?status=in_review"), 4),
        (clerk, clerk.post("/query", {"number": talent.doc_no}).text, 1),
        (clerk, clerk.get(f"/review/{CARD}/employer?tab=waiting"), 1),
        (clerk, clerk.get("/rosters?tab=sealed"), 1),
        (county, county.get("/query"), 3),
        (county, county.get(f"/review/{CARD}/county_specialist"), 2),
        (admin, admin.get("/query"), 4),
    ]

    for browser, page, shown in pages:
        browser._kept(browser.client.get("/home"))
        named, _ = press(browser, page)
        work_off(app)
        rows = fetched(browser, browser.get("/exports"))
        assert (named, len(rows)) == (shown, shown)
        assert [one for p in flow.people.values() for one in (p.doc_no, p.mobile) if one in repr(rows)] == []

    page = clerk.get("/exports")
    assert "状态：审核中" in text_of(page)
    assert "证件号码或手机号码：（不显示）" in text_of(page)
    assert talent.doc_no not in page
    logged = session.scalars(
        select(AccessEvent.detail).where(AccessEvent.kind == "export", AccessEvent.object_kind == "job")
    ).all()
    assert logged[:4] == ["applications: 4 rows", "applications: 1 rows", "queue: 1 rows", "rosters: 1 rows"]
    press(clerk, clerk.get("/query"), button=1)
    work_off(app)
    assert len(fetched(clerk, clerk.get("/exports"))) == 3  # the clerk's own approvals


def test_an_export_is_followed_stopped_made_again_and_deleted_by_its_owner(
    app: Flask, flow: Flow, browse: Browse, watch: Watch, session: Session
) -> None:
    flow.submitted()
    clerk, stranger = browse("employer", flow.firm.username), browse("officer", "county-a-specialist")
    assert "还没有导出记录" in clerk.get("/exports")

    _, page = press(clerk, clerk.get("/query"))
    job_id = session.scalars(select(Job.id).where(Job.kind == "export")).one()
    session.rollback()
    assert re.search(rf'data-job="/jobs/{job_id}" data-reload', page) is not None
    stranger.get("/exports")
    foreign = [
        stranger.post(f"/jobs/{job_id}/cancel", fetch=True).status_code,
        stranger.post(f"/exports/{job_id}/again").status_code,
        stranger.post(f"/exports/{job_id}/delete").status_code,
        stranger.client.get(f"/jobs/{job_id}/file").status_code,
    ]
    early = clerk.post(f"/exports/{job_id}/delete").status_code
    clerk.post(f"/jobs/{job_id}/cancel", fetch=True)
    stopped = clerk.get("/exports")
    again = clerk.post(f"/exports/{job_id}/again").text
    work_off(app)
    done = clerk.get("/exports")
    watch.forward(days=400)  # the worker of this test has the clock on the wall
    clerk.sign_in("employer", flow.firm.username)
    expired = text_of(clerk.get("/exports"))
    late = clerk.client.get(f"/jobs/{job_id}/file")
    gone = clerk.post(f"/exports/{job_id}/delete").text

    assert (foreign, early) == ([404] * 4, 409)
    assert "已停止" in text_of(stopped)
    assert f"/exports/{job_id}/again" in stopped
    assert "data-job=" in again
    assert f"/jobs/{job_id}/file" in done
    assert "已过期" in expired
    assert (late.status_code, "重新导出" in late.text) == (409, True)
    assert "导出记录已删除" in text_of(gone)
    assert "还没有导出记录" in gone


def test_buttons_and_menu_are_for_who_may(flow: Flow, town: Town, browse: Browse) -> None:
    flow.at_gate()
    town.staff(flow.firm, "emp-a-reader", {"employer_reader"})
    reader, printer = browse("employer", "emp-a-reader"), browse("officer", "city-print")
    clerk = browse("employer", flow.firm.username)
    clerk.get("/exports")

    assert _FORM.findall(reader.get("/query")) == []
    refused = reader.post("/exports", {"report": "applications"})
    unknown = clerk.post("/exports", {"report": "nothing"})
    wrong = clerk.post("/exports", {"report": "applications", "status": "nonsense"})

    assert (refused.status_code, unknown.status_code, wrong.status_code) == (403, 404, 422)
    assert 'href="/exports"' in printer.get("/home")
    assert "还没有导出记录" in printer.get("/exports")
