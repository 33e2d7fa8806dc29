"""Chapter 1 of the manual: an employer registers, is returned, corrects itself, is approved (R1–R15)."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.employer import Employer
from tests.web.browser import Browser, text_of, values
from tests.web.test_register import employer_form, named_errors
from tests.web.test_registration_path import attach, lock_of
from tests.web.town import Town

Browse = Callable[..., Browser]
MALFORMED = {
    "name": "",
    "agency": "999",
    "username": "13800000001",
    "password": "123",
    "contact_name": "",
    "doc_no": "110101199003071230",
    "mobile": "12345",
}


def _employers(town: Town) -> list[tuple[int, str]]:
    with Session(town.engine) as session:
        return [(row.id, row.state) for row in session.scalars(select(Employer))]


def _from_the_entry_to_the_form(browse: Browse) -> Browser:
    """系统首页 – 单位登录 – 登录下面的单位注册 – 用户须知 – 同意 (R5, R6)."""
    visitor = browse()
    assert 'href="/login/employer' in visitor.get("/")
    assert 'href="/register/employer"' in visitor.get("/login/employer")
    assert "用户须知" in text_of(visitor.get("/register/employer"))
    assert visitor.client.get("/register/employer/form").location == "/register/employer"
    agreed = {"notice": "1", "sensitive_version": "1", "sensitive": "y"}
    assert visitor.post("/register/employer", agreed, follow=False).location == "/register/employer/form"
    visitor.get("/register/employer/form")
    return visitor


def test_an_employer_from_the_entry_to_its_first_business(town: Town, browse: Browse) -> None:
    employer = _from_the_entry_to_the_form(browse)

    for field, text in MALFORMED.items():  # 输入单位名称、所属机构、… (R7)
        refused = employer.post("/register/employer/form", employer_form(town, **{field: text}))
        assert (refused.status_code, named_errors(refused.text)) == (422, [field])
    assert _employers(town) == []
    employer.post("/register/employer/form", employer_form(town))

    status = text_of(employer.get("/employer"))  # 当前单位审核状态为【待提交】 (R11)
    assert ("待提交" in status, "业务办理" in text_of(employer.get("/home"))) == (True, False)
    refused = employer.post("/employer/submit", {"lock": lock_of(employer.get("/employer"))})
    ((employer_id, state),) = _employers(town)
    assert (refused.status_code in {409, 422}, state) == (True, "draft")
    attach(employer, "licence", "营业执照")
    attach(employer, "authorization", "授权委托书")
    employer.post("/employer/submit", {"lock": lock_of(employer.get("/employer"))})  # 点击【提交申请】 (R12)
    assert "待审核" in text_of(employer.get("/employer"))  # 县区人社局没有审核前也可登录查看 (R13)
    assert employer.client.get("/persons/review").status_code == 403

    bureau = browse("officer", "county-a-specialist")
    desk = bureau.get(f"/employers/{employer_id}")
    finding = {"item": "material:licence", "reason:material:licence": "unclear"}
    decision = {"verb": "send_back", "lock": lock_of(desk), **finding, "text:material:licence": "右上角缺失"}
    bureau.post(f"/employers/review/{employer_id}/decide", decision)
    returned = text_of(employer.get("/employer"))  # 审核不通过即被退回 (R14)
    assert ("已退回" in returned, "右上角缺失" in returned) == (True, True)
    attach(employer, "licence", "完整的营业执照")
    employer.post("/employer/submit", {"lock": lock_of(employer.get("/employer"))})
    rows = values(bureau.get("/employers/review"), "rowid")
    bureau.post("/employers/review/approve", {"rowid": rows})

    home = text_of(employer.get("/home"))  # 审核通过之后可看到更多的功能 (R15)
    assert _employers(town) == [(employer_id, "active")]
    assert [word in home for word in ("业务办理", "查询统计", "个人注册审核")] == [True] * 3
    assert employer.client.get("/persons/review").status_code == 200
