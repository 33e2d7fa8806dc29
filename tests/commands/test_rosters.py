"""Rosters from export to the sealed scan (R32–R37, T8, model 4)."""

import threading
from hashlib import sha256
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from app.commands import applications, cards, desk, rosters
from app.commands.unit_of_work import Work
from app.domain.blocks import Block
from app.domain.errors import Blocked, DomainError, InvalidInput, NotAllowed, NotFound, TooLarge, WrongType
from app.domain.materials import Upload
from app.domain.ports import Ports
from app.domain.roster import ROWS_PER_PAGE
from app.domain.states import Item, Order
from app.models.application import Application
from app.models.file import Blob
from app.models.ids import new_id
from app.models.roster import Roster, RosterItem, RosterScan
from app.queries import rosters as read
from tests.commands.flow import RETURNED, Flow
from tests.commands.paper import exported, photo, pictures, printed, tools_of, uploads, without_code
from tests.commands.test_races import overtaken


def codes(error: pytest.ExceptionInfo[Blocked]) -> list[str]:
    return [block.code for block in error.value.blocks]


def seal(flow: Flow, ports: Ports, roster_id: int, *files: bytes, **typed: object) -> rosters.Sealed:
    return rosters.seal(
        flow.engine, actor=flow.clerk, roster_id=roster_id, uploads=uploads(*files), tools=tools_of(ports),
        now=flow.now, **typed,
    )  # type: ignore[arg-type]  # fmt: skip


def photos(flow: Flow, ports: Ports, roster_id: int) -> list[bytes]:
    return [photo(page, seed=n) for n, page in enumerate(pictures(printed(flow, ports, roster_id)))]


def name_of(flow: Flow, application_id: int) -> str:
    return flow.people[application_id].name


def test_export_numbers_the_roster_and_links_its_members_in_the_order_chosen(flow: Flow) -> None:
    ids = flow.at_gate(3)
    chosen = [ids[2], ids[0], ids[1]]
    locks = flow.locks(*ids)

    made = exported(flow, chosen)

    with Session(flow.engine) as session:
        detail = read.roster(session, flow.clerk, made.id)
    assert made.no == "R10012026000001"
    assert [member.application_id for member in detail.members] == chosen
    assert [flow.row(i).roster_id for i in ids] == [made.id] * 3
    assert [flow.lock(i) for i in ids] == [locks[i] + 1 for i in ids]
    assert [flow.row(i).is_ready for i in ids] == [False] * 3


def test_export_prints_the_numbers_in_full_and_stores_them_masked(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(2)
    made = exported(flow, ids)
    people = [flow.people[i] for i in ids]

    with Session(flow.engine) as session:
        sheet = read.sheet(session, flow.clerk, made.id, cipher=wired.cipher)
        stored = str([item.row for item in session.scalars(select(RosterItem))])

    at = sheet.columns.index("证件号码")
    assert [row[at] for row in sheet.rows] == [person.doc_no for person in people]
    assert not any(person.doc_no in stored or person.mobile in stored for person in people)


def test_the_spreadsheet_holds_the_members_in_order_with_numbers_as_text(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(3)
    made = exported(flow, ids)
    with Session(flow.engine) as session:
        sheet = read.sheet(session, flow.clerk, made.id, cipher=wired.cipher)

    page = openpyxl.load_workbook(BytesIO(wired.sheets.roster(sheet))).active

    assert page is not None
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=3, max_row=6)]
    number = page.cell(4, sheet.columns.index("证件号码") + 1)
    assert rows[0] == list(sheet.columns)
    assert [row[1] for row in rows[1:]] == [name_of(flow, i) for i in ids]
    assert (number.value, number.data_type, number.number_format) == (flow.people[ids[0]].doc_no, "s", "@")


def test_export_names_the_member_that_stands_on_another_roster(flow: Flow) -> None:
    ids = flow.at_gate(2)
    first = exported(flow, ids[:1])
    before = flow.snapshot()

    with pytest.raises(Blocked) as refused:
        exported(flow, ids)

    (block,) = refused.value.blocks
    assert (block.code, dict(block.params)) == (
        "member_on_live_roster", {"name": name_of(flow, ids[0]), "no": first.no}
    )  # fmt: skip
    assert flow.snapshot() == before


def test_export_refuses_nobody_members_elsewhere_and_strangers(flow: Flow) -> None:
    waiting, early = flow.at_gate(1), flow.submitted(1)
    before = flow.snapshot()

    with pytest.raises(Blocked) as empty:
        exported(flow, [])
    with pytest.raises(Blocked) as unready:
        exported(flow, waiting + early)
    with pytest.raises(NotFound):
        exported(flow, [*waiting, 4711])
    with pytest.raises(NotAllowed):
        exported(flow, waiting, actor=flow.county)

    assert codes(empty) == ["roster_empty"]
    assert codes(unready) == ["member_not_ready"]
    assert flow.snapshot() == before


def test_export_of_anothers_case_answers_as_for_a_missing_one(flow: Flow) -> None:
    ids = flow.at_gate(1)
    other = flow.town.actor(flow.town.firm("云海乙企业有限公司", "emp-b", "b").account_id)

    with pytest.raises(NotFound):
        exported(flow, ids, actor=other)

    assert flow.row(ids[0]).roster_id is None


def test_the_same_submission_key_exports_once(flow: Flow) -> None:
    ids = flow.at_gate(1)
    seen = flow.locks(*ids)

    made = [
        rosters.export(flow.engine, actor=flow.clerk, ids=ids, seen=seen, now=flow.now, key="k") for _ in "ab"
    ]

    assert made[0] == made[1]


def test_two_pages_taken_as_two_phone_pictures_seal_the_roster(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(ROWS_PER_PAGE + 1)
    made = exported(flow, ids)
    before = flow.locks(*ids)

    sealed = seal(flow, wired, made.id, *photos(flow, wired, made.id))

    with Session(flow.engine) as session:
        detail = read.roster(session, flow.clerk, made.id)
    assert made.pages == 2
    assert (sealed.state, sealed.verified_by, sealed.seal_hint) == ("sealed", "code", "found")
    assert [scan.pages for scan in detail.live_scans] == [(1,), (2,)]
    assert [flow.row(i).is_ready for i in ids] == [True] * len(ids)
    assert [flow.lock(i) for i in ids] == [before[i] + 1 for i in ids]
    assert {flow.row(i).stage_code for i in ids} == {"county_specialist"}


def test_one_scanned_pdf_seals_the_roster(flow: Flow, wired: Ports) -> None:
    made = exported(flow, flow.at_gate(1))
    pdf = Upload("扫描件.pdf", printed(flow, wired, made.id))

    sealed = rosters.seal(
        flow.engine, actor=flow.clerk, roster_id=made.id, uploads=[pdf], tools=tools_of(wired), now=flow.now
    )

    assert sealed.verified_by == "code"


def test_the_three_kinds_of_duplicates_have_three_messages(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(2)
    made = exported(flow, ids[:1])
    (page,) = pictures(printed(flow, wired, made.id))
    first, second = photo(page), photo(page, tilt=-2.0, seed=9)
    seal(flow, wired, made.id, first)
    before = flow.snapshot()

    with pytest.raises(Blocked) as same_file:
        seal(flow, wired, made.id, first)
    with pytest.raises(Blocked) as second_upload:
        seal(flow, wired, made.id, second)
    with pytest.raises(Blocked) as same_person:
        exported(flow, ids)

    assert [codes(same_file), codes(second_upload), codes(same_person)] == [
        ["roster_file_used"], ["roster_already_sealed"], ["member_on_live_roster"]
    ]  # fmt: skip
    assert len({e.value.blocks[0].text for e in (same_file, second_upload, same_person)}) == 3
    assert flow.snapshot() == before


def test_a_file_is_used_once_even_for_another_roster(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(2)
    one, two = exported(flow, ids[:1]), exported(flow, ids[1:])
    picture = photo(pictures(printed(flow, wired, one.id))[0])
    seal(flow, wired, one.id, picture)

    with pytest.raises(Blocked) as refused:
        seal(flow, wired, two.id, picture)

    assert codes(refused) == ["roster_file_used"]


def test_a_file_that_goes_to_another_roster_at_the_same_moment_is_refused_naming_it(
    flow: Flow, wired: Ports
) -> None:
    ids = flow.at_gate(2)
    one, two = exported(flow, ids[:1]), exported(flow, ids[1:])
    picture = photo(pictures(printed(flow, wired, one.id))[0])
    before = flow.snapshot()

    def take_the_file(work: Work) -> None:
        work.session.execute(
            insert(RosterScan).values(
                id=new_id(), roster_id=two.id, position=1, pages=[1], sha256=sha256(picture).hexdigest(),
                blob_id=work.session.scalars(select(Blob.id).limit(1)).one(), file_name="a.jpg",
                uploaded_by=flow.clerk.account_id, uploaded_at=flow.now,
            )
        )  # fmt: skip

    def upload() -> Block:
        with pytest.raises(Blocked) as refused:
            seal(flow, wired, one.id, picture)
        (block,) = refused.value.blocks
        return block

    _, block = overtaken(flow.engine, take_the_file, upload, actor=flow.clerk, now=flow.now, seconds=3)

    assert (block.code, dict(block.params)) == ("roster_file_used", {"file": "汇总表1.jpg"})
    assert flow.snapshot() == before
    with Session(flow.engine) as session:
        assert session.scalars(select(RosterScan.roster_id)).all() == [two.id]


def test_after_a_member_was_returned_the_old_sheet_is_refused_naming_him(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(2)
    made = exported(flow, ids)
    picture = photo(pictures(printed(flow, wired, made.id))[0])
    pulled = applications.pull_back(
        flow.engine, actor=flow.clerk, ids=ids[:1], seen=flow.locks(*ids[:1]), now=flow.now
    )
    assert pulled.moved == (ids[0],)
    returned = applications.send_back(
        flow.engine, actor=flow.clerk, ids=ids[:1], seen=flow.locks(*ids[:1]), order=RETURNED, now=flow.now
    )
    assert returned.moved == (ids[0],)
    before = flow.snapshot()

    with pytest.raises(Blocked) as refused:
        seal(flow, wired, made.id, picture)

    (block,) = refused.value.blocks
    assert (block.code, dict(block.params)) == ("roster_outdated", {"who": name_of(flow, ids[0])})
    assert flow.snapshot() == before
    assert [flow.row(i).is_ready for i in ids] == [False, False]


def test_a_missing_page_is_named(flow: Flow, wired: Ports) -> None:
    made = exported(flow, flow.at_gate(ROWS_PER_PAGE + 1))
    before = flow.snapshot()

    with pytest.raises(Blocked) as refused:
        seal(flow, wired, made.id, photos(flow, wired, made.id)[0])

    (block,) = refused.value.blocks
    assert (block.code, dict(block.params)) == ("roster_page_missing", {"pages": "2"})
    assert flow.snapshot() == before


def test_the_sheet_of_another_roster_is_refused_naming_the_file(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(2)
    mine, other = exported(flow, ids[:1]), exported(flow, ids[1:])
    picture = photo(pictures(printed(flow, wired, other.id))[0])

    with pytest.raises(Blocked) as refused:
        seal(flow, wired, mine.id, picture)

    (block,) = refused.value.blocks
    assert (block.code, dict(block.params)) == ("roster_of_other", {"pages": "汇总表1.jpg"})


def test_another_employers_roster_is_a_missing_one(flow: Flow, wired: Ports) -> None:
    made = exported(flow, flow.at_gate(1))
    picture = photo(pictures(printed(flow, wired, made.id))[0])
    stranger = flow.town.actor(flow.town.firm("云海乙企业有限公司", "emp-b", "b").account_id)

    for roster_id in (made.id, 4711):
        with pytest.raises(NotFound):
            rosters.seal(
                flow.engine,
                actor=stranger,
                roster_id=roster_id,
                uploads=uploads(picture),
                tools=tools_of(wired),
                now=flow.now,
            )

    with Session(flow.engine) as session:
        assert session.scalars(select(RosterScan.id)).all() == []


def test_two_uploads_at_once_leave_one_accepted(flow: Flow, wired: Ports) -> None:
    made = exported(flow, flow.at_gate(2))
    (page,) = pictures(printed(flow, wired, made.id))
    pair = [photo(page), photo(page, seed=5, tilt=-3.0)]
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def upload(picture: bytes) -> None:
        ready.wait()
        try:
            outcomes.append(seal(flow, wired, made.id, picture).state)
        except DomainError as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=upload, args=(picture,)) for picture in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Session(flow.engine) as session:
        assert len(session.scalars(select(RosterScan.id)).all()) == 1
    assert sorted(outcomes) == ["blocked", "sealed"]


def test_an_unreadable_page_is_accepted_with_its_number_and_check_code_typed(
    flow: Flow, wired: Ports
) -> None:
    ids = flow.at_gate(1)
    made = exported(flow, ids)
    picture = photo(without_code(pictures(printed(flow, wired, made.id))[0]))
    with Session(flow.engine) as session:
        marks = read.sheet(session, flow.clerk, made.id, cipher=wired.cipher).marks[0]

    with pytest.raises(Blocked) as unread:
        seal(flow, wired, made.id, picture)
    with pytest.raises(Blocked) as wrong:
        seal(flow, wired, made.id, picture, roster_no=made.no, check_codes=["ZZZZZZ"])
    typed = f"{marks.check_code[:3]} {marks.check_code[3:].lower()}"
    sealed = seal(flow, wired, made.id, picture, roster_no=made.no.lower(), check_codes=[typed])

    assert codes(unread) == ["roster_code_unreadable"]
    assert codes(wrong) == ["roster_check_code_wrong"]
    assert sealed.verified_by == "typed"
    assert flow.row(ids[0]).is_ready is True


def test_the_blank_back_of_a_sheet_is_passed_over(flow: Flow, wired: Ports) -> None:
    made = exported(flow, flow.at_gate(1))
    (page,) = pictures(printed(flow, wired, made.id))
    buffer = BytesIO()
    blank = page.copy()
    blank.paste((250, 250, 249), (0, 0, *page.size))
    page.save(buffer, "PDF", save_all=True, append_images=[blank])

    sealed = rosters.seal(
        flow.engine, actor=flow.clerk, roster_id=made.id, uploads=[Upload("双面.pdf", buffer.getvalue())],
        tools=tools_of(wired), now=flow.now,
    )  # fmt: skip

    assert sealed.verified_by == "code"


@pytest.mark.parametrize(
    ("name", "data", "kind", "code"),
    [
        ("空.jpg", b"", InvalidInput, "file_empty"),
        ("表.docx", b"PK\x03\x04", WrongType, "file_wrong_type"),
        ("表.jpg", b"\xff\xd8\xff\xe0broken", InvalidInput, "file_damaged"),
        ("表.jpg", b"\xff\xd8\xff" + bytes(13 * 1024 * 1024), TooLarge, "file_too_large"),
    ],
)
def test_a_file_that_cannot_be_a_scan_is_named_with_its_cause(
    flow: Flow, wired: Ports, name: str, data: bytes, kind: type[InvalidInput], code: str
) -> None:
    made = exported(flow, flow.at_gate(1))

    with pytest.raises(kind) as refused:
        rosters.seal(
            flow.engine,
            actor=flow.clerk,
            roster_id=made.id,
            uploads=[Upload(name, data)],
            tools=tools_of(wired),
            now=flow.now,
        )

    (error,) = refused.value.errors
    assert (type(refused.value), error.field, error.code, error.params["file"]) == (kind, "files", code, name)
    assert stored_blobs(flow.engine) == []


def stored_blobs(engine: Engine) -> list[str]:
    """Blobs that uploads made (the flow's own have a fixed data key)."""
    with Session(engine) as session:
        return list(session.scalars(select(Blob.sha256).where(Blob.data_key != b"k")))


def test_a_refused_sheet_leaves_no_stored_file(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(2)
    mine, other = exported(flow, ids[:1]), exported(flow, ids[1:])

    with pytest.raises(Blocked):
        seal(flow, wired, mine.id, photo(pictures(printed(flow, wired, other.id))[0]))

    assert stored_blobs(flow.engine) == []


def test_the_scan_can_be_replaced_until_the_county_opens_a_member(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(1)
    made = exported(flow, ids)
    (page,) = pictures(printed(flow, wired, made.id))
    first, second, third = (photo(page, seed=n, tilt=n) for n in (1, 2, 3))
    seal(flow, wired, made.id, first)
    replacing = {"actor": flow.clerk, "roster_id": made.id, "tools": tools_of(wired), "now": flow.now}

    rosters.replace_scan(flow.engine, uploads=uploads(second), **replacing)  # type: ignore[arg-type]
    desk.open_case(flow.engine, actor=flow.county, application_id=ids[0], now=flow.now)
    with pytest.raises(Blocked) as opened:
        rosters.replace_scan(flow.engine, uploads=uploads(third), **replacing)  # type: ignore[arg-type]

    with Session(flow.engine) as session:
        detail = read.roster(session, flow.clerk, made.id)
    assert codes(opened) == ["scan_opened"]
    assert [scan.superseded_at is None for scan in detail.scans] == [False, True]


def test_a_returned_scan_closes_the_gate_until_a_better_one_comes(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(1)
    made = exported(flow, ids)
    (page,) = pictures(printed(flow, wired, made.id))
    seal(flow, wired, made.id, photo(page))

    rosters.return_scan(flow.engine, actor=flow.county, roster_id=made.id, reason="盖章不清晰", now=flow.now)
    closed = flow.row(ids[0]).is_ready
    with Session(flow.engine) as session:
        returned = read.roster(session, flow.clerk, made.id)
    sealed = seal(flow, wired, made.id, photo(page, seed=4, tilt=1.0))

    assert (closed, returned.row.state, returned.return_reason) == (False, "scan_returned", "盖章不清晰")
    assert returned.live_scans == ()
    assert (sealed.state, flow.row(ids[0]).is_ready) == ("sealed", True)


def test_only_the_holder_of_the_gate_returns_a_scan_and_gives_a_reason(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(1)
    made = exported(flow, ids)
    seal(flow, wired, made.id, photo(pictures(printed(flow, wired, made.id))[0]))
    other = flow.town.actor(flow.town.officer("county-b-specialist", flow.town.bureaus.b, set()).account_id)
    before = flow.snapshot()

    with pytest.raises(NotAllowed):
        rosters.return_scan(flow.engine, actor=flow.clerk, roster_id=made.id, reason="x", now=flow.now)
    with pytest.raises(NotFound):
        rosters.return_scan(flow.engine, actor=other, roster_id=made.id, reason="x", now=flow.now)
    with pytest.raises(Blocked) as silent:
        rosters.return_scan(flow.engine, actor=flow.county, roster_id=made.id, reason=" ", now=flow.now)

    assert codes(silent) == ["reason_required"]
    assert flow.snapshot() == before


def test_a_void_roster_frees_its_members(flow: Flow, wired: Ports) -> None:
    ids = flow.at_gate(2)
    made = exported(flow, ids)

    rosters.void(flow.engine, actor=flow.clerk, roster_id=made.id, now=flow.now)
    again = exported(flow, ids)

    with Session(flow.engine) as session:
        states = {row.id: row.state for row in session.execute(select(Roster.id, Roster.state))}
        linked = set(session.scalars(select(Application.roster_id).where(Application.id.in_(ids))))
    assert states == {made.id: "void", again.id: "exported"}
    assert linked == {again.id}
    with pytest.raises(Blocked) as refused:
        seal(flow, wired, made.id, photo(pictures(printed(flow, wired, made.id))[0]))
    assert codes(refused) == ["roster_wrong_state"]


def test_a_sealed_roster_is_not_made_void(flow: Flow, wired: Ports) -> None:
    made = exported(flow, flow.at_gate(1))
    seal(flow, wired, made.id, photo(pictures(printed(flow, wired, made.id))[0]))

    with pytest.raises(Blocked) as refused:
        rosters.void(flow.engine, actor=flow.clerk, roster_id=made.id, now=flow.now)

    assert codes(refused) == ["roster_wrong_state"]


def test_the_county_sees_the_roster_and_another_county_does_not(flow: Flow) -> None:
    made = exported(flow, flow.at_gate(1))
    other = flow.town.officer("county-b-specialist", flow.town.bureaus.b, set())

    with Session(flow.engine) as session:
        assert [row.id for row in read.rosters(session, flow.county).items] == [made.id]
        assert read.rosters(session, other).items == ()
        with pytest.raises(NotFound):
            read.roster(session, other, made.id)


def test_where_rosters_are_advisory_a_member_with_a_card_stays_as_it_is(flow: Flow, wired: Ports) -> None:
    flow.town.republish(roster_gate="advisory")
    issued, returned, waiting = flow.at_gate(3)
    roster_id = flow.export(issued, returned, waiting)
    for actor in (flow.county, flow.county_leader, flow.city, flow.city_leader):
        flow.approve(actor, issued)
    cards.issue(
        flow.engine,
        actor=flow.printer,
        ids=(issued,),
        seen={},
        pdf=wired.pdf,
        base_url="https://x",
        now=flow.now,
    )
    lock = flow.row(issued).lock

    back = applications.send_back(
        flow.engine, actor=flow.county, ids=[returned], seen={}, now=flow.now,
        order=Order(items=(Item("general", "", "other", "请核对"),)),
    )  # fmt: skip

    with Session(flow.engine) as session:
        state = session.scalars(select(Roster.state).where(Roster.id == roster_id)).one()
    assert (back.moved, state) == ((returned,), "void")
    assert (flow.row(issued).status, flow.row(issued).lock) == ("issued", lock)
    assert (flow.row(waiting).roster_id, flow.row(waiting).status) == (None, "in_review")
