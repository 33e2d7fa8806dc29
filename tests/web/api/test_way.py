"""A case driven by the API alone, from a person's draft to the printed card (contract: JSON API)."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tasks
from app.cli.demo import papers
from app.models.application import Application
from tests.commands.flow import ANSWERS, CARD, Flow
from tests.commands.paper import photo, pictures
from tests.web.api.caller import Caller

Make = Callable[..., Caller]
PAPERS = ("id_document", "contract", "diploma")


def work_off(app: Flask) -> None:
    """What the worker does."""
    with app.app_context():
        worker = tasks.worker_for(app)
        while worker.run_once():
            pass


def item_of(caller: Caller, case_id: str) -> dict[str, Any]:
    """The row of a case as a batch names it."""
    return {"id": case_id, "lock": caller.get(f"/applications/{case_id}")["lock"]}


def decide(caller: Caller, verdict: str, *ids: str, **more: Any) -> Any:
    """A decision with the locks of now."""
    items = [item_of(caller, case_id) for case_id in ids]
    return caller.post("/applications/decisions", {"items": items, "verdict": verdict, **more})


def fill(person: Caller, case_id: str, lock: int) -> None:
    """Answers and materials of a draft."""
    saved = person.call("PUT", f"/applications/{case_id}", {"lock": lock, "data": dict(ANSWERS)}, status=200)
    missing = {error["field"] for error in saved.json["errors"]}
    assert missing == {"photo", *PAPERS}
    for slot in PAPERS:
        page = papers.page("材料", [slot, case_id])
        held = person.upload(
            f"/applications/{case_id}/materials", {"type": slot}, ("file", f"{slot}.jpg", page), status=201
        )
        assert [file["name"] for file in held["files"]] == [f"{slot}.jpg"]
    portrait = ("file", "证件照.jpg", papers.portrait(7))
    person.upload(f"/applications/{case_id}/materials", {"type": "photo"}, portrait, status=201)


def submitted(person: Caller) -> str:
    """A case at the employer, made by its applicant."""
    draft = person.post("/applications", {"programme": CARD, "kind": "first"}, status=201)
    assert (draft["no"], draft["status"], draft["stage"]) == (None, "draft", None)
    fill(person, draft["id"], draft["lock"])
    sent = person.post(f"/applications/{draft['id']}/submit", {"lock": draft["lock"], "answers": []})
    assert (sent["status"], bool(sent["no"]), sent["lock"]) == ("in_review", True, draft["lock"] + 1)
    return str(draft["id"])


@pytest.mark.slow
def test_a_case_goes_from_the_draft_to_the_card_by_calls_alone(
    app: Flask, caller: Make, flow: Flow, session: Session
) -> None:
    talent = flow.applicant()
    person, clerk = caller("person", talent.username), caller("employer", "emp-a")
    case_id = submitted(person)
    assert clerk.get("/todo")[0]["count"] == 1
    assert [row["id"] for row in clerk.get("/applications?stage=employer&ready=true")["items"]] == [case_id]

    result = decide(clerk, "approve", case_id, idempotency_key="k1")
    roster = clerk.post("/rosters", {"items": [item_of(clerk, case_id)]}, status=201, key="k2")
    waiting = clerk.get(f"/applications/{case_id}")
    sheet = clerk.call("GET", f"/rosters/{roster['id']}/sheet.pdf", status=200).data
    book = clerk.call("GET", f"/rosters/{roster['id']}/sheet.xlsx", status=200).data
    scans = [("files[]", f"汇总表{n}.jpg", photo(page)) for n, page in enumerate(pictures(sheet), 1)]
    sealed = clerk.upload(f"/rosters/{roster['id']}/scan", {}, *scans, key="k3")

    assert (result["moved"], result["skipped"], result["results"][0]["moved"]) == (1, 0, True)
    assert (waiting["waits_for"], waiting["is_ready"]) == ("roster", False)
    assert talent.doc_no in "".join(
        str(cell.value) for row in openpyxl.load_workbook(BytesIO(book)).active for cell in row
    )
    assert sealed == {"state": "sealed", "verified_by": "code", "seal_hint": "found"}
    assert clerk.get(f"/rosters/{roster['id']}")["members"][0]["id"] == case_id

    for name in ("county-a-specialist", "county-a-leader", "city-specialist", "city-leader"):
        officer = caller("officer", name)
        seen = officer.get(f"/applications/{case_id}")
        assert "approve" in {action["verb"] for action in seen["actions"] if action["allowed"]}
        assert decide(officer, "approve", case_id)["moved"] == 1

    printer = caller("officer", "city-print")
    printed = printer.post("/cards/print", {"items": [item_of(printer, case_id)]}, key="k4")
    assert (printed["moved"], printed["results"][0]["status"]) == (1, "issued")
    no = printed["results"][0]["card_no"]
    assert printer.get(f"/jobs/{printed['job']}")["state"] == "ready"
    work_off(app)
    job = printer.get(f"/jobs/{printed['job']}")
    assert (job["state"], job["progress"], job["error"]) == ("done", 100, None)
    cards = printer.call("GET", job["result_url"], status=200)
    card = printer.call("GET", f"/cards/{no}/card.pdf", status=200)
    assert [len(pypdfium2.PdfDocument(answer.data)) for answer in (cards, card)] == [1, 1]

    own = person.get(f"/cards/{no}")
    assert (own["state"], own["name"], own["application_id"]) == ("active", talent.name, case_id)
    assert "issue" in {event["event"] for event in person.get(f"/applications/{case_id}")["timeline"]}
    row = session.get_one(Application, int(case_id))
    assert (row.status, row.opened_at) == ("issued", None)  # reading by calls never opens a case
    assert session.scalars(select(Application.id)).all() == [int(case_id)]


def test_returned_items_are_answered_and_decisions_undone_by_calls(caller: Make, flow: Flow) -> None:
    case_id = str(flow.submitted()[0])
    person = caller("person", flow.people[int(case_id)].username)
    clerk = caller("employer", "emp-a")

    dry = decide(clerk, "approve", case_id, dry_run=True)
    assert (dry["moved"], dry["results"][0]["stage"]) == (1, "county_specialist")
    assert clerk.get(f"/applications/{case_id}")["stage"] == "employer"
    assert decide(clerk, "approve", case_id)["moved"] == 1
    undone = clerk.post(f"/applications/{case_id}/undo", key="u1")
    assert (undone["stage"], undone["status"]) == ("employer", "in_review")
    finding = {"material": "diploma", "reason_code": "unclear", "text": "请上传清晰的扫描件"}
    assert decide(clerk, "send_back", case_id, opinion="请补正", findings=[finding])["results"] == [
        {"id": case_id, "moved": True, "status": "returned", "stage": None, "code": None, "text": None}
    ]

    case = person.get(f"/applications/{case_id}")
    assert [(said["code"], said["text"]) for said in case["timeline"][-1]["items"]] == [
        ("diploma", case["timeline"][-1]["items"][0]["text"])
    ]
    assert {event["actor"] for event in case["timeline"]} == {""}
    assert [error["field"] for error in case["draft"]["errors"]] == ["diploma"]
    refused = person.post(f"/applications/{case_id}/submit", {"lock": case["lock"]}, status=422)
    assert [error["field"] for error in refused["errors"]] == ["diploma"]
    answer = {"material": "diploma", "text": "原件如此，已附说明"}
    sent = person.post(f"/applications/{case_id}/submit", {"lock": case["lock"], "answers": [answer]})
    assert sent["stage"] == "employer"
    assert clerk.get(f"/applications/{case_id}")["version"]["answers"] == [
        {"kind": "material", "code": "diploma", "text": "原件如此，已附说明"}
    ]
    gone = person.post(f"/applications/{case_id}/withdraw", {"lock": sent["lock"]})
    assert gone["status"] == "withdrawn"
