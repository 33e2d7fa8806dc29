"""The words of the printed manual stand where it says, on pages as they are served (requirements: Screen strings)."""

import re
from collections.abc import Callable

import pytest

from app.models.person import Person
from tests.commands.flow import Flow
from tests.web.browser import Browser, text_of
from tests.web.desk import new_employer
from tests.web.test_register import consented
from tests.web.town import Town

Browse = Callable[..., Browser]

ENTRY = (
    "单位登录",
    "单位注册",
    "普通登录",
    "登录",
    "注册",
    "用户须知",
    "同意",
    "个人登录",
    "个人注册",
    "机构登录",
)
"""短信登录 and 发送验证码 follow with the sign-in by SMS."""
FORM = ("单位名称", "所属机构", "用户名", "密码", "联系人", "证件号码", "手机号码")
MODULES = ("待办事项", "首页", "业务办理", "查询统计", "系统管理", "注销")
SYSTEM = ("单位信息维护", "单位用户管理", "待提交", "上传材料", "上传附件", "提交申请")
BUSINESS = (
    *(
        "个人注册审核",
        "单位负责人审核",
        "审核",
        "审核通过",
        "退回修改",
        "已通过",
        "查看详情",
        "预览",
        "下载",
        "上传汇总表",
    ),
)
EXPORT = ("导出《“渤海英才服务卡”申领人员汇总表》",)
QUERY = ("单位端申报信息查询",)
TODO = ("您有【1】个个人注册账号待审核", "您有【2】个渤海英才卡申请待审核")
PEOPLE = ("账号", "证件类型", "证件号码")
CASES = ("中文名", "证件号码", "性别", "服务专员姓名", "服务专员联系方式")
STAGES = ("县区服务专员审核", "县区负责人审核", "市服务专员审核", "市负责人审核", "打印")

QUEUE = "/review/bohai-talent-card/employer"


@pytest.fixture
def at_work(town: Town) -> Flow:
    """An employer with two cases to review, one on the way, one person waiting."""
    flow = Flow(town, town.now)
    flow.submitted(2)
    flow.export(*flow.at_gate())
    flow.at_gate()
    waiting = town.person(flow.firm, "王待审", "per-waiting")
    with town.writing() as session:
        session.get_one(Person, waiting.id).state = "registered"
    return flow


def _missing(words: tuple[str, ...], *pages: str) -> list[str]:
    shown = " ".join(text_of(page) for page in pages)
    return [word for word in words if word not in shown]


def test_the_entries_and_the_registration_form(town: Town, browse: Browse) -> None:
    visitor = browse()
    entries = [visitor.get(page) for page in ("/", "/login/employer", "/login/person", "/login/officer")]
    notice = visitor.get("/register/employer")
    form = consented(browse, "employer").get("/register/employer/form")

    assert _missing(ENTRY, *entries, notice) == []
    assert _missing(FORM, form) == []
    assert town.bureaus.a


def test_a_new_employer_finds_its_own_data_under_system_management(
    town: Town, browse: Browse, at_work: Flow
) -> None:
    new_employer(town)
    pages = [browse("employer", "emp-new").get("/employer"), browse("employer", "emp-a").get("/home")]

    assert _missing(SYSTEM, *pages) == []
    assert at_work.firm.username == "emp-a"


def test_an_employer_at_work_finds_modules_lines_and_columns(browse: Browse, at_work: Flow) -> None:
    employer = browse("employer", at_work.firm.username)
    home, people, queue = (employer.get(page) for page in ("/home", "/persons/review", QUEUE))
    passed = employer.get(QUEUE + "?tab=passed")
    first, _second, listed = list(at_work.people)[:3]
    desk = employer.get(f"/desk/{first}")
    rosters = employer.get("/rosters")
    roster = employer.get(f"/rosters/{at_work.row(listed).roster_id}")
    preview = employer.get(re.findall(r'href="(/files/[^"/]+)"', desk)[0])

    assert _missing(MODULES, home) == []
    assert _missing(TODO, home) == []
    assert _missing(PEOPLE, people) == []
    assert _missing(CASES, queue) == []
    assert _missing(BUSINESS, home, people, queue, passed, desk, rosters, roster, preview) == []
    assert _missing(EXPORT, passed) == []
    assert _missing(QUERY, home, employer.get("/query")) == []


def test_a_case_shows_the_stages_under_their_names(browse: Browse, at_work: Flow) -> None:
    case = at_work.approved()[0]
    desk = browse("officer", "city-leader").get(f"/desk/{case}")
    queue = browse("officer", "city-print").get("/cards/queue")

    assert _missing(STAGES, desk, queue) == []
