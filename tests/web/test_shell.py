"""The frame: language, sidebar by right and state, log-out, menu entries that lead somewhere."""

import re
from collections.abc import Callable

from flask import Flask

from app.web import menu
from tests.web.browser import Browser
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


def test_every_menu_entry_names_a_page(app: Flask) -> None:
    with app.app_context():
        entries = app.extensions[menu.KEY]

    assert [entry.endpoint for entry in entries if entry.endpoint not in app.view_functions] == []
