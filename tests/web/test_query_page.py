"""单位端申报信息查询: every status of the own scope, filters, export of what the screen counts (R38, R39)."""

import re

import pytest

from tests.web.browser import text_of


@pytest.fixture
def firm(town):
    return town.firm()


@pytest.fixture
def cases(town, firm, flow):
    people = [
        town.person(firm, name, f"per-a{n}") for n, name in enumerate(("李明芳", "王军", "李娜", "周磊"))
    ]
    made = [flow.submitted(talent) for talent in people[:3]]
    flow.draft(people[3])
    clerk = town.actor(firm.account_id)
    flow.approve(clerk, made[0])
    flow.send_back(clerk, made[1])
    return people


def names_of(page: str) -> list[str]:
    return re.findall(r'<td data-label="中文名"[^>]*><b>([^<]+)</b>', page)


def test_every_status_of_the_employer_and_nobody_elses(town, firm, cases, flow, browse) -> None:
    other = town.firm("云海乙企业有限公司", "emp-b", "b")
    flow.submitted(town.person(other, "赵外", "per-b1"))

    page = browse("employer", firm.username).get("/query")

    assert "单位端申报信息查询" in page
    assert sorted(names_of(page)) == sorted(["李明芳", "王军", "李娜", "周磊"])
    assert [talent.doc_no in page for talent in cases] == [False] * 4


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=draft", ["周磊"]),
        ("status=returned", ["王军"]),
        ("status=open", ["周磊", "李娜", "王军", "李明芳"]),
        ("stage=county_specialist", ["李明芳"]),
        ("category=C&stage=employer", ["李娜"]),
        ("category=A", []),
        ("q=李", ["李娜", "李明芳"]),
        ("q=wangjun", ["王军"]),
        ("from=2026-11-24", []),
        ("from=2026-11-23&to=2026-11-23", ["李娜", "王军", "李明芳"]),
        ("from=nonsense&status=nonsense&stage=%27", []),
    ],
)
@pytest.mark.usefixtures("cases")
def test_filters(firm, browse, query, found) -> None:
    assert names_of(browse("employer", firm.username).get("/query?" + query)) == found


def test_a_number_is_posted_and_never_in_an_address(firm, cases, browse) -> None:
    browser = browse("employer", firm.username)
    browser.get("/query")

    answer = browser.post("/query", {"number": cases[1].doc_no.lower()})
    by_mobile = browser.post("/query", {"number": cases[2].mobile})

    assert (answer.request.query_string, names_of(answer.text)) == (b"", ["王军"])
    assert names_of(by_mobile.text) == ["李娜"]
    assert browser.post("/query", {"q": "李", "status": "draft"}, follow=False).location.startswith(
        "/query?status=draft&q="
    )


@pytest.mark.usefixtures("cases")
def test_step_office_and_waiting_time_are_shown(firm, browse, watch) -> None:
    watch.forward(days=3)

    text = text_of(browse("employer", firm.username).get("/query?stage=county_specialist"))

    assert "县区服务专员审核 单位（盖章汇总表）" in text
    assert "3 个工作日" in text


@pytest.mark.usefixtures("cases")
def test_officers_use_the_same_page_in_their_scope(browse) -> None:
    assert names_of(browse("officer", "county-a-specialist").get("/query")) == ["李明芳"]
    assert names_of(browse("officer", "county-b-specialist").get("/query")) == []


def test_a_number_in_an_address_is_dropped(firm, cases, browse) -> None:
    browser = browse("employer", firm.username)

    answer = browser.client.get(f"/query?q={cases[1].doc_no}&status=draft")

    assert (answer.status_code, answer.location) == (302, "/query?status=draft")
