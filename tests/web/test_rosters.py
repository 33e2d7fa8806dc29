"""Rosters over HTTP: export, print, the stamped upload and each of its refusals, the county (R32–R37)."""

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.cli.demo import papers
from app.commands import applications
from app.models.application import Application
from app.models.audit import AccessEvent
from app.models.roster import Roster, RosterScan
from tests.commands.flow import Flow
from tests.web.browser import Browser, text_of, values
from tests.web.desk import make_previews
from tests.web.town import Town

Browse = Callable[..., Browser]


@pytest.fixture
def flow(town: Town) -> Flow:
    """Everybody of the shipped chain."""
    return Flow(town, town.now)


def export(browser: Browser, flow: Flow, *ids: int) -> int:
    """Post ticked rows as the queue does; the new roster's id."""
    browser.get("/rosters")
    rows = [f"{key}:{lock}" for key, lock in flow.locks(*ids).items()]
    answer = browser.post(
        "/rosters", {"rowid": [row for key in ids for row in rows if row.startswith(f"{key}:")]}, follow=False
    )
    assert answer.status_code == 302, text_of(answer.text)
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def photos(browser: Browser, roster_id: int) -> list[bytes]:
    """What a phone makes of the printed and stamped sheet."""
    return papers.stamped(browser.client.get(f"/rosters/{roster_id}/sheet.pdf").data)


def upload(
    browser: Browser, roster_id: int, *files: tuple[str, bytes], fetch: bool = True, **fields: str
) -> TestResponse:
    """上传汇总表."""
    browser.get(f"/rosters/{roster_id}")
    data = {"files": [(BytesIO(content), name) for name, content in files], **fields}
    return browser.post(f"/rosters/{roster_id}/scan", data, fetch=fetch, follow=False)


def codes(answer: TestResponse) -> list[str]:
    """The reasons of a refusal."""
    assert answer.json is not None
    return [error["code"] for error in answer.json["errors"]] or [answer.json["code"]]


def state_of(session: Session, roster_id: int) -> str:
    """The state of a roster now."""
    state = session.scalars(select(Roster.state).where(Roster.id == roster_id)).one()
    session.rollback()
    return state


def test_exported_file_holds_exactly_the_ticked_rows_in_their_order(flow: Flow, browse: Browse) -> None:
    first, second, third = flow.at_gate(3)
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, third, first)

    answer = browser.client.get(f"/rosters/{roster_id}/sheet.xlsx")

    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = [str(cell.value) for cell in cells]
    wanted = [flow.people[third], flow.people[first]]
    assert [text for text in texts if text in {talent.name for talent in flow.people.values()}] == [
        talent.name for talent in wanted
    ]
    numbers = {
        cell.value: cell.data_type for cell in cells if cell.value in {talent.doc_no for talent in wanted}
    }
    assert numbers == {talent.doc_no: "s" for talent in wanted}
    assert [text for text in texts if text.endswith("（硕士）")] == ["硕士研究生毕业（硕士）"] * 2
    assert flow.people[second].name not in texts
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


def test_taking_the_form_with_full_numbers_is_logged(flow: Flow, browse: Browse, session: Session) -> None:
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *flow.at_gate())

    browser.client.get(f"/rosters/{roster_id}/sheet.pdf")

    logged = session.execute(
        select(AccessEvent.kind, AccessEvent.detail).where(AccessEvent.object_id == roster_id)
    ).all()
    assert logged == [("export", "pdf")]


def test_page_of_a_roster_shows_masked_numbers_only(flow: Flow, browse: Browse) -> None:
    ids = flow.at_gate()
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *ids)

    page = browser.get(f"/rosters/{roster_id}")

    talent = flow.people[ids[0]]
    assert talent.name in page
    assert talent.doc_no not in page
    assert talent.mobile not in page


def test_the_sheet_in_view_lists_its_keys(flow: Flow, browse: Browse) -> None:
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *flow.at_gate())
    before = browser.get(f"/rosters/{roster_id}")
    upload(browser, roster_id, *[(f"{n}.jpg", data) for n, data in enumerate(photos(browser, roster_id))])

    page = browser.get(f"/rosters/{roster_id}")

    inside = page.split("data-keys>")[1]
    assert ('data-open="keys"' in inside, "<kbd>N / P</kbd>" in page) == (True, True)
    assert ("data-keys>" in before, 'data-open="keys"' in before) == (False, False)


def test_photos_of_the_stamped_sheet_seal_it_and_make_all_members_ready(
    flow: Flow, browse: Browse, session: Session
) -> None:
    ids = flow.at_gate(14)
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *ids)
    pages = photos(browser, roster_id)

    answer = upload(browser, roster_id, *[(f"照片{n}.jpg", data) for n, data in enumerate(pages, 1)])

    assert len(pages) == 2
    assert answer.status_code == 200, answer.text
    assert answer.json == {"url": f"/rosters/{roster_id}"}
    assert state_of(session, roster_id) == "sealed"
    assert session.scalar(select(func.count()).where(Application.id.in_(ids), Application.is_ready)) == 14


def test_one_pdf_is_as_good_as_photos_and_needs_no_script(
    flow: Flow, browse: Browse, session: Session
) -> None:
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *flow.at_gate())
    scanned = BytesIO()
    Image.open(BytesIO(photos(browser, roster_id)[0])).save(scanned, "PDF")

    answer = upload(browser, roster_id, ("扫描件.pdf", scanned.getvalue()), fetch=False)

    assert answer.status_code == 302
    assert state_of(session, roster_id) == "sealed"


@pytest.mark.parametrize("replace", ["", "1"])
def test_a_sheet_without_a_recognised_seal_is_asked_about_before_it_is_accepted(
    flow: Flow, browse: Browse, session: Session, replace: str
) -> None:
    browser, county = browse("employer", "emp-a"), browse("officer", "county-a-specialist")
    ids = flow.at_gate()
    roster_id = export(browser, flow, *ids)
    before = 0
    if replace:
        upload(browser, roster_id, ("1.jpg", photos(browser, roster_id)[0]))
        before = 1
    grey = _grey(photos(browser, roster_id)[0])

    asked = upload(browser, roster_id, ("2.png", grey), replace=replace)

    assert (asked.status_code, codes(asked)) == (409, ["seal_not_recognised"])
    assert asked.json is not None
    assert "未检出红章（灰度扫描无法判断）。仍要上传？" in asked.json["detail"]
    assert session.scalar(select(func.count()).select_from(RosterScan)) == before
    assert state_of(session, roster_id) == ("sealed" if replace else "exported")

    done = upload(browser, roster_id, ("2.png", grey), replace=replace, stamped="1")

    assert done.status_code == 200, done.text
    assert state_of(session, roster_id) == "sealed"
    assert "县区" in browser.get(f"/rosters/{roster_id}").partition("无法判断")[2][:40]
    assert "请人工核对" in text_of(county.get(f"/desk/{ids[0]}"))


def test_second_upload_same_file_and_person_on_two_rosters_have_three_messages(
    flow: Flow, browse: Browse, session: Session
) -> None:
    one, two = flow.at_gate(2)
    browser = browse("employer", "emp-a")
    first, second = export(browser, flow, one), export(browser, flow, two)
    sheet = photos(browser, first)[0]
    upload(browser, first, ("1.jpg", sheet))

    again = upload(browser, first, ("2.jpg", photos(browser, second)[0]))
    reused = upload(browser, second, ("1.jpg", sheet))
    browser.get("/rosters")
    twice = browser.post(
        "/rosters", {"rowid": [f"{key}:{lock}" for key, lock in flow.locks(two).items()]}, fetch=True
    )

    assert [again.status_code, reused.status_code, twice.status_code] == [409, 409, 409]
    assert [codes(again), codes(reused), codes(twice)] == [
        ["roster_already_sealed"],
        ["roster_file_used"],
        ["member_on_live_roster"],
    ]
    texts = {answer.json["errors"][0]["text"] for answer in (again, reused, twice) if answer.json}
    assert len(texts) == 3
    assert session.scalar(select(func.count()).select_from(RosterScan)) == 1
    assert state_of(session, second) == "exported"


def test_sheet_of_another_roster_and_a_missing_page_are_refused(
    flow: Flow, browse: Browse, session: Session
) -> None:
    ids = flow.at_gate(14)
    browser = browse("employer", "emp-a")
    long, short = export(browser, flow, *ids[:13]), export(browser, flow, ids[13])

    missing = upload(browser, long, ("1.jpg", photos(browser, long)[0]))
    other = upload(browser, long, ("x.jpg", photos(browser, short)[0]))

    assert [codes(missing), codes(other)] == [["roster_page_missing"], ["roster_of_other"]]
    assert "2" in missing.text
    assert state_of(session, long) == "exported"


def test_old_sheet_is_refused_naming_the_member_that_was_returned(
    flow: Flow, browse: Browse, session: Session
) -> None:
    ids = flow.at_gate(2)
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *ids)
    sheet = photos(browser, roster_id)[0]
    flow_result = applications.pull_back(
        flow.engine, actor=flow.clerk, ids=[ids[0]], seen=flow.locks(ids[0]), now=flow.now
    )
    assert flow_result.moved == (ids[0],)

    answer = upload(browser, roster_id, ("1.jpg", sheet))

    assert answer.status_code == 409
    assert flow.people[ids[0]].name in answer.json["errors"][0]["text"]
    assert flow.people[ids[1]].name not in answer.json["errors"][0]["text"]
    assert session.scalar(select(func.count()).select_from(RosterScan)) == 0


def test_unreadable_code_is_typed_and_marked_for_the_county(
    flow: Flow, browse: Browse, session: Session
) -> None:
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *flow.at_gate())
    pdf = browser.client.get(f"/rosters/{roster_id}/sheet.pdf").data
    printed = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    no = session.scalars(select(Roster.no).where(Roster.id == roster_id)).one()
    session.rollback()
    blurred = Image.open(BytesIO(photos(browser, roster_id)[0])).reduce(24)
    small = BytesIO()
    blurred.resize((1200, 850)).save(small, "JPEG")
    check = next(
        word
        for line in printed.split("\n")
        for word in line.replace("：", " ").split()
        if _is_check_code(word)
    )

    refused = upload(browser, roster_id, ("1.jpg", small.getvalue()))
    wrong = upload(browser, roster_id, ("1.jpg", small.getvalue()), roster_no=no, check_codes="000000")
    done = upload(
        browser, roster_id, ("1.jpg", small.getvalue()), roster_no=no, check_codes=check, stamped="1"
    )

    assert codes(refused) == ["roster_code_unreadable"]
    assert wrong.status_code == 409
    assert done.status_code == 200, done.text
    page = browse("officer", "county-a-specialist").get(f"/rosters/{roster_id}")
    assert "人工核对" in page


def _is_check_code(word: str) -> bool:
    plain = word.strip("()（）").replace("-", "")
    return len(plain) == 6 and plain.isalnum() and plain.isupper() and any(c.isalpha() for c in plain)


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("空.jpg", b"", 422, "file_empty"),
        ("表.gif", b"GIF89a" + b"0" * 200, 415, "file_wrong_type"),
        ("假.jpg", b"\xff\xd8\xff" + b"not a picture", 422, "file_damaged"),
        ("表.pdf", b"\xff\xd8\xff" + b"0" * 200, 415, "file_wrong_type"),
        ("大.jpg", b"\xff\xd8\xff" + b"0" * (12 * 1024 * 1024 + 1), 413, "file_too_large"),
    ],
)
def test_a_file_that_cannot_be_accepted_is_named_with_its_cause(
    flow: Flow, browse: Browse, session: Session, name: str, content: bytes, status: int, code: str
) -> None:
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *flow.at_gate())

    answer = upload(browser, roster_id, (name, content))

    assert (answer.status_code, codes(answer)) == (status, [code])
    assert answer.json is not None
    assert name in answer.json["errors"][0]["text"]
    assert state_of(session, roster_id) == "exported"


def test_no_file_at_all_is_refused(flow: Flow, browse: Browse, session: Session) -> None:
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *flow.at_gate())

    answer = upload(browser, roster_id)

    assert answer.status_code == 422
    assert state_of(session, roster_id) == "exported"


def test_county_returns_the_scan_with_a_reason_and_the_employer_uploads_another(
    flow: Flow, browse: Browse, session: Session
) -> None:
    ids = flow.at_gate()
    browser, county = browse("employer", "emp-a"), browse("officer", "county-a-specialist")
    roster_id = export(browser, flow, *ids)
    sheet = photos(browser, roster_id)[0]
    upload(browser, roster_id, ("1.jpg", sheet))
    lock = values(county.get(f"/rosters/{roster_id}"), "lock")[0]

    bare = county.post(f"/rosters/{roster_id}/return", {"lock": lock, "reason": ""})
    untouched = state_of(session, roster_id)
    done = county.post(f"/rosters/{roster_id}/return", {"lock": lock, "reason": "印章不清晰"}, follow=False)
    page = browser.get(f"/rosters/{roster_id}")
    better = upload(browser, roster_id, ("2.png", _png(sheet)))

    assert [bare.status_code, untouched, done.status_code] == [422, "sealed", 302]
    assert "印章不清晰" in page
    assert better.status_code == 200
    assert state_of(session, roster_id) == "sealed"


def test_scan_is_replaced_until_the_county_opens_a_member(
    flow: Flow, browse: Browse, session: Session
) -> None:
    ids = flow.at_gate()
    browser, county = browse("employer", "emp-a"), browse("officer", "county-a-specialist")
    roster_id = export(browser, flow, *ids)
    sheet = photos(browser, roster_id)[0]
    upload(browser, roster_id, ("1.jpg", sheet))

    replaced = upload(browser, roster_id, ("2.png", _png(sheet)), replace="1")
    county.get(f"/desk/{ids[0]}")
    county.post(f"/desk/{ids[0]}/opened", fetch=True)
    late = upload(browser, roster_id, ("3.png", _png(sheet, 2)), replace="1")

    assert replaced.status_code == 200
    assert (late.status_code, codes(late)) == (409, ["scan_opened"])
    assert session.scalar(select(func.count()).where(RosterScan.superseded_at.is_(None))) == 1


def test_the_same_scan_posted_twice_is_answered_alike_and_taken_once(
    flow: Flow, browse: Browse, session: Session
) -> None:
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *flow.at_gate())
    sheet = photos(browser, roster_id)[0]

    def twice(name: str, data: bytes, **fields: str) -> list[TestResponse]:
        (key,) = set(values(upload_form(browser.get(f"/rosters/{roster_id}")), "submission_key"))
        return [
            upload(browser, roster_id, (name, data), submission_key=key, fetch=fetch, **fields)
            for fetch in (True, False)
        ]

    sealed, replaced = twice("1.jpg", sheet), twice("2.png", _png(sheet), replace="1")

    assert [answer.status_code for answer in (*sealed, *replaced)] == [200, 302, 200, 302]
    assert {answer.headers["Location"] for answer in (sealed[1], replaced[1])} == {f"/rosters/{roster_id}"}
    scans = select(RosterScan.superseded_at.is_(None)).order_by(RosterScan.position)
    assert session.scalars(scans).all() == [False, True]


def upload_form(page: str) -> str:
    """The form that takes the stamped sheet."""
    return page[page.index("data-scan") :].partition("</form>")[0]


def test_a_roster_given_up_frees_its_members(flow: Flow, browse: Browse, session: Session) -> None:
    ids = flow.at_gate()
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *ids)
    lock = values(browser.get(f"/rosters/{roster_id}"), "lock")[0]

    answer = browser.post(f"/rosters/{roster_id}/void", {"lock": lock}, follow=False)

    assert answer.status_code == 302
    assert state_of(session, roster_id) == "void"
    assert export(browser, flow, *ids) != roster_id


def test_scan_is_a_material_for_the_city_and_for_no_one_else(
    flow: Flow, browse: Browse, session: Session
) -> None:
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *flow.at_gate())
    upload(browser, roster_id, ("盖章表.jpg", photos(browser, roster_id)[0]))
    scan = f"s{session.scalars(select(RosterScan.id)).one()}"
    session.rollback()
    make_previews(flow.town)
    flow.town.firm("云海乙企业有限公司", "emp-b", "b")

    county, city = browse("officer", "county-a-specialist"), browse("officer", "city-leader")
    image = county.client.get(f"/files/{scan}/page/1")
    assert (image.status_code, image.mimetype) == (200, "image/jpeg")
    assert city.client.get(f"/files/{scan}/download").data[:3] == b"\xff\xd8\xff"
    assert browse("officer", "county-b-specialist").client.get(f"/files/{scan}/page/1").status_code == 404
    assert browse("employer", "emp-b").client.get(f"/files/{scan}/download").status_code == 404
    assert browse().client.get(f"/files/{scan}/page/1").status_code == 302


def test_rosters_of_others_are_missing(flow: Flow, browse: Browse) -> None:
    browser = browse("employer", "emp-a")
    roster_id = export(browser, flow, *flow.at_gate())
    flow.town.firm("云海乙企业有限公司", "emp-b", "b")

    for other in (browse("employer", "emp-b"), browse("officer", "county-b-specialist")):
        other.get(f"/rosters/{roster_id}", status=404)
        assert other.client.get(f"/rosters/{roster_id}/sheet.pdf").status_code == 404
        assert str(roster_id) not in other.get("/rosters")

    assert browse().client.get(f"/rosters/{roster_id}").status_code == 302


def test_todo_line_counts_the_rosters_of_the_first_tab(flow: Flow, browse: Browse) -> None:
    one, two = flow.at_gate(2)
    browser = browse("employer", "emp-a")
    export(browser, flow, one)
    second = export(browser, flow, two)
    upload(browser, second, ("1.jpg", photos(browser, second)[0]))

    page = browser.get("/rosters?tab=open")

    assert page.count('href="/rosters/') - page.count('href="/rosters/?') >= 1
    assert page.count("<tr>") == 2


def _grey(jpeg: bytes) -> bytes:
    out = BytesIO()
    Image.open(BytesIO(jpeg)).convert("L").save(out, "PNG")
    return out.getvalue()


def test_heads_of_numbers_stand_over_their_numbers(flow: Flow, browse: Browse) -> None:
    browser = browse("employer", "emp-a")
    export(browser, flow, *flow.at_gate())

    page = browser.get("/rosters")

    assert page.count('<th scope="col" class="numeric">') == page.count('<td class="numeric"') == 2


def _png(jpeg: bytes, crop: int = 0) -> bytes:
    out = BytesIO()
    picture = Image.open(BytesIO(jpeg))
    picture.crop((crop, crop, picture.width, picture.height)).save(out, "PNG")
    return out.getvalue()
