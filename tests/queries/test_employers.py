import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.commands import employer_changes
from app.commands import employers as commands
from app.commands.employer_changes import ChangeForm
from app.commands.employers import EmployerUpdate
from app.domain.errors import NotFound
from app.domain.registration import Finding, RegistrationVerb, SubjectKind, Verdict
from app.queries import employer_changes as changes
from app.queries import employers, registrations
from tests.factories.employers import credit_code


@pytest.fixture
def read(engine):
    def call(function, *args, **given):
        with Session(engine) as session:
            return function(session, *args, **given)

    return call


def test_visitors_find_active_employers_only(firms, read):
    active = firms.active(name="云海（东区）测试中心", credit_code=credit_code(21))
    firms.submitted(name="云海东区测试分中心")
    suspended = firms.active(name="云海东区测试停业站")
    commands.suspend(
        firms.people.engine,
        actor=suspended.leader,
        employer_id=suspended.id,
        lock=firms.row(suspended).lock,
        reason="停业",
        now=firms.people.now,
    )

    for text in ("测试", "(东区)", "云海（东", credit_code(21)[:8], credit_code(21).lower()):
        found = read(employers.search_active, text)
        assert [(c.id, c.name) for c in found] == [(active.id, "云海（东区）测试中心")], text
    for text in ("测", "", " ", "%%", "__"):
        assert read(employers.search_active, text) == (), text
    assert read(employers.active_employer, active.id).name == "云海（东区）测试中心"
    assert read(employers.active_employer, suspended.id) is None


def test_at_most_ten_employers_are_offered(firms, read):
    for serial in range(12):
        firm = firms.draft(name=f"云海批量{serial}公司")
        with Session(firms.people.engine) as session, session.begin():
            session.get(type(firms.row(firm)), firm.id).state = "active"

    assert len(read(employers.search_active, "云海批量")) == 10


def test_a_bureau_sees_its_county_only_and_the_city_sees_all(people, firms, read):
    here, there = firms.submitted(), firms.submitted(people.agency(parent=firms.city))
    city = people.officer(firms.city, "registrar")

    assert [row.id for row in read(employers.queue, here.registrar).items] == [here.id]
    assert [row.id for row in read(employers.queue, there.registrar).items] == [there.id]
    assert [row.id for row in read(employers.queue, city).items] == [here.id, there.id]
    assert read(employers.tab_counts, here.registrar) == {"submitted": 1}
    with pytest.raises(NotFound):
        read(employers.detail, here.registrar, there.id)


def test_persons_and_auditors_see_no_list(people, firms, talents, read):
    firm = firms.active()
    talent = talents.registered(firm)
    auditor = people.officer(firms.city, "auditor")

    assert [row.id for row in read(employers.queue, talent.actor, tab="").items] == [firm.id]
    assert read(employers.queue, auditor, tab="").count == 0


def test_the_queue_shows_masked_numbers_and_searches_by_name(firms, read):
    firm = firms.submitted(name="云海海洋研究所", mobile="13700000091")
    firms.submitted(name="云海农业研究所")

    row = read(employers.queue, firm.registrar, q="海洋").items[0]

    assert (row.id, row.contact_name, row.mobile_masked, row.version_no) == (
        firm.id,
        "钱小二",
        "137****0091",
        1,
    )
    assert read(employers.queue, firm.registrar).count == 2


def test_own_status_lists_what_is_missing(firms, read):
    firm = firms.draft()
    firms.attach(firm, "licence", "执照.pdf")

    status = read(employers.own_status, firm.admin)

    assert status.may_edit
    assert [(b.code, b.params["materials"]) for b in status.blocks] == [
        ("material_missing", "经办人授权委托书")
    ]
    assert [
        (m.material.code, m.is_missing, [f.file_name for f in m.files]) for m in status.employer.materials
    ] == [
        ("licence", False, ["执照.pdf"]),
        ("authorization", True, []),
    ]
    assert (status.errors, status.unanswered) == ((), frozenset())


def test_a_waiting_employer_may_neither_edit_nor_submit(firms, read):
    status = read(employers.own_status, firms.submitted().admin)

    assert not status.may_edit
    assert [b.code for b in status.blocks] == ["wrong_status"]


def test_a_returned_employer_sees_each_remark_at_its_item(firms, read):
    firm = firms.returned(
        Finding("no_seal", material="authorization"), Finding("other", "名称不对", field="name")
    )

    status = read(employers.own_status, firm.admin)

    by_code = {m.material.code: m for m in status.employer.materials}
    assert [f.text for f in by_code["authorization"].findings] == ["材料未加盖单位公章，请盖章后重新上传。"]
    assert by_code["licence"].findings == ()
    assert status.unanswered == {"authorization", "name"}
    assert status.blocks == ()
    firms.attach(firm, "authorization")
    again = read(employers.own_status, firm.admin)
    assert again.unanswered == {"name"}
    assert {m.material.code: m.changed for m in again.employer.materials} == {
        "licence": False,
        "authorization": True,
    }


def test_the_bureau_sees_what_changed_between_submissions(people, firms, read):
    firm = firms.returned(Finding("incomplete"))
    old = firms.row(firm).name
    commands.update_data(
        people.engine,
        actor=firm.admin,
        lock=firms.row(firm).lock,
        form=EmployerUpdate(name="云海更名研究所", address="海滨路"),
        now=people.now,
    )
    firms.attach(firm, "licence", "新执照.pdf")
    firms.submit(firm, answers={"": "已补充"})

    detail = read(employers.detail, firm.registrar, firm.id)

    assert [(d.code, d.before, d.after) for d in detail.differences] == [
        ("address", None, "海滨路"),
        ("name", old, "云海更名研究所"),
    ]
    assert detail.changed_materials == {"licence"}
    assert (detail.submission.n, detail.submission.answers) == (2, {"": "已补充"})
    assert [e.event for e in detail.history] == [
        "register", "attach", "attach", "submit", "send_back", "edit", "attach", "submit",
    ]  # fmt: skip
    assert detail.history[4].findings[0].reason_code == "incomplete"
    assert detail.history[5].fields == ("address", "name", "name_key")


def test_nearly_equal_names_are_flagged_to_the_reviewer(firms, read):
    firm = firms.submitted(name="云海（海滨）研究所")
    twin = firms.draft(name="云海(海滨) 研究所")

    assert [(s.id, s.state) for s in read(employers.similar, firm.registrar, firm.id)] == [(twin.id, "draft")]


def test_a_preview_says_what_the_decision_would_and_writes_nothing(firms, read):
    waiting, draft = firms.submitted(), firms.draft()
    seen = {waiting.id: firms.row(waiting).lock, draft.id: 0, 77: 0}

    result = read(
        registrations.preview,
        waiting.registrar,
        SubjectKind.EMPLOYER,
        verb=RegistrationVerb.APPROVE,
        seen=seen,
    )

    assert (result.moved, result.unknown) == ((waiting.id,), (77,))
    assert [b.code for b in result.blocks_of(draft.id)] == ["wrong_status"]
    assert firms.row(waiting).state == "submitted"
    decided = commands.decide(
        firms.people.engine, actor=waiting.registrar, verdict=Verdict.APPROVE, seen=seen, now=firms.people.now
    )
    assert (decided.moved, decided.skipped, decided.unknown) == (result.moved, result.skipped, result.unknown)


def test_changes_show_old_and_new_side_by_side(people, firms, read):
    firm, there = firms.active(), people.agency(parent=firms.city)
    old = firms.row(firm).name
    change = employer_changes.request_change(
        people.engine,
        actor=firm.admin,
        lock=firms.row(firm).lock,
        form=ChangeForm(name="云海新名研究院", agency_id=there),
        now=people.now,
    )

    row = read(changes.queue, firm.registrar).items[0]

    assert (row.id, row.employer_name) == (change, old)
    values = {v.code: (v.before, v.after) for v in row.values}
    assert values["name"] == (old, "云海新名研究院")
    assert set(values) == {"name", "agency"}
    assert None not in values["agency"]
    assert read(changes.of_employer, firm.admin, firm.id)[0].id == change
    assert read(employers.detail, firm.admin, firm.id).open_change_id == change
    with pytest.raises(NotFound):
        read(changes.detail, people.officer(there, "registrar"), change)


def test_the_list_takes_as_many_statements_for_three_rows_as_for_one(firms, read, engine):
    firm = firms.submitted()
    seen = []
    event.listen(
        engine, "before_cursor_execute", lambda *args: args[2].startswith("SELECT") and seen.append(args[2])
    )
    read(employers.queue, firm.registrar)
    one = len(seen)
    firms.submitted()
    firms.submitted()
    seen.clear()
    read(employers.queue, firm.registrar)

    assert len(seen) == one == 2
