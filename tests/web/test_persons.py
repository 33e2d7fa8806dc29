"""个人注册审核 over HTTP: queue, batch verdicts, full numbers, one person (R23–R26, R29)."""

import re
from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands import persons
from app.commands.persons import PersonForm
from app.models.audit import AccessEvent
from app.models.person import Person
from app.models.work import Message
from tests.web.browser import Browser, text_of, values
from tests.web.desk import outcomes
from tests.web.town import CONSENT, PASSWORD, VISITOR, Firm, Town

Browse = Callable[..., Browser]
QUEUE = "/persons/review"


def waiting(town: Town, firm: Firm, name: str, username: str) -> int:
    """A person whose registration waits for the employer."""
    doc_no, mobile = town.numbers()
    form = PersonForm(name, username, PASSWORD, "1", doc_no, mobile, firm.id, CONSENT)
    made = persons.register(
        town.engine,
        actor=VISITOR,
        form=form,
        cipher=town.ports.cipher,
        passwords=town.passwords,
        now=town.now,
    )
    return made.person_id


def states(session: Session, *ids: int) -> list[str]:
    """The states of persons, in the order asked."""
    found = dict(session.execute(select(Person.id, Person.state).where(Person.id.in_(ids))).tuples().all())
    session.rollback()
    return [found[key] for key in ids]


def row_of(page: str, person_id: int) -> str:
    """The value of the person's tick box."""
    return next(value for value in values(page, "rowid") if value.startswith(f"{person_id}:"))


def test_queue_shows_the_columns_of_the_manual_with_masked_numbers_only(town: Town, browse: Browse) -> None:
    firm = town.firm()
    waiting(town, firm, "赵小满", "zhao-xm")
    serial = f"{town.serial:03d}"

    page = browse("employer", "emp-a").get(QUEUE)

    text = text_of(page)
    for title in (
        "账号",
        "姓名",
        "证件类型",
        "证件号码",
        "手机号码",
        "注册时间",
        "待审核",
        "已通过",
        "已退回",
        "审核",
    ):
        assert title in text, title
    assert "zhao-xm" in text
    assert f"19900307{serial}" not in page
    assert f"138{town.serial:08d}" not in page


def test_todo_line_counts_exactly_the_rows_behind_its_link(town: Town, browse: Browse) -> None:
    firm = town.firm()
    for n in range(3):
        waiting(town, firm, "钱三一", f"person-{n}")
    browser = browse("employer", "emp-a")

    page = browser.get(QUEUE)

    assert "您有【3】个个人注册账号待审核" in page
    assert len(values(page, "rowid")) == 3


def test_the_result_names_the_verdict_and_its_reason(town: Town, browse: Browse) -> None:
    waiting(town, town.firm(), "赵小满", "zhao-xm")
    browser = browse("employer", "emp-a")
    row = values(browser.get(QUEUE), "rowid")[0]
    data = {"verdict": "send_back", "reason_code": "incomplete", "submission_key": browser.key}

    page = browser.post(f"{QUEUE}/decide", {**data, "rowid": row, "text": "请填写完整姓名"}).text

    assert re.search(r"赵小满 .*已退回 .*请填写完整姓名", text_of(page))


def test_three_of_four_ticked_rows_move_and_the_fourth_is_named_with_its_reason(
    town: Town, browse: Browse, session: Session
) -> None:
    firm = town.firm()
    ids = [
        waiting(town, firm, name, f"person-{n}") for n, name in enumerate(("赵一", "钱二", "孙三", "李四"))
    ]
    browser = browse("employer", "emp-a")
    page = browser.get(QUEUE)
    rows = [row_of(page, key) for key in ids]
    own = town.actor(firm.account_id)
    persons.decide(
        town.engine,
        actor=own,
        verdict=persons.Verdict.APPROVE,
        seen={ids[3]: int(rows[3].split(":")[1])},
        now=town.now,
    )

    answer = browser.post(
        f"{QUEUE}/decide", {"rowid": rows, "verdict": "approve", "submission_key": browser.key}
    )

    assert answer.status_code == 200
    assert outcomes(answer.text) == (3, 1, 0)
    assert "李四" in text_of(answer.text)
    assert states(session, *ids) == ["active"] * 4
    assert session.scalar(select(func.count()).select_from(Message)) == 4


def test_return_needs_a_reason_and_changes_nothing_without_one(
    town: Town, browse: Browse, session: Session
) -> None:
    firm = town.firm()
    key = waiting(town, firm, "周五", "person-1")
    browser = browse("employer", "emp-a")
    row = row_of(browser.get(QUEUE), key)

    answer = browser.post(
        f"{QUEUE}/decide",
        {"rowid": row, "verdict": "send_back", "reason_code": "", "submission_key": browser.key},
    )

    assert answer.status_code == 422
    assert states(session, key) == ["registered"]
    assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_return_with_a_reason_is_shown_to_the_person_and_in_the_tab(
    town: Town, browse: Browse, session: Session
) -> None:
    firm = town.firm()
    key = waiting(town, firm, "吴六", "person-1")
    browser = browse("employer", "emp-a")
    row = row_of(browser.get(QUEUE), key)
    data = {
        "rowid": row,
        "verdict": "send_back",
        "reason_code": "other",
        "text": "请核对姓名",
        "submission_key": browser.key,
    }

    answer = browser.post(f"{QUEUE}/decide", data)

    assert answer.status_code == 200
    assert states(session, key) == ["returned"]
    assert "请核对姓名" in browser.get(f"{QUEUE}?tab=returned")


def test_the_same_form_sent_twice_is_one_effect(town: Town, browse: Browse, session: Session) -> None:
    firm = town.firm()
    key = waiting(town, firm, "郑七", "person-1")
    browser = browse("employer", "emp-a")
    row = row_of(browser.get(QUEUE), key)
    data = {"rowid": row, "verdict": "approve", "submission_key": browser.key}

    first = browser.post(f"{QUEUE}/decide", data)
    second = browser.post(f"{QUEUE}/decide", data)

    assert [first.status_code, second.status_code] == [200, 200]
    assert outcomes(second.text) == (1, 0, 0)
    assert "个人注册账号待审核" not in first.text
    assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_a_foreign_person_is_unknown_in_a_batch_and_missing_as_a_page(
    town: Town, browse: Browse, session: Session
) -> None:
    town.firm()
    other = town.firm("云海乙企业有限公司", "emp-b", "b")
    theirs = waiting(town, other, "王外人", "person-9")
    browser = browse("employer", "emp-a")
    browser.get(QUEUE)

    answer = browser.post(
        f"{QUEUE}/decide", {"rowid": f"{theirs}:0", "verdict": "approve", "submission_key": "k-foreign-1"}
    )

    assert outcomes(answer.text) == (0, 0, 1)
    assert "王外人" not in answer.text
    assert states(session, theirs) == ["registered"]
    browser.get(f"/persons/{theirs}", status=404)
    browser.get("/persons/4611686018427387904", status=404)
    browser.get("/persons/none", status=404)


def test_a_full_number_is_shown_by_post_with_a_reason_and_logged(
    town: Town, browse: Browse, session: Session
) -> None:
    firm = town.firm()
    talent = town.person(firm)
    browser = browse("employer", "emp-a")
    browser.get(f"/persons/{talent.id}")
    url = f"/reveal/person/{talent.id}/doc_no"

    bare = browser.post(url, fetch=True)
    answer = browser.post(url, {"reason": "核对原件"}, fetch=True)

    assert bare.status_code == 422
    assert answer.json == {"text": talent.doc_no}
    logged = session.execute(
        select(AccessEvent.object_kind, AccessEvent.object_id).where(AccessEvent.kind == "reveal")
    ).all()
    assert logged == [("person", talent.id)]
    assert browser.client.get(url).status_code == 405


def test_revealing_a_foreign_number_is_missing_and_needs_the_right(town: Town, browse: Browse) -> None:
    firm = town.firm()
    other = town.firm("云海乙企业有限公司", "emp-b", "b")
    talent = town.person(other, username="per-b1")
    town.staff(firm, "emp-a-reader", {"employer_reader"})
    browser, reader = browse("employer", "emp-a"), browse("employer", "emp-a-reader")
    browser.get(QUEUE)
    reader.get("/persons")

    assert (
        browser.post(f"/reveal/person/{talent.id}/doc_no", {"reason": "好奇"}, fetch=True).status_code == 404
    )
    assert (
        reader.post(f"/reveal/person/{talent.id}/doc_no", {"reason": "好奇"}, fetch=True).status_code == 403
    )


def test_service_contact_is_one_of_the_employers_own_staff(
    town: Town, browse: Browse, session: Session
) -> None:
    firm = town.firm()
    talent = town.person(firm)
    staff = town.staff(firm, "emp-a-service", {"service_staff"}, "孙服务")
    browser = browse("employer", "emp-a")
    lock = values(browser.get(f"/persons/{talent.id}"), "lock")[0]

    refused = browser.post(
        f"/persons/{talent.id}/service",
        {"account": str(town.officer("county-a-specialist", town.bureaus.a, set()).account_id), "lock": lock},
    )
    nobody = session.scalar(select(Person.service_account_id).where(Person.id == talent.id))
    session.rollback()
    done = browser.post(f"/persons/{talent.id}/service", {"account": str(staff.account_id), "lock": lock})

    assert refused.status_code == 422
    assert nobody is None
    assert done.status_code == 200
    assert session.scalar(select(Person.service_account_id).where(Person.id == talent.id)) == staff.account_id


def test_pages_of_persons_refuse_visitors_and_other_parties(town: Town, browse: Browse) -> None:
    firm = town.firm()
    town.person(firm)
    visitor, person, officer = browse(), browse("person", "per-a1"), browse("officer", "county-a-specialist")

    assert visitor.client.get(QUEUE).headers["Location"].startswith("/?next=")
    assert person.client.get(QUEUE).status_code == 403
    assert officer.client.get(QUEUE).status_code == 403


def test_a_return_names_fields_or_carries_words(town: Town, browse: Browse, session: Session) -> None:
    firm = town.firm()
    key = waiting(town, firm, "吴六", "person-1")
    browser = browse("employer", "emp-a")
    row = row_of(browser.get(QUEUE), key)
    data = {"rowid": row, "verdict": "send_back", "submission_key": "s1"}

    bare = browser.post(f"{QUEUE}/decide", data | {"reason_code": "incomplete"})
    silent = browser.post(f"{QUEUE}/decide", data | {"reason_code": "other", "fields": "name"})
    unnamed = browser.post(f"{QUEUE}/decide", data | {"fields": "name"})

    assert [answer.status_code for answer in (bare, silent, unnamed)] == [422] * 3
    assert "请勾选要修改的内容，或写明说明" in bare.text
    assert "请填写原因" in silent.text
    assert "请选择退回原因" in unnamed.text
    assert all("data-open-now" in answer.text for answer in (bare, silent, unnamed))
    assert states(session, key) == ["registered"]
    assert session.scalar(select(func.count()).select_from(Message)) == 0
    session.rollback()

    browser.post(f"{QUEUE}/decide", data | {"reason_code": "incomplete", "fields": ["name", "mobile"]})

    assert states(session, key) == ["returned"]
    page = text_of(browse("person", "person-1").get("/registration"))
    assert "姓名：填报信息不完整，请补充后提交。" in page
    assert "手机号码：填报信息不完整，请补充后提交。" in page


def returned_for_the_name(town: Town, browse: Browse) -> tuple[int, Browser, Browser]:
    """A person whose registration came back because of the name; with the clerk's and the person's browser."""
    firm = town.firm()
    key = waiting(town, firm, "吴六", "person-1")
    clerk = browse("employer", "emp-a")
    data = {"verdict": "send_back", "reason_code": "incomplete", "fields": "name", "submission_key": "s1"}
    clerk.post(f"{QUEUE}/decide", data | {"rowid": row_of(clerk.get(QUEUE), key)})
    person = browse("person", "person-1")
    return key, clerk, person


def test_a_returned_person_changes_or_explains_and_the_employer_reads_it(
    town: Town, browse: Browse, session: Session
) -> None:
    key, clerk, person = returned_for_the_name(town, browse)
    lock = values(person.get("/registration"), "lock")[0]

    refused = person.post("/registration/submit", {"lock": lock})

    assert refused.status_code == 422
    assert "请修改此项，或对退回意见作出说明" in refused.text
    assert states(session, key) == ["returned"]
    person.post("/registration/submit", {"lock": lock, "answer": "户口簿上就是这个姓名"})
    assert states(session, key) == ["registered"]
    assert "户口簿上就是这个姓名" in text_of(clerk.get(f"/persons/{key}"))


def test_a_second_window_that_submits_again_is_told_why_nothing_happens(
    town: Town, browse: Browse, session: Session
) -> None:
    key, _clerk, person = returned_for_the_name(town, browse)
    sent = {"lock": values(person.get("/registration"), "lock")[0], "answer": "户口簿上就是这个姓名"}
    person.post("/registration/submit", sent)

    again = person.post("/registration/submit", sent)

    assert again.status_code == 422
    assert 'class="error-summary"' in again.text
    assert states(session, key) == ["registered"]


def test_an_outdated_registration_is_not_called_an_application(town: Town, browse: Browse) -> None:
    firm = town.firm()
    key = waiting(town, firm, "吴六", "person-1")
    clerk = browse("employer", "emp-a")
    row = row_of(clerk.get(QUEUE), key)
    clerk.post(f"{QUEUE}/decide", {"rowid": row, "verdict": "approve", "submission_key": "s1"})

    again = clerk.post(f"{QUEUE}/decide", {"rowid": row, "verdict": "approve", "submission_key": "s2"})

    assert "该申请" not in text_of(again.text)
    assert "registered" not in text_of(again.text)
