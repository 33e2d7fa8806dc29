import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.commands import person_moves
from app.commands import persons as commands
from app.domain.errors import InvalidInput, NotFound
from app.domain.registration import Finding, SubjectKind, Verdict
from app.domain.roles import Actor
from app.models.person import Person
from app.queries import employers, persons
from app.queries.registration_history import history
from tests.commands.flow import Flow


@pytest.fixture
def read(engine):
    def call(function, *args, **given):
        with Session(engine) as session:
            return function(session, *args, **given)

    return call


@pytest.fixture
def statements(engine):
    seen = []
    event.listen(
        engine, "before_cursor_execute", lambda *args: args[2].startswith("SELECT") and seen.append(args[2])
    )
    return seen


def test_the_waiting_come_oldest_first_and_only_ones_own(firms, talents, read):
    firm, other = firms.active(), firms.active()
    waiting = [talents.registered(firm) for _ in range(3)]
    talents.active(firm)
    talents.registered(other)

    page = read(persons.queue, firm.admin)

    assert [row.id for row in page.items] == [t.id for t in waiting]
    assert (page.count, page.next_cursor, page.count_is_capped) == (3, None, False)
    assert read(persons.tab_counts, firm.admin) == {"registered": 3, "active": 1}
    assert read(persons.queue, firm.admin, tab="").count == 4


def test_rows_carry_masked_numbers_only(firms, talents, read):
    firm = firms.active()
    form = talents.form(firm.id)
    talents.registered(firm, doc_no=form.doc_no, mobile=form.mobile, username="per-x1")

    row = read(persons.queue, firm.admin).items[0]

    assert (row.username, row.doc_no_masked) == ("per-x1", f"{form.doc_no[:6]}********{form.doc_no[-4:]}")
    assert row.mobile_masked == f"{form.mobile[:3]}****{form.mobile[-4:]}"
    assert form.doc_no not in repr(row)
    assert form.mobile not in repr(row)


@pytest.mark.parametrize("tab", ["registered", ""])
def test_paging_by_key_reaches_every_row_once(firms, talents, read, tab):
    firm = firms.active()
    waiting = {talents.registered(firm).id for _ in range(5)}
    seen, cursor = [], None

    while True:
        page = read(persons.queue, firm.admin, tab=tab, cursor=cursor, limit=2)
        seen += [row.id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert len(seen) == 5
    assert set(seen) == waiting


@pytest.mark.parametrize("cursor", ["x", "1.x", "1.-4", "99999999999999999999.1", "1.99999999999999999999"])
def test_a_foreign_cursor_is_refused(firms, read, cursor):
    with pytest.raises(InvalidInput):
        read(persons.queue, firms.active().admin, cursor=cursor)


@pytest.mark.parametrize("q", ["曾", "曾小", "zengxiao", "zxm", "ZXM", "per-x1", "曾 小美"])
def test_people_are_found_by_han_pinyin_initials_and_user_name(firms, talents, read, q):
    firm = firms.active()
    talents.registered(firm, name="曾小美", username="per-x1")
    talents.registered(firm, name="李大山", username="per-x2")

    assert [row.name for row in read(persons.queue, firm.admin, q=q).items] == ["曾小美"]


@pytest.mark.parametrize("q", ["小美", "xiaomei", "xm", "x1"])
def test_what_stands_further_on_in_a_name_finds_nobody(firms, talents, read, q):
    firm = firms.active()
    talents.registered(firm, name="曾小美", username="per-x1")

    assert read(persons.queue, firm.admin, q=q).count == 0


def test_both_readings_of_a_surname_are_found_and_wildcards_are_letters(firms, talents, read):
    firm = firms.active()
    talents.registered(firm, name="覃小明")

    assert [read(persons.queue, firm.admin, q=q).count for q in ("qinxiao", "tanxiao", "txm", "%", "_")] == [
        1,
        1,
        1,
        0,
        0,
    ]


def test_a_person_sees_himself_and_his_employers_reasons(firms, talents, read):
    firm = firms.active()
    talent = talents.returned(firm)

    own = read(persons.own, talent.actor)

    assert (own.id, own.employer_name, own.state) == (talent.id, firms.row(firm).name, "returned")
    assert [(f.field, f.reason_code, f.text) for f in own.findings] == [
        ("name", "mismatch", "与证明材料不一致，请核对后修改。")
    ]
    assert [(e.event, e.office) for e in own.history] == [
        ("register", ""),
        ("send_back", firms.row(firm).name),
    ]


def test_foreign_persons_are_not_found(people, firms, talents, read):
    firm, other = firms.active(), firms.active()
    talent = talents.registered(firm)
    server = people.staff(firm.admin, "service_staff")

    for stranger in (other.admin, firm.registrar, server, talents.registered(firm).actor):
        with pytest.raises(NotFound):
            read(persons.detail, stranger, talent.id)
    assert read(persons.detail, people.superuser(), talent.id).id == talent.id


def test_the_list_takes_as_many_statements_for_three_rows_as_for_one(firms, talents, read, statements):
    firm = firms.active()
    talents.registered(firm)
    statements.clear()
    read(persons.queue, firm.admin)
    one = len(statements)
    talents.registered(firm)
    talents.registered(firm)
    statements.clear()
    read(persons.queue, firm.admin)

    assert len(statements) == one == 2


def test_history_names_the_officer_to_officers_only(firms, read):
    firm = firms.submitted()
    firms.decide(firm, Verdict.APPROVE)

    def names(actor):
        return [
            entry.actor_name
            for entry in read(employers.detail, actor, firm.id).history
            if entry.event == "approve"
        ]

    assert names(firm.admin) == [""]
    assert names(firm.registrar) == ["赵一鸣"]


def test_an_employer_reads_nothing_that_another_employer_wrote(flow: Flow, session: Session) -> None:
    talent, other = flow.applicant(), flow.town.firm("海州贸易有限公司", "emp-bb", "b")
    me, engine = flow.town.actor(talent.account_id), flow.engine

    def lock() -> int:
        with Session(engine) as reading:
            return reading.get_one(Person, talent.id).lock

    person_moves.leave(engine, actor=me, person_id=talent.id, lock=lock(), now=flow.now)
    person_moves.choose_employer(engine, actor=me, lock=lock(), employer_id=flow.firm.id, now=flow.now)
    commands.decide(
        engine, actor=flow.clerk, verdict=Verdict.SEND_BACK, seen={talent.id: lock()},
        findings=[Finding("other", "此人因违纪被我单位开除")], now=flow.now,
    )  # fmt: skip
    person_moves.switch_employer(engine, actor=me, lock=lock(), employer_id=other.id, now=flow.now)

    def told(actor: Actor) -> list[tuple[str, str, str, int]]:
        steps = history(session, actor, SubjectKind.PERSON, talent.id)
        return [(step.event, step.office, step.actor_name, len(step.findings)) for step in steps]

    own, foreign = told(flow.clerk), told(flow.town.actor(other.account_id))
    assert ("send_back", flow.firm.name, flow.clerk.full_name, 1) in own
    assert ("send_back", "", "", 0) in foreign
    assert flow.firm.name not in str(foreign)
    assert [step[0] for step in own] == [step[0] for step in foreign]
