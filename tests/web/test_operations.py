"""Messages, their texts, jobs, decisions and the state of the system, as superusers see them (I4, I5, D21, D26)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.orm import Session

import config
from app.cli.initialise import seed_reference
from app.commands.messages import send_due
from app.models.account import Account
from app.models.application import Review
from app.models.audit import AuditEvent
from app.models.ids import new_id
from app.models.reference import Code
from app.models.work import Job, Message
from tests.web.browser import Browser, text_of
from tests.web.case_flow import Flow
from tests.web.superuser import superuser
from tests.web.town import Talent, Town

Browse = Callable[..., Browser]
PAGES = (
    "/records/messages/list/",
    "/records/jobs/list/",
    "/records/reviews/list/",
    "/message-texts/list/",
    "/system",
)


@pytest.fixture
def admin(town: Town, browse: Browse) -> Browser:
    """A superuser's browser."""
    return superuser(town, browse)


@pytest.fixture
def talent(town: Town) -> Talent:
    """A person approved by an employer."""
    return town.person(town.firm())


def text_row(engine: Engine, code: str) -> tuple[int, str]:
    """Key and words of a message's text."""
    with Session(engine) as session:
        return session.execute(select(Code.id, Code.title).where(Code.code == code)).one().tuple()


def job(town: Town, state: str, kind: str = "card_pdf") -> int:
    """A job in a state."""
    key = new_id()
    with town.writing() as session:
        values = {"id": key, "kind": kind, "args": {"secret": "argument"}, "state": state, "attempts": 5}
        session.execute(
            insert(Job).values(**values, run_at=town.now, created=town.now, error="KeyError: 'x'")
        )
    return key


def test_messages_show_state_and_masked_recipient_and_no_number_or_param(
    admin: Browser, town: Town, talent: Talent, engine: Engine
) -> None:
    with town.writing() as session:
        session.execute(update(Message).values(params={"code": "424242"}))
    sent = send_due(engine, sms=town.ports.sms, cipher=town.ports.cipher, worker="w", now=town.now)
    page = admin.get("/records/messages/list/")
    with Session(engine) as session:
        key = session.scalars(select(Message.id).where(Message.account_id == talent.account_id)).one()
    shown = admin.get(f"/records/messages/show/{key}")

    assert sent >= 1
    for text in (page, shown):
        assert (talent.mobile in text, "424242" in text) == (False, False)
        assert f"{talent.mobile[:3]}****{talent.mobile[-4:]}" in text
        assert ("注册" in text_of(text), "已发送" in text_of(text)) == (True, True)


def test_the_superusers_home_says_how_the_system_stands_and_what_failed(admin: Browser, town: Town) -> None:
    quiet = admin.get("/home")
    job(town, "dead")
    job(town, "done")

    page = admin.get("/home")

    assert "1 个后台任务失败，等待重新启动。" in page
    assert "后台任务失败" not in quiet
    assert [word in quiet for word in ("数据库", 'href="/system"')] == [True, True]


def test_failed_jobs_are_started_again_and_others_stay(admin: Browser, town: Town, engine: Engine) -> None:
    dead, done = job(town, "dead"), job(town, "done")
    page = admin.get("/records/jobs/list/")

    answer = admin.post(
        "/records/jobs/action_post", {"action": "retry", "rowid": [str(dead), str(done)]}, follow=True
    )

    assert ("KeyError" in page, "argument" in page) == (True, False)
    assert "已重新启动1个任务" in text_of(answer.text)
    assert "1个任务既未失败也未取消" in text_of(answer.text)
    with Session(engine) as session:
        rows = {row.id: row.state for row in session.execute(select(Job.id, Job.state))}
        logged = session.scalars(select(AuditEvent.payload).where(AuditEvent.event == "job_revived")).all()
    assert rows == {dead: "ready", done: "done"}
    assert logged == [{"job": str(dead)}]
    assert "argument" not in admin.get(f"/records/jobs/show/{done}")


def test_a_text_is_changed_once_and_later_messages_have_it(
    admin: Browser, town: Town, talent: Talent, engine: Engine, app: Flask
) -> None:
    del talent
    key, old = text_row(engine, "sms.reg_approve")
    admin.get(f"/message-texts/edit/{key}")
    new = "您的注册已通过，请登录办理。"

    saved = admin.post(f"/message-texts/edit/{key}", {"words": f" {new} ", "seen": old}, follow=False)
    late = admin.post(f"/message-texts/edit/{key}", {"words": "别的内容", "seen": old})
    seed_reference(engine, town.now)

    assert (saved.status_code, late.status_code) == (302, 422)
    assert "别的内容" in late.text
    assert text_row(engine, "sms.reg_approve") == (key, new)
    send_due(engine, sms=town.ports.sms, cipher=town.ports.cipher, worker="w", now=town.now)
    sent = app.extensions["yingcai.settings"].data_dir / "sms.jsonl"
    assert new in sent.read_text(encoding="utf-8")
    with Session(engine) as session:
        assert session.scalars(select(AuditEvent.event).where(AuditEvent.subject_kind == "system")).all() == [
            "message_text"
        ]


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("sms.returned", "您的{name}申请已退回。", "{name}"),
        ("sms.returned", "您的{programme申请已退回。", "花括号"),
        ("sms.reg_approve", "您的{programme}已通过。", "{programme}"),
        ("sms.code", "请勿告知他人。", "{code}"),
        ("sms.returned", " ", "请填写短信文本"),
        ("sms.returned", "长" * 101, "100"),
    ],
)
def test_a_wrong_text_is_refused_at_its_field_and_kept_on_screen(
    admin: Browser, engine: Engine, code: str, text: str, said: str
) -> None:
    key, old = text_row(engine, code)
    admin.get(f"/message-texts/edit/{key}")

    answer = admin.post(f"/message-texts/edit/{key}", {"words": text, "seen": old})

    assert answer.status_code == 422
    assert said in text_of(answer.text.split('id="words-error"')[1].split("</p>")[0])
    assert text.strip() in answer.text
    assert text_row(engine, code) == (key, old)


def test_texts_stand_on_their_own_page_only(admin: Browser, engine: Engine) -> None:
    key, _old = text_row(engine, "sms.code")
    with Session(engine) as session:
        other = session.scalars(select(Code.id).where(Code.code == "14")).first()

    assert "短信模板" not in admin.get("/code-lists/list/")
    assert "短信模板" not in admin.get("/codes/add")
    assert admin.client.get(f"/codes/edit/{key}").status_code == 404
    assert admin.client.get(f"/message-texts/edit/{other}").status_code == 404


def test_a_text_that_an_older_installation_lacks_is_added_and_no_other_touched(
    engine: Engine, town: Town
) -> None:
    key, old = text_row(engine, "sms.code")
    with town.writing() as session:
        session.execute(delete(Code).where(Code.id == key))
        session.execute(update(Code).where(Code.code == "sms.collect").values(title="自己的"))

    seed_reference(engine, town.now)

    assert text_row(engine, "sms.code")[1] == old
    assert text_row(engine, "sms.collect")[1] == "自己的"


def test_a_decision_is_shown_with_its_findings(
    admin: Browser, town: Town, talent: Talent, flow: Flow, engine: Engine
) -> None:
    case = flow.submitted(talent)
    with Session(engine) as session:
        clerk = town.actor(session.scalars(select(Account.id).where(Account.username == "emp-a")).one())
    flow.send_back(clerk, case)
    with Session(engine) as session:
        key = session.scalars(select(Review.id).where(Review.application_id == case)).one()

    listed, shown = admin.get("/records/reviews/list/"), text_of(admin.get(f"/records/reviews/show/{key}"))

    assert flow.row(case).no in listed
    assert all(word in shown for word in ("已退回", "请补正", "审核发现", "材料", "王联系"))


def test_a_decision_is_no_ones_but_the_superusers(talent: Talent, browse: Browse, flow: Flow) -> None:
    flow.submitted(talent)
    browsers = [
        browse("employer", "emp-a"),
        browse("person", "per-a1"),
        browse("officer", "county-a-specialist"),
    ]

    for browser in browsers:
        assert [browser.client.get(url).status_code for url in PAGES] == [403] * len(PAGES)


def test_the_state_of_the_system_hides_secrets_and_warns_of_desks_without_a_holder(
    admin: Browser, town: Town, app: Flask
) -> None:
    job(town, "dead")
    settings = app.extensions["yingcai.settings"]
    app.extensions["yingcai.settings"] = replace(
        settings,
        database_url="postgresql+psycopg://yc:hunter2@db/yc",
        metrics_token="figures-only",
    )

    page = admin.get("/system")

    assert [
        secret in page for secret in (settings.secret_key, settings.keyring, "hunter2", "figures-only")
    ] == [False] * 4
    assert "postgresql+psycopg://yc:***@db/yc" in page
    assert "0002" in page or "数据库结构版本" in page
    assert all(name in page for name in config.NAMES)
    assert "甲县人社局" in text_of(page)
    assert "失败 1" in text_of(page)


@pytest.mark.parametrize("url", PAGES)
def test_each_page_is_one_click_from_the_superusers_menu(admin: Browser, url: str) -> None:
    assert f'href="{url}"' in admin.get("/home")
    assert admin.get(url).count("<h1>") == 1
