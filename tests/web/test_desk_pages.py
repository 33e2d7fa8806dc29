"""The desk: details, decisions with reasons per item, blocks and who lifts them (R30, R31)."""

import re

import pytest

from app.domain.states import Item
from app.models.application import Application
from tests.web.browser import text_of, values

QUEUE = "/review/bohai-talent-card/employer_reviewer"


@pytest.fixture
def firm(town):
    return town.firm()


@pytest.fixture
def talent(town, firm):
    return town.person(firm)


def decide(browser, case: int, **data):
    page = browser.get(f"/desk/{case}")
    return browser.post(f"/desk/{case}/decide", {"lock": values(page, "lock")[0], **data})


def test_desk_shows_the_case_with_masked_numbers_and_full_service_contact(firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)

    page = browse("employer", firm.username).get(f"/desk/{case}")

    assert (talent.doc_no in page, talent.mobile in page) == (False, False)
    text = text_of(page)
    assert re.search(r"服务专员联系方式 138 0000 \d{4}", text)
    assert [word in text for word in ("身份证件正反面", "骨干人才", "工程师", "审核通过", "退回修改")] == [
        True
    ] * 5


def test_the_full_number_is_shown_by_post_only_and_logged(firm, talent, flow, browse) -> None:
    flow.submitted(talent)
    browser = browse("employer", firm.username)
    browser.get("/query")

    assert browser.client.get(f"/reveal/person/{talent.id}/doc_no").status_code == 405
    answer = browser.post(f"/reveal/person/{talent.id}/doc_no", {"reason": "核对"}, fetch=True)
    assert answer.json == {"text": talent.doc_no}


def test_approving_goes_to_the_next_case_of_the_queue(town, firm, talent, flow, browse) -> None:
    first, second = flow.submitted(talent), flow.submitted(town.person(firm, "王军", "per-a2"))
    browser = browse("employer", firm.username)

    answer = decide(browser, first, verb="approve", opinion="同意")

    assert answer.request.path == f"/desk/{second}"
    assert flow.row(first).stage_code == "county_specialist"
    assert "同意" in browser.get(f"/desk/{first}")


def test_a_decision_is_named_with_whom_and_where_it_went_and_offered_back(firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    no = flow.row(case).no

    page = decide(browse("employer", firm.username), case, verb="approve", opinion="同意").text

    said = f"已通过：{talent.name}（编号 {no}），待导出汇总表并上传盖章件"
    assert (text_of(page).count(said), "撤销" in text_of(page)) == (1, True)


def test_an_undo_from_the_desk_leads_back_to_the_queue(firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    browser = browse("employer", firm.username)
    page = decide(browser, case, verb="approve", opinion="同意").text
    sent = {name: values(page, name)[0] for name in ("batch", "back")}

    undone = browser.post("/applications/undo", sent).text

    assert flow.row(case).stage_code == "employer"
    assert f'href="{QUEUE}"' in undone


def test_a_return_is_named_with_whom(firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    data = {"verb": "send_back", "finding": "field:education", "reason-field:education": "mismatch"}

    page = decide(browse("employer", firm.username), case, **data).text

    assert f"已退回：{talent.name}（编号 {flow.row(case).no}），等待申请人修改" in text_of(page)


def test_what_cannot_be_taken_back_is_named_all_the_same(town, firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    flow.approve(town.actor(firm.account_id), case)

    page = decide(browse("employer", firm.username), case, verb="pull_back").text

    assert text_of(page).count(f"撤回：{talent.name}（编号 {flow.row(case).no}），已转单位") == 1


def test_a_button_pressed_twice_is_answered_once(town, firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    flow.approve(town.actor(firm.account_id), case)
    browser = browse("employer", firm.username)
    page = browser.get(f"/desk/{case}")
    data = {"lock": values(page, "lock")[0], "verb": "pull_back", "submission_key": browser.key}

    for _ in range(2):
        assert browser.post(f"/desk/{case}/decide", data, follow=False).status_code == 302

    assert text_of(browser.get("/home")).count("撤回：") == 1


def test_unseen_materials_are_pointed_out_and_do_not_block(firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    browser = browse("employer", firm.username)
    page = browser.get(f"/desk/{case}")
    views = re.findall(r'data-view="([^"]+)"', page)

    browser.post(views[0], fetch=True)
    later = browser.get(f"/desk/{case}")
    for view in views:
        browser.post(view, fetch=True)

    assert f"还有 {len(views)} 份材料未查看" in text_of(page)
    assert f"还有 {len(views) - 1} 份材料未查看" in text_of(later)
    assert "份材料未查看" not in text_of(browser.get(f"/desk/{case}"))
    assert 'name="verb" value="approve"' in page


def test_the_question_before_approving_says_what_was_not_looked_at_and_what_the_checks_found(
    firm, talent, flow, browse
) -> None:
    case = flow.submitted(talent)
    browser = browse("employer", firm.username)
    page = browser.get(f"/desk/{case}")
    views = re.findall(r'data-view="([^"]+)"', page)
    found = re.findall(r"核验提示 (\d+) 条", text_of(page))
    (listed,) = re.findall(r'<ul class="small">(.*?)</ul>', page, re.DOTALL)
    (asked,) = re.findall(r'data-confirm="([^"]*)"[^>]*data-question', page)
    for view in views:
        browser.post(view, fetch=True)
    later = browser.get(f"/desk/{case}")

    panel = page.partition('id="checks"')[2].partition("</ul>")[0]
    assert re.findall(r"<li>(.*?)</li>", listed) == re.findall(r"<b>(.*?)</b>", panel)
    assert listed.count("<li>") == int(found[0]) >= 1
    assert asked.startswith(f"还有 {len(views)} 份材料未查看。 核验提示 {found[0]} 条，请查看。")
    assert "份材料未查看" not in later
    assert f'data-confirm="核验提示 {found[0]} 条，请查看。' in later


def test_opinions_say_that_the_applicant_reads_them(town, firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    employer = browse("employer", firm.username).get(f"/desk/{case}")
    flow.approve(town.actor(firm.account_id), case)
    leader = town.officer("county-a-leader", town.bureaus.a, {"county_leader"})
    with town.writing() as session:  # the way there is not what this is about
        row = session.get(Application, case)
        assert row is not None
        row.stage_code, row.desk_role, row.is_ready = "county_leader", "county_leader", True
    later = browse("officer", leader.username).get(f"/desk/{case}")

    assert 'placeholder="审核意见（申请人可见，退回上一步的除外）"' in later
    assert "申请人看不到原因" in later
    assert 'placeholder="审核意见（申请人可见）"' in employer
    assert '<label for="return-opinion">审核意见（申请人可见）</label>' in employer
    assert "存入办理记录" not in employer


def test_changes_come_first_only_where_the_version_before_was_seen(town, firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    flow.send_back(town.actor(firm.account_id), case)
    flow.attach(talent, case, "diploma")
    flow.submit_again(talent, case)
    known = browse("employer", firm.username).get(f"/desk/{case}")
    flow.approve(town.actor(firm.account_id), case)
    new = browse("officer", "county-a-specialist").get(f"/desk/{case}")

    assert "<h2>退回后的修改" in known
    assert "项未修改" in known
    assert "<h2>退回后的修改" not in new
    assert "<summary>退回后的修改" in new
    assert "项未修改" not in new


def test_returning_needs_an_item_with_its_reason(firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    browser = browse("employer", firm.username)

    without = decide(browser, case, verb="send_back", opinion="请看意见")
    assert (without.status_code, "请看意见" in without.text) == (409, True)
    assert "请至少勾选一项并说明原因" in without.text
    no_reason = decide(
        browser, case, verb="send_back", finding="field:education", **{"words-material:photo": "请换白底"}
    )
    assert (no_reason.status_code, flow.row(case).status) == (409, "in_review")
    assert no_reason.text.count("data-open-now") == 1
    assert no_reason.text.count('aria-invalid="true"') == 1
    assert ("请为该项选择原因" in no_reason.text, "请换白底" in no_reason.text) == (True, True)

    decide(
        browser, case, verb="send_back", finding="field:education", **{"reason-field:education": "mismatch"}
    )
    assert flow.row(case).status == "returned"


def test_a_stale_desk_changes_nothing_and_says_so(firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    browser = browse("employer", firm.username)
    browser.get(f"/desk/{case}")

    answer = browser.post(f"/desk/{case}/decide", {"lock": "0", "verb": "approve"})

    assert (answer.status_code, flow.row(case).stage_code) == (409, "employer")


@pytest.mark.parametrize(
    "data",
    [
        {"verb": "issue", "lock": "1"},
        {"verb": "", "lock": "1"},
        {"verb": "approve"},
        {"verb": "approve", "lock": "x"},
    ],
)
def test_bad_decisions_are_refused(firm, talent, flow, browse, data) -> None:
    case = flow.submitted(talent)
    browser = browse("employer", firm.username)
    browser.get(f"/desk/{case}")

    assert browser.post(f"/desk/{case}/decide", data).status_code == 422
    assert flow.row(case).lock == 1


def test_blocked_decisions_stay_visible_with_who_can_lift_them(town, firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    flow.approve(town.actor(firm.account_id), case)

    page = text_of(browse("officer", "county-a-specialist").get(f"/desk/{case}"))

    assert "退回修改、审核通过 : 单位尚未上传盖章的汇总表" in page or "单位尚未上传盖章的汇总表" in page
    assert "由单位解决" in page


def test_reading_never_opens_but_showing_to_a_holder_does(firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    browser = browse("employer", firm.username)
    browser.get(f"/desk/{case}")
    assert flow.row(case).opened_at is None

    assert browser.post(f"/desk/{case}/opened", fetch=True).json == {"first": True}
    assert flow.row(case).opened_at is not None


def test_foreign_cases_are_not_there(town, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    other = town.firm("云海乙企业有限公司", "emp-b", "b")
    browser = browse("employer", other.username)
    browser.get("/query")

    missing = browser.client.get("/desk/123")
    foreign = browser.client.get(f"/desk/{case}")

    assert (missing.status_code, foreign.status_code) == (404, 404)
    assert browser.post(f"/desk/{case}/decide", {"verb": "approve", "lock": "1"}).status_code == 404
    assert browser.post(f"/desk/{case}/opened").status_code == 404
    assert browse("officer", "county-a-specialist").client.get(f"/desk/{case}").status_code == 404


def test_a_superuser_reads_and_never_decides(town, talent, flow, browse) -> None:
    from app.commands import accounts  # noqa: PLC0415
    from app.domain.roles import Actor  # noqa: PLC0415

    accounts.create_superuser(
        town.engine, actor=Actor.system(), username="admin", password="Demo-pass-2026", full_name="管理员",
        passwords=town.passwords, now=town.now,
    )  # fmt: skip
    case = flow.submitted(talent)
    browser = browse("officer", "admin")

    page = browser.get(f"/desk/{case}")
    answer = browser.post(f"/desk/{case}/decide", {"verb": "approve", "lock": "1"})

    assert 'value="approve"' not in page
    assert (answer.status_code, flow.row(case).stage_code) == (409, "employer")


def test_a_resubmission_opens_on_its_difference(town, firm, talent, flow, browse) -> None:
    case = flow.submitted(talent)
    flow.send_back(town.actor(firm.account_id), case, Item("field", "position", "other", "请写全称"))
    person = browse("person", talent.username)
    lock = values(person.get(f"/apply/{case}/form"), "lock")[0]
    person.post(f"/apply/{case}/form", {"lock": lock, "f-position": "总工程师"})
    person.post(f"/apply/{case}/submit", {"lock": lock})

    page = browse("employer", firm.username).get(f"/desk/{case}")

    assert re.search(r'change-old">工程师<.*?change-new">总工程师<', page, re.DOTALL)
