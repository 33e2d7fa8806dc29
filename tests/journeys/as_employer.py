"""What an employer does in the browser, from its registration to the uploaded roster."""

import re
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
from playwright.sync_api import expect

from app.cli.demo import papers
from app.cli.demo.loader import PASSWORD, id_number
from tests.journeys.server import Party

NAME = "海州新能源研究院有限公司"
CONTACT = {"born": date(1984, 4, 4), "sequence": 811}
PAPERS = ("执照", "委托书")


@dataclass(frozen=True, slots=True)
class Return:
    """What is returned: boxes of the dialog with the reasons to choose."""

    entry: str
    entry_reason: str
    material: str
    material_reason: str
    words: str


def register(who: Party) -> None:
    """From the landing page over the notice to the first page of one's own."""
    page = who.page
    who.go("/")
    who.picture("landing")
    page.get_by_role("link", name=re.compile("单位登录")).first.click()
    page.get_by_role("link", name="单位注册").click()
    who.picture("employer_notice")
    page.locator("[name=sensitive]").check()
    page.get_by_role("button", name="同意").click()
    page.get_by_label("单位名称").fill(NAME)
    page.locator("[name=agency]").select_option(index=1)
    page.get_by_label("用户名").fill("haizhou-hr")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("联系人").fill("顾海宁")
    page.get_by_label("手机号码").fill("13800009901")
    page.get_by_label("证件号码").fill(id_number(CONTACT))
    who.picture("employer_register")
    page.get_by_role("button", name="注册", exact=True).click()
    page.wait_for_url("**/home")
    who.picture("employer_home_new")


def submit(who: Party, files: Path) -> None:
    """Complete the data, upload the materials and submit."""
    page = who.page
    who.go("/employer")
    page.get_by_role("link", name="修改信息").click()
    page.get_by_label("法定代表人").fill("顾海宁")
    who.picture("employer_edit")
    page.get_by_role("button", name="保存").click()
    for index, name in enumerate(PAPERS):
        page.get_by_role("button", name="上传材料").click()
        page.locator("#upload-type").select_option(index=index)
        who.upload(page.locator("dialog[open]"), files / f"{name}.jpg")
    who.picture("employer_materials")
    who.press_and_confirm(page.get_by_role("button", name="提交申请"))
    expect(page.locator("h1")).to_contain_text("待审核")
    who.picture("employer_submitted")


def approve_person(who: Party, name: str) -> None:
    """个人注册审核: tick, 审核, 审核通过."""
    page = who.page
    who.go("/home")
    who.picture("employer_home")
    who.follow_todo("个个人注册账号待审核")
    page.locator("tbody tr").filter(has_text=name).get_by_role("checkbox").check()
    who.picture("person_queue")
    page.locator(".batch-bar").get_by_role("button", name="审核", exact=True).click()
    page.locator("dialog[open] .segmented label").filter(has_text="审核通过").click()
    who.picture("person_verdict")
    with page.expect_navigation():
        page.locator("dialog[open]").get_by_role("button", name="确定").click()
    who.picture("person_queue_result")


def send_back(who: Party, wrong: Return) -> None:
    """单位负责人审核: open the case and return two items with their reasons."""
    page = who.page
    who.go("/home")
    who.follow_todo("申请待审核")
    who.picture("employer_queue")
    page.get_by_role("link", name=re.compile("查看详情")).first.click()
    page.wait_for_load_state("load")
    who.picture("employer_desk")
    page.locator("#decision").get_by_role("button", name="退回修改").click()
    dialog = page.locator("dialog[open]")
    for item, reason in ((wrong.entry, wrong.entry_reason), (wrong.material, wrong.material_reason)):
        dialog.get_by_label(f"退回{item}", exact=True).check()
        dialog.get_by_label(f"{item}的退回原因", exact=True).select_option(label=reason)
    dialog.get_by_label("审核意见").fill(wrong.words)
    who.picture("employer_return")
    with page.expect_navigation():
        dialog.get_by_role("button", name="退回修改").click()
    who.picture("employer_returned")


def approve_batch(who: Party) -> None:
    """Tick everything that waits and approve it."""
    page = who.page
    who.go("/home")
    who.follow_todo("申请待审核")
    page.get_by_label("全选本页").check()
    who.picture("employer_queue_ticked")
    who.press_and_confirm(page.locator(".batch-bar").get_by_role("button", name="审核通过"))
    expect(page.get_by_text("1 条已办理")).to_be_visible()
    who.picture("employer_batch_result")


def upload_roster(who: Party, files: Path, *, name: str, number: str) -> None:
    """Export the roster, read it, stamp its print and upload photos of it."""
    page = who.page
    who.go("/home")
    page.get_by_role("main").get_by_role("link", name="单位负责人审核").first.click()
    page.get_by_role("link", name=re.compile("^已通过")).first.click()
    page.locator("tbody tr").filter(has_text=name).get_by_role("checkbox").check()
    who.picture("employer_passed")
    with page.expect_navigation():
        page.locator(".batch-bar").get_by_role("button", name=re.compile("^导出《")).click()
    who.picture("roster_exported")
    with page.expect_download() as sheet:
        page.get_by_role("link", name=re.compile("Excel")).click()
    book = openpyxl.load_workbook(BytesIO(Path(sheet.value.path()).read_bytes()))
    assert number in [str(cell.value) for row in book.active.iter_rows() for cell in row]
    with page.expect_download() as pdf:
        page.get_by_role("link", name=re.compile("PDF")).click()
    page.get_by_role("button", name="上传汇总表").click()
    page.locator("dialog[open] input[type=file]").set_input_files(
        _photos(Path(pdf.value.path()).read_bytes(), files)
    )
    who.picture("roster_upload")
    with page.expect_navigation():
        page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_text("盖章汇总表上传成功")).to_be_visible()
    who.picture("roster_sealed")


def _photos(pdf: bytes, home: Path) -> list[str]:
    """What a phone makes of the printed and stamped sheet."""
    made = []
    for number, photo in enumerate(papers.stamped(pdf), start=1):
        path = home / f"盖章-{number}.jpg"
        path.write_bytes(photo)
        made.append(str(path))
    return made
