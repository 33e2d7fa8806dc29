"""Chapters 4 and 5 of the manual: apply, 单位负责人审核, return and resubmit, the county sees it, query (R27–R31, R38)."""

import re
from io import BytesIO

from tests.web.browser import text_of, values
from tests.web.case_flow import picture

QUEUE = "/review/bohai-talent-card/employer"
ANSWERS = {"f-category": "C", "f-position": "工程师", "f-contract_kind": "open_ended"}


def _apply(person) -> int:
    """The person's way on pages: notice, form, materials, check, submit."""
    person.get("/apply/new/bohai-talent-card/first")
    form = person.post("/apply/new/bohai-talent-card/first").text
    case = int(re.findall(r"/apply/(\d+)/save", form)[0])
    education = re.findall(r'<option value="(\w+)">[^<]*研究生', form)[0]
    for n, slot in enumerate(("id_document", "photo", "contract", "diploma")):
        sent = {"type": slot, "file": (BytesIO(picture(n)), f"{slot}.jpg")}
        assert person.post(f"/apply/{case}/materials", sent, fetch=True).status_code == 200
    answers = {**ANSWERS, "f-education": education, "lock": "0", "next": "check"}
    assert person.post(f"/apply/{case}/form", answers).request.path == f"/apply/{case}/check"
    assert person.post(f"/apply/{case}/submit", {"lock": "0"}).request.path == f"/apply/{case}/receipt"
    return case


def test_from_the_application_to_the_countys_queue(town, flow, browse) -> None:
    firm = town.firm()
    person = browse("person", town.person(firm).username)
    clerk = browse("employer", firm.username)

    case = _apply(person)
    home = text_of(clerk.get("/home"))
    assert "您有【1】个渤海英才卡申请待审核" in home

    page = clerk.get(f"/desk/{case}")
    lock = values(page, "lock")[0]
    finding = {"finding": "material:diploma", "reason-material:diploma": "unclear"}
    clerk.post(f"/desk/{case}/decide", {"verb": "send_back", "lock": lock, **finding})
    assert "图像不清晰，请重新上传清晰的图片" in person.get(f"/apply/{case}")

    form = person.get(f"/apply/{case}/form")
    sent = {"type": "diploma", "file": (BytesIO(picture(99)), "better.jpg")}
    assert person.post(f"/apply/{case}/materials", sent, fetch=True).status_code == 200
    person.post(f"/apply/{case}/submit", {"lock": values(form, "lock")[0]})
    assert "better.jpg" in clerk.get(f"/desk/{case}")

    rows = values(clerk.get(QUEUE), "rowid")
    result = clerk.post("/applications/action_post", {"action": "approve", "rowid": rows})
    assert "已办理" in result.text
    assert "李明芳" in clerk.get(QUEUE + "?tab=passed")

    county = browse("officer", "county-a-specialist").get(
        "/review/bohai-talent-card/county_specialist?tab=waiting"
    )
    assert "李明芳" in county
    assert "县区服务专员审核" in text_of(clerk.get("/query?status=in_review"))
    assert (flow.row(case).stage_code, flow.row(case).is_ready) == ("county_specialist", False)
