"""A superuser sets up: a bureau, an officer, a right, a programme, a phrase; and reads the data console."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.account import Account
from app.models.agency import Agency
from app.models.programme import ProgrammeVersion
from app.models.reference import Phrase
from tests.journeys.server import WIDTHS, Party, chromium, party, serving
from tests.web.conftest import Watch
from tests.web.superuser import make_superuser
from tests.web.town import PASSWORD, Town

SHIPPED = Path(__file__).resolve().parents[2] / "app/seed/programmes/bohai-talent-card.yaml"
RIGHT = "办理本环节审核"
ROLE = "县区负责人"
PHRASE = "材料齐全，情况属实。"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
    pytest.mark.parametrize("device", list(WIDTHS)),
]
"""A page is the same whatever database it was made from."""


@pytest.fixture
def admin(app: Flask, town: Town, watch: Watch, device: str) -> Iterator[Party]:
    """The superuser, signed in."""
    assert watch.now() == town.now
    make_superuser(town)
    with serving(app) as base, chromium() as browser:
        who = party(browser, base, device=device)
        who.sign_in("officer", "admin", PASSWORD)
        who.picture("admin_home")
        yield who
        assert who.complaints == []


def test_a_city_is_set_up_and_its_data_are_read_after_a_fresh_sign_in(
    admin: Party, town: Town, watch: Watch, tmp_path: Path
) -> None:
    _bureau(admin)
    _officer(admin, town)
    taken = _right(admin)
    _programme(admin, tmp_path)
    _phrase(admin)
    _console(admin, watch)

    with Session(town.engine) as session:
        bureau = session.scalars(select(Agency).where(Agency.code == "1009")).one()
        officer = session.scalars(select(Account).where(Account.username == "wu-leader")).one()
        versions = session.execute(select(ProgrammeVersion.n, ProgrammeVersion.state))
        assert (officer.agency_id, {role.name for role in officer.roles}) == (bureau.id, {"county_leader"})
        assert sorted(map(tuple, versions)) == [(1, "retired"), (2, "published")]
        assert session.scalars(select(Phrase.verdict).where(Phrase.text == PHRASE)).all() == ["approve"]
    assert taken == [True, False, True]


def _bureau(who: Party) -> None:
    """机构: a county below the city."""
    page = who.page
    who.go("/agencies/list/")
    who.picture("admin_bureaus")
    page.get_by_role("link", name=re.compile("新增|添加")).first.click()
    page.locator("[name=name]").fill("戊县人社局")
    page.locator("[name=parent]").select_option(label="云海市人社局")
    page.locator("[name=level]").select_option("county")
    page.locator("[name=code]").fill("1009")
    page.locator("[name=open_for_employers]").check()
    who.picture("admin_bureau_new")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("tbody").get_by_text("戊县人社局", exact=True).first).to_be_visible()


def _officer(who: Party, town: Town) -> None:
    """账号: an officer of that county, with a role."""
    page, (number, mobile) = who.page, town.numbers()
    who.go("/accounts/list/")
    who.picture("admin_accounts")
    page.get_by_role("link", name="新增机构人员").click()
    page.locator("[name=full_name]").fill("吴新官")
    bureau = page.locator("[name=agency] option").filter(has_text="戊县人社局").get_attribute("value")
    page.locator("[name=agency]").select_option(bureau)
    page.locator("[name=doc_no]").fill(number)
    page.locator("[name=mobile]").fill(mobile)
    page.locator("[name=username]").fill("wu-leader")
    page.locator("[name=password]").fill("Quiet-river-58")
    page.locator("[name=roles][value=county_leader]").check()
    who.picture("admin_officer_new")
    page.get_by_role("button", name="创建账号").click()
    expect(page.locator("h1")).to_contain_text("吴新官")
    who.picture("admin_officer")


def _right(who: Party) -> list[bool]:
    page, seen = who.page, []
    for _ in range(3):
        who.go("/roles/list/")
        page.locator("tbody tr").filter(has_text=ROLE).locator("a[href*='/edit/']").first.click()
        box = page.get_by_label(RIGHT, exact=True)
        if not box.is_visible():
            page.locator("summary").filter(has_text="申请").first.click()
        seen.append(box.is_checked())
        if len(seen) < 3:
            box.set_checked(not seen[-1])
            who.picture("admin_role")
            page.get_by_role("button", name="保存").click()
            page.wait_for_url("**/roles/list/")
    return seen


def _programme(who: Party, home: Path) -> None:
    """项目: the next version as a file, checked, published by typing its code."""
    page, document = who.page, home / "next.yaml"
    document.write_text(SHIPPED.read_text(encoding="utf-8").replace("undo_minutes: 10", "undo_minutes: 5"))
    who.go("/programmes/")
    who.picture("admin_programmes")
    page.get_by_role("link", name="导入项目定义").click()
    page.locator("input[type=file]").set_input_files(document)
    who.picture("admin_programme_import")
    page.get_by_role("button", name="保存为草稿").click()
    page.wait_for_url("**/programmes/versions/*")
    expect(page.get_by_text("云海市人社局没有启用的“市服务专员”账号。")).to_be_visible()
    who.picture("admin_programme_draft")
    with page.expect_navigation():
        page.get_by_role("button", name="校验").click()
    page.get_by_role("button", name="发布").click()
    page.locator("#confirm-word").fill("bohai-talent-card")
    who.picture("admin_publish")
    with page.expect_navigation():
        who.confirm()
    who.picture("admin_published")


def _phrase(who: Party) -> None:
    """常用语: an opinion for the review desk."""
    page = who.page
    who.go("/phrases/list/")
    page.get_by_role("link", name=re.compile("新增|添加")).first.click()
    page.locator("[name=text]").fill(PHRASE)
    page.locator("[name=verdict]").select_option("approve")
    who.picture("admin_phrase_new")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text(PHRASE).first).to_be_visible()
    who.picture("admin_phrases")


def _console(who: Party, watch: Watch) -> None:
    """数据控制台: the password once more, since the sign-in is a while ago."""
    page = who.page
    for _ in range(2):
        watch.forward(minutes=8)
        who.go("/home")
    who.go("/console/agency/")
    page.wait_for_url(re.compile("/account/confirm"))
    who.picture("admin_console_password")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="确定").click()
    page.wait_for_url(re.compile("/console/agency/$"))
    who.picture("admin_console")
    assert "戊县人社局" in page.locator("table").inner_text()
