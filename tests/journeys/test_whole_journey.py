"""From an employer's registration to a printed card that anyone can check: every party, in Chromium, with real files."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo import papers
from app.cli.demo.loader import PASSWORD, Loader, id_number
from app.cli.demo.people import load_people
from app.extensions import db
from app.models.application import Application
from app.models.card import CardPrint
from app.queries.audit import broken_chains
from tests.journeys.server import Party, chromium, party, serving

EMPLOYER = "海州新能源研究院有限公司"
PERSON = "欧阳𠮷明"
CONTACT = {"born": date(1984, 4, 4), "sequence": 811}
APPLICANT = {"born": date(1994, 8, 18), "sequence": 813}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
]
"""On PostgreSQL the same way is gone through HTTP, chapter by chapter, beside this file."""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Ordinary files as people have them."""
    for name in ("执照", "委托书", "身份证", "合同", "学历", "证书"):
        (tmp_path / f"{name}.jpg").write_bytes(papers.page(name, [EMPLOYER]))
    (tmp_path / "照片.jpg").write_bytes(papers.portrait(7))
    return tmp_path


def test_a_case_goes_from_registration_to_a_card_that_can_be_checked(app: Flask, files: Path) -> None:
    with app.app_context():
        load_people(Loader.of_app())
    with serving(app) as base, chromium() as browser:
        employer = party(browser, base)
        _register_employer(employer, files)
        registrar = party(browser, base)
        _approve_employer(registrar)
        person = party(browser, base, device="phone")
        _register_person(person)
        _approve_person(employer)
        _apply(person, files)
        _employer_approves(employer)
        _roster(employer, files)
        for username in ("county-a-specialist", "county-a-leader", "city-specialist", "city-leader"):
            _decide(party(browser, base), username)
        _print(party(browser, base))
        token = _only_print_token(app)
        _verify(party(browser, base, device="phone"), token)
        complaints = employer.complaints + registrar.complaints + person.complaints

    with app.app_context():
        assert list(broken_chains(db.session())) == []
    assert complaints == []


def _register_employer(who: Party, files: Path) -> None:
    page = who.page
    who.go("/")
    page.get_by_role("link", name=re.compile("单位登录")).first.click()
    page.get_by_role("link", name="单位注册").click()
    who.picture("notice")
    page.locator("[name=sensitive]").check()
    page.get_by_role("button", name="同意").click()
    page.get_by_label("单位名称").fill(EMPLOYER)
    page.locator("[name=agency]").select_option(index=1)
    page.get_by_label("用户名").fill("haizhou-hr")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("联系人").fill("顾海宁")
    page.get_by_label("手机号码").fill("13800009901")
    page.get_by_label("证件号码").fill(id_number(CONTACT))
    who.picture("register_employer")
    page.get_by_role("button", name="注册", exact=True).click()
    page.wait_for_url("**/home")
    who.picture("home_new_employer")
    who.go("/employer")
    for index, name in enumerate(("执照", "委托书")):
        page.get_by_role("button", name="上传材料").click()
        page.locator("#upload-type").select_option(index=index)
        with page.expect_response(
            lambda answer: "materials" in answer.url and answer.request.method == "POST"
        ):
            page.locator("dialog[open] input[type=file]").set_input_files(str(files / f"{name}.jpg"))
        _close_upload(page)
    who.picture("employer_materials")
    page.get_by_role("button", name="提交申请").click()
    _confirm_if_asked(who)
    expect(page.locator("h1 ~ *, .page-head").get_by_text("待审核").first).to_be_visible()


def _approve_employer(who: Party) -> None:
    page = who.page
    who.sign_in("officer", "county-a-specialist", PASSWORD)
    who.picture("home_county")
    page.locator(".todo a, nav a").filter(has_text="单位注册").first.click()
    who.picture("employer_queue")
    row = page.locator("tbody tr").filter(has_text=EMPLOYER)
    row.get_by_role("checkbox").check()
    page.locator(".batch-bar, .batch").get_by_role("button", name="审核通过").click()
    _confirm_if_asked(who)
    expect(page.get_by_text(EMPLOYER).first).to_be_visible()


def _register_person(who: Party) -> None:
    page = who.page
    who.go("/login/person")
    page.get_by_role("link", name="个人注册").click()
    page.locator("[name=sensitive]").check()
    page.get_by_role("button", name="同意").click()
    page.get_by_label("姓名").fill(PERSON)
    box = page.locator("[name=employer_name]")
    box.click()
    box.press_sequentially("海州新能源", delay=30)
    page.get_by_role("option").filter(has_text=EMPLOYER).click()
    page.get_by_label("证件号码").fill(id_number(APPLICANT))
    page.get_by_label("用户名").fill("ouyang")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("手机号码").fill("13800009903")
    who.picture("register_person_phone")
    page.get_by_role("button", name="注册", exact=True).click()
    page.wait_for_url("**/home")
    who.picture("home_person_waiting_phone")


def _approve_person(who: Party) -> None:
    page = who.page
    who.go("/home")
    who.picture("home_employer")
    page.locator("aside a, nav a, .todo a").filter(has_text="个个人注册账号待审核").first.click()
    page.locator("tbody tr").filter(has_text=PERSON).get_by_role("checkbox").check()
    who.picture("person_queue")
    _batch_approve(who)


def _confirm_if_asked(who: Party) -> None:
    """Some steps ask before they act, others offer to take the step back; either way wait for the next page."""
    who.page.wait_for_timeout(400)
    if who.page.locator("dialog[open] button[value=ok]").count():
        with who.page.expect_navigation():
            who.confirm()
    who.page.wait_for_load_state()


def _batch_approve(who: Party) -> None:
    page = who.page
    button = page.locator(".batch-bar").get_by_role("button", name="审核通过")
    if button.count() == 0:
        page.locator(".batch-bar").get_by_role("button", name="审核", exact=True).click()
        page.locator("dialog[open] .segmented label").filter(has_text="审核通过").click()
        page.locator("dialog[open] .dialog-foot button:not([data-close])").click()
    else:
        button.click()
    _confirm_if_asked(who)
    who.picture("batch_result")


def _apply(who: Party, files: Path) -> None:
    page = who.page
    who.go("/apply")
    page.get_by_role("link", name=re.compile("申请.*首次申领|首次申领")).first.click()
    who.picture("apply_notice_phone")
    page.locator("main form button.primary").click()
    _fill(page)
    who.picture("apply_form_phone")
    _upload_all(page, files)
    who.picture("apply_materials_phone")
    page.locator("button[name=next][value=check]").click()
    who.picture("apply_check_phone")
    page.locator("#submit-form button.primary").click()
    _confirm_if_asked(who)
    who.picture("apply_receipt_phone")


def _fill(page: Page) -> None:
    page.get_by_label("人才类别").select_option("C")
    page.get_by_label("学历", exact=False).first.select_option("14")
    page.get_by_label("职务").fill("首席研究员")
    page.get_by_label("劳动合同类型").select_option("open_ended")
    page.get_by_label("职务").blur()
    page.wait_for_timeout(300)


def _upload_all(page: Page, files: Path) -> None:
    chosen = {"身份证": "身份证", "照": "照片", "合同": "合同", "学历": "学历"}
    for title in ("身份证件正反面", "白底证件照", "劳动合同", "学历学位证书"):
        name = next(file for part, file in chosen.items() if part in title)
        row = page.locator(".material, .material-row, li").filter(has_text=title).first
        row.locator("[data-open]").first.click()
        with page.expect_response(
            lambda answer: answer.request.method == "POST" and "material" in answer.url
        ) as done:
            page.locator("dialog[open] input[type=file]").set_input_files(str(files / f"{name}.jpg"))
        assert done.value.status == 200, done.value.text()
        _close_upload(page)


def _close_upload(page: Page) -> None:
    """Closing the dialog rereads the page (R11, R37)."""
    with page.expect_navigation():
        page.locator("dialog[open] .dialog-foot [data-close]").click()


def _employer_approves(who: Party) -> None:
    page = who.page
    who.go("/home")
    page.locator("aside a, nav a, .todo a").filter(has_text="申请待审核").first.click()
    who.picture("employer_review_queue")
    page.get_by_role("link", name=re.compile("查看详情")).first.click()
    who.picture("employer_desk")
    page.locator("#decision").get_by_role("button", name="审核通过").click()
    _confirm_if_asked(who)


def _roster(who: Party, files: Path) -> None:
    page = who.page
    who.go("/home")
    page.get_by_role("link", name="单位负责人审核").first.click()
    page.get_by_role("link", name=re.compile("^已通过")).first.click()
    page.locator("tbody tr").filter(has_text=PERSON).get_by_role("checkbox").check()
    who.picture("passed_tab")
    page.locator(".batch-bar").get_by_role(
        "button", name=re.compile("^导出《“渤海英才服务卡”申领人员汇总表》")
    ).click()
    _confirm_if_asked(who)
    who.picture("roster_exported")
    with page.expect_download() as sheet:
        page.get_by_role("link", name=re.compile("Excel")).click()
    book = openpyxl.load_workbook(BytesIO(Path(sheet.value.path()).read_bytes()))
    cells = [str(cell.value) for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert id_number(APPLICANT) in cells
    with page.expect_download() as pdf:
        page.get_by_role("link", name=re.compile("PDF")).click()
    photos = []
    for number, photo in enumerate(papers.stamped(Path(pdf.value.path()).read_bytes()), start=1):
        path = files / f"盖章-{number}.jpg"
        path.write_bytes(photo)
        photos.append(str(path))
    page.get_by_role("button", name="上传汇总表").click()
    page.locator("dialog[open] input[type=file]").set_input_files(photos)
    with page.expect_navigation():
        page.locator("dialog[open] button.primary").click()
    who.picture("roster_sealed")


def _decide(who: Party, username: str) -> None:
    page = who.page
    who.sign_in("officer", username, PASSWORD)
    page.locator("aside a, nav a, .todo a").filter(has_text="申请待审核").first.click()
    page.get_by_role("link", name=re.compile("查看详情")).first.click()
    page.wait_for_load_state("load")
    who.picture(f"desk_{username}")
    page.locator("#decision").get_by_role("button", name="审核通过").click()
    _confirm_if_asked(who)
    assert who.complaints == []


def _print(who: Party) -> None:
    page = who.page
    who.sign_in("officer", "city-print", PASSWORD)
    who.go("/cards/queue")
    page.locator("tbody tr").first.get_by_role("checkbox").check()
    who.picture("print_queue")
    page.locator(".batch-bar").get_by_role("button", name="打印").click()
    _confirm_if_asked(who)
    who.picture("printed")
    assert who.complaints == []


def _only_print_token(app: Flask) -> str:
    with app.app_context(), Session(db.engine) as session:
        assert session.scalars(select(Application.status)).all() == ["issued"]
        return session.execute(select(CardPrint.token)).scalar_one()


def _verify(who: Party, token: str) -> None:
    who.go(f"/verify/{token}")
    who.picture("verify_phone")
    expect(who.page.get_by_text("有效").first).to_be_visible()
    assert PERSON not in who.page.content()
    assert who.complaints == []
