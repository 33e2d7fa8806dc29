"""Scope and rights of calls, batches with every kind of row, repeated requests, pages, exports (I10–I13)."""

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.cli.demo import papers
from app.extensions import db
from app.models.application import Application, Review
from app.models.audit import AccessEvent
from app.models.work import Job
from app.web.deliver import XLSX
from tests.commands.flow import CARD, Flow
from tests.web.api.caller import Caller, plain
from tests.web.api.test_way import decide, item_of, work_off
from tests.web.desk import waiting_employer
from tests.web.test_persons import waiting
from tests.web.town import Town

Make = Callable[..., Caller]
NOBODY = "1234567890123456"


def test_foreign_and_missing_objects_answer_alike(caller: Make, flow: Flow, session: Session) -> None:
    case_id = flow.at_gate()[0]
    roster_id = flow.export(case_id)
    flow.town.firm("云海乙企业有限公司", "emp-b", "b")
    foreign = caller("employer", "emp-b")
    reads = [f"/applications/{case_id}", f"/rosters/{roster_id}", f"/rosters/{roster_id}/sheet.pdf"]
    locks = {"lock": flow.lock(case_id)}
    before = flow.snapshot()

    answers = []
    for row_id in (case_id, NOBODY):
        answers += [plain(foreign.get(p.replace(str(case_id), str(row_id)), 404)) for p in reads[:1]]
        answers.append(plain(foreign.post(f"/applications/{row_id}/undo", status=404)))
        answers.append(plain(foreign.post("/rosters", {"applications": [str(row_id)]}, status=404)))
        scan = ("files[]", "a.jpg", b"x")
        foreign.upload(f"/rosters/{row_id}/scan", {}, scan, status=415)
        result = foreign.post(
            "/applications/decisions", {"items": [{"id": str(row_id), **locks}], "verdict": "approve"}
        )
        answers.append(plain(result).replace(str(row_id), "…"))
    for row_id in (roster_id, NOBODY):
        answers += [plain(foreign.get(p.replace(str(roster_id), str(row_id)), 404)) for p in reads[1:]]

    assert len(set(answers)) == 2  # one for "not found", one for the row of a batch
    assert foreign.get("/applications")["items"] == []
    assert flow.snapshot() == before
    assert session.scalar(select(func.count()).select_from(Review)) == 1


def test_rights_govern_calls_as_they_govern_pages(caller: Make, flow: Flow, app: Flask) -> None:
    case_id = str(flow.submitted()[0])
    person = caller("person", flow.people[int(case_id)].username)
    clerk, printer = caller("employer", "emp-a"), caller("officer", "city-print")
    body = {"items": [item_of(clerk, case_id)], "verdict": "approve"}

    for who, method, path, given in (
        (person, "POST", "/applications/decisions", body),
        (printer, "POST", "/applications/decisions", body),
        (clerk, "POST", "/employers/decisions", body),
        (clerk, "GET", "/employers", None),
        (person, "GET", "/persons", None),
        (clerk, "POST", "/applications", {"programme": CARD, "kind": "first"}),
        (clerk, "POST", "/cards/print", {"applications": [case_id]}),
        (person, "POST", "/exports", {"kind": "applications"}),
        (printer, "POST", "/rosters", {"applications": [case_id]}),
    ):
        assert who.call(method, path, given, status=403).json["code"] == "not_allowed"
    assert [row["id"] for row in person.get("/applications")["items"]] == [case_id]
    assert Caller(app).call("GET", "/me", status=401).json["code"] == "unauthorized"


def test_a_pending_employer_is_told_why_nothing_is_open(caller: Make, town: Town) -> None:
    waiting_employer(town)

    refused = caller("employer", "emp-new").call("GET", "/applications", status=403).json

    assert refused["code"] == "employer_not_active"


def test_a_batch_names_every_row_and_a_repeat_changes_nothing(
    caller: Make, flow: Flow, session: Session
) -> None:
    first, second, gone = flow.submitted(3)
    clerk = caller("employer", "emp-a")
    items = [item_of(clerk, str(first)), item_of(clerk, str(second)), item_of(clerk, str(gone))]
    items[1]["lock"] += 7
    caller("person", flow.people[gone].username).post(
        f"/applications/{gone}/withdraw", {"lock": items[2]["lock"]}
    )
    items[2] = item_of(clerk, str(gone))
    items += [{"id": NOBODY, "lock": 0}, {"id": "no-id", "lock": 0}, dict(items[0])]
    body = {"items": items, "verdict": "approve", "idempotency_key": "once"}

    dry = clerk.post("/applications/decisions", {**body, "dry_run": True})
    done = clerk.post("/applications/decisions", body)
    reviews = session.scalar(select(func.count()).select_from(Review))
    session.rollback()
    again = clerk.post("/applications/decisions", body)
    other = clerk.post("/applications/decisions", {**body, "opinion": "另一意见"}, status=422)

    assert [(row["id"], row["moved"], row["code"]) for row in done["results"]] == [
        (str(first), True, None),
        (str(second), False, "stale"),
        (str(gone), False, "wrong_status"),
        (NOBODY, False, "unknown"),
        ("no-id", False, "unknown"),
    ]
    assert (done["moved"], done["skipped"]) == (1, 4)
    assert [row["stage"] for row in done["results"]][:2] == ["county_specialist", "employer"]
    assert dry["results"] == done["results"]
    assert again == done
    assert other["code"] == "idempotency_mismatch"
    assert session.scalar(select(func.count()).select_from(Review)) == reviews == 1
    two_locks = {**body, "items": [items[0], {**items[0], "lock": 9}]}
    refused = clerk.post("/applications/decisions", two_locks, status=422)
    assert [error["code"] for error in refused["errors"]] == ["two_locks"]


def test_registrations_are_decided_by_calls(caller: Make, flow: Flow) -> None:
    employer = waiting_employer(flow.town)
    registrar, clerk = caller("officer", "county-a-specialist"), caller("employer", "emp-a")
    row = registrar.get("/employers?status=submitted")["items"][0]
    items = [{"id": row["id"], "lock": row["lock"]}, {"id": NOBODY, "lock": 0}]

    never = registrar.post("/employers/decisions", {"items": items, "verdict": "reject"})
    dry = registrar.post("/employers/decisions", {"items": items, "verdict": "approve", "dry_run": True})
    done = registrar.post("/employers/decisions", {"items": items, "verdict": "approve"})
    persons = clerk.get("/persons?status=registered")

    assert [line["code"] for line in never["results"]] == ["verdict_not_offered", "unknown"]
    assert [line["status"] for line in dry["results"]] == ["active", None]
    assert dry["results"] == done["results"]
    assert employer.state == "active"
    assert persons["count"] == 0
    unclear = [{"field": "name", "reason_code": "no_such_reason"}]
    body = {"items": items, "verdict": "send_back", "findings": unclear}
    assert registrar.post("/employers/decisions", body, status=422)["errors"][0]["field"].startswith(
        "findings[0]"
    )


@pytest.mark.parametrize("opinion", ["长" * 501, "\u0958" * 500])
@pytest.mark.parametrize("party", ["employers", "persons"])
def test_an_opinion_that_is_too_long_is_a_mistake_of_its_field(
    caller: Make, flow: Flow, opinion: str, party: str
) -> None:
    waiting_employer(flow.town)
    waiting(flow.town, flow.firm, "周新人", "person-new")
    judge = caller("officer", "county-a-specialist") if party == "employers" else caller("employer", "emp-a")
    status = "submitted" if party == "employers" else "registered"
    (row,) = judge.get(f"/{party}?status={status}")["items"]
    body = {"items": [{"id": row["id"], "lock": row["lock"]}], "verdict": "approve", "opinion": opinion}

    refused = judge.post(f"/{party}/decisions", body, status=422)

    assert [error["field"] for error in refused["errors"]] == ["opinion"]
    assert judge.get(f"/{party}?status={status}")["items"] == [row]


def test_posts_with_a_key_have_their_effect_once(caller: Make, flow: Flow, session: Session) -> None:
    talent = flow.applicant()
    person, body = caller("person", talent.username), {"programme": CARD, "kind": "first"}

    made = [person.post("/applications", body, status=201, key="new") for _ in range(2)]
    blocked = person.post("/applications", body, status=409)
    mismatch = person.post("/applications", {**body, "kind": "renewal"}, status=422, key="new")
    path = f"/applications/{made[0]['id']}/materials"
    file = ("file", "毕业证.jpg", papers.page("毕业证", ["甲"]))
    held = [person.upload(path, {"type": "diploma"}, file, status=201, key="file") for _ in range(2)]
    twice = person.upload(path, {"type": "diploma"}, file, status=422)

    assert made[0] == made[1]
    assert (blocked["code"], mismatch["code"]) == ("open_application_exists", "idempotency_mismatch")
    assert held[0] == held[1]
    assert len(held[0]["files"]) == 1
    assert twice["errors"][0]["code"] == "same_file_twice"
    assert session.scalar(select(func.count()).select_from(Application)) == 1
    stale = person.call("PUT", f"/applications/{made[0]['id']}", {"lock": 5, "data": {}}, status=409)
    assert stale.json["code"] == "stale"


def test_pages_follow_their_cursor_with_few_statements(caller: Make, flow: Flow, app: Flask) -> None:
    ids = [str(i) for i in reversed(flow.submitted(3))]
    clerk, statements = caller("employer", "emp-a"), []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    first = clerk.get("/applications?limit=2&status=in_review")
    asked = [text for text in statements if text.lstrip().upper().startswith(("SELECT", "WITH"))]
    rest = clerk.get(f"/applications?limit=2&status=in_review&cursor={first['next_cursor']}")

    assert [row["id"] for row in (*first["items"], *rest["items"])] == ids
    assert (first["count"], first["count_is_capped"], rest["next_cursor"]) == (3, False, None)
    assert clerk.get("/applications?ready=false")["items"] == []
    assert len(asked) <= 5, asked


def test_an_export_is_made_by_a_job_for_its_owner_alone(
    app: Flask, caller: Make, flow: Flow, session: Session
) -> None:
    flow.submitted(2)
    clerk, order = caller("employer", "emp-a"), {"kind": "applications", "filters": {"status": "in_review"}}

    jobs = [clerk.post("/exports", order, status=202, key="e") for _ in range(2)]
    assert (jobs[0]["id"], jobs[0]["state"], jobs[0]["result_url"]) == (jobs[1]["id"], "ready", None)
    clerk.get(f"/exports/{jobs[0]['id']}/file", 404)
    work_off(app)
    job = clerk.get(f"/jobs/{jobs[0]['id']}")
    assert job["result_url"] == f"/api/v1/exports/{job['id']}/file"
    book = clerk.call("GET", job["result_url"], status=200)
    assert (book.mimetype, ".xlsx" in book.headers["Content-Disposition"]) == (XLSX, True)
    rows = list(openpyxl.load_workbook(BytesIO(book.data)).active.iter_rows(values_only=True))

    head, body = rows[2], rows[3:-2]
    assert (len(head), head[2]) == (15, "中文名")
    assert sorted(row[2] for row in body) == sorted(t.name for t in flow.people.values())
    numbers = {talent.doc_no for talent in flow.people.values()}
    assert not numbers & {str(cell) for row in rows for cell in row}
    assert {row[11] for row in body} == {"审核中"}
    stranger = caller("officer", "county-a-specialist")
    stranger.get(f"/jobs/{job['id']}", 404)
    stranger.get(job["result_url"], 404)
    assert session.scalar(select(func.count()).where(Job.kind == "export")) == 1
    logged = select(func.count()).where(AccessEvent.kind == "export", AccessEvent.object_kind == "job")
    assert session.scalar(logged) == 1


def test_an_undo_too_late_and_a_wrong_state_are_conflicts(caller: Make, flow: Flow) -> None:
    case_id = str(flow.submitted()[0])
    clerk = caller("employer", "emp-a")

    assert clerk.post(f"/applications/{case_id}/undo", status=409)["errors"]
    decide(clerk, "approve", case_id)
    person = caller("person", flow.people[int(case_id)].username)
    late = person.post(f"/applications/{case_id}/submit", {"lock": flow.lock(int(case_id))}, status=409)
    assert late["code"] == "wrong_status"
    assert clerk.post("/rosters", {"items": [{"id": case_id, "lock": 999}]}, status=409)["code"] == "stale"
