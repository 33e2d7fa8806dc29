"""What officers do in the browser: employers' registrations, the four reviews, the print."""

import re

from playwright.sync_api import expect

from app.cli.demo.loader import PASSWORD
from tests.journeys.server import Party


def approve_employer(who: Party, name: str) -> None:
    """单位注册审核: open it, look at it, approve it."""
    page = who.page
    who.sign_in("officer", "county-a-specialist", PASSWORD)
    who.picture("county_home")
    who.follow_todo("单位注册")
    who.picture("county_employer_queue")
    page.locator("tbody tr").filter(has_text=name).get_by_role("link", name=re.compile("审核")).click()
    page.wait_for_load_state("load")
    who.picture("county_employer_desk")
    who.press_and_confirm(page.locator("#decide").get_by_role("button", name="审核通过"))
    who.picture("county_employer_approved")
    assert who.complaints == []


def review(who: Party, username: str) -> None:
    """Open what waits at the step of this officer, and approve it."""
    page = who.page
    who.sign_in("officer", username, PASSWORD)
    who.follow_todo("申请待审核")
    who.picture(f"queue_{username}")
    page.get_by_role("link", name=re.compile("查看详情")).first.click()
    page.wait_for_load_state("load")
    who.picture(f"desk_{username}")
    who.press_and_confirm(page.locator("#decision").get_by_role("button", name="审核通过"))
    expect(page.get_by_text("已通过：").first).to_be_visible()
    who.picture(f"after_{username}")
    assert who.complaints == []


def print_card(who: Party) -> None:
    """Print what waits for the printer."""
    page = who.page
    who.sign_in("officer", "city-print", PASSWORD)
    who.go("/cards/queue")
    page.locator("tbody tr").first.get_by_role("checkbox").check()
    who.picture("print_queue")
    who.press_and_confirm(page.locator(".batch-bar").get_by_role("button", name="打印"))
    expect(page.locator("h1")).to_contain_text("打印结果")
    who.picture("printed")
    assert who.complaints == []


def verify(who: Party, token: str, *, unseen: str) -> None:
    """Anyone checks a card; its holder is not named."""
    who.go(f"/verify/{token}")
    expect(who.page.get_by_text("有效").first).to_be_visible()
    who.picture("verify")
    assert unseen not in who.page.content()
    assert who.complaints == []
