"""The frame: language, sidebar by right and state, log-out, menu entries that lead somewhere."""

import re
from collections.abc import Callable

from flask import Flask

from app.web import menu
from tests.web.browser import Browser
from tests.web.case_flow import Flow
from tests.web.town import Town


def test_language_switch_returns_to_the_same_page(browse: Callable[..., Browser]) -> None:
    browser = browse()
    page = browser.get("/login/employer")
    link = re.search(r'href="(/language/en[^"]*)"', page)
    assert link is not None

    answer = browser.client.get(link[1])

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/employer")
    assert '<html lang="en">' in browser.get("/login/employer")


def test_chinese_is_the_default(browse: Callable[..., Browser]) -> None:
    assert '<html lang="zh-CN">' in browse().get("/")


def test_language_switch_leads_to_our_pages_only(browse: Callable[..., Browser]) -> None:
    client = browse().client

    targets = [
        client.get(f"/language/en?next={target}").headers["Location"]
        for target in ("//evil", "https://evil/", "/\\evil")
    ]

    assert targets == ["/", "/", "/"]


def test_unknown_language_is_not_found(browse: Callable[..., Browser]) -> None:
    assert browse().client.get("/language/xx").status_code == 404


def test_log_out_is_a_post_form_on_every_signed_in_page(town: Town, browse: Callable[..., Browser]) -> None:
    town.firm()
    page = browse("employer", "emp-a").get("/account")

    assert re.findall(r'<form[^>]*method="post" action="(/logout)"', page) == ["/logout", "/logout"]


def test_sidebar_leads_to_pages_that_open(town: Town, browse: Callable[..., Browser]) -> None:
    town.firm()
    browser = browse("employer", "emp-a")
    page = browser.get("/account")
    side = page[page.index('id="sidebar"') : page.index("</nav>", page.index('id="sidebar"'))]

    links = re.findall(r'href="([^"]+)"', side)

    assert [url for url in links if browser.client.get(url.replace("&amp;", "&")).status_code != 200] == []
    assert not any(url.startswith(("/roles", "/agencies", "/accounts")) for url in links)


def _current(page: str) -> list[str]:
    """The entries the sidebar marks as the present one."""
    side = page[page.index('id="sidebar"') : page.index("</nav>", page.index('id="sidebar"'))]
    marked = re.findall(r'<a href="[^"]*" aria-current="page">(.*?)</a>', side)
    return [re.sub(r"<[^>]+>", "", line) for line in marked]


def _first_row(page: str) -> str:
    """Where the first row of a list leads."""
    body = page[page.index("<tbody>") :]
    found = re.search(
        r'<td class="actions"><a[^>]* href="([^"]+)"|<td class="actions"><a href="([^"]+)"', body
    )
    assert found is not None
    return (found[1] or found[2]).replace("&amp;", "&")


def test_a_case_keeps_the_list_one_came_from(town: Town, flow: Flow, browse: Callable[..., Browser]) -> None:
    firm = town.firm()
    flow.submitted(town.person(firm))
    browser = browse("employer", firm.username)
    queue = "/review/bohai-talent-card/employer"

    taken = {
        url: (_current(page), _current(browser.get(_first_row(page))))
        for url in (queue, "/review/bohai-talent-card/employer_reviewer", "/query?status=in_review")
        for page in [browser.get(url)]
    }

    assert taken == {
        queue: (["单位负责人审核"],) * 2,
        "/review/bohai-talent-card/employer_reviewer": (["单位负责人审核"],) * 2,
        "/query?status=in_review": (["单位端申报信息查询"],) * 2,
    }


def test_a_case_leads_back_to_the_filtered_list(
    town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    firm = town.firm()
    flow.submitted(town.person(firm))
    browser = browse("employer", firm.username)

    page = browser.get(_first_row(browser.get("/query?status=in_review")))

    assert '<a href="/query?status=in_review">单位端申报信息查询</a>' in page


def test_a_registration_keeps_the_queue_one_came_from(town: Town, browse: Callable[..., Browser]) -> None:
    town.person(town.firm())
    browser = browse("employer", "emp-a")

    people = browser.get(_first_row(browser.get("/persons")))
    approved = browser.get(_first_row(browser.get("/persons/review?tab=active")))

    assert (_current(people), _current(approved)) == (["单位人员"], ["个人注册审核"])


def test_a_foreign_way_back_is_ignored(town: Town, flow: Flow, browse: Callable[..., Browser]) -> None:
    firm = town.firm()
    case = flow.submitted(town.person(firm))
    browser = browse("employer", firm.username)

    for back in ("//evil/query", "https://evil/query", "/roles/list/"):
        page = browser.get(f"/desk/{case}?back={back}")
        assert (_current(page), "evil" in page.partition('class="breadcrumb"')[2][:400]) == (
            ["单位负责人审核"],
            False,
        )


def test_every_menu_entry_names_a_page(app: Flask) -> None:
    with app.app_context():
        entries = app.extensions[menu.KEY]

    assert [entry.endpoint for entry in entries if entry.endpoint not in app.view_functions] == []
