"""单位信息维护 by its pages: data, materials, submit, change request, contact (R3, R10–R15, R21)."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from app.commands import employers
from app.domain.registration import Finding, Verdict
from app.extensions import db
from app.models.account import Account
from app.models.employer import Employer, EmployerChange, EmployerSubmission
from app.models.file import Attachment
from app.models.reference import Site
from tests.web.browser import Browser, text_of
from tests.web.test_register import consented, employer_form, named_errors
from tests.web.town import Town

Browse = Callable[..., Browser]


def picture(shade: int = 120) -> io.BytesIO:
    """A small photograph."""
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), (shade, 80, 40)).save(buffer, "JPEG")
    return io.BytesIO(buffer.getvalue())


def stored(app: Flask, username: str = "emp-new") -> Employer:
    """The employer of an account as the database has it."""
    with app.app_context():
        wanted = select(Employer).join(Account, Account.employer_id == Employer.id)
        return db.session.scalars(wanted.where(Account.username == username)).one()


def upload(browser: Browser, code: str, name: str = "scan.jpg", data: io.BytesIO | None = None) -> int:
    """Upload a file as the dialog's script does; the status of the answer."""
    sent = {"type": code, "file": (data or picture(), name)}
    return browser.post("/employer/materials", sent, fetch=True, follow=False).status_code


def lock_of(page: str) -> str:
    """The lock in the form of the page."""
    return page.split('name="lock" value="')[1].split('"', maxsplit=1)[0]


@pytest.fixture
def newcomer(browse: Browse, town: Town) -> Browser:
    """An employer that has just registered, on its status page."""
    browser = consented(browse, "employer")
    browser.post("/register/employer/form", employer_form(town), follow=False)
    browser.get("/employer")
    return browser


def decided(town: Town, app: Flask, verdict: Verdict, *findings: Finding) -> None:
    """The county decides on the newcomer."""
    with app.app_context():
        specialist = db.session.scalars(
            select(Account.id).where(Account.username == "county-a-specialist")
        ).one()
    row = stored(app)
    result = employers.decide(
        town.engine,
        actor=town.actor(specialist),
        verdict=verdict,
        seen={row.id: row.lock},
        findings=findings,
        now=town.now,
    )
    assert result.moved == (row.id,)


def test_a_new_employer_sees_what_is_missing_and_a_direct_post_is_refused(
    newcomer: Browser, app: Flask
) -> None:
    page = newcomer.page

    assert "待提交" in page
    assert 'aria-disabled="true"' in page
    assert "营业执照或法人证书" in page.split('id="why-submit"')[1]
    answer = newcomer.post("/employer/submit", {"lock": lock_of(page)}, follow=False)
    assert answer.status_code == 422
    assert stored(app).state == "draft"


def test_materials_count_their_files_and_then_the_registration_is_submitted(
    newcomer: Browser, app: Flask
) -> None:
    assert [upload(newcomer, "licence"), upload(newcomer, "licence", data=picture(90))] == [200, 200]
    assert upload(newcomer, "authorization", data=picture(30)) == 200

    page = newcomer.get("/employer")
    assert "2 个" in text_of(page)
    answer = newcomer.post("/employer/submit", {"lock": lock_of(page)}, follow=False)

    assert answer.location == "/employer"
    assert "待审核" in newcomer.get("/employer")
    assert stored(app).state == "submitted"


@pytest.mark.parametrize(
    ("code", "name", "data", "status"),
    [
        ("licence", "scan.exe", b"MZ\x90\x00", 415),
        ("licence", "scan.jpg", b"not a picture", 415),
        ("licence", "scan.jpg", b"", 422),
        ("no-such", "scan.jpg", b"\xff\xd8\xff", 404),
    ],
)
def test_an_unfit_file_is_refused_and_nothing_is_attached(
    newcomer: Browser, app: Flask, *, code: str, name: str, data: bytes, status: int
) -> None:
    assert upload(newcomer, code, name, io.BytesIO(data)) == status

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_one_file_too_many_is_refused(newcomer: Browser, app: Flask) -> None:
    for shade in range(3):
        assert upload(newcomer, "licence", data=picture(shade * 60)) == 200

    assert upload(newcomer, "licence", data=picture(200)) == 422

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 3


def test_a_file_can_be_removed_until_the_registration_is_submitted(newcomer: Browser, app: Flask) -> None:
    upload(newcomer, "licence")
    upload(newcomer, "authorization", data=picture(20))
    page = newcomer.get("/employer")
    removal = page.split('action="/employer/materials/')[1].split('"')[0]
    newcomer.post("/employer/submit", {"lock": lock_of(page)}, follow=False)

    late = newcomer.post(f"/employer/materials/{removal}", follow=False)

    assert late.status_code == 409
    with app.app_context():
        left = select(func.count()).where(Attachment.removed_at.is_(None))
        assert db.session.scalar(left) == 2


@pytest.mark.parametrize("key", ["0", "7", "x", "99999999999999999999999"])
def test_a_foreign_attachment_is_not_found(newcomer: Browser, key: str) -> None:
    assert newcomer.post(f"/employer/materials/{key}/remove", follow=False).status_code == 404


@pytest.mark.parametrize("address", ["/persons/review", "/persons", "/employer/users", "/employer/users/new"])
def test_every_business_page_answers_a_pending_employer_403(newcomer: Browser, address: str) -> None:
    answer = newcomer.client.get(address, headers={"X-Requested-With": "fetch"})

    assert answer.status_code == 403
    assert answer.get_json()["code"] == "employer_not_active"


def test_the_menu_grows_with_the_next_page_after_the_approval(
    newcomer: Browser, town: Town, app: Flask
) -> None:
    upload(newcomer, "licence")
    upload(newcomer, "authorization", data=picture(20))
    newcomer.post("/employer/submit", {"lock": lock_of(newcomer.get("/employer"))}, follow=False)
    before = newcomer.get("/home")
    decided(town, app, Verdict.APPROVE)

    after = newcomer.get("/home")

    assert "业务办理" not in before
    assert "业务办理" in after
    assert 'href="/persons/review"' not in before
    assert 'href="/persons/review"' in after
    assert "系统管理" in before


def test_a_returned_employer_sees_the_reason_at_the_item_and_answers_or_changes_it(
    newcomer: Browser, town: Town, app: Flask
) -> None:
    upload(newcomer, "licence")
    upload(newcomer, "authorization", data=picture(20))
    newcomer.post("/employer/submit", {"lock": lock_of(newcomer.get("/employer"))}, follow=False)
    remarks = (
        Finding("no_seal", "请加盖公章", material="authorization"),
        Finding("mismatch", "名称与执照不一致", field="name"),
    )
    decided(town, app, Verdict.SEND_BACK, *remarks)

    page = newcomer.get("/employer")
    assert "已退回" in page
    assert [part.split("</p>")[0].strip() for part in page.split("</svg> ")[1:] if "请加盖公章" in part[:20]]
    refused = newcomer.post("/employer/submit", {"lock": lock_of(page)}, follow=False)
    assert refused.status_code == 422
    assert set(named_errors(refused.text)) == {"answer-authorization", "answer-name"}

    newcomer.get("/employer/edit")
    newcomer.post(
        "/employer/edit",
        {"lock": lock_of(newcomer.page), "name": "云海新建设集团有限公司", "agency": str(town.bureaus.a)},
    )
    page = newcomer.get("/employer")
    sent = {"lock": lock_of(page), "answer-authorization": "原件已盖章，见附件"}
    assert newcomer.post("/employer/submit", sent, follow=False).location == "/employer"
    assert stored(app).state == "submitted"
    with app.app_context():
        answers = select(EmployerSubmission.answers).where(EmployerSubmission.n == 2)
        assert db.session.scalars(answers).one() == {"authorization": "原件已盖章，见附件"}


def test_a_changed_answer_to_the_site_stands_in_words_on_the_bureaus_desk(
    newcomer: Browser, browse: Browse, town: Town, app: Flask
) -> None:
    with town.writing() as session:
        site = session.scalars(select(Site)).one()
        asked = {"code": "exports", "title": "出口企业", "kind": "yes_no"}
        site.document = {**site.document, "fields": [*site.document["fields"], asked]}
    upload(newcomer, "licence")
    upload(newcomer, "authorization", data=picture(20))
    kept = {"agency": str(town.bureaus.a), "name": "云海新建设有限公司"}
    for answer in ("no", "yes"):
        form = kept | {"exports": answer, "lock": lock_of(newcomer.get("/employer/edit"))}
        newcomer.post("/employer/edit", form, follow=False)
        sent = {"lock": lock_of(newcomer.get("/employer")), "answer-exports": ""}
        newcomer.post("/employer/submit", sent, follow=False)
        if answer == "no":
            decided(town, app, Verdict.SEND_BACK, Finding("mismatch", "请核对", field="exports"))

    desk = browse("officer", "county-a-specialist").get(f"/employers/{stored(app).id}")

    marks = desk.split('class="change-old">')[1].split("</mark>")[0]
    assert re.findall(r">([^<>\s]+)<", f">{marks}<") == ["否", "是"]


def test_a_stale_page_changes_nothing(newcomer: Browser, town: Town, app: Flask) -> None:
    form = {"lock": "0", "name": "云海新建设有限公司", "agency": str(town.bureaus.a), "address": "人才路1号"}
    newcomer.post("/employer/edit", form)

    answer = newcomer.post("/employer/edit", form | {"address": "人才路2号"}, follow=False)

    assert answer.status_code == 422
    assert stored(app).address == "人才路1号"


def test_after_approval_name_and_bureau_change_by_request_only(
    browse: Browse, town: Town, app: Flask
) -> None:
    firm = town.firm()
    browser = browse("employer", "emp-a")
    lock = lock_of(browser.get("/employer/edit"))
    browser.post("/employer/edit", {"lock": lock, "name": "偷改名称有限公司", "address": "人才路9号"})
    assert (stored(app, "emp-a").name, stored(app, "emp-a").address) == (firm.name, "人才路9号")

    lock = lock_of(browser.get("/employer/change"))
    asked = {"lock": lock, "name": "云海甲集团有限公司", "credit_code": "", "agency": str(town.bureaus.b)}
    assert browser.post("/employer/change", asked, follow=False).location == "/employer"

    page = browser.get("/employer")
    assert firm.name in page
    assert "云海甲集团有限公司" in page
    assert "甲县人社局" in page
    assert "乙县人社局" in page
    assert stored(app, "emp-a").name == firm.name
    again = browser.post("/employer/change", asked | {"lock": lock}, follow=False)
    assert again.status_code == 422
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(EmployerChange)) == 1


def test_replacing_the_contact_frees_both_numbers(browse: Browse, town: Town) -> None:
    firm = town.firm()
    old = f"138{town.serial:08d}"
    browser = browse("employer", "emp-a")
    doc_no, mobile = town.numbers()
    sent = {"full_name": "新联系", "doc_type": "1", "doc_no": doc_no, "mobile": mobile}

    answer = browser.post(
        "/employer/contact", sent | {"lock": lock_of(browser.get("/employer/contact"))}, follow=False
    )

    assert answer.location == "/employer"
    assert "新联系" in browser.get("/employer")
    person = consented(browse, "person")
    form = {
        "name": "王联系",
        "employer": str(firm.id),
        "username": "per-old",
        "password": "Quiet-river-58",
        "doc_type": "1",
        "doc_no": town.numbers()[0],
        "mobile": old,
    }
    assert person.post("/register/person/form", form, follow=False).location == "/home"


def test_a_clerk_sees_the_employer_but_changes_nothing(browse: Browse, town: Town, app: Flask) -> None:
    town.staff(town.firm(), "emp-a-clerk", {"employer_reviewer"})
    clerk = browse("employer", "emp-a-clerk")

    page = clerk.get("/employer")

    assert 'href="/employer/edit"' not in page
    assert clerk.client.get("/employer/edit").status_code == 403
    assert clerk.post("/employer/edit", {"lock": "0", "address": "x"}, follow=False).status_code == 403
    assert stored(app, "emp-a").address is None


@pytest.mark.parametrize("who", [("officer", "county-a-specialist"), ("person", "per-a1")])
def test_other_parties_have_no_employer_page(browse: Browse, town: Town, who: tuple[str, str]) -> None:
    town.person(town.firm())

    answer = browse(*who).client.get("/employer")

    assert answer.status_code in {403, 404}


def test_a_return_names_its_places_until_they_are_corrected(
    newcomer: Browser, town: Town, app: Flask
) -> None:
    for code in ("licence", "authorization"):
        assert upload(newcomer, code) == 200
    newcomer.post("/employer/submit", {"lock": lock_of(newcomer.get("/employer"))})
    decided(
        town,
        app,
        Verdict.SEND_BACK,
        Finding("unclear", "照片反光", material="licence"),
        Finding("other", "请核对电话", field="phone"),
    )

    page = newcomer.get("/employer")

    assert "您的单位注册已被退回，请修改后重新提交" in text_of(page)
    assert '<a href="#material-licence">营业执照或法人证书</a>' in page
    assert '<a href="#fact-phone">电话</a>' in page
    assert text_of(page).count("待修改") == 4  # both in the banner and at their places
    assert "已完成 1 / 2 项必需材料" in text_of(page)
    assert 'aria-current="step">资料' in page

    assert upload(newcomer, "licence", "新执照.jpg", picture(77)) == 200
    page = newcomer.get("/employer")

    assert (text_of(page).count("待修改"), text_of(page).count("已修改")) == (2, 2)
    assert "已完成 2 / 2 项必需材料" in text_of(page)
    material = text_of(page.split('id="material-licence"')[1].split("</ul>")[0])
    assert "scan.jpg 退回前的文件" in material
    assert "退回前的文件" not in material.split("新执照.jpg")[1].split("scan.jpg")[0]


def test_the_to_do_line_of_a_draft_is_not_that_of_a_return(newcomer: Browser) -> None:
    assert "您的单位注册已被退回" not in text_of(newcomer.get("/home"))
    assert "待完善并提交" in text_of(newcomer.get("/home"))


def test_removing_a_file_twice_says_that_it_is_gone(newcomer: Browser, app: Flask) -> None:
    upload(newcomer, "licence")
    address = re.findall(r"/employer/materials/\d+/remove", newcomer.get("/employer"))[0]

    answers = [newcomer.post(address).text for _ in range(2)]

    assert "附件已删除。" in text_of(answers[0])
    assert "该文件此前已删除" in text_of(answers[1])
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 1


def test_a_submission_that_is_outdated_says_so_and_a_waiting_employer_is_offered_no_change(
    newcomer: Browser, app: Flask
) -> None:
    for code in ("licence", "authorization"):
        upload(newcomer, code)
    page = newcomer.get("/employer")
    assert "data-confirm" in page.split('id="submit"')[1].split("</form>")[0]
    lock = lock_of(page)
    newcomer.post("/employer/submit", {"lock": lock})
    before = stored(app).lock

    again = newcomer.post("/employer/submit", {"lock": lock})

    assert again.status_code == 422
    assert 'class="error-summary"' in again.text
    assert "其他信息修改后立即生效" not in again.text
    assert (stored(app).state, stored(app).lock) == ("submitted", before)
