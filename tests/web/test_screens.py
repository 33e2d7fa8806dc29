"""Pages in Chromium at desktop and phone width: accessible, silent, light, never wider than the screen."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from tests.commands.many import copies
from tests.web.browser import Browser
from tests.web.case_flow import Flow
from tests.web.superuser import superuser
from tests.web.town import Town

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe-core" / "axe.min.js"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS = ((1440, 900), (768, 1024), (390, 844), (320, 640))
"""Of a desk, a tablet, a phone and a narrow phone; a page is loaded at the first and then made narrower."""
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
MOST_REQUESTS = 8
MOST_BYTES = 60_000

PUBLIC = ("/", "/help", "/help/person", "/login/employer", "/login/person", "/login/officer", "/no-such-page")
SUPERUSER = (
    "/help",
    "/agencies/list/",
    "/agencies/add",
    "/code-lists/list/",
    "/phrases/add",
    "/notices/add",
    "/notices/list/",
    "/roles/list/",
    "/roles/show/1",
    "/roles/edit/3",
    "/accounts/list/",
    "/records/employers/list/",
    "/records/persons/list/",
    "/records/applications/list/",
    "/programmes/",
    "/programmes/import",
    "/officers/new",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
]
"""A page is the same whatever database it was made from."""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


def faults(context: BrowserContext, address: str, url: str) -> list[str]:
    """What is wrong with a page: messages, strangers, weight; and at each width, its reach and accessibility."""
    page = context.new_page()
    found: list[str] = []
    sizes: list[int] = []
    page.on(
        "console",
        lambda message: found.append(message.text) if message.type in {"error", "warning"} else None,
    )
    page.on("requestfinished", lambda request: sizes.append(_bytes(request)))
    page.on(
        "request",
        lambda request: None if request.url.startswith(address) else found.append(f"asks {request.url}"),
    )
    page.goto(address + url, wait_until="networkidle")
    found = [text for text in found if "status of 404" not in text or url != "/no-such-page"]
    if len(sizes) > MOST_REQUESTS:
        found.append(f"{len(sizes)} requests")
    if sum(sizes) > MOST_BYTES:
        found.append(f"{sum(sizes)} bytes")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"wider than {width} px")
        found.extend(f"at {width} px {violation}" for violation in _violations(page))
    page.close()
    return [f"{url}: {text}" for text in found]


def _bytes(request: Any) -> int:
    sizes = request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def _violations(page: Page) -> list[str]:
    result = page.evaluate("rules => axe.run(document, {runOnly: rules})", list(RULES))
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in result["violations"]]


def _context(chromium: Any, address: str, browser: Browser | None = None) -> BrowserContext:
    size = dict(zip(("width", "height"), WIDTHS[0], strict=True))
    context: BrowserContext = chromium.new_context(viewport=size, locale="zh-CN")
    cookie = browser.client.get_cookie("sid") if browser else None
    if cookie is not None:
        context.add_cookies([{"name": "sid", "value": cookie.value, "url": address}])
    return context


def test_public_pages_have_no_fault(chromium: Any, address: str) -> None:
    context = _context(chromium, address)

    assert [fault for url in PUBLIC for fault in faults(context, address, url)] == []


def test_administration_pages_have_no_fault(
    chromium: Any, address: str, town: Town, browse: Callable[..., Browser]
) -> None:
    town.person(town.firm())
    context = _context(chromium, address, superuser(town, browse))

    assert [fault for url in SUPERUSER for fault in faults(context, address, url)] == []


def test_ticking_rows_filters_and_dialogs_work_under_the_policy(
    chromium: Any, address: str, town: Town, browse: Callable[..., Browser]
) -> None:
    context = _context(chromium, address, superuser(town, browse))
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
    chromium: Any, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    firm = town.firm()
    case = flow.submitted(town.person(firm))
    page = _context(chromium, address, browse("employer", firm.username)).new_page()
    seen = []
    for further in (24, 1):
        copies(flow, case, further)
        page.goto(f"{address}/review/bohai-talent-card/employer")
        page.get_by_label("全选本页").check()
        seen.append(page.locator("[data-everything]").is_visible())

    assert seen == [False, True]


def test_a_dialog_opens_at_its_first_field_and_escape_closes_it(
    chromium: Any, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    firm = town.firm()
    case = flow.submitted(town.person(firm))
    page = _context(chromium, address, browse("employer", firm.username)).new_page()
    page.goto(f"{address}/desk/{case}")

    page.get_by_role("button", name="退回修改").first.click()
    focused = page.evaluate("document.activeElement.name")
    page.keyboard.press("Escape")

    assert (focused, page.locator("dialog[open]").count()) == ("finding", 0)


def test_a_phone_says_the_present_step_in_words(
    chromium: Any, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    talent = town.person(town.firm())
    draft = flow.draft(talent)
    page = _context(chromium, address, browse("person", talent.username)).new_page()
    page.goto(f"{address}/apply/{draft}/form")
    step = page.get_by_text("第 2 步，共 4 步：填写信息与材料")

    seen = []
    for width, height in (WIDTHS[0], WIDTHS[2]):
        page.set_viewport_size({"width": width, "height": height})
        seen.append(step.is_visible())

    assert seen == [False, True]


def test_what_was_typed_survives_the_removal_of_a_file_at_once(
    chromium: Any, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    talent = town.person(town.firm())
    case = flow.filled(talent)
    context = _context(chromium, address, browse("person", talent.username))
    page = context.new_page()
    page.goto(f"{address}/apply/{case}/form")

    page.locator('[name="f-position"]').fill("第四职务")
    page.get_by_role("button", name="删除").first.click()
    page.locator("#confirm").get_by_role("button", name="确定").click()
    page.get_by_text("附件已删除").wait_for()

    assert page.locator('[name="f-position"]').input_value() == "第四职务"


def test_a_save_that_never_ends_does_not_hold_the_form_for_ever(
    chromium: Any, address: str, town: Town, flow: Flow, browse: Callable[..., Browser]
) -> None:
    talent = town.person(town.firm())
    case = flow.filled(talent)
    context = _context(chromium, address, browse("person", talent.username))
    page = context.new_page()
    page.goto(f"{address}/apply/{case}/form")
    page.route("**/save", lambda _route: None)  # neither answered nor refused

    with page.expect_request(lambda sent: sent.url.endswith("/save")):
        page.locator('[name="f-position"]').fill("第五职务")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("草稿已保存。").wait_for(timeout=20_000)

    assert page.locator('[name="f-position"]').input_value() == "第五职务"
