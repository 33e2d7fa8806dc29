"""The page of statistics: figures of one's own scope, each with a table and an export; not for everybody (I4)."""

import re

import pytest

from tests.web.browser import text_of
from tests.web.case_flow import Flow
from tests.web.test_exports import fetched, press, work_off
from tests.web.town import Firm, Talent, Town

PAGE = "/statistics"


@pytest.fixture
def firm(town: Town) -> Firm:
    return town.firm()


@pytest.fixture
def people(town: Town, firm: Firm) -> list[Talent]:
    return [town.person(firm, name, f"per-a{n}") for n, name in enumerate(("李明芳", "王军"))]


@pytest.fixture
def approved(town: Town, firm: Firm, people: list[Talent], flow: Flow) -> list[int]:
    ids = [flow.submitted(talent) for talent in people]
    flow.approve(town.actor(firm.account_id), *ids)
    return ids


def table(page: str, code: str) -> list[list[str]]:
    """The rows of a figure."""
    body = re.search(rf'id="figure-{code}"(?:(?!</section>).)*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", body.group(1) if body else "", re.DOTALL)
    return [[text_of(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


@pytest.mark.usefixtures("approved")
def test_officers_read_the_figures_of_their_scope(browse) -> None:
    page = browse("officer", "county-a-specialist").get(PAGE)

    assert table(page, "by_step")[:3] == [
        ["已提交", "2", "100"],
        ["单位负责人审核", "2", "100"],
        ["县区服务专员审核", "0", "0"],
    ]
    assert table(page, "ages") == [["待汇总表", "2", "0", "0", "0", "0"]]
    assert table(page, "employers") == [["云海甲企业有限公司", "2", "2", "0", "0", "100"]]
    elsewhere = browse("officer", "county-b-specialist").get(PAGE)
    assert [table(elsewhere, code) for code in ("by_step", "ages", "employers")] == [[], [], []]
    assert "所选时间内没有符合条件的申请" in elsewhere


@pytest.mark.usefixtures("approved")
def test_days_of_the_address_choose_what_is_counted_and_odd_ones_mean_the_last_thirty(browse, town) -> None:
    browser = browse("officer", "county-a-specialist")

    past = browser.get(PAGE + "?from=2020-01-01&to=2020-02-01")
    odd = browser.get(PAGE + "?from=2020-99-01&to=nonsense&programme=unknown")
    turned = browser.get(PAGE + f"?from={town.now:%Y-%m-%d}&to=2020-01-01")
    eldest = browser.get(PAGE + "?to=1950-01-05")

    assert (table(past, "by_step"), table(past, "ages") != []) == ([], True)
    assert table(eldest, "by_step") == []
    assert table(odd, "by_step")[0] == ["已提交", "2", "100"]
    assert table(turned, "by_step")[0] == ["已提交", "2", "100"]


@pytest.mark.usefixtures("approved")
def test_the_sheet_of_a_figure_has_the_rows_of_the_page(app, browse) -> None:
    browser = browse("officer", "county-a-specialist")
    page = browser.get(PAGE)

    for button, code in ((0, "by_step"), (2, "employers")):
        press(browser, page, button)
        work_off(app)
        rows = fetched(browser, browser.get("/exports"))
        shown = table(page, code)
        assert [[str(cell) for cell in row[: len(shown[0])]] for row in rows] == shown


@pytest.mark.usefixtures("people")
def test_employers_persons_and_printers_have_no_figures(town, firm, browse) -> None:
    town.officer("city-print", town.bureaus.city, {"card_printer"})

    for entry, username in (("employer", firm.username), ("person", "per-a0"), ("officer", "city-print")):
        browser = browse(entry, username)
        assert "统计分析" not in browser.get("/home")
        browser.get(PAGE, status=403)
