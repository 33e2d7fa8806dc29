"""What a person does in the browser, from registering to the card."""

import re
from datetime import date
from pathlib import Path

from playwright.sync_api import expect

from app.cli.demo.loader import PASSWORD, id_number
from tests.journeys.as_employer import NAME as EMPLOYER
from tests.journeys.as_employer import Return
from tests.journeys.server import Party

NAME = "欧阳𠮷明"
NUMBER = id_number({"born": date(1994, 8, 18), "sequence": 813})
MATERIALS = {
    "身份证件正反面": "身份证",
    "白底证件照": "照片",
    "劳动合同": "合同",
    "学历学位证书": "学历",
}


def register(who: Party) -> None:
    """Find the employer by a part of its name; wait for its approval."""
    page = who.page
    who.go("/login/person")
    who.picture("person_login")
    page.get_by_role("link", name="个人注册").click()
    page.locator("[name=sensitive]").check()
    page.get_by_role("button", name="同意").click()
    page.get_by_label("姓名").fill(NAME)
    box = page.locator("[name=employer_name]")
    box.click()
    box.press_sequentially("海州新能源")
    page.get_by_role("option").filter(has_text=EMPLOYER).click()
    page.get_by_label("证件号码").fill(NUMBER)
    page.get_by_label("用户名").fill("ouyang")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("手机号码").fill("13800009903")
    who.picture("person_register")
    page.get_by_role("button", name="注册", exact=True).click()
    page.wait_for_url("**/home")
    who.picture("person_home_waiting")


def apply(who: Party, files: Path) -> None:
    """Read, fill in, upload, check, submit."""
    page = who.page
    who.go("/home")
    who.picture("person_home")
    who.go("/apply")
    who.picture("apply_start")
    page.get_by_role("link", name=re.compile("首次申领")).first.click()
    who.picture("apply_notice")
    page.get_by_role("button", name="已阅读，开始填写").click()
    page.get_by_label("人才类别").select_option("C")
    page.get_by_label("学历", exact=False).first.select_option("14")
    page.get_by_label("职务").fill("首席研究员")
    page.get_by_label("劳动合同类型").select_option("open_ended")
    who.picture("apply_form")
    for title, file in MATERIALS.items():
        _attach(who, title, files / f"{file}.jpg")
    who.picture("apply_materials")
    _check_and_submit(who)
    who.picture("apply_receipt")


def correct(who: Party, wrong: Return, files: Path) -> None:
    """See what is wrong, change exactly that, submit again."""
    page = who.page
    who.go("/home")
    who.picture("person_home_returned")
    page.get_by_role("main").get_by_role("link", name=re.compile("去修改|修改")).first.click()
    expect(page.get_by_text(wrong.words).first).to_be_visible()
    who.picture("correct_form")
    asked = page.locator("#case-form [data-asked] :is(input, select, textarea):visible")
    assert asked.evaluate_all("(fields) => fields.map((field) => field.name)") == ["f-position"]
    offered = page.locator("#materials [data-open]")
    assert offered.evaluate_all("(all) => all.map((one) => one.dataset.open)") == ["upload-diploma"]
    page.get_by_label("职务").fill("首席科学家")
    _attach(who, wrong.material, files / "证书.jpg")
    _check_and_submit(who)
    expect(page.locator("h1")).to_contain_text("申请已提交")
    who.picture("correct_receipt")


def _check_and_submit(who: Party) -> None:
    page = who.page
    page.get_by_role("button", name="下一步：核对确认").click()
    page.wait_for_url("**/check")
    who.picture("apply_check")
    who.press_and_confirm(page.locator("#submit-form button.primary"))


def _attach(who: Party, title: str, file: Path) -> None:
    row = who.page.locator("#materials li").filter(has_text=title).first
    row.locator("[data-open]").first.click()
    who.picture("apply_upload")
    who.upload(who.page.locator("dialog[open]"), file)


def sees_the_card(who: Party) -> None:
    """The home of a card holder."""
    who.go("/home")
    expect(who.page.get_by_text("已制卡").first).to_be_visible()
    who.picture("person_home_card")
    who.page.get_by_role("main").get_by_role("link", name=re.compile("查看人才卡|人才卡|查看")).first.click()
    who.page.wait_for_load_state("load")
    who.picture("person_card")
