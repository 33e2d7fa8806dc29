"""Chapters 2, 3 and 5 of the manual: signing in, sub-accounts, persons' registrations, query and leaving."""

import re
from collections.abc import Callable

from flask import Flask
from sqlalchemy.orm import Session

from app.models.person import Person
from tests.web.browser import Browser, text_of, values
from tests.web.case_flow import Flow
from tests.web.test_employer_users import clerk_form
from tests.web.test_exports import fetched, press, work_off
from tests.web.test_persons import waiting
from tests.web.test_register import consented, person_form
from tests.web.test_registration_path import lock_of
from tests.web.town import PASSWORD, Firm, Town

Browse = Callable[..., Browser]


def _enter(browse: Browse, entry: str, username: str, password: str = PASSWORD) -> tuple[int, str]:
    """Status and words after a sign-in at an entry."""
    visitor = browse()
    visitor.get(f"/login/{entry}")
    answer = visitor.post(f"/login/{entry}", {"username": username, "password": password}, follow=False)
    return answer.status_code, text_of(answer.text)


def test_chapter_2_three_entries_own_data_and_sub_accounts(town: Town, browse: Browse) -> None:
    firm = town.firm()
    town.person(firm)
    own = {"employer": firm.username, "person": "per-a1", "officer": "county-a-specialist"}

    for entry, username in own.items():  # 选择对应的登录入口 (R16, R17)
        assert _enter(browse, entry, username)[0] == 302
    status, hint = _enter(browse, "officer", firm.username)
    assert (status, "请从单位入口登录" in hint) == (422, True)
    assert "请从" not in _enter(browse, "officer", firm.username, "Wrong-pass-2026")[1]

    admin = browse("employer", firm.username)
    change = admin.get("/employer/change")  # 单位信息维护 (R21)
    wanted = {"lock": lock_of(change), "name": "云海甲新名有限公司", "agency": str(town.bureaus.a)}
    admin.post("/employer/change", wanted)
    page = text_of(admin.get("/employer"))
    assert (firm.name in page, "云海甲新名有限公司" in page) == (True, True)

    admin.get("/employer/users")
    admin.post("/employer/users/new", clerk_form(town))  # 单位用户管理 (R22)
    key = re.findall(r'href="/employer/users/(\d+)"', admin.get("/employer/users"))
    account = next(one for one in key if "emp-a-new" in admin.get(f"/employer/users/{one}"))
    assert _enter(browse, "employer", "emp-a-new", clerk_form(town)["password"])[0] == 302
    admin.get(f"/employer/users/{account}")
    admin.post(f"/employer/users/{account}/disable", {"reason": "离职"})
    assert _enter(browse, "employer", "emp-a-new", clerk_form(town)["password"])[0] == 422


def _state(town: Town, person_id: int) -> tuple[str, int | None]:
    with Session(town.engine) as session:
        person = session.get_one(Person, person_id)
        return person.state, person.employer_id


def _decide(clerk: Browser, verdict: str, rows: list[str], **more: str) -> None:
    answer = clerk.post("/persons/review/decide", {"rowid": rows, "verdict": verdict, **more})
    assert answer.status_code == 200


def test_chapter_3_people_register_and_their_employer_reviews_them(town: Town, browse: Browse) -> None:
    firm, other = town.firm(), town.firm("云海乙企业有限公司", "emp-b")
    others = [waiting(town, firm, name, f"person-{n}") for n, name in enumerate(("赵一", "钱二"))]
    person = consented(browse, "person")
    person.post("/register/person/form", person_form(town, firm.id))
    clerk = browse("employer", firm.username)

    assert "您有【3】个个人注册账号待审核" in text_of(clerk.get("/home"))  # 左侧待办事项 (R23, R24)
    page = clerk.get("/persons/review")
    rows = values(page, "rowid")
    assert [word in text_of(page) for word in ("账号", "证件类型", "证件号码")] == [True] * 3  # R25
    newest = next(row for row in rows if int(row.partition(":")[0]) not in others)
    person_id = int(newest.partition(":")[0])
    _decide(clerk, "approve", [row for row in rows if row != newest])  # 可以多选进行审核 (R26)
    _decide(clerk, "send_back", [newest], reason_code="other", text="请核对姓名")  # 退回修改

    assert [_state(town, key)[0] for key in (*others, person_id)] == ["active", "active", "returned"]
    assert "请核对姓名" in text_of(person.get("/registration"))
    move = {"lock": lock_of(person.get("/registration/employer")), "employer": str(other.id)}
    person.post("/registration/employer", move)  # a wrong employer was chosen (A21)
    if _state(town, person_id)[0] == "returned":
        person.post("/registration/submit", {"lock": lock_of(person.get("/registration"))})
    assert _state(town, person_id) == ("registered", other.id)
    assert values(clerk.get("/persons/review"), "rowid") == []
    second = browse("employer", "emp-b")
    _decide(second, "approve", values(second.get("/persons/review"), "rowid"))
    assert _state(town, person_id) == ("active", other.id)
    assert "审核通过" in text_of(person.get("/registration"))


def test_chapter_5_query_export_and_leaving(app: Flask, town: Town, flow: Flow, browse: Browse) -> None:
    firm: Firm = town.firm()
    flow.draft(town.person(firm, "周磊", "per-a2"))
    flow.submitted(town.person(firm))
    clerk = browse("employer", firm.username)

    page = clerk.get("/query")  # 查询统计 – 单位端申报信息查询 (R38, R39)
    assert ["单位端申报信息查询" in page, "周磊" in page, "李明芳" in page] == [True] * 3
    shown, _mine = press(clerk, page)
    work_off(app)
    assert len(fetched(clerk, clerk.get("/exports"))) == shown == 2
    narrow = clerk.get("/query?status=draft")
    assert ("周磊" in narrow, "李明芳" in narrow) == (True, False)

    cookie = clerk.client.get_cookie("sid")
    assert cookie is not None
    clerk.get("/home")
    assert clerk.post("/logout", follow=False).location == "/"  # 右上角的【注销】 (R40)
    thief = browse()
    thief.client.set_cookie("sid", cookie.value)
    assert thief.client.get("/home").status_code == 302
