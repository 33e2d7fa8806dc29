"""The auditor's pages: chains with verification, the access log, and nothing of any application (D14, model 8)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.commands import account_changes
from app.commands.openings import record_row
from app.commands.reveal import reveal
from app.extensions import db
from app.models.audit import AuditEvent
from app.models.roster import Roster
from tests.statements import sent_to
from tests.web.browser import Browser, text_of
from tests.web.case_flow import Flow
from tests.web.superuser import superuser
from tests.web.town import Firm, Talent, Town

Browse = Callable[..., Browser]


@pytest.fixture
def firm(town: Town) -> Firm:
    """An employer with a history."""
    return town.firm()


@pytest.fixture
def talent(town: Town, firm: Firm) -> Talent:
    """A person of that employer."""
    return town.person(firm)


@pytest.fixture
def auditor(town: Town, browse: Browse) -> Browser:
    """The browser of an auditor: an officer of the city bureau who holds nothing else."""
    town.officer("auditor", town.bureaus.city, {"auditor"}, "审计员")
    return browse("officer", "auditor")


@pytest.fixture
def case(town: Town, firm: Firm, talent: Talent, flow: Flow) -> int:
    """A case that went from the draft to the county and back to the applicant."""
    made = flow.submitted(talent)
    flow.send_back(town.actor(firm.account_id), made)
    return made


def events_of(page: str) -> list[str]:
    """The events of a list, in its order."""
    return re.findall(r'<td data-label="事件"><b>([^<]+)</b>', page)


def number_of(engine: Engine, case: int) -> str:
    """The business number of a case."""
    with Session(engine) as session:
        return str(session.scalar(text("SELECT no FROM application WHERE id = :id").bindparams(id=case)))


def statements(app: Flask, call: Callable[[], object]) -> list[str]:
    """What a page asks of the database."""
    uncounted = ("UPDATE LOGIN_SESSION", "BEGIN", "COMMIT", "PRAGMA")
    with app.app_context():
        engine = db.engine
    with sent_to(engine, but=uncounted) as sent:
        call()
    return [statement for statement, _ in sent]


def test_the_auditors_home_leads_to_both_logs_and_to_no_application(
    auditor: Browser, talent: Talent, case: int
) -> None:
    home = auditor.get("/home")

    assert ('href="/audit"' in home, 'href="/access-log"' in home) == (True, True)
    assert [auditor.client.get(url).status_code for url in ("/query", f"/applications/{case}")] == [403, 404]
    assert talent.name not in auditor.get("/audit") + auditor.get("/access-log")


def test_a_business_number_finds_the_events_of_its_object_newest_first(
    auditor: Browser, engine: Engine, case: int
) -> None:
    number = number_of(engine, case)
    auditor.get("/audit")

    answer = auditor.post("/audit", {"name": number, "kind": "application"}, follow=False)
    page = auditor.get(answer.headers["Location"])

    assert answer.headers["Location"] == f"/audit?kind=application&name={number}"
    assert events_of(page) == ["已退回", "已提交", "新建草稿"]
    assert re.findall(r'data-label="编号或名称"[^>]*><span>([^<]+)<', page) == [number] * 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=application&event=submit", 1),
        ("kind=application&actor=per-a1", 2),
        ("kind=application&actor=%E7%8E%8B%E8%81%94%E7%B3%BB", 1),
        ("kind=application&from=2026-11-24", 0),
        ("kind=application&from=2026-11-23&to=2026-11-23", 3),
        ("name=per-a1&kind=person", 2),
        ("name=nobody", 0),
        ("from=nonsense&kind=none&event=%27", 0),
    ],
)
def test_filters_narrow_the_chains(auditor: Browser, case: int, query: str, found: int) -> None:
    del case

    assert len(events_of(auditor.get(f"/audit?{query}"))) == found


def test_a_number_of_a_person_never_stands_in_an_address(
    auditor: Browser, talent: Talent, town: Town
) -> None:
    auditor.get("/audit")

    answers = [
        auditor.post(url, {"name": number}, follow=False)
        for url in ("/audit", "/access-log")
        for number in (talent.doc_no, talent.mobile)
    ]

    assert [answer.headers["Location"] for answer in answers] == ["/audit"] * 2 + ["/access-log"] * 2
    del town


def test_pages_follow_by_key_without_gap_or_repetition(auditor: Browser, town: Town, firm: Firm) -> None:
    for n in range(14):
        town.person(firm, "李明芳", f"per-p{n}")

    first = auditor.get("/audit?kind=person&size=25")
    follow = re.findall(r'href="([^"]+)" rel="next"', first)[0].replace("&amp;", "&")
    second = auditor.get(follow)

    keys = [re.findall(r'href="/audit/person/(\d+)".*?</a>', page, re.DOTALL) for page in (first, second)]
    seen = [re.findall(r"per-p\d+", text_of(page)) for page in (first, second)]
    assert [len(part) for part in keys] == [25, 3]
    assert sorted(keys[0] + keys[1]) == sorted(2 * sorted(set(keys[0] + keys[1])))
    assert seen[0] != seen[1]
    assert auditor.client.get("/audit?cursor=nonsense").status_code == 422


def test_a_chain_is_shown_in_order_with_its_payload_and_holds(
    auditor: Browser, engine: Engine, case: int
) -> None:
    page = auditor.get(f"/audit/application/{case}")
    words = text_of(page)

    with Session(engine) as session:
        hashes = session.scalars(
            select(AuditEvent.hash).where(AuditEvent.subject_id == case).order_by(AuditEvent.seq)
        ).all()
    assert [page.index(hashed) for hashed in hashes] == sorted(page.index(hashed) for hashed in hashes)
    assert "审核中 → 已退回" in words
    assert "完整" in words
    assert page.count("<h1>") == 1


def test_a_changed_event_is_named_where_the_chain_breaks(auditor: Browser, engine: Engine, case: int) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER tr_audit_event_append_only"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text("UPDATE audit_event SET event = 'approve' WHERE subject_id = :id AND seq = 2"), {"id": case}
        )

    words = text_of(auditor.get(f"/audit/application/{case}"))

    assert "第2个事件：内容与哈希不一致。" in words
    assert "已断裂" in words


def test_a_chain_cut_at_its_end_is_broken(auditor: Browser, engine: Engine, case: int) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER tr_audit_event_no_delete"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM audit_event WHERE subject_id = :id AND seq = 3"), {"id": case})

    assert "已断裂" in text_of(auditor.get(f"/audit/application/{case}"))


@pytest.mark.parametrize("url", ["/audit/application/1", "/audit/nothing/1", "/audit/application/x"])
def test_a_subject_without_a_chain_is_missing(auditor: Browser, url: str) -> None:
    assert auditor.client.get(url).status_code == 404


def test_the_access_log_names_who_saw_what_and_masks_typed_numbers(
    auditor: Browser, town: Town, firm: Firm, talent: Talent
) -> None:
    reason = f"核对 {talent.doc_no}"
    reveal(
        town.engine,
        actor=town.actor(firm.account_id),
        kind="person",
        subject_id=talent.id,
        what="doc_no",
        reason=reason,
        cipher=town.ports.cipher,
        now=town.now,
    )
    page = auditor.get("/access-log?event=reveal")
    words = text_of(page)

    assert "显示完整号码" in words
    assert ("per-a1" in words, "王联系" in words) == (True, True)
    assert (talent.doc_no in page, "核对" in words) == (False, True)
    assert "没有符合" in text_of(auditor.get("/access-log?event=export"))
    assert "per-a1" in text_of(auditor.get("/access-log?kind=person&name=per-a1&actor=emp-a"))
    assert "per-a1" not in text_of(auditor.get("/access-log?kind=person&to=2026-11-22"))
    assert "per-a1" not in text_of(auditor.get("/access-log?event=reveal&result=failed"))


def test_the_access_log_names_a_row_of_the_console_in_words(auditor: Browser, town: Town) -> None:
    record_row(town.engine, actor=town.superuser(), table="programme_version", row_id=1, now=town.now)

    page = auditor.get("/access-log?event=console")

    cells = [re.findall(rf'<td data-label="{label}">(?:<b>)?([^<]+)', page) for label in ("访问类型", "对象")]
    assert cells == [["数据控制台"], ["项目版本"]]


def test_both_lists_cost_five_statements_whatever_their_rows(
    app: Flask, auditor: Browser, engine: Engine, case: int
) -> None:
    number = number_of(engine, case)
    auditor.get("/audit")

    for url in ("/audit", f"/audit?name={number}&actor=per-a1", "/access-log", f"/access-log?name={number}"):
        assert len(statements(app, lambda url=url: auditor.get(url))) <= 5  # type: ignore[misc]
    assert len(statements(app, lambda: auditor.get(f"/audit/application/{case}"))) <= 4


def test_superusers_read_both_and_others_neither(town: Town, browse: Browse, firm: Firm, case: int) -> None:
    urls = ("/audit", f"/audit/application/{case}", "/access-log")
    admin = superuser(town, browse)
    clerk, officer = browse("employer", firm.username), browse("officer", "county-a-specialist")

    assert [admin.client.get(url).status_code for url in urls] == [200] * 3
    assert [clerk.client.get(url).status_code for url in urls] == [403] * 3
    assert [officer.client.get(url).status_code for url in urls] == [403] * 3


def test_every_event_in_the_log_has_a_word(
    auditor: Browser, town: Town, firm: Firm, case: int, engine: Engine
) -> None:
    del case
    account_changes.set_officer_roles(
        town.engine,
        actor=town.superuser(),
        account_id=town.officer("city-leader", town.bureaus.city, {"city_leader"}).account_id,
        roles={"city_specialist"},
        now=town.now,
    )
    with Session(engine) as session:
        codes = set(session.scalars(select(AuditEvent.event)))
        assert session.scalar(select(Roster.id).limit(1)) is None
    page = auditor.get("/audit?size=100")

    assert codes & set(events_of(page)) == set()
    assert "市负责人 → 市服务专员" in text_of(
        auditor.get(re.findall(r'href="(/audit/account/\d+)"', auditor.get("/audit?event=set_roles"))[0])
    )
    del firm
