"""/home of every party and the probes (R9, R10, R15, R19, R24, I4)."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from app.commands import persons
from app.commands.accounts import create_superuser
from app.commands.persons import PersonForm
from app.domain.roles import Actor
from app.models.employer import Employer
from app.queries import todo
from app.web.pages.todo import ADDRESSES
from tests.web.browser import Browser, text_of
from tests.web.case_flow import Flow
from tests.web.conftest import Watch
from tests.web.town import CONSENT, PASSWORD, VISITOR, Firm, Town

Browse = Callable[..., Browser]


def waiting_person(town: Town, firm: Firm, username: str) -> None:
    """A person whose registration waits for the employer."""
    doc_no, mobile = town.numbers()
    form = PersonForm("周等待", username, PASSWORD, "1", doc_no, mobile, firm.id, CONSENT)
    persons.register(
        town.engine,
        actor=VISITOR,
        form=form,
        cipher=town.ports.cipher,
        passwords=town.passwords,
        now=town.now,
    )


def test_an_approved_employer_has_its_modules_one_click_from_home(browse: Browse, town: Town) -> None:
    town.firm()

    page = browse("employer", "emp-a").get("/home")

    for part in ("待办事项", "首页", "业务办理", "系统管理", "注销", "单位信息维护", "单位用户管理"):
        assert part in page
    assert page.count("<h1") == 1


def test_a_number_on_home_leads_to_exactly_the_rows_it_counts(browse: Browse, town: Town) -> None:
    firm, other = town.firm(), town.firm("云海乙企业有限公司", "emp-b", county="b")
    for n in range(3):
        waiting_person(town, firm, f"per-w{n}")
    waiting_person(town, other, "per-foreign")
    browser = browse("employer", "emp-a")

    page = browser.get("/home")
    card = page.split('class="card todo-card')[1]
    address = card.split('href="')[1].split('"')[0]

    assert text_of(card.split("</b>")[0]).endswith("3")
    assert browser.get(address).count('name="rowid"') == 3


def test_every_to_do_line_leads_somewhere() -> None:
    assert set(todo.TITLES) == set(ADDRESSES)


def test_without_work_there_is_no_to_do_card(browse: Browse, town: Town) -> None:
    town.firm()

    assert "todo-card" not in browse("employer", "emp-a").get("/home")


@pytest.mark.parametrize(
    ("state", "word"), [("draft", "待提交"), ("submitted", "待审核"), ("suspended", "已暂停")]
)
def test_a_pending_employer_sees_its_state_and_no_business(
    browse: Browse, town: Town, state: str, word: str
) -> None:
    firm = town.firm()
    with town.writing() as session:
        row = session.get(Employer, firm.id)
        assert row is not None
        row.state = state

    page = browse("employer", "emp-a").get("/home")

    assert word in page
    assert 'href="/persons/review"' not in page


def test_an_approved_person_may_start_an_application_from_home(browse: Browse, town: Town) -> None:
    town.person(town.firm())

    page = browse("person", "per-a1").get("/home")

    assert 'href="/apply/new/bohai-talent-card/first"' in page


def test_an_officer_and_a_superuser_have_a_home(browse: Browse, town: Town) -> None:
    create_superuser(
        town.engine,
        actor=Actor.system(),
        username="admin",
        password=PASSWORD,
        full_name="系统管理员",
        passwords=town.passwords,
        now=town.now,
    )

    assert "业务办理" in browse("officer", "county-a-specialist").get("/home")
    superuser = browse("officer", "admin").get("/home")
    assert "系统管理" in superuser
    assert "甲县人社局" in superuser


def test_the_landing_page_leads_who_is_signed_in_home(browse: Browse, town: Town) -> None:
    town.firm()

    assert browse("employer", "emp-a").client.get("/").location == "/home"


def test_the_probes_answer_without_a_sign_in(browse: Browse, app: Flask) -> None:
    del app
    client = browse().client

    ready = client.get("/readyz")

    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert (ready.status_code, ready.get_json()["checks"]) == (
        200,
        {"database": True, "schema": True, "storage": True},
    )
    assert "yingcai_jobs" in client.get("/metrics").text


def test_metrics_are_hidden_from_other_machines(browse: Browse) -> None:
    answer = browse().client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})

    assert answer.status_code == 404


@pytest.fixture
def flow(town: Town) -> Flow:
    return Flow(town)


def rows_behind(browser: Browser, page: str, pattern: str) -> tuple[int, int]:
    """The number of a link on a page, and the cases its address lists."""
    url, number = re.search(pattern, page, re.DOTALL).groups()  # type: ignore[union-attr]
    return int(number), browser.get(unescape(url)).count('data-label="申请编号"')


def test_the_desk_on_an_officers_home_counts_what_waits_and_what_is_overdue(
    browse: Browse, town: Town, flow: Flow, watch: Watch
) -> None:
    firm = town.firm()
    cases = [flow.submitted(town.person(firm, name, f"per-a{n}")) for n, name in enumerate(("李明", "王军"))]
    watch.forward(days=40)
    flow.submitted(town.person(firm, "赵晚", "per-a9"), now=watch.now())
    browser = browse("employer", firm.username)

    page = browser.get("/home")
    desk = re.search(r'id="desks".*?<tbody>(.*?)</tbody>', page, re.DOTALL)[1]  # type: ignore[index]

    assert [text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", desk, re.DOTALL)][1] == "3"
    assert rows_behind(browser, desk, r'<a class="bad" href="([^"]+)">(\d+)') == (2, 2)
    assert len(cases) == 2


def test_what_one_decided_today_and_where_cases_are_equal_the_rows_behind(
    browse: Browse, town: Town, flow: Flow, watch: Watch
) -> None:
    firm = town.firm()
    people = [town.person(firm, name, f"per-a{n}") for n, name in enumerate(("李明", "王军", "赵一"))]
    cases = [flow.submitted(talent) for talent in people]
    flow.approve(town.actor(firm.account_id), *cases[:2])
    browser = browse("employer", firm.username)

    page = browser.get("/home")

    assert rows_behind(browser, page, r'<a href="([^"]+)">我今日已办理：(\d+)') == (2, 2)
    gauge = r'href="([^"]+)"><div><div class="row small"><span class="grow">{}</span><b class="number">(\d+)'
    assert rows_behind(browser, page, gauge.format("县区服务专员审核")) == (2, 2)
    assert rows_behind(browser, page, gauge.format("单位负责人审核")) == (1, 1)
    watch.forward(days=1)
    assert "我今日已办理：0 件" in browse("employer", firm.username).get("/home")


@pytest.mark.parametrize("path", ["/", "/login/person"])
def test_visitors_find_how_to_reach_the_office(browse: Browse, path: str) -> None:
    page = browse().get(path)

    assert "0890-12345678" in page
    assert ("联系我们" in page, "云海市人才路1号" in page) == (path == "/", path == "/")
