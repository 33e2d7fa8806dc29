"""Cards over HTTP: print queue, job, hand-over, reprint, loss, void, public check (I3, I7, R20)."""

import re
from collections.abc import Callable
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import tasks
from app.models.application import Application
from app.models.audit import AccessEvent
from app.models.card import Card, CardPrint
from app.models.work import Job
from tests.commands.flow import CARD, Flow
from tests.web.browser import Browser, everything_of, text_of, values
from tests.web.conftest import Watch
from tests.web.desk import approved_with_photo, outcomes
from tests.web.town import Town

Browse = Callable[..., Browser]
QUEUE = "/cards/queue"


@pytest.fixture
def flow(town: Town) -> Flow:
    """Everybody of the shipped chain."""
    return Flow(town, town.now)


def work_off(app: Flask) -> None:
    """What the worker does."""
    with app.app_context():
        worker = tasks.worker_for(app)
        while worker.run_once():
            pass


def printed(browser: Browser, flow: Flow, ids: list[int]) -> str:
    """Issue the cards of these cases; the page with the result."""
    browser.get(QUEUE)
    rows = [f"{key}:{lock}" for key, lock in flow.locks(*ids).items()]
    answer = browser.post(f"{QUEUE}/print", {"rowid": rows, "action": "print", "submission_key": browser.key})
    assert answer.status_code == 200, text_of(answer.text)
    return answer.text


def card_of(session: Session, application_id: int) -> Card:
    """The card of a case now."""
    found = session.scalars(select(Card).where(Card.application_id == application_id)).one()
    session.expunge(found)
    session.rollback()
    return found


def tokens(session: Session, card_id: int) -> list[str]:
    """The tokens of a card's prints, oldest first."""
    session.rollback()
    return list(
        session.scalars(select(CardPrint.token).where(CardPrint.card_id == card_id).order_by(CardPrint.id))
    )


def test_queue_shows_exactly_what_its_todo_line_counts(flow: Flow, browse: Browse) -> None:
    flow.approved(2)
    flow.sealed(1)
    browser = browse("officer", "city-print")

    page = browser.get(f"{QUEUE}?programme={CARD}")

    assert len(values(page, "rowid")) == 2
    assert f'href="{QUEUE}?programme={CARD}"' in page
    assert re.search(r'class="count">2<', page)


def test_a_batch_is_issued_at_once_and_its_pdf_follows_from_a_job(
    app: Flask, flow: Flow, browse: Browse, session: Session
) -> None:
    ids = approved_with_photo(flow, 2)
    browser = browse("officer", "city-print")

    page = printed(browser, flow, ids)
    url = re.search(r'data-job="([^"]+)"', page)
    assert url is not None
    before = browser.client.get(url[1]).json
    work_off(app)
    after = browser.client.get(url[1]).json

    assert outcomes(page) == (2, 0, 0)
    assert before is not None
    assert after is not None
    assert (before["state"], before["result_url"]) == ("ready", None)
    assert (after["state"], after["progress"]) == ("done", 100)
    answer = browser.client.get(after["result_url"])
    pdf = pypdfium2.PdfDocument(answer.data)
    assert len(pdf) == 2
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert session.scalar(select(func.count()).where(Application.status == "issued")) == 2


def test_code_on_the_printed_card_leads_to_the_public_check(
    flow: Flow, browse: Browse, session: Session
) -> None:
    ids = approved_with_photo(flow)
    browser = browse("officer", "city-print")
    printed(browser, flow, ids)
    card = card_of(session, ids[0])

    pdf = browser.client.get(f"/cards/{card.id}/card.pdf").data
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=8).to_pil()
    code = zxingcpp.read_barcodes(picture)[0].text

    browser.client.application.config["TRUSTED_HOSTS"] = ["cards.example.gov.cn", "localhost"]
    public = browser.client.get(f"/cards/{card.id}/card.pdf").data
    there = zxingcpp.read_barcodes(pypdfium2.PdfDocument(public)[0].render(scale=8).to_pil())[0].text

    token = tokens(session, card.id)[0]
    assert there == f"https://cards.example.gov.cn/verify/{token}", "whatever name the clerk uses"
    assert code == f"http://localhost/verify/{token}"
    page = browse().get(code.removeprefix("http://localhost"))
    name = flow.people[ids[0]].name
    assert card.no in page
    assert name not in page
    assert name[0] + "*" in page
    assert 'class="verdict ok"' in page


def test_the_same_print_order_sent_twice_issues_once(flow: Flow, browse: Browse, session: Session) -> None:
    ids = flow.approved()
    browser = browse("officer", "city-print")
    browser.get(QUEUE)
    data = {"rowid": [f"{ids[0]}:{flow.lock(ids[0])}"], "submission_key": browser.key}

    first, second = browser.post(f"{QUEUE}/print", data), browser.post(f"{QUEUE}/print", data)

    assert outcomes(first.text) == outcomes(second.text) == (1, 0, 0)
    assert session.scalar(select(func.count()).select_from(CardPrint)) == 1
    assert session.scalar(select(func.count()).where(Job.kind == "card_pdf")) == 1


def test_what_cannot_be_printed_is_named_and_stays(flow: Flow, browse: Browse, session: Session) -> None:
    done, waiting = flow.approved()[0], flow.sealed()[0]
    browser = browse("officer", "city-print")
    browser.get(QUEUE)
    rows = [f"{key}:{flow.lock(key)}" for key in (done, waiting)] + ["4611686018427387904:1"]

    answer = browser.post(f"{QUEUE}/print", {"rowid": rows, "submission_key": browser.key})

    assert outcomes(answer.text) == (1, 1, 1)
    assert flow.rows(done, waiting)[1][0] == "in_review"
    assert session.scalar(select(func.count()).select_from(Card)) == 1


def test_select_all_prints_everything_of_the_queue(flow: Flow, browse: Browse, session: Session) -> None:
    flow.approved(3)
    browser = browse("officer", "city-print")
    token = everything_of(browser.get(f"{QUEUE}?programme={CARD}"))

    answer = browser.post(f"{QUEUE}/print", {"everything": token, "submission_key": browser.key})

    assert outcomes(answer.text) == (3, 0, 0)
    assert session.scalar(select(func.count()).select_from(Card)) == 3


def test_reprint_keeps_the_number_and_the_older_print_answers_reissued(
    flow: Flow, browse: Browse, session: Session
) -> None:
    ids = flow.approved()
    browser = browse("officer", "city-print")
    printed(browser, flow, ids)
    card = card_of(session, ids[0])
    url, no = f"/cards/{card.id}", card.no
    lock = values(browser.get(url), "lock")[0]

    bare = browser.post(f"{url}/reprint", {"lock": lock, "reason": ""})
    untouched = len(tokens(session, card.id))
    done = browser.post(f"{url}/reprint", {"lock": lock, "reason": "卡面破损"})

    older, newer = tokens(session, card.id)
    assert (bare.status_code, untouched) == (422, 1)
    assert "卡面破损" in done.text
    assert card_of(session, ids[0]).no == no
    visitor = browse()
    assert "已补发" in visitor.get(f"/verify/{older}")
    assert 'class="verdict ok"' in visitor.get(f"/verify/{newer}")


def test_lost_found_and_void_answer_on_the_public_check(flow: Flow, browse: Browse, session: Session) -> None:
    ids = flow.approved()
    browser = browse("officer", "city-print")
    printed(browser, flow, ids)
    card = card_of(session, ids[0])
    url, token, visitor = f"/cards/{card.id}", tokens(session, card.id)[0], browse()

    def change(verb: str, **fields: str) -> int:
        lock = values(browser.get(url), "lock")[0]
        return browser.post(f"{url}/{verb}", {"lock": lock, **fields}, follow=False).status_code

    seen = []
    for verb, fields in (("lost", {}), ("found", {}), ("void", {"reason": "本人申请注销"})):
        assert change(verb, **fields) == 302
        found = re.search(r'class="verdict (\w+)"', visitor.get(f"/verify/{token}"))
        seen.append(found[1] if found else "")

    assert seen == ["warn", "ok", "bad"]
    stale = browser.post(f"{url}/lost", {"lock": "0"})
    assert stale.status_code == 422


def test_an_expired_card_is_expired_without_anybody_writing_it(
    flow: Flow, browse: Browse, session: Session, watch: Watch
) -> None:
    ids = flow.approved()
    printed(browse("officer", "city-print"), flow, ids)
    token = tokens(session, card_of(session, ids[0]).id)[0]

    watch.forward(days=365 * 6)

    page = browse().get(f"/verify/{token}")
    assert 'class="verdict warn"' in page
    assert card_of(session, ids[0]).state == "active"


def test_an_unknown_code_has_a_friendly_page(browse: Browse) -> None:
    page = browse().get("/verify/no-such-token", status=404)

    assert "查验" in text_of(page) or "code" in text_of(page)


def test_hand_over_records_who_took_the_cards(flow: Flow, browse: Browse, session: Session) -> None:
    ids = flow.approved(2)
    browser = browse("officer", "city-print")
    printed(browser, flow, ids)
    rows = values(browser.get("/cards"), "rowid")

    bare = browser.post("/cards/hand-over", {"rowid": rows, "handed_to": " "})
    untouched = session.scalar(select(func.count()).where(CardPrint.handed_at.is_not(None)))
    session.rollback()
    browser.post("/cards/hand-over", {"rowid": rows, "handed_to": "王经办"})

    assert len(rows) == 2
    assert (bare.status_code, untouched) == (422, 0)
    assert session.scalars(select(CardPrint.handed_to)).all() == ["王经办", "王经办"]
    assert values(browser.get("/cards"), "rowid") == []


def test_cards_are_in_the_scope_of_their_case(flow: Flow, browse: Browse, session: Session) -> None:
    ids = flow.approved()
    printed(browse("officer", "city-print"), flow, ids)
    card = card_of(session, ids[0])
    flow.town.firm("云海乙企业有限公司", "emp-b", "b")
    url = f"/cards/{card.id}"

    own, holder = browse("employer", "emp-a"), browse("person", flow.people[ids[0]].username)
    assert card.no in own.get("/cards")
    own.get(url)
    holder.get(url)
    for stranger in (browse("employer", "emp-b"), browse("officer", "county-b-specialist")):
        stranger.get(url, status=404)
        assert card.no not in stranger.get("/cards")
    assert own.client.get(f"{url}/card.pdf").status_code == 403
    assert browse().client.get(url).status_code == 302


def test_the_holder_reads_no_name_of_an_officer(flow: Flow, browse: Browse, session: Session) -> None:
    ids = flow.approved()
    office = browse("officer", "city-print")
    printed(office, flow, ids)
    url = f"/cards/{card_of(session, ids[0]).id}"

    prints = [
        page.partition("制卡记录")[2] for page in (office.get(url), _holder(flow, browse, ids).get(url))
    ]

    assert [flow.printer.full_name in page for page in prints] == [True, False]


def _holder(flow: Flow, browse: Browse, ids: list[int]) -> Browser:
    return browse("person", flow.people[ids[0]].username)


def test_holder_reports_his_own_card_lost_and_cannot_reprint_it(
    flow: Flow, browse: Browse, session: Session
) -> None:
    ids = flow.approved()
    printed(browse("officer", "city-print"), flow, ids)
    card = card_of(session, ids[0])
    holder = browse("person", flow.people[ids[0]].username)
    lock = values(holder.get(f"/cards/{card.id}"), "lock")[0]

    refused = holder.post(f"/cards/{card.id}/reprint", {"lock": lock, "reason": "想要新的"})
    done = holder.post(f"/cards/{card.id}/lost", {"lock": lock}, follow=False)

    assert [refused.status_code, done.status_code] == [403, 302]
    assert card_of(session, ids[0]).state == "lost"
    assert len(tokens(session, card.id)) == 1


def test_taking_a_card_as_pdf_is_logged(flow: Flow, browse: Browse, session: Session) -> None:
    ids = approved_with_photo(flow)
    browser = browse("officer", "city-print")
    printed(browser, flow, ids)
    card = card_of(session, ids[0])

    answer = browser.client.get(f"/cards/{card.id}/card.pdf")

    assert answer.data[:5] == b"%PDF-"
    assert BytesIO(answer.data).getbuffer().nbytes > 1000
    logged = session.scalars(select(AccessEvent.detail).where(AccessEvent.object_kind == "card")).all()
    assert logged == ["pdf"]


def test_the_holder_finds_his_card_and_its_public_check_at_home(
    flow: Flow, browse: Browse, session: Session
) -> None:
    ids = approved_with_photo(flow)
    printed(browse("officer", "city-print"), flow, ids)
    card = card_of(session, ids[0])
    browser = browse("person", flow.people[ids[0]].username)

    page = browser.get("/home")

    assert card.no in page
    assert f"/verify/{tokens(session, card.id)[0]}" in page
    assert card.no in browser.get(f"/cards/{card.id}")


def test_the_holder_reads_at_home_where_to_collect_the_card_until_it_is_handed_over(
    flow: Flow, browse: Browse
) -> None:
    ids = flow.approved(1)
    printer = browse("officer", "city-print")
    printed(printer, flow, ids)
    holder = browse("person", flow.people[ids[0]].username)
    before = text_of(holder.get("/home"))
    rows = values(printer.get("/cards"), "rowid")

    printer.post("/cards/hand-over", {"rowid": rows, "handed_to": "王经办"})

    after = text_of(holder.get("/home"))
    assert "卡片已制作完成，待领取" in before
    assert ("待领取" in after, "领取时间" in after) == (False, True)


def test_home_puts_a_renewal_forward_only_when_the_card_ends_soon(
    flow: Flow, browse: Browse, session: Session, watch: Watch
) -> None:
    ids = flow.approved(1)
    printed(browse("officer", "city-print"), flow, ids)
    end = card_of(session, ids[0]).valid_to
    username = flow.people[ids[0]].username
    big = re.compile(r'class="button primary large" href="/apply/new/[^"]+/renewal"')

    early = browse("person", username).get("/home")
    watch.forward(days=(end - watch.moment.date()).days - 89)
    late = browse("person", username).get("/home")

    assert (bool(big.search(early)), f"有效期至 {end}" in text_of(early)) == (False, True)
    assert "/renewal" in early
    assert bool(big.search(late))


def test_a_job_is_its_owners_alone(flow: Flow, browse: Browse) -> None:
    ids = flow.approved()
    page = printed(browse("officer", "city-print"), flow, ids)
    url = re.search(r'data-job="([^"]+)"', page)
    assert url is not None

    browse("officer", "city-leader").get(url[1], status=404)
    assert browse().client.get(url[1]).status_code == 302


def test_a_print_order_is_stopped_by_whoever_ordered_it(
    app: Flask, flow: Flow, browse: Browse, session: Session
) -> None:
    browser = browse("officer", "city-print")
    printed(browser, flow, flow.approved())
    url = f"/jobs/{session.scalars(select(Job.id).where(Job.kind == 'card_pdf')).one()}"
    session.rollback()

    foreign = browse("officer", "county-a-leader")
    foreign.get("/home")
    refused = foreign.post(f"{url}/cancel", fetch=True)
    stopped = browser.post(f"{url}/cancel", fetch=True)
    again = browser.post(f"{url}/cancel", fetch=True)
    work_off(app)

    assert (refused.status_code, again.status_code) == (404, 409)
    assert (stopped.json["state"], stopped.json["result_url"]) == ("cancelled", None)
    assert browser.client.get(url).json["state"] == "cancelled"
