"""What scripts do on pages in Chromium, at the width of a desk and of a phone; their faults: tests/doors."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium

from tests.commands.many import copies
from tests.journeys import server
from tests.journeys.server import listening
from tests.web.browser import Browser
from tests.web.case_flow import Flow
from tests.web.screens import WIDTHS, context_of
from tests.web.superuser import superuser
from tests.web.town import Town

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
]
"""A page is the same whatever database it was made from."""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    with listening(app) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One browser for the module."""
    with server.chromium() as found:
        yield found


def test_ticking_rows_filters_and_dialogs_work_under_the_policy(
    chromium: Chromium, address: str, town: Town, browse: Callable[..., Browser]
) -> None:
    context = context_of(chromium, address, superuser(town, browse).client)
    page = context.new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(f"{address}/phrases/add")
    page.get_by_role("textbox", name="内容").fill("材料不清晰")
    page.get_by_role("button", name="保存").click()

    page.get_by_text("添加筛选").click()
    page.get_by_role("button", name="内容").click()
    page.locator("[data-slot] textarea, [data-slot] input").last.fill("料不清")
    page.get_by_role("button", name="应用").click()
    chips = page.locator(".chip b").all_text_contents()
    page.get_by_role("button", name="删除").click()
    question = page.locator("#confirm [data-confirm-text]").text_content()
    page.locator("#confirm").get_by_role("button", name="确定").click()
    page.wait_for_url("**/phrases/list/")

    assert (chips, question, messages) == (["内容"], "删除“材料不清晰”？", [])
    assert page.get_by_text("材料不清晰", exact=True).count() == 0


def test_select_all_is_offered_only_where_the_list_goes_on(
    chromium: Chromium, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    firm = town.firm()
    case = flow.submitted(town.person(firm))
    page = context_of(chromium, address, browse("employer", firm.username).client).new_page()
    seen = []
    for further in (24, 1):
        copies(flow, case, further)
        page.goto(f"{address}/review/bohai-talent-card/employer")
        page.get_by_label("全选本页").check()
        seen.append(page.locator("[data-everything]").is_visible())

    assert seen == [False, True]


def test_a_dialog_opens_at_its_first_field_and_escape_closes_it(
    chromium: Chromium, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    firm = town.firm()
    case = flow.submitted(town.person(firm))
    page = context_of(chromium, address, browse("employer", firm.username).client).new_page()
    page.goto(f"{address}/desk/{case}")

    page.get_by_role("button", name="退回修改").first.click()
    focused = page.evaluate("document.activeElement.name")
    page.keyboard.press("Escape")

    assert (focused, page.locator("dialog[open]").count()) == ("finding", 0)


def test_a_phone_says_the_present_step_in_words(
    chromium: Chromium, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    talent = town.person(town.firm())
    draft = flow.draft(talent)
    page = context_of(chromium, address, browse("person", talent.username).client).new_page()
    page.goto(f"{address}/apply/{draft}/form")
    step = page.get_by_text("第 2 步，共 4 步：填写信息与材料")

    seen = []
    for width, height in (WIDTHS[0], WIDTHS[2]):
        page.set_viewport_size({"width": width, "height": height})
        seen.append(step.is_visible())

    assert seen == [False, True]


def test_what_was_typed_survives_the_removal_of_a_file_at_once(
    chromium: Chromium, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    talent = town.person(town.firm())
    case = flow.filled(talent)
    context = context_of(chromium, address, browse("person", talent.username).client)
    page = context.new_page()
    page.goto(f"{address}/apply/{case}/form")

    page.locator('[name="f-position"]').fill("第四职务")
    page.get_by_role("button", name="删除").first.click()
    page.locator("#confirm").get_by_role("button", name="确定").click()
    page.get_by_text("附件已删除").wait_for()

    assert page.locator('[name="f-position"]').input_value() == "第四职务"


def test_a_save_that_never_ends_does_not_hold_the_form_for_ever(
    chromium: Chromium, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    talent = town.person(town.firm())
    case = flow.filled(talent)
    context = context_of(chromium, address, browse("person", talent.username).client)
    page = context.new_page()
    page.goto(f"{address}/apply/{case}/form")
    page.route("**/save", lambda _route: None)  # neither answered nor refused

    with page.expect_request(lambda sent: sent.url.endswith("/save")):
        page.locator('[name="f-position"]').fill("第五职务")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("草稿已保存。").wait_for(timeout=20_000)

    assert page.locator('[name="f-position"]').input_value() == "第五职务"
