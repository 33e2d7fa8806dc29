"""Review queues: the manual's columns, masks, tabs, batches with a result per row, counts (R28–R31)."""

import json
import re
from html import unescape

import pytest

from app.domain.roles import Actor
from tests.commands.many import copies
from tests.web.browser import text_of, values
from tests.web.case_flow import Flow
from tests.web.statements import statements_of
from tests.web.town import Firm, Talent, Town

EMPLOYER_QUEUE = "/review/bohai-talent-card/employer"
COUNTY_QUEUE = "/review/bohai-talent-card/county_specialist"


@pytest.fixture
def firm(town: Town) -> Firm:
    return town.firm()


@pytest.fixture
def people(town: Town, firm: Firm) -> list[Talent]:
    return [town.person(firm, name, f"per-a{n}") for n, name in enumerate(("李明芳", "王军", "李娜"))]


def rows_of(page: str) -> list[str]:
    return values(page, "rowid")


def lines_of(page: str) -> dict[str, str]:
    """Name → outcome of the result page."""
    found = re.findall(
        r"<tr>\s*<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>", page, re.DOTALL
    )
    return {text_of(name).split(" ")[0]: text_of(outcome) for name, outcome, _why in found}


def test_queue_shows_the_manuals_columns_and_no_full_number(firm, people, flow, browse) -> None:
    flow.submitted(people[0])

    page = browse("employer", firm.username).get(EMPLOYER_QUEUE)

    heads = [text_of(head) for head in re.findall(r"<th[^>]*>(.*?)</th>", page, re.DOTALL)]
    assert heads[1:] == [
        "申请编号",
        "中文名",
        "性别",
        "证件号码",
        "服务专员姓名",
        "服务专员联系方式",
        "人才类别",
        "提交时间",
        "办理时限",
        "操作",
    ]
    assert "单位负责人审核" in page
    assert people[0].doc_no not in page
    assert people[0].mobile not in page
    assert people[0].doc_no[:6] + "********" + people[0].doc_no[-4:] in page


def test_todo_count_equals_the_rows_behind_its_link(firm, people, flow, browse) -> None:
    for talent in people:
        flow.submitted(talent)
    browser = browse("employer", firm.username)

    page = browser.get("/home")
    url, count = re.findall(
        r'<a href="([^"]+)"><span>[^<]*渤海英才卡[^<]*</span><span class="count[^"]*">(\d+)</span>', page
    )[0]

    assert len(rows_of(browser.get(url.replace("&amp;", "&")))) == int(count) == 3


def test_roster_todo_counts_exactly_the_cases_without_a_roster(town, firm, people, flow, browse) -> None:
    ids = [flow.submitted(talent) for talent in people]
    flow.approve(town.actor(firm.account_id), *ids[:2])
    browser = browse("employer", firm.username)

    page = browser.get("/home")
    links = re.findall(
        r'<a href="([^"]*tab=waiting[^"]*)"><span>[^<]*</span><span class="count[^"]*">(\d+)</span>', page
    )

    assert [
        (int(count), browser.get(url.replace("&amp;", "&")).count('data-label="申请编号"'))
        for url, count in links
    ] == [(2, 2)]


def test_batch_approves_what_it_may_and_names_every_row(town, firm, people, flow, browse) -> None:
    ids = [flow.submitted(talent) for talent in people]
    other = town.firm("云海乙企业有限公司", "emp-b", "b")
    foreign = flow.submitted(town.person(other, "赵外", "per-b1"))
    browser = browse("employer", firm.username)
    rows = rows_of(browser.get(EMPLOYER_QUEUE))
    key = browser.key
    flow.send_back(town.actor(firm.account_id), ids[2])

    answer = browser.post(
        "/applications/action_post",
        {
            "action": "approve",
            "rowid": [*rows, f"{foreign}:1"],
            "submission_key": key,
            "back": EMPLOYER_QUEUE,
        },
    )

    assert answer.status_code == 200
    assert lines_of(answer.text) == {
        "李明芳": "已办理",
        "王军": "已办理",
        "李娜": "已跳过",
        "未找到的记录": "未找到",
    }
    assert [flow.row(i).stage_code for i in ids] == ["county_specialist", "county_specialist", None]
    assert flow.row(foreign).stage_code == "employer"


def test_the_same_form_sent_twice_is_one_effect(firm, people, flow, browse) -> None:
    case = flow.submitted(people[0])
    browser = browse("employer", firm.username)
    rows = rows_of(browser.get(EMPLOYER_QUEUE))
    data = {"action": "approve", "rowid": rows, "submission_key": browser.key}

    first = browser.post("/applications/action_post", data)
    second = browser.post("/applications/action_post", data)

    assert lines_of(first.text) == lines_of(second.text) == {"李明芳": "已办理"}
    assert flow.row(case).lock == 2


def test_a_stale_row_is_skipped_with_its_reason(firm, people, flow, browse) -> None:
    case = flow.submitted(people[0])
    browser = browse("employer", firm.username)
    browser.get(EMPLOYER_QUEUE)

    answer = browser.post("/applications/action_post", {"action": "approve", "rowid": [f"{case}:0"]})

    assert lines_of(answer.text) == {"李明芳": "已跳过"}
    assert flow.row(case).stage_code == "employer"


def test_return_needs_a_reason_and_reaches_the_applicant(firm, people, flow, browse) -> None:
    case = flow.submitted(people[0])
    browser = browse("employer", firm.username)
    rows = rows_of(browser.get(EMPLOYER_QUEUE))

    without = browser.post("/applications/action_post", {"action": "send_back", "rowid": rows})
    assert (lines_of(without.text), flow.row(case).status) == ({"李明芳": "已跳过"}, "in_review")

    browser.post(
        "/applications/action_post", {"action": "send_back", "rowid": rows, "reason": "请补充合同签字页"}
    )
    assert flow.row(case).status == "returned"
    assert "请补充合同签字页" in browse("person", people[0].username).get(f"/apply/{case}")


def test_select_all_posts_the_filter_and_decides_every_row_of_it(firm, people, flow, browse) -> None:
    ids = [flow.submitted(talent) for talent in people]
    browser = browse("employer", firm.username)
    page = browser.get(EMPLOYER_QUEUE + "?q=李")
    token = re.findall(r'name="everything" value="([^"]+)"', page)[0].replace("&amp;", "&")

    browser.post(
        "/applications/action_post", {"action": "approve", "rowid": rows_of(page)[:1], "everything": token}
    )

    assert [flow.row(i).stage_code for i in ids] == ["county_specialist", "employer", "county_specialist"]


def test_check_first_writes_nothing_and_can_go_on(firm, people, flow, browse) -> None:
    case = flow.submitted(people[0])
    browser = browse("employer", firm.username)
    rows = rows_of(browser.get(EMPLOYER_QUEUE))

    shown = browser.post("/applications/action_post", {"action": "check", "rowid": rows})
    assert (lines_of(shown.text), flow.row(case).lock) == ({"李明芳": "可通过"}, 1)

    browser.post("/applications/action_post", {"action": "approve", "rowid": values(shown.text, "rowid")})
    assert flow.row(case).stage_code == "county_specialist"


def test_check_first_says_what_was_not_looked_at_and_stops_nothing(firm, people, flow, browse) -> None:
    case = flow.submitted(people[0])
    browser = browse("employer", firm.username)
    views = re.findall(r'data-view="([^"]+)"', browser.get(f"/desk/{case}"))
    rows = rows_of(browser.get(EMPLOYER_QUEUE))

    shown = text_of(browser.post("/applications/action_post", {"action": "check", "rowid": rows}).text)
    for view in views:
        browser.post(view, fetch=True)
    later = browser.post("/applications/action_post", {"action": "check", "rowid": rows}).text

    assert re.search(rf"可通过 还有 {len(views)} 份材料未查看。 核验提示 \d+ 条，请查看。", shown)
    assert "份材料未查看" not in later
    assert "条，请查看" in later
    assert values(later, "rowid") == rows


def test_check_first_has_one_way_back_to_the_list(firm, people, flow, browse) -> None:
    case = flow.submitted(people[0])
    browser = browse("employer", firm.username)
    rows = rows_of(browser.get(EMPLOYER_QUEUE))

    possible = browser.post("/applications/action_post", {"action": "check", "rowid": rows}).text
    nothing = browser.post("/applications/action_post", {"action": "check", "rowid": [f"{case}:0"]}).text

    assert [page.count("返回列表") for page in (possible, nothing)] == [1, 1]


def test_undo_takes_the_batch_back_inside_its_window_only(firm, people, flow, browse, watch) -> None:
    ids = [flow.submitted(talent) for talent in people[:2]]
    browser = browse("employer", firm.username)
    rows = rows_of(browser.get(EMPLOYER_QUEUE))
    page = browser.post("/applications/action_post", {"action": "approve", "rowid": rows}).text
    batch = values(page, "batch")[0]

    browser.post("/applications/undo", {"batch": batch})
    assert [flow.row(i).stage_code for i in ids] == ["employer", "employer"]

    rows = rows_of(browser.get(EMPLOYER_QUEUE))
    page = browser.post("/applications/action_post", {"action": "approve", "rowid": rows}).text
    watch.forward(minutes=11)
    browser.post("/applications/undo", {"batch": values(page, "batch")[0]})
    assert [flow.row(i).stage_code for i in ids] == ["county_specialist", "county_specialist"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"action": "approve"}, 422),
        ({"action": "approve", "rowid": ["1x:1"]}, 404),
        ({"action": "approve", "rowid": ["123"]}, 422),
        ({"action": "destroy", "rowid": ["123:1"]}, 404),
        ({"action": "approve", "rowid": ["123:1"], "everything": "programme=none&desk=x"}, 404),
    ],
)
def test_bad_batches_are_refused(firm, browse, data, status) -> None:
    browser = browse("employer", firm.username)
    browser.get("/query")

    assert browser.post("/applications/action_post", data).status_code == status


def test_a_queue_of_a_role_not_held_is_not_there(firm, browse) -> None:
    browser = browse("employer", firm.username)

    for url in (COUNTY_QUEUE, "/review/none/employer", "/review/bohai-talent-card/nothing"):
        browser.get(url, status=404)


def test_county_sees_the_case_at_once_but_cannot_decide_it_yet(town, firm, people, flow, browse) -> None:
    case = flow.submitted(people[0])
    flow.approve(town.actor(firm.account_id), case)
    officer = browse("officer", "county-a-specialist")

    assert "李明芳" in officer.get(COUNTY_QUEUE + "?tab=waiting")
    answer = officer.post(
        "/applications/action_post", {"action": "approve", "rowid": [f"{case}:{flow.row(case).lock}"]}
    )

    assert "单位尚未上传盖章的汇总表" in answer.text
    assert "李明芳" not in browse("officer", "county-b-specialist").get(COUNTY_QUEUE + "?tab=waiting")


def test_number_search_is_posted_and_finds_exactly_one(firm, people, flow, browse) -> None:
    for talent in people:
        flow.submitted(talent)
    browser = browse("employer", firm.username)
    browser.get(EMPLOYER_QUEUE)

    answer = browser.post(EMPLOYER_QUEUE, {"q": people[1].doc_no})

    assert answer.request.query_string == b""
    assert len(rows_of(answer.text)) == 1
    assert "王军" in answer.text
    assert len(rows_of(browser.post(EMPLOYER_QUEUE, {"q": people[2].mobile}).text)) == 1
    assert len(rows_of(browser.post(EMPLOYER_QUEUE, {"q": "lina"}).text)) == 1


def test_pages_by_key_show_every_row_once(town, firm, flow, browse) -> None:
    copies(flow, flow.submitted(town.person(firm)), 26)
    browser = browse("employer", firm.username)

    first = browser.get(EMPLOYER_QUEUE)
    following = re.findall(r'href="([^"]+)" rel="next"', first)[0].replace("&amp;", "&")
    second = browser.get(following)

    assert (len(rows_of(first)), len(rows_of(second))) == (25, 2)
    assert len({*rows_of(first), *rows_of(second)}) == 27


def test_a_clerk_without_the_role_has_no_queue(town, firm, browse) -> None:
    reader: Actor = town.staff(firm, "emp-a-reader", {"employer_reader"})
    browser = browse("employer", reader.username)

    assert "/review/" not in browser.get("/query")
    browser.get(EMPLOYER_QUEUE, status=403)


def test_a_queue_page_costs_five_statements_whatever_its_rows(app, firm, people, flow: Flow, browse) -> None:
    browser = browse("employer", firm.username)
    flow.submitted(people[0])
    browser.get(EMPLOYER_QUEUE)

    one = statements_of(app, lambda: browser.get(EMPLOYER_QUEUE))
    for talent in people[1:]:
        flow.submitted(talent)
    three = statements_of(app, lambda: browser.get(EMPLOYER_QUEUE))

    assert len(one) <= 5, one
    assert len(three) == len(one)


def question_of(page: str) -> str:
    found = re.search(r'value="approve"[^>]*data-confirm="([^"]*)"', page) or re.search(
        r'data-confirm="([^"]*)"[^>]*value="approve"', page
    )
    assert found is not None
    return text_of(found.group(1))


def test_the_question_before_approving_names_the_roster_that_comes_next(firm, people, flow, browse) -> None:
    case = flow.submitted(people[0])
    browser = browse("employer", firm.username)

    assert question_of(browser.get(EMPLOYER_QUEUE)).endswith(
        "通过后请导出汇总表，盖章并上传；上传后才会进入：县区服务专员审核。"
    )
    assert question_of(browser.get(f"/desk/{case}")).endswith(
        "通过后请导出汇总表，盖章并上传；上传后才会进入：县区服务专员审核。"
    )


def test_where_the_roster_only_advises_the_question_names_the_next_office(
    town, firm, people, flow, browse
) -> None:
    town.republish(roster_gate="advisory")
    case = flow.submitted(people[0])
    browser = browse("employer", firm.username)

    page = browser.get(EMPLOYER_QUEUE)

    assert question_of(page).endswith("通过后进入：县区服务专员审核。")
    assert "待汇总表" not in page
    assert question_of(browser.get(f"/desk/{case}")).endswith("通过后进入：县区服务专员审核。")


def test_cases_of_an_earlier_version_keep_their_tab_when_rosters_no_longer_hold_cases_back(
    town, firm, people, flow, browse
) -> None:
    case = flow.submitted(people[0])
    flow.approve(town.actor(firm.account_id), case)
    town.republish(roster_gate="advisory")

    page = browse("employer", firm.username).get(EMPLOYER_QUEUE)

    assert re.search(r"待汇总表\s*<span[^>]*>1</span>", page) is not None


def test_a_batch_return_offers_no_words_of_a_rejection(firm, people, flow, browse) -> None:
    flow.submitted(people[0])

    page = browse("employer", firm.username).get(EMPLOYER_QUEUE)

    offered = [
        phrase
        for found in re.findall(r'data-phrases="([^"]*)"', page)
        for phrase in json.loads(unescape(found))
    ]
    assert "材料已过期，请上传在有效期内的材料。" in offered
    assert "经审核，不符合申领条件。" not in offered
