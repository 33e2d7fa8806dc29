"""A reviewer's day with the keyboard alone, at the width of a desk and of a phone: queue, desk, batch, roster."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Locator, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo.volume import names
from app.models.application import Application, ReviewItem, Submission
from app.models.person import Person
from app.models.roster import Roster
from tests.commands.many import copies
from tests.journeys.keyboard import Keyboard
from tests.journeys.server import WIDTHS, chromium, party, serving
from tests.web.browser import Browser
from tests.web.case_flow import Flow
from tests.web.test_rosters import photos
from tests.web.town import PASSWORD, Town

QUEUE = "/review/bohai-talent-card/employer"
NAMES = ("陈一鸣", "李二妹", "王三元", "赵四海")
MATERIALS = 4
MOST_KEYSTROKES = 3
CASE = "**/desk/*"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
    pytest.mark.parametrize("device", list(WIDTHS)),
]
"""A page is the same whatever database it was made from."""


@pytest.fixture
def now() -> datetime:
    """The present: what may be undone until a moment is hidden by the browser's clock."""
    return datetime.now(UTC)


@pytest.fixture
def cases(town: Town, flow: Flow) -> dict[str, int]:
    """Cases at the employer's desk by name, in the order of the queue; the later ones are copies of the first."""
    begun = town.now - timedelta(hours=1)
    first = flow.submitted(town.person(town.firm(), NAMES[0]), now=begun)
    made = {NAMES[0]: first}
    for minute, name in enumerate(NAMES[1:], start=1):
        own = {
            Person: {"name": name, **names.columns(name)},
            Submission: {"person_name": name},
            Application: {"entered_at": begun + timedelta(minutes=minute)},
        }
        (made[name],) = copies(flow, first, 1, lambda _account, own=own: own)
    return made


@pytest.fixture
def hands(app: Flask, cases: dict[str, int], device: str) -> Iterator[Keyboard]:
    """The employer's reviewer, signed in."""
    assert cases
    with serving(app) as base, chromium() as browser:
        keyboard = Keyboard(party(browser, base, device=device, touches=False))
        keyboard.sign_in("employer", "emp-a", PASSWORD)
        yield keyboard
        assert keyboard.who.complaints == []


def test_a_queue_is_worked_off_without_a_pointer(
    hands: Keyboard, town: Town, flow: Flow, cases: dict[str, int]
) -> None:
    first, second, third, fourth = NAMES
    page = hands.who.page

    hands.follow(page.locator("main a").filter(has_text="申请待审核"), f"**{QUEUE}*")
    hands.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("快捷键")
    hands.who.picture("keys_of_the_queue")
    hands.press("Escape", "/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    hands.follow(page.get_by_role("link", name=f"查看详情 {first}"), CASE)

    _look_at_every_material(hands)
    assert _keystrokes_of_an_approval(hands, of=first, then=second) <= MOST_KEYSTROKES
    assert flow.row(cases[first]).is_ready is False

    hands.who.picture("desk_after_approval")
    hands.leads_to("**/applications/undo", "u")
    assert flow.row(cases[first]).stage_code == "employer"

    hands.follow(page.locator("tbody").get_by_role("link", name=first), CASE)
    _return_entry_and_material(hands)
    _at(hands, second)
    assert flow.row(cases[first]).status == "returned"
    assert _items(town, cases[first]) == {
        ("field", "position", "mismatch"),
        ("material", "diploma", "pages_missing"),
    }

    hands.leads_to(CASE, "j")
    _at(hands, third)
    hands.leads_to(CASE, "k")
    _at(hands, second)
    hands.leads_to(f"**{QUEUE}*", "s")

    _approve_ticked(hands, second, third)
    assert [_stage(flow, cases[name]) for name in (second, third, fourth)] == [
        ("county_specialist", False),
        ("county_specialist", False),
        ("employer", True),
    ]


def _look_at_every_material(hands: Keyboard) -> None:
    """N through the materials, P back to the one before; each is marked as looked at."""
    page = hands.who.page
    chosen = page.get_by_role("tab", selected=True).and_(page.locator("[data-material]"))
    order = page.locator("[data-material]").evaluate_all("(tabs) => tabs.map((tab) => tab.dataset.material)")
    seen = [chosen.get_attribute("data-material")]
    for _ in range(MATERIALS - 1):
        hands.press("n")
        seen.append(chosen.get_attribute("data-material"))
    assert seen == order
    hands.press("p")
    assert chosen.get_attribute("data-material") == order[-2]
    expect(page.locator("[data-unseen]")).to_be_hidden()


def _keystrokes_of_an_approval(hands: Keyboard, *, of: str, then: str) -> int:
    """How many keys a case costs whose materials have been looked at.

    Counted is every press from the case on the screen to the next case on the screen: A, and Enter in the question.
    """
    _at(hands, of)
    before = len(hands.pressed)
    hands.press("a")
    hands.leads_to(CASE, "Enter")
    _at(hands, then)
    return len(hands.pressed) - before


def _at(hands: Keyboard, name: str) -> None:
    expect(hands.who.page.locator("h1")).to_contain_text(name)


def _return_entry_and_material(hands: Keyboard) -> None:
    """R, then Space on the boxes, letters or arrows in the lists of reasons, Enter."""
    page = hands.who.page
    hands.press("r")
    dialog = page.locator("dialog[open]")
    for item, steps in (("职务", 1), ("学历学位证书", 2)):
        hands.take(dialog.get_by_label(f"退回{item}", exact=True), "Space")
        hands.reach(dialog.get_by_label(f"{item}的退回原因", exact=True))
        hands.press(*["ArrowDown"] * steps)
    hands.who.picture("return_dialog")
    hands.follow(dialog.get_by_role("button", name="退回修改"), CASE)


def _approve_ticked(hands: Keyboard, *names: str) -> None:
    """Space on the rows, then the bar, the question and Enter."""
    page = hands.who.page
    for name in names:
        hands.take(page.get_by_label(f"选择 {name}"), "Space")
    hands.who.picture("queue_ticked")
    hands.take(_bar(hands).get_by_role("button", name="审核通过"))
    expect(page.locator("dialog[open]")).to_contain_text("2")
    hands.leads_to("**/applications/action_post", "Enter")
    expect(page.get_by_text("2 条已办理")).to_be_visible()
    hands.who.picture("batch_result_by_keyboard")


def _bar(hands: Keyboard) -> Locator:
    return hands.who.page.locator(".batch-bar")


def _stage(flow: Flow, case: int) -> tuple[str | None, bool]:
    row: Application = flow.row(case)
    return row.stage_code, row.is_ready


def _items(town: Town, case: int) -> set[tuple[str, str, str]]:
    with Session(town.engine) as session:
        found = session.scalars(select(ReviewItem).where(ReviewItem.application_id == case))
        return {(item.target_kind, item.target_code, item.reason_code) for item in found}


def test_keys_rest_while_a_reviewer_types_and_composes_and_the_opinion_outlives_a_reload(
    hands: Keyboard, cases: dict[str, int]
) -> None:
    page, opinion = hands.who.page, hands.who.page.locator("#opinion")
    hands.who.go(f"/desk/{cases[NAMES[1]]}?from=employer_reviewer")
    address = page.url

    hands.reach(opinion)
    hands.write("arsjknpu?/ ")
    _compose(hands, "tong guo", "通过")

    assert opinion.input_value() == "arsjknpu?/ 通过"
    assert (page.url, page.locator("dialog[open]").count()) == (address, 0)

    page.reload()
    assert opinion.input_value() == "arsjknpu?/ 通过"

    _press_while_composing(hands, "a", "j", "r")
    assert (page.url, page.locator("dialog[open]").count()) == (address, 0)
    hands.press("Control+a", "Alt+r")
    assert (page.url, page.locator("dialog[open]").count()) == (address, 0)


def _compose(hands: Keyboard, letters: str, text: str) -> None:
    """Letters of an input method, then the characters that were chosen, as Chromium gets them from it."""
    page = hands.who.page
    method = hands.who.context.new_cdp_session(page)
    for end in range(1, len(letters) + 1):
        typed = {"text": letters[:end], "selectionStart": end, "selectionEnd": end}
        method.send("Input.imeSetComposition", typed)
    method.send("Input.insertText", {"text": text})
    method.detach()


def _press_while_composing(hands: Keyboard, *keys: str) -> None:
    """Keys that an input method takes for itself, outside of any field."""
    hands.who.page.evaluate(
        """(keys) => keys.forEach((key) => document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key: key, isComposing: true, bubbles: true })))""",
        list(keys),
    )


def test_keys_can_be_switched_off_and_on_and_stay_so(hands: Keyboard, cases: dict[str, int]) -> None:
    page = hands.who.page
    hands.who.go(f"/desk/{cases[NAMES[1]]}?from=employer_reviewer")
    switch = page.get_by_label(re.compile("^启用单键快捷键"))

    hands.press("?")
    hands.take(switch, "Space")
    hands.press("Escape", "j")
    page.reload()
    hands.press("r", "a", "?")

    _at(hands, NAMES[1])
    assert page.locator("dialog[open]").count() == 0

    hands.take(page.get_by_role("button", name="快捷键"))
    hands.take(switch, "Space")
    hands.press("Escape")
    hands.leads_to(CASE, "j")
    _at(hands, NAMES[2])


def test_a_roster_is_exported_uploaded_and_its_missing_seal_answered_without_a_pointer(
    hands: Keyboard, town: Town, browse: Callable[..., Browser], tmp_path: Path
) -> None:
    page = hands.who.page
    hands.who.go(QUEUE)
    hands.take(page.get_by_label("全选本页"), "Space")
    hands.press("a")
    hands.leads_to("**/applications/action_post", "Enter")

    hands.who.go(f"{QUEUE}?tab=passed")
    hands.take(page.get_by_label("全选本页"), "Space")
    hands.follow(_bar(hands).get_by_role("button", name=re.compile("^导出《")), "**/rosters/*")
    scan = _scan_without_colour(browse("employer", "emp-a"), int(page.url.rpartition("/")[2]), tmp_path)

    hands.take(page.get_by_role("button", name="上传汇总表"))
    with page.expect_file_chooser() as chooser:
        hands.take(page.locator("#scan-files"), "Space")
    chooser.value.set_files(scan)
    hands.take(page.get_by_role("button", name="上传并核对"))
    sure = page.get_by_role("button", name="已盖章，确认上传")
    sure.wait_for()
    assert [text.rpartition(" of ")[2] for text in hands.who.complaints] == ["409 (CONFLICT)"]
    hands.who.complaints.clear()
    hands.who.picture("roster_seal_unsure")
    hands.follow(sure, "**/rosters/*")

    with Session(town.engine) as session:
        assert session.scalars(select(Roster.state)).all() == ["sealed"]


def _scan_without_colour(sheet: Browser, roster_id: int, home: Path) -> list[str]:
    """The pages of a roster as a grey scanner makes them."""
    made = []
    for number, photo in enumerate(photos(sheet, roster_id), start=1):
        path = home / f"{number}.png"
        Image.open(BytesIO(photo)).convert("L").save(path)
        made.append(str(path))
    return made
