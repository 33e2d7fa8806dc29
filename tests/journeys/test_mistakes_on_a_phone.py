"""The mistakes that applications come back for, made in the real form on a phone: each is told at its place (R27)."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from tests.adapters.papers import blurred, jpeg, lit, person, text_page
from tests.adapters.samples import locked_pdf
from tests.journeys.server import Party, chromium, party, serving
from tests.web.case_flow import Flow
from tests.web.test_common_mistakes import papers, sides
from tests.web.town import PASSWORD, Talent, Town, resident_number

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
]
MATERIALS = "**/apply/*/materials"
TOLD = ("证件号码校验位不正确，请核对。", "该证件号码无法用于注册。")


@pytest.fixture
def talent(town: Town) -> Talent:
    return town.person(town.firm())


@pytest.fixture
def case(flow: Flow, talent: Talent) -> int:
    return flow.draft(talent)


@pytest.fixture
def applicant(app: Flask, talent: Talent, case: int) -> Iterator[Party]:
    """The applicant at the empty form, on a phone."""
    with serving(app) as base, chromium() as browser:
        who = party(browser, base, device="phone")
        who.sign_in("person", talent.username, PASSWORD)
        who.go(f"/apply/{case}/form")
        yield who


def chosen(page: Page, slot: str, name: str, data: bytes) -> Locator:
    """Choose a file in the dialog of a material; its row there."""
    page.locator(f"#material-{slot} [data-open]").click()
    kind = "application/pdf" if name.endswith(".pdf") else "image/jpeg"
    page.locator("dialog[open] input[type=file]").set_input_files(
        {"name": name, "mimeType": kind, "buffer": data}
    )
    return page.locator("dialog[open] [data-files] > li").last


def closed(page: Page) -> None:
    page.locator("dialog[open] .dialog-foot [data-close]").click()


def uploaded(page: Page, slot: str, data: bytes) -> None:
    """A file that nothing keeps back."""
    row = chosen(page, slot, f"{slot}.jpg", data)
    row.locator("[data-file-state]").filter(has_text="已上传").wait_for()
    with page.expect_event("domcontentloaded"):
        closed(page)


def described(control: Locator) -> str:
    """The texts that a control is described by, in its own field and in sight."""
    words = []
    for note in (control.get_attribute("aria-describedby") or "").split():
        place = control.locator(f"xpath=ancestor::*[contains(@class, 'field')][1]//*[@id='{note}']")
        expect(place).to_be_visible()
        words.append(place.inner_text())
    return " ".join(words)


@pytest.mark.parametrize(
    ("slot", "data", "words"),
    [
        ("diploma", jpeg(blurred(text_page(lines=20), 0.6)), "图片模糊"),
        ("diploma", jpeg(lit(text_page(lines=20), 0.2)), "图片过暗"),
        ("photo", jpeg(person().resize((200, 250))), "图片只有 200 × 250 像素"),
    ],
    ids=["blurred", "dark", "small"],
)
def test_a_bad_picture_is_told_before_it_is_sent_and_sent_only_when_wished(
    applicant: Party, slot: str, data: bytes, words: str
) -> None:
    page, sent = applicant.page, []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)

    row = chosen(page, slot, "拍摄.jpg", data)
    remark = row.locator("[data-file-remarks]")
    expect(remark).to_contain_text(words)
    applicant.picture(f"look-{slot}-{words[:4]}")
    before = [url for url in sent if url.endswith("/materials")]
    with page.expect_response(MATERIALS):
        row.get_by_role("button", name="仍要上传").click()
    expect(row.locator("[data-file-state]")).to_have_text("已上传，有提示")

    assert before == []
    with page.expect_event("domcontentloaded"):
        closed(page)
    assert page.locator(f"#material-{slot} > .remark").count() >= 1


def test_good_pictures_are_sent_without_a_question(applicant: Party) -> None:
    for slot, data in papers().items():
        uploaded(applicant.page, slot, data)

    assert applicant.page.locator("#materials .remark").count() == 0
    assert applicant.complaints == []


def test_a_locked_pdf_is_refused_in_its_own_row(applicant: Party) -> None:
    row = chosen(applicant.page, "contract", "合同.pdf", locked_pdf())

    expect(row.locator("[data-file-error]")).to_contain_text("密码")
    applicant.picture("locked-pdf")


def test_an_entry_that_cannot_be_is_told_at_its_field(applicant: Party) -> None:
    page = applicant.page
    page.get_by_role("button", name="下一步").click()
    page.wait_for_url("**/check")

    with page.expect_event("domcontentloaded"):
        page.locator("[data-error-summary] a").filter(has_text="职务").click()

    field = page.locator("#f-position")
    expect(field).to_be_in_viewport()
    assert page.url.endswith("#f-position")


def test_what_the_check_page_finds_leads_to_its_place(applicant: Party) -> None:
    """Contract ended, ratio and ground of the photo, one side of the card, award missing, a file twice."""
    page = applicant.page
    page.select_option("[name=f-contract_kind]", "fixed")
    page.locator("#f-contract_end").fill("2026-11-01")
    page.select_option("[name=f-category]", "A")
    page.locator("#f-contract_end").blur()  # the list of materials waits until nobody types
    page.locator("#material-award").wait_for()
    uploaded(page, "photo", jpeg(person((67, 142, 219)).resize((900, 900))))
    uploaded(page, "id_document", jpeg(sides(1)))
    uploaded(page, "contract", papers()["contract"])
    uploaded(page, "diploma", papers()["contract"])
    page.goto(page.url.split("#")[0].replace("/form", "/check"))
    applicant.picture("check-phone")

    links = page.locator("[data-error-summary] a, #checks .finding a")
    places = sorted(link.get_attribute("href").split("#")[1] for link in links.all())  # type: ignore[union-attr]
    wanted = ["f-contract_end", "f-education", "f-position", "material-award", "material-diploma"]
    assert places == sorted([*wanted, "material-id_document", "material-photo", "material-photo"])
    page.locator("#checks .finding a[href$='#material-photo']").first.click()
    page.wait_for_url("**/form#material-photo")
    expect(page.locator("#material-photo > .remark").first).to_be_in_viewport()


def test_mistakes_at_registration_stand_at_their_field(applicant: Party, talent: Talent) -> None:
    """A wrong check digit and a number that is taken; what the number tells stands beside it."""
    number = resident_number(7)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    page = applicant.page
    applicant.context.clear_cookies()
    applicant.go("/register/person")
    page.locator("[name=sensitive]").check()
    page.get_by_role("button", name="同意").click()
    for label, text in (("姓名", "欧阳小雨"), ("用户名", "per-new"), ("手机号码", "13800009903")):
        page.get_by_label(label, exact=False).fill(text)
    page.locator("[name=employer_name]").press_sequentially("云海甲", delay=30)
    page.get_by_role("option").filter(has_text="云海甲").click()

    told, tells = [], []
    for given in (wrong, talent.doc_no):
        page.fill("[name=doc_no]", given)
        page.get_by_label("密码", exact=False).first.fill("Quiet-river-58")
        tells.append(page.locator("[data-number-tells]").inner_text())
        with page.expect_event("domcontentloaded"):
            page.get_by_role("button", name="注册", exact=True).click()
        told.append(described(page.locator("[name=doc_no]")))
        applicant.picture(f"registration-{len(told)}")

    day = f"{talent.doc_no[6:10]}-{talent.doc_no[10:12]}-{talent.doc_no[12:14]}"
    assert tells[1] == f"由证件号码得出：女，{day} 出生"
    assert [TOLD[0] in told[0], TOLD[1] in told[1]] == [True, True], told


def test_a_phone_offers_its_camera_for_a_material(app: Flask, talent: Talent, case: int) -> None:
    with serving(app) as base, chromium() as browser:
        who = party(browser, base, device="phone")
        who.sign_in("person", talent.username, PASSWORD)
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="zh-CN",
            storage_state=who.context.storage_state(),
        )  # fmt: skip
        page = context.new_page()
        page.goto(f"{base}/apply/{case}/form")
        page.locator("#material-photo [data-open]").tap()
        page.evaluate(
            "document.querySelector('dialog[open] input[type=file]').addEventListener('click', (event) => {"
            "window.asked = [event.target.getAttribute('capture'), event.target.accept] })"
        )
        with page.expect_file_chooser() as opened:
            page.get_by_role("button", name="拍照").tap()
        opened.value.set_files({"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": jpeg(person())})
        page.locator("dialog[open] [data-file-state]").get_by_text("已上传").wait_for()
        shown = page.locator("dialog[open] .examples img").evaluate_all(
            "(images) => images.map((image) => image.complete && image.naturalWidth)"
        )

        assert (page.evaluate("window.asked"), shown) == (["environment", "image/*"], [90] * 5)
        Party(context, page, base, [], device="phone").picture("camera")
