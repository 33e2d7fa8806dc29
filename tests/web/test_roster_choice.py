"""Choosing people for a roster: who can be ticked, where the buttons lead, what a refused export offers (R32)."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands import rosters
from app.models.application import Application
from app.models.roster import Roster
from tests.commands.flow import Flow
from tests.web.browser import Browser, text_of, values
from tests.web.town import Town

Browse = Callable[..., Browser]
QUEUE = "/review/bohai-talent-card/employer"
CHOOSE = f"{QUEUE}?tab=waiting&amp;roster=none"


@pytest.fixture
def flow(town: Town) -> Flow:
    """Everybody of the shipped chain."""
    return Flow(town, town.now)


def on_roster(flow: Flow, *ids: int) -> str:
    """Put cases on a roster; its number."""
    seen = flow.locks(*ids)
    return rosters.export(flow.engine, actor=flow.clerk, ids=ids, seen=seen, now=flow.now).no


def ticked(page: str) -> set[int]:
    """The cases with a box."""
    return {int(row.partition(":")[0]) for row in values(page, "rowid")}


@pytest.mark.parametrize("tab", ["waiting", "passed"])
def test_only_who_can_stand_on_a_new_roster_has_a_box_and_the_others_name_theirs(
    flow: Flow, browse: Browse, tab: str
) -> None:
    free, taken = flow.at_gate(2)
    no = on_roster(flow, taken)

    page = browse("employer", "emp-a").get(f"{QUEUE}?tab={tab}")

    assert ticked(page) == {free}
    assert re.search(rf'data-label="汇总表"[^>]*><a href="/rosters/\d+">{no}</a>', page)
    heads = [text_of(head) for head in re.findall(r"<th[^>]*>(.*?)</th>", page, re.DOTALL)]
    assert "汇总表" in heads
    assert heads.index("汇总表") < heads.index("证件号码")


def test_buttons_lead_to_those_without_a_roster(flow: Flow, browse: Browse) -> None:
    free, taken = flow.at_gate(2)
    on_roster(flow, taken)
    browser = browse("employer", "emp-a")

    assert f'href="{CHOOSE}"' in browser.get(f"{QUEUE}?tab=passed")
    assert f'href="{CHOOSE}"' in browser.get("/rosters?tab=void")
    here = browser.get(CHOOSE.replace("&amp;", "&"))
    assert ticked(here) == {free}
    assert f'<a class="button" href="{CHOOSE}"' not in here


def test_the_empty_list_of_rosters_leads_to_the_choice(flow: Flow, browse: Browse) -> None:
    flow.at_gate()

    page = browse("employer", "emp-a").get("/rosters")

    assert re.search(rf'class="empty".*href="{re.escape(CHOOSE)}"', page, re.DOTALL)


def test_where_the_roster_only_advises_the_choice_is_among_those_that_passed(
    flow: Flow, browse: Browse
) -> None:
    flow.town.republish(roster_gate="advisory")
    (case,) = flow.at_gate()
    browser = browse("employer", "emp-a")

    assert f'href="{QUEUE}?tab=passed&amp;roster=none"' in browser.get("/rosters")
    assert ticked(browser.get(f"{QUEUE}?tab=passed&roster=none")) == {case}


def test_a_refused_export_names_who_cannot_and_exports_the_others(
    flow: Flow, browse: Browse, session: Session
) -> None:
    free, taken = flow.at_gate(2)
    browser = browse("employer", "emp-a")
    rows = values(browser.get(f"{QUEUE}?tab=waiting"), "rowid")
    no = on_roster(flow, taken)

    refused = browser.post("/rosters", {"rowid": rows, "back": f"{QUEUE}?tab=waiting"})

    said = text_of(refused.text)
    assert refused.status_code == 409
    assert f"{flow.people[taken].name}已在汇总表 {no} 中" in said
    assert f'href="{QUEUE}?tab=waiting"' in refused.text
    assert session.scalar(select(func.count()).select_from(Roster)) == 1
    assert session.scalar(select(Application.roster_id).where(Application.id == free)) is None
    session.rollback()
    assert ticked(refused.text) == {free}

    done = browser.post("/rosters", {"rowid": values(refused.text, "rowid")}, follow=False)

    assert done.status_code == 302
    assert session.scalar(select(func.count()).select_from(Roster)) == 2


def test_a_refused_export_of_nobody_else_offers_nothing(flow: Flow, browse: Browse, session: Session) -> None:
    (taken,) = flow.at_gate()
    browser = browse("employer", "emp-a")
    rows = values(browser.get(f"{QUEUE}?tab=waiting"), "rowid")
    on_roster(flow, taken)

    refused = browser.post("/rosters", {"rowid": rows})

    assert refused.status_code == 409
    assert values(refused.text, "rowid") == []
    assert session.scalar(select(func.count()).select_from(Roster)) == 1


def test_people_of_another_programme_version_wait_for_a_roster_of_their_own(
    flow: Flow, browse: Browse, session: Session
) -> None:
    (old,) = flow.at_gate()
    flow.town.republish(undo_minutes=9)
    (new,) = flow.at_gate()
    browser = browse("employer", "emp-a")
    rows = values(browser.get(f"{QUEUE}?tab=waiting"), "rowid")

    refused = browser.post("/rosters", {"rowid": rows})

    assert refused.status_code == 409
    assert len(ticked(refused.text)) == 1
    assert ticked(refused.text) < {old, new}
    assert session.scalar(select(func.count()).select_from(Roster)) == 0


def test_where_nobody_can_be_chosen_there_is_nothing_to_tick(flow: Flow, browse: Browse) -> None:
    (taken,) = flow.at_gate()
    on_roster(flow, taken)

    page = browse("employer", "emp-a").get(f"{QUEUE}?tab=passed")

    assert flow.people[taken].name in page
    assert 'class="tick"' not in page
    assert "请勾选人员导出汇总表" not in page
