"""A registration from the notice to the first business page, by pages alone and all three parties (R12–R15, R23–R26)."""

from collections.abc import Callable
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo import papers
from app.models.employer import Employer
from tests.web.browser import Browser, text_of, values
from tests.web.test_register import consented, employer_form, person_form
from tests.web.town import Town

Browse = Callable[..., Browser]


def attach(browser: Browser, slot: str, title: str) -> None:
    """上传附件 in the dialog of 单位信息维护."""
    data = {"type": slot, "file": (BytesIO(papers.page(title, [slot])), f"{title}.jpg")}
    answer = browser.post("/employer/materials", data, fetch=True)
    assert answer.status_code == 200, answer.text


def lock_of(page: str) -> str:
    """The lock of the form that submits."""
    return values(page, "lock")[0]


def test_employer_is_returned_corrects_itself_is_approved_and_approves_a_person(
    town: Town, browse: Browse
) -> None:
    employer = consented(browse, "employer")
    employer.post("/register/employer/form", employer_form(town))
    employer_id = _employer_id(town)
    missing = employer.post("/employer/submit", {"lock": lock_of(employer.get("/employer"))})
    attach(employer, "licence", "营业执照")
    attach(employer, "authorization", "授权委托书")
    submitted = employer.post("/employer/submit", {"lock": lock_of(employer.get("/employer"))}, follow=False)
    closed = employer.client.get("/persons/review").status_code

    registrar = browse("officer", "county-a-specialist")
    waiting = registrar.get("/employers/review")
    desk = registrar.get(f"/employers/{employer_id}")
    registrar.post(
        f"/employers/review/{employer_id}/decide",
        {
            "verb": "send_back",
            "lock": lock_of(desk),
            "item": "material:licence",
            "reason:material:licence": "unclear",
            "text:material:licence": "右上角缺失",
            "submission_key": "return-licence",
        },
    )
    status = employer.get("/employer")
    attach(employer, "licence", "完整的营业执照")
    again = employer.post("/employer/submit", {"lock": lock_of(employer.get("/employer"))}, follow=False)
    resubmitted = registrar.get(f"/employers/{employer_id}")
    row = values(registrar.get("/employers/review"), "rowid")
    registrar.post("/employers/review/approve", {"rowid": row, "submission_key": "approve-employer"})

    assert missing.status_code in {409, 422}
    assert [submitted.status_code, closed, again.status_code] == [302, 403, 302]
    assert "云海新建设有限公司" in waiting
    assert "右上角缺失" in status
    assert "右上角缺失" in text_of(resubmitted)
    assert "个人注册审核" in employer.get("/home")

    person = consented(browse, "person")
    made = person.post("/register/person/form", person_form(town, employer_id), follow=False)
    rows = values(employer.get("/persons/review"), "rowid")
    data = {
        "verdict": "send_back",
        "reason_code": "incomplete",
        "text": "请核对姓名",
        "submission_key": "return-person",
    }
    employer.post("/persons/review/decide", data | {"rowid": rows})
    returned = person.get("/registration")
    person.post("/registration/submit", {"lock": lock_of(returned), "answer": "姓名已核对，无误"})
    rows = values(employer.get("/persons/review"), "rowid")
    employer.post(
        "/persons/review/decide", {"rowid": rows, "verdict": "approve", "submission_key": "approve-person"}
    )

    assert made.status_code == 302
    assert "请核对姓名" in returned
    assert len(rows) == 1
    assert values(employer.get("/persons/review"), "rowid") == []
    assert "审核通过" in text_of(person.get("/registration"))


def _employer_id(town: Town) -> int:
    with Session(town.engine) as session:
        return session.scalars(select(Employer.id).where(Employer.name == "云海新建设有限公司")).one()
