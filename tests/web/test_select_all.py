"""“Select all” decides what the list showed, not what came after it; one limit for every batch (D12)."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands import submissions
from app.models.card import Card
from tests.commands.flow import Flow as Chain
from tests.web.browser import Browser, everything_of, text_of, values
from tests.web.case_flow import Flow
from tests.web.conftest import Watch
from tests.web.desk import outcomes
from tests.web.test_queue_pages import EMPLOYER_QUEUE, lines_of
from tests.web.town import Firm, Talent, Town

ACTION = "/applications/action_post"
Browse = Callable[..., Browser]


@pytest.fixture
def firm(town: Town) -> Firm:
    return town.firm()


@pytest.fixture
def people(town: Town, firm: Firm) -> list[Talent]:
    return [town.person(firm, name, f"per-a{n}") for n, name in enumerate(("李明芳", "王军", "李娜"))]


def test_what_arrived_or_changed_after_the_list_is_named_and_not_decided(
    town: Town, firm: Firm, people: list[Talent], flow: Flow, browse: Browse, watch: Watch
) -> None:
    seen, changed = flow.submitted(people[0]), flow.submitted(people[1])
    browser = browse("employer", firm.username)
    page = browser.get(EMPLOYER_QUEUE)
    data = {"action": "approve", "everything": everything_of(page), "submission_key": browser.key}
    town.now = watch.forward(minutes=1)
    came = flow.submitted(people[2])
    flow.send_back(town.actor(firm.account_id), changed)
    flow.attach(people[1], changed, "diploma")
    submissions.submit(
        town.engine,
        actor=town.actor(people[1].account_id),
        application_id=changed,
        lock=flow.row(changed).lock,
        now=town.now,
    )

    checked = browser.post(ACTION, {**data, "action": "check"}).text
    answer = browser.post(ACTION, data).text
    again = browser.post(ACTION, data).text

    assert lines_of(checked) == {"李明芳": "可通过", "王军": "已跳过", "李娜": "已跳过"}
    assert lines_of(answer) == lines_of(again) == {"李明芳": "已办理", "王军": "已跳过", "李娜": "已跳过"}
    assert text_of(answer).count("您打开列表之后") == 2
    assert [flow.row(i).stage_code for i in (seen, changed, came)] == [
        "county_specialist",
        "employer",
        "employer",
    ]


def test_a_row_that_slipped_in_while_the_list_was_read_stops_the_batch(
    firm: Firm, people: list[Talent], flow: Flow, browse: Browse
) -> None:
    """Its moment is not younger than the list, but the list did not count it."""
    case = flow.submitted(people[0])
    browser = browse("employer", firm.username)
    token = everything_of(browser.get(EMPLOYER_QUEUE))
    late = flow.submitted(people[1])

    answer = browser.post(ACTION, {"action": "approve", "everything": token})

    assert (answer.status_code, "列表" in text_of(answer.text)) == (409, True)
    assert [flow.row(i).stage_code for i in (case, late)] == ["employer", "employer"]


def approve_all_with(browser: Browser, **changed: str) -> int:
    """Approve everything by the token of the queue, with some of its parts changed; the status."""
    token = dict(parse_qsl(everything_of(browser.get(EMPLOYER_QUEUE))))
    data = {"action": "approve", "everything": urlencode({**token, **changed})}
    return browser.post(ACTION, data).status_code


@pytest.mark.parametrize(
    "at", ["", "yesterday", "2026-11-23T10:00:00", "9" * 40, "0001-01-01T00:00:00+23:59"]
)
def test_a_token_without_its_moment_is_refused(
    firm: Firm, people: list[Talent], flow: Flow, browse: Browse, at: str
) -> None:
    case = flow.submitted(people[0])

    status = approve_all_with(browse("employer", firm.username), at=at)

    assert (status, flow.row(case).stage_code) == (422, "employer")


@pytest.mark.parametrize("field", ["q", "programme"])
def test_a_token_with_a_control_character_is_refused_however_it_is_written(
    firm: Firm, people: list[Talent], flow: Flow, browse: Browse, field: str
) -> None:
    case = flow.submitted(people[0])

    status = approve_all_with(browse("employer", firm.username), **{field: "\0"})

    assert (status, flow.row(case).stage_code) == (422, "employer")


def test_every_batch_has_the_limit_of_the_setting(
    app: Flask, town: Town, session: Session, browse: Browse
) -> None:
    chain = Chain(town, town.now)
    approved, waiting = chain.approved(3), chain.submitted(3)
    clerk, printer = browse("employer", chain.firm.username), browse("officer", "city-print")
    printer.get("/cards/queue")
    lines = [f"{key}:{lock}" for key, lock in chain.locks(*approved).items()]
    printer.post("/cards/queue/print", {"rowid": lines, "submission_key": printer.key})
    cards = values(printer.get("/cards"), "rowid")
    more = chain.approved(3)
    settings = app.extensions["yingcai.settings"]
    app.extensions["yingcai.settings"] = replace(settings, batch_max=2)
    rows = [f"{key}:{lock}" for key, lock in chain.locks(*waiting).items()]
    everything = everything_of(clerk.get(EMPLOYER_QUEUE))
    queue = everything_of(printer.get("/cards/queue"))
    before = chain.snapshot()

    answers = [
        *(
            clerk.post(ACTION, {"action": action, "rowid": rows})
            for action in ("approve", "send_back", "check")
        ),
        *(
            clerk.post(ACTION, {"action": action, "everything": everything})
            for action in ("approve", "check")
        ),
        clerk.post("/rosters", {"rowid": rows}),
        printer.post("/cards/queue/print", {"rowid": [f"{key}:6" for key in more]}),
        printer.post("/cards/queue/print", {"everything": queue}),
        printer.post("/cards/hand-over", {"rowid": cards, "handed_to": "王经办"}),
    ]

    assert [(a.status_code, "一次最多办理 2 条，现为 3 条" in text_of(a.text)) for a in answers] == [
        (422, True)
    ] * 9
    assert chain.snapshot() == before
    assert session.scalar(select(func.count()).select_from(Card)) == 3


def test_select_all_of_the_print_queue_leaves_what_came_later(
    town: Town, session: Session, browse: Browse, watch: Watch
) -> None:
    chain = Chain(town, town.now)
    chain.approved(2)
    printer = browse("officer", "city-print")
    token = everything_of(printer.get("/cards/queue"))
    chain.now = watch.forward(minutes=1)
    chain.approved()
    order = {"everything": token, "submission_key": printer.key}

    answer = printer.post("/cards/queue/print", order)
    again = printer.post("/cards/queue/print", order)

    assert outcomes(answer.text) == outcomes(again.text) == (2, 1, 0)
    assert session.scalar(select(func.count()).select_from(Card)) == 2
