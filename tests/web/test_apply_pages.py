"""The person's application on pages: start, fill in, check, submit, correct, withdraw (I1, R27)."""

import json
import re
from html import unescape
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.programme import FileType, Material
from app.domain.states import Item
from app.models.account import Account
from app.models.file import Blob
from app.queries import drafts as reading
from app.web.pages import apply
from tests.adapters.papers import jpeg, noisy, person, text_page
from tests.web.browser import text_of
from tests.web.case_flow import picture

START = "/apply/new/bohai-talent-card/first"


@pytest.fixture
def firm(town):
    return town.firm()


@pytest.fixture
def talent(town, firm):
    return town.person(firm)


def lock_of(page: str) -> str:
    return re.findall(r'name="lock" value="(\d+)"', page)[0]


def upload(browser, case: int, slot: str, data: bytes, name: str = "scan.jpg"):
    files = {"type": slot, "file": (BytesIO(data), name)}
    return browser.post(f"/apply/{case}/materials", files, fetch=True)


def test_a_person_goes_from_the_notice_to_the_receipt(talent, flow, browse) -> None:
    browser = browse("person", talent.username)
    notice = browser.get(START)
    assert "身份证件正反面" in notice
    form = browser.post(START, {"submission_key": browser.key}).text
    case = int(re.findall(r'data-autosave="/apply/(\d+)/save"', form)[0])
    education = re.findall(r'<option value="(\w+)">[^<]*研究生', form)[0]
    answers = {
        "f-category": "C",
        "f-education": education,
        "f-position": "工程师",
        "f-contract_kind": "open_ended",
    }
    for n, slot in enumerate(("id_document", "photo", "contract", "diploma")):
        assert upload(browser, case, slot, picture(n)).status_code == 200

    checked = browser.post(f"/apply/{case}/form", {**answers, "lock": "0", "next": "check"})
    receipt = browser.post(
        f"/apply/{case}/submit", {"lock": lock_of(checked.text), "submission_key": browser.key}
    )

    assert re.search(r"BH1001\d{10}", text_of(receipt.text))
    assert (flow.row(case).status, flow.row(case).stage_code) == ("in_review", "employer")
    assert "单位审核" in browser.get(f"/apply/{case}")


def test_two_starts_make_one_draft(talent, browse) -> None:
    browser = browse("person", talent.username)
    browser.get(START)

    assert browser.post(START, follow=False).status_code == 302
    assert browser.post(START, follow=False).status_code == 409
    page = browser.get("/apply")
    assert "您有一份未提交的草稿，请继续填写" in page
    assert ("已有正在办理的申请" in page, "由申请人" in page) == (False, False)


def test_autosave_keeps_good_entries_and_names_the_malformed(talent, flow, browse) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}/form")

    answer = browser.post(
        f"/apply/{case}/save",
        {"lock": "0", "f-position": "总工", "f-contract_kind": "fixed", "f-contract_end": "2029-99-01"},
        fetch=True,
    ).json

    assert list(answer["mistakes"]) == ["f-contract_end"]
    assert "contract_end" in answer["asked"]
    assert 'value="总工"' in browser.get(f"/apply/{case}/form")


def test_autosave_of_an_outdated_page_is_refused(talent, flow, browse) -> None:
    case = flow.submitted(talent)
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}")

    assert (
        browser.post(f"/apply/{case}/save", {"lock": "0", "f-position": "x"}, fetch=True).status_code == 409
    )


def test_conditional_entries_and_materials_follow_the_answers(talent, flow, browse) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}/form")

    before = browser.post(f"/apply/{case}/save", {"lock": "0", "f-category": "C"}, fetch=True).json
    after = browser.post(f"/apply/{case}/save", {"lock": "0", "f-category": "A"}, fetch=True).json

    assert ("award" in before["slots"], "award" in after["slots"]) == (False, True)


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [(b"not a picture", "x.jpg", 415), (b"MZ...", "x.exe", 415), (b"", "x.jpg", 422)],
)
def test_refused_files_say_why(talent, flow, browse, data, name, status) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}/form")

    answer = upload(browser, case, "photo", data, name)

    assert answer.status_code == status
    assert answer.json["errors"][0]["field"] == "photo"


def test_check_page_lists_what_is_missing_and_links_to_it(talent, flow, browse) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)

    page = browser.get(f"/apply/{case}/check")
    answer = browser.post(f"/apply/{case}/submit", {"lock": "0"})

    assert f'href="/apply/{case}/form#material-photo"' in page
    assert f'href="/apply/{case}/form#f-category"' in page
    assert (answer.status_code, flow.row(case).status) == (422, "draft")


def test_a_double_submit_is_one_submission(talent, flow, browse) -> None:
    case = flow.filled(talent)
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}/check")
    data = {"lock": "0", "submission_key": browser.key}

    answers = [browser.post(f"/apply/{case}/submit", data, follow=False).status_code for _ in range(2)]

    assert (answers, flow.row(case).version_no) == ([302, 302], 1)


def test_what_the_reviewer_wrote_on_the_whole_case_stands_above_the_returned_items(
    talent, firm, town, flow, browse
) -> None:
    case = flow.submitted(talent)
    flow.send_back(town.actor(firm.account_id), case)
    person = browse("person", talent.username)

    pages = [person.get(f"/apply/{case}/form"), person.get(f"/apply/{case}")]

    assert ['<p class="small">请补正</p>' in page for page in pages] == [True, True]


def test_after_a_return_only_flagged_items_are_open_and_must_be_met(town, firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    clerk = town.actor(firm.account_id)
    flow.send_back(
        clerk,
        case,
        Item("material", "diploma", "unclear", ""),
        Item("field", "position", "other", "请写全称"),
    )
    browser = browse("person", talent.username)

    form = browser.get(f"/apply/{case}/form")
    assert "请写全称" in form
    assert 'name="f-position"' in form
    assert 'name="f-education"' not in form
    assert ('data-open="upload-diploma"' in form, 'data-open="upload-photo"' in form) == (True, False)

    lock = lock_of(form)
    locked = browser.post(f"/apply/{case}/form", {"lock": lock, "f-education": "90"})
    assert locked.status_code == 422
    browser.post(f"/apply/{case}/form", {"lock": lock, "f-position": "高级工程师", "next": "check"})
    refused = browser.post(f"/apply/{case}/submit", {"lock": lock})
    assert (refused.status_code, flow.row(case).status) == (422, "returned")

    browser.post(f"/apply/{case}/submit", {"lock": lock, "answer-material:diploma": "原件即如此"})
    assert (flow.row(case).status, flow.row(case).version_no) == ("in_review", 2)
    desk = browse("employer", firm.username).get(f"/desk/{case}")
    assert [part in desk for part in ("原件即如此", "高级工程师", "请写全称", "工程师")] == [True] * 4


def test_withdrawing_ends_the_case(talent, flow, browse) -> None:
    case = flow.submitted(talent)
    browser = browse("person", talent.username)
    page = browser.get(f"/apply/{case}")

    assert browser.post(f"/apply/{case}/withdraw", {"lock": "0"}).status_code == 409
    browser.post(f"/apply/{case}/withdraw", {"lock": lock_of(page)})

    assert flow.row(case).status == "withdrawn"


def test_another_persons_case_is_not_there(town, firm, talent, flow, browse) -> None:
    case = flow.filled(talent)
    browser = browse("person", town.person(firm, "王军", "per-a2").username)
    browser.get("/apply")

    for path in ("", "/form", "/check", "/receipt"):
        browser.get(f"/apply/{case}{path}", status=404)
    for path in ("/save", "/submit", "/withdraw", "/materials"):
        sent = {"lock": "0", "type": "photo", "file": (BytesIO(picture()), "p.jpg")}
        assert browser.post(f"/apply/{case}{path}", sent).status_code == 404
    assert flow.row(case).status == "draft"


def test_the_form_page_holds_no_full_number(talent, flow, browse) -> None:
    case = flow.filled(talent)
    browser = browse("person", talent.username)

    for path in ("/form", "/check", ""):
        page = browser.get(f"/apply/{case}{path}")
        assert (talent.doc_no in page, talent.mobile in page) == (False, False)


def test_visitors_and_other_parties_do_not_apply(firm, browse) -> None:
    assert browse().client.get("/apply").status_code == 302
    browse("employer", firm.username).get("/apply", status=403)


def test_remarks_of_the_automatic_checks_stand_before_submitting_and_on_the_desk(
    talent, firm, flow, browse
) -> None:
    case = flow.filled(talent)
    blue = jpeg(person((67, 142, 219)))
    browser = browse("person", talent.username)
    form = browser.get(f"/apply/{case}/form")
    (remove,) = re.findall(rf'"(/apply/{case}/materials/photo/\d+/remove)"', form)
    browser.post(remove)
    upload(browser, case, "photo", blue, "蓝底.jpg")

    page = browser.get(f"/apply/{case}/check")
    browser.post(f"/apply/{case}/submit", {"lock": lock_of(page), "submission_key": browser.key})
    desk = text_of(browse("employer", firm.username).get(f"/desk/{case}"))

    assert "白底证件照：“蓝底.jpg”的底色不是白色。 请上传白色背景的证件照。" in text_of(page)
    assert f'<a class="button text small" href="/apply/{case}/form#material-photo">' in page
    assert flow.row(case).status == "in_review"
    assert "白底证件照：“蓝底.jpg”的底色不是白色。 请确认照片能否用于制卡。" in desk


def test_what_is_missing_is_counted_and_nothing_is_called_complete(talent, flow, browse) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)

    page = browser.get(f"/apply/{case}/check")

    assert re.search(r"还缺 \d+ 项", text_of(page))
    assert ("全部通过" in page, "提交有误" in page, "有错误：" in page) == (False, False, False)
    assert '<li class="undone">填写信息与材料' in page


def test_a_refused_submission_says_each_mistake_once(talent, flow, browse) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)
    missing = re.findall(r"还缺 (\d+) 项", browser.get(f"/apply/{case}/check"))

    answer = browser.post(f"/apply/{case}/submit", {"lock": "0"})

    assert (answer.status_code, re.findall(r"还缺 (\d+) 项", answer.text)) == (422, missing)
    assert "<title>有错误：" in answer.text
    assert flow.row(case).status == "draft"


def test_remarks_warn_on_the_check_page_in_the_question_and_at_the_upload(talent, flow, browse) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}/form")

    answer = upload(browser, case, "photo", picture(3, (100, 100)), "小.jpg").json
    form = text_of(browser.get(f"/apply/{case}/form"))
    page = browser.get(f"/apply/{case}/check")
    (count,) = re.findall(r"有 (\d+) 条提示，很可能被退回", text_of(page))

    assert any("100 × 100" in text for text in answer["remarks"])
    assert all(text in form for text in answer["remarks"])
    assert int(count) == len(answer["remarks"])
    assert "信息与材料已齐全" not in page


def test_the_question_before_submitting_names_the_open_remarks(talent, flow, browse) -> None:
    case = flow.filled(talent, contract_kind="fixed", contract_end="2020-01-01")

    page = browse("person", talent.username).get(f"/apply/{case}/check")

    assert re.search(r'data-confirm="自动核验还有 \d+ 条提示未处理，很可能被退回。 ?确定提交申请', page)
    assert "信息与材料已齐全" not in page


def shown_of(page: str) -> str:
    return unescape(re.findall(r'name="shown" value="([^"]*)"', page)[0])


def test_an_older_window_leaves_what_it_did_not_change(talent, flow, browse) -> None:
    case = flow.filled(talent)
    browser = browse("person", talent.username)
    older = {"lock": "0", "shown": shown_of(browser.get(f"/apply/{case}/form")), "f-position": "工程师"}
    browser.post(f"/apply/{case}/save", {**older, "f-position": "总工程师"}, fetch=True)

    browser.post(f"/apply/{case}/form", {**older, "f-category": "B"})

    page = browser.get(f"/apply/{case}/form")
    assert 'value="总工程师"' in page
    assert re.search(r'<option selected value="B">', page)


def test_a_field_changed_in_two_windows_is_refused_with_both_values(talent, flow, browse) -> None:
    case = flow.filled(talent)
    browser = browse("person", talent.username)
    older = {"lock": "0", "shown": shown_of(browser.get(f"/apply/{case}/form"))}
    browser.post(f"/apply/{case}/save", {**older, "f-position": "总工程师"}, fetch=True)

    saved = browser.post(f"/apply/{case}/save", {**older, "f-position": "技术员"}, fetch=True).json
    refused = browser.post(f"/apply/{case}/form", {**older, "f-position": "技术员"})
    kept = browser.get(f"/apply/{case}/check")
    again = {"lock": "0", "shown": shown_of(refused.text), "f-position": "技术员"}
    browser.post(f"/apply/{case}/form", again)

    assert "“总工程师”" in saved["mistakes"]["f-position"]
    assert saved["kept"] == {}
    assert refused.status_code == 422
    assert "“总工程师”" in text_of(refused.text)
    assert 'value="技术员"' in refused.text
    assert "总工程师" in kept
    assert 'value="技术员"' in browser.get(f"/apply/{case}/form")


def test_a_window_that_saves_twice_knows_what_it_saved(talent, flow, browse) -> None:
    case = flow.filled(talent)
    browser = browse("person", talent.username)
    shown = shown_of(browser.get(f"/apply/{case}/form"))

    first = browser.post(
        f"/apply/{case}/save", {"lock": "0", "shown": shown, "f-position": "总工"}, fetch=True
    ).json
    now = json.dumps({**json.loads(shown), **first["kept"]})
    second = browser.post(
        f"/apply/{case}/save", {"lock": "0", "shown": now, "f-position": "总工程师"}, fetch=True
    ).json

    assert (first["kept"], second["mistakes"]) == ({"f-position": "总工"}, {})
    assert 'value="总工程师"' in browser.get(f"/apply/{case}/form")


@pytest.mark.parametrize("shown", ["", "[]", "{", '{"f-position": 3}', "null", "[" * 100_000])
def test_a_post_with_a_broken_memory_of_its_page_is_saved_as_typed(talent, flow, browse, shown) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}/form")

    browser.post(f"/apply/{case}/save", {"lock": "0", "shown": shown, "f-position": "总工"}, fetch=True)

    assert 'value="总工"' in browser.get(f"/apply/{case}/form")


def test_a_post_after_the_sign_in_ended_says_so_and_saves_nothing(talent, flow, browse, watch) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}/form")
    watch.forward(minutes=31)

    data = {"csrf_token": browser.token, "lock": "0", "f-position": "总工"}
    came_from = {"Referer": f"http://localhost/apply/{case}/form"}
    page = browser.client.post(f"/apply/{case}/form", data=data, headers=came_from)
    typed = browser.post(f"/apply/{case}/save", {"lock": "0", "f-position": "总工"}, fetch=True)

    assert (page.status_code, "登录已过期" in page.text) == (401, True)
    assert f'href="/login/person?next=/apply/{case}/form"' in page.text.replace("%2F", "/")
    assert (typed.status_code, typed.json["code"]) == (401, "sign_in_ended")
    browser.sign_in("person", talent.username)
    assert "总工" not in browser.get(f"/apply/{case}/form")


def test_a_sign_out_elsewhere_is_a_sign_in_that_ended(talent, flow, browse) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}/form")
    browser.post("/logout", follow=False)

    page = browser.client.post(f"/apply/{case}/form", data={"csrf_token": browser.token, "lock": "0"})

    assert (page.status_code, "登录已过期" in page.text) == (401, True)


def test_a_forged_post_to_a_signed_in_browser_is_still_refused(talent, flow, browse) -> None:
    case = flow.draft(talent)
    browser = browse("person", talent.username)

    page = browser.client.post(f"/apply/{case}/form", data={"lock": "0", "f-position": "总工"})

    assert page.status_code == 400
    assert "总工" not in browser.get(f"/apply/{case}/form")


def test_a_page_names_its_account_and_the_form_shows_its_saving_beside_the_button(
    talent, flow, browse
) -> None:
    case = flow.draft(talent)

    page = browse("person", talent.username).get(f"/apply/{case}/form")

    assert f'<meta name="account" content="{talent.account_id}">' in page
    assert "data-autosave-status" in page[page.index('class="decision-bar"') :]


def held_in(flow, talent, case: int, slot: str) -> list[str]:
    town = flow.town
    with Session(town.engine) as session:
        view = reading.draft(session, town.actor(talent.account_id), case, now=town.now)
    return [file.file_name for file in view.files if file.slot == slot]


def test_a_new_photo_takes_the_place_of_the_old_one(talent, flow, browse) -> None:
    case = flow.filled(talent)
    browser = browse("person", talent.username)
    page = text_of(browser.get(f"/apply/{case}/form"))

    refused = upload(browser, case, "photo", b"not a picture", "坏.jpg")
    kept = held_in(flow, talent, case, "photo")
    answer = upload(browser, case, "photo", picture(31), "新.jpg")

    assert "更换文件 白底证件照" in page
    assert (refused.status_code, kept) == (415, ["photo.jpg"])
    assert (answer.status_code, answer.json["files"]) == (200, 1)
    assert held_in(flow, talent, case, "photo") == ["新.jpg"]


def test_a_full_material_of_several_files_offers_no_upload_and_says_why(talent, flow, browse) -> None:
    case = flow.filled(talent)
    flow.attach(talent, case, "id_document")
    browser = browse("person", talent.username)
    page = browser.get(f"/apply/{case}/form")

    refused = upload(browser, case, "id_document", picture(33), "三.jpg")

    assert ('data-open="upload-id_document"' in page, "先删除一个文件" in page) == (False, True)
    assert "请先删除" in refused.json["errors"][0]["text"]
    assert len(held_in(flow, talent, case, "id_document")) == 2


def test_materials_say_what_a_good_file_looks_like_before_and_in_the_form(talent, flow, browse) -> None:
    browser = browse("person", talent.username)
    notice = text_of(browser.get(START))
    case = flow.draft(talent)
    form = browser.get(f"/apply/{case}/form")

    assert "短边不少于 260 像素" in notice
    assert form.count("短边不少于 260 像素") == 2  # at the material and in its dialog
    assert "您的单位和负责审核的部门" in notice


def test_the_notice_names_the_roster_on_the_way(talent, browse) -> None:
    notice = text_of(browse("person", talent.username).get(START))

    assert "单位审核 → 单位上传盖章汇总表 → 县区审核 → 市级审核 → 打印" in notice


def test_a_draft_shows_no_section_without_entries(talent, flow, browse) -> None:
    browser = browse("person", talent.username)

    sections = re.findall(
        r"<h2[^>]*>([^<]+)</h2>",
        browser.get(f"/apply/{flow.draft(talent)}").split("<main")[1].split("</main>")[0],
    )

    assert sections == ["办理进度", "概要"]


def saved_as(image: Image.Image, kind: str, **saving: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **saving)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("照片.webp", "WEBP"), ("照片.jpg", "WEBP"), ("照片.jpg", "PNG"), ("照片.bmp", "BMP"),
        ("照片.tiff", "TIFF"), ("照片", "JPEG"),
    ],
)  # fmt: skip
def test_a_picture_of_another_format_or_name_is_stored_as_a_jpeg(
    town, talent, flow, browse, name, kind
) -> None:
    browser, case = browse("person", talent.username), flow.draft(talent)
    browser.get(f"/apply/{case}/form")

    answer = upload(browser, case, "photo", saved_as(person(), kind), name)

    assert (answer.status_code, answer.json) == (200, {"files": 1, "name": "照片.jpg", "remarks": []})
    with Session(town.engine) as session:
        (file,) = reading.draft(session, town.actor(talent.account_id), case, now=town.now).files
    assert (file.type, file.measures[0].width, file.measures[0].height) == ("image/jpeg", 716, 882)


def test_a_turned_picture_too_large_for_its_place_is_made_smaller_and_upright(
    town, talent, flow, browse
) -> None:
    browser, case = browse("person", talent.username), flow.draft(talent)
    browser.get(f"/apply/{case}/form")
    turned = Image.Exif()
    turned[0x0112] = 6
    large = noisy(person().resize((3200, 4000)), 40).rotate(90, expand=True)
    data = saved_as(large, "JPEG", quality=95, exif=turned)

    answer = upload(browser, case, "photo", data, "IMG_2031.JPG")

    with Session(town.engine) as session:
        (file,) = reading.draft(session, town.actor(talent.account_id), case, now=town.now).files
    assert (answer.status_code, answer.json["name"]) == (200, "IMG_2031.jpg")
    assert len(data) > 5 * 2**20 >= file.size
    assert file.measures[0].height > file.measures[0].width


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"RIFF\0\0\0\0WEBP" + b"0" * 200, "file_wrong_type"), (b"GIF89a" + b"0" * 200, "file_wrong_type"),
        (b"<svg/>", "file_wrong_type"),
    ],
)  # fmt: skip
def test_what_only_pretends_to_be_a_picture_is_refused_at_its_material(
    talent, flow, browse, data, code
) -> None:
    browser, case = browse("person", talent.username), flow.draft(talent)
    browser.get(f"/apply/{case}/form")

    answer = upload(browser, case, "photo", data, "照片.webp")

    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [("photo", code)]


def in_order(page: str) -> list[str]:
    """What the check page says is in order."""
    return re.findall(
        r"<span>([^<]*)</span></li>", page.split('id="passed"')[1].split("</ul>", maxsplit=1)[0]
    )


NUMBER = "证件号码、出生日期与性别一致"
LEGIBLE = "文件均可显示，图片大小、清晰度和亮度合格"
PHOTO = "照片为证件照比例、白色背景"
REPEATED = "各项材料没有重复使用同一文件"
SIDES = "身份证件正反面齐全"
DATES = "填报的日期均在有效期内"


def test_the_check_page_lists_what_is_in_order(talent, flow, browse) -> None:
    browser, case = browse("person", talent.username), flow.draft(talent)
    browser.get(f"/apply/{case}/form")
    upload(browser, case, "photo", jpeg(person()), "photo.jpg")
    upload(browser, case, "contract", jpeg(text_page(lines=20)), "contract.jpg")

    page = browser.get(f"/apply/{case}/check")

    assert in_order(page) == [NUMBER, LEGIBLE, PHOTO, REPEATED]
    assert ("无问题</h3>" in page, "已通过</h3>" in page) == (True, False)


@pytest.mark.parametrize(("sides", "vouched"), [(1, False), (2, True)])
def test_both_sides_are_there_only_where_two_files_are(talent, flow, browse, sides, vouched) -> None:
    browser, case = browse("person", talent.username), flow.draft(talent)
    browser.get(f"/apply/{case}/form")
    for n in range(sides):
        upload(browser, case, "id_document", jpeg(text_page(lines=20 + n)), f"{n}.jpg")

    assert (SIDES in in_order(browser.get(f"/apply/{case}/check"))) is vouched


@pytest.mark.parametrize(
    ("contract", "vouched"), [({}, False), ({"contract_kind": "fixed", "contract_end": "2099-01-01"}, True)]
)
def test_dates_are_in_order_only_where_one_is_judged(talent, flow, browse, contract, vouched) -> None:
    case = flow.filled(talent, **contract)

    assert (DATES in in_order(browse("person", talent.username).get(f"/apply/{case}/check"))) is vouched


def test_nothing_is_said_of_a_number_that_tells_nothing_and_of_files_nobody_measured(
    town, talent, flow, browse
) -> None:
    case = flow.filled(talent)
    with town.writing() as session:
        session.execute(update(Account).values(doc_no_masked="E1****678"))
        session.execute(update(Blob).values(measures=None))

    found = in_order(browse("person", talent.username).get(f"/apply/{case}/check"))

    assert {NUMBER, PHOTO, LEGIBLE}.isdisjoint(found)
    assert REPEATED in found


@pytest.mark.parametrize(("types", "looks"), [((FileType.PDF,), ""), ((FileType.JPG, FileType.PDF), "paper")])
def test_pictures_are_looked_at_only_where_pictures_are_taken(app, types, looks) -> None:
    with app.test_request_context():
        made = apply._upload(Material("contract", "劳动合同", types=types))

    assert made["looks"] == looks


def moving() -> bytes:
    """A picture of two frames."""
    return saved_as(person(), "GIF", save_all=True, append_images=[person((10, 20, 30))])


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (moving, "动图.gif", "file_animated"),
        (lambda: saved_as(Image.new("1", (10_100, 100)), "BMP"), "大图.bmp", "file_too_many_pixels"),
    ],
)
def test_a_picture_that_cannot_be_converted_is_refused_for_its_own_cause(
    talent, flow, browse, data, name, code
) -> None:
    browser, case = browse("person", talent.username), flow.draft(talent)
    browser.get(f"/apply/{case}/form")

    answer = upload(browser, case, "photo", data(), name)

    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [("photo", code)]
    assert name in answer.json["errors"][0]["text"]


def test_the_form_says_that_other_pictures_are_converted(talent, flow, browse) -> None:
    page = browse("person", talent.username).get(f"/apply/{flow.draft(talent)}/form")

    assert "；其他格式的图片会自动转换" in page
