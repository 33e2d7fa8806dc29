"""Cards from issue to hand-over (I3, I7, model 4: Card)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.commands import cards, person_moves
from app.commands.card_print import PrintTools, render_batch, verify_url
from app.domain.cards import CardState
from app.domain.errors import Blocked, InvalidInput, NotAllowed, NotFound, Stale
from app.domain.ports import BlobRef, Ports
from app.models.application import Application, Submission
from app.models.audit import AccessEvent
from app.models.card import Card, CardPrint
from app.models.file import Blob
from app.models.person import Person
from app.models.work import Job, Message
from app.queries import cards as read
from app.queries.stored_files import opened
from app.tasks import worker
from tests.commands.flow import Flow
from tests.web.town import PASSWORD

BASE = "https://cards.example"


def issue(flow: Flow, ports: Ports, *ids: int, key: str | None = None) -> cards.Issued:
    return cards.issue(
        flow.engine,
        actor=flow.printer,
        ids=ids,
        seen=flow.locks(*ids),
        pdf=ports.pdf,
        base_url=BASE,
        now=flow.now,
        key=key,
    )


def person_lock(flow: Flow, person_id: int) -> int:
    with Session(flow.engine) as session:
        return session.get_one(Person, person_id).lock


def stored(flow: Flow) -> list[Card]:
    with Session(flow.engine, expire_on_commit=False) as session:
        return list(session.scalars(select(Card).order_by(Card.id)))


def tokens(flow: Flow) -> list[str]:
    with Session(flow.engine) as session:
        return list(session.scalars(select(CardPrint.token).order_by(CardPrint.id)))


def test_issue_numbers_the_cards_of_a_batch_and_closes_their_cases(flow: Flow, wired: Ports) -> None:
    ids = flow.approved(2)

    issued = issue(flow, wired, *ids)

    made = stored(flow)
    assert issued.result.moved == tuple(ids)
    assert [card.no for card in made] == ["10012026000001", "10012026000002"]
    assert flow.rows(*ids) == [("issued", None)] * 2
    assert [card.face["name"] for card in made] == [flow.people[i].name for i in ids]
    assert {(card.valid_from, card.valid_to) for card in made} == {(date(2026, 11, 23), date(2028, 12, 31))}
    assert len(set(tokens(flow))) == 2


def test_issue_tells_the_holders_that_the_card_can_be_collected(flow: Flow, wired: Ports) -> None:
    (case,) = flow.approved(1)

    issue(flow, wired, case)

    with Session(flow.engine) as session:
        told = (
            session.execute(select(Message.account_id).where(Message.template == "sms.collect"))
            .scalars()
            .all()
        )
    assert told == [flow.people[case].account_id]


def test_issue_skips_what_is_not_approved_and_names_strangers_unknown(flow: Flow, wired: Ports) -> None:
    approved, waiting = flow.approved(1), flow.sealed(1)

    issued = issue(flow, wired, *approved, *waiting, 4711)

    assert issued.result.moved == tuple(approved)
    assert [(row.id, row.blocks[0].code) for row in issued.result.skipped] == [(waiting[0], "wrong_status")]
    assert issued.result.unknown == (4711,)


def test_issue_needs_the_printers_function(flow: Flow, wired: Ports) -> None:
    ids = flow.approved(1)

    with pytest.raises(NotAllowed):
        cards.issue(
            flow.engine, actor=flow.city_leader, ids=ids, seen={}, pdf=wired.pdf, base_url=BASE, now=flow.now
        )

    assert stored(flow) == []


def test_a_name_that_cannot_be_printed_blocks_the_card_naming_the_character(flow: Flow, wired: Ports) -> None:
    (case,) = flow.approved(1)
    rare = "\U00030010"

    class WithoutOne:
        """The real writer of a site whose fonts lack one more character than ours."""

        def missing_glyphs(self, text: str) -> str:
            return "李" if "李" in text else wired.pdf.missing_glyphs(text)

    issued = cards.issue(
        flow.engine,
        actor=flow.printer,
        ids=[case],
        seen=flow.locks(case),
        pdf=WithoutOne(),
        base_url=BASE,
        now=flow.now,
    )  # type: ignore[arg-type]

    (skipped,) = issued.result.skipped
    assert [(b.code, dict(b.params)) for b in skipped.blocks] == [("glyph_missing", {"characters": "李"})]
    assert wired.pdf.missing_glyphs("张" + rare + rare) == rare
    assert (stored(flow), flow.rows(case)) == ([], [("approved", None)])


def test_the_same_key_issues_once(flow: Flow, wired: Ports) -> None:
    ids = flow.approved(1)
    seen = flow.locks(*ids)
    order = {
        "actor": flow.printer,
        "ids": ids,
        "seen": seen,
        "pdf": wired.pdf,
        "base_url": BASE,
        "now": flow.now,
    }

    first = cards.issue(flow.engine, key="k", **order)  # type: ignore[arg-type]
    again = cards.issue(flow.engine, key="k", **order)  # type: ignore[arg-type]

    assert first == again
    assert len(stored(flow)) == 1


def test_issue_ends_the_live_card_of_the_same_person_first(flow: Flow, wired: Ports) -> None:
    (first,) = flow.approved(1)
    issue(flow, wired, first)
    renewal = flow.draft(flow.people[first], kind="renewal")
    from_first = flow.people[first]
    flow.people[renewal] = from_first
    flow.save(renewal, {"category": "C", "education": "14", "degree": "3", "position": "工程师",
                        "contract_kind": "fixed", "contract_end": "2028-12-31"})  # fmt: skip
    flow.attach(renewal, "id_document", "photo", "contract", "diploma", mark="renewal")
    flow.submit(renewal)
    flow.approve(flow.clerk, renewal)
    flow.seal(flow.export(renewal))
    for actor in (flow.county, flow.county_leader, flow.city, flow.city_leader):
        flow.approve(actor, renewal)

    issue(flow, wired, renewal)

    assert [(card.application_id, card.state) for card in stored(flow)] == [
        (first, "void"),
        (renewal, "active"),
    ]


def test_the_job_renders_one_pdf_with_a_page_and_a_readable_code_per_card(flow: Flow, wired: Ports) -> None:
    ids = flow.approved(2)
    issued = issue(flow, wired, *ids)
    executor = worker(flow.engine, replace(wired, clock=_At(flow)))

    while executor.run_once():
        pass

    with Session(flow.engine) as session:
        job = session.get_one(Job, issued.job_id)
        blob = session.get_one(Blob, int(job.result["blob"]))  # type: ignore[index]
        pdf = opened(wired.vault, _ref(blob))
    pages = [page.render(scale=4).to_pil() for page in pypdfium2.PdfDocument(pdf)]
    assert job.state == "done"
    read_codes = [zxingcpp.read_barcodes(page.convert("L"))[0].text for page in pages]
    assert read_codes == [verify_url(BASE, token) for token in tokens(flow)]


class _At:
    """A clock that stands where the flow does."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def now(self) -> datetime:
        return self._flow.now


def _ref(blob: Blob) -> BlobRef:
    return BlobRef(blob.id, blob.sha256, blob.key, blob.data_key)


def test_rendering_twice_gives_the_same_cards(flow: Flow, wired: Ports) -> None:
    issued = issue(flow, wired, *flow.approved(1))
    tools = PrintTools(wired.pdf, wired.vault, wired.images, lambda: flow.now)
    assert issued.batch_no is not None

    blobs = [render_batch(flow.engine, batch_no=issued.batch_no, base_url=BASE, tools=tools) for _ in "ab"]

    with Session(flow.engine) as session:
        pdfs = [opened(wired.vault, _ref(session.get_one(Blob, blob))) for blob in blobs]
    assert [len(pypdfium2.PdfDocument(BytesIO(pdf))) for pdf in pdfs] == [1, 1]


def test_a_reprint_keeps_the_number_and_the_older_print_answers_reissued(flow: Flow, wired: Ports) -> None:
    issue(flow, wired, *flow.approved(1))
    (card,) = stored(flow)

    cards.reprint(
        flow.engine, actor=flow.printer, card_id=card.id, reason="卡片损坏", base_url=BASE, now=flow.now
    )

    old, new = tokens(flow)
    with Session(flow.engine) as session:
        checks = [read.verify(session, token, now=flow.now) for token in (old, new)]
        detail = read.card(session, flow.printer, card.id, now=flow.now)
    assert [(c.card_no, c.is_reissued, c.is_valid) for c in checks] == [
        (card.no, True, False),
        (card.no, False, True),
    ]
    assert checks[1].name == card.face["name"][:1] + "*" * (len(card.face["name"]) - 1)
    assert [(p.reason, p.is_newest) for p in detail.prints] == [("卡片损坏", True), (None, False)]


def test_an_unknown_code_is_not_found(flow: Flow) -> None:
    with Session(flow.engine) as session, pytest.raises(NotFound):
        read.verify(session, "x" * 500, now=flow.now)


def test_a_lost_card_is_suspended_found_again_and_cancelled_for_good(flow: Flow, wired: Ports) -> None:
    (case,) = flow.approved(1)
    issue(flow, wired, case)
    (card,) = stored(flow)
    states = []
    verbs = (
        lambda: cards.report_lost(flow.engine, actor=flow.me(case), card_id=card.id, now=flow.now),
        lambda: cards.found(flow.engine, actor=flow.printer, card_id=card.id, now=flow.now),
        lambda: cards.cancel(flow.engine, actor=flow.printer, card_id=card.id, reason="离职", now=flow.now),
    )

    for verb in verbs:
        verb()
        states.append(stored(flow)[0].state)

    assert states == ["lost", "active", "void"]
    with pytest.raises(Blocked) as refused:
        cards.found(flow.engine, actor=flow.printer, card_id=card.id, now=flow.now)
    assert refused.value.blocks[0].code == "card_wrong_state"


def test_a_card_verb_needs_a_reason_the_lock_seen_and_scope(flow: Flow, wired: Ports) -> None:
    issue(flow, wired, *flow.approved(1))
    (card,) = stored(flow)
    stranger = flow.town.actor(flow.applicant().account_id)
    give = {"card_id": card.id, "now": flow.now}

    with pytest.raises(InvalidInput):
        cards.cancel(flow.engine, actor=flow.printer, reason=" ", **give)  # type: ignore[arg-type]
    with pytest.raises(Stale):
        cards.cancel(flow.engine, actor=flow.printer, reason="x", lock=card.lock + 1, **give)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        cards.report_lost(flow.engine, actor=stranger, **give)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        cards.report_lost(flow.engine, actor=flow.clerk, **give)  # type: ignore[arg-type]

    assert [(c.state, c.lock) for c in stored(flow)] == [("active", 0)]


def test_hand_over_notes_who_took_the_newest_prints(flow: Flow, wired: Ports) -> None:
    issue(flow, wired, *flow.approved(2))
    ids = [card.id for card in stored(flow)]

    with Session(flow.engine) as session:
        waiting = read.cards(session, flow.printer, now=flow.now, not_handed_over=True).items
    seen = dict.fromkeys(ids, 0)
    taken = cards.hand_over(flow.engine, actor=flow.printer, seen=seen, handed_to="王联系", now=flow.now)

    with Session(flow.engine) as session:
        left = read.cards(session, flow.printer, now=flow.now, not_handed_over=True).items
        names = set(session.scalars(select(CardPrint.handed_to)))
    assert (len(waiting), taken, left, names) == (2, 2, (), {"王联系"})


def test_hand_over_of_a_card_not_in_force_changes_none(flow: Flow, wired: Ports) -> None:
    issue(flow, wired, *flow.approved(2))
    ids = [card.id for card in stored(flow)]
    cards.report_lost(flow.engine, actor=flow.printer, card_id=ids[1], now=flow.now)

    with pytest.raises(Blocked):
        cards.hand_over(
            flow.engine, actor=flow.printer, seen={ids[0]: 0, ids[1]: 1}, handed_to="王", now=flow.now
        )

    with Session(flow.engine) as session:
        assert set(session.scalars(select(CardPrint.handed_to))) == {None}


def test_a_card_past_its_end_reads_as_expired(flow: Flow, wired: Ports) -> None:
    issue(flow, wired, *flow.approved(1))
    later = flow.now + timedelta(days=366 * 3)

    with Session(flow.engine) as session:
        listed = read.cards(session, flow.printer, now=later, state=CardState.EXPIRED).items
        in_force = read.cards(session, flow.printer, now=later, state=CardState.ACTIVE).items
        checked = read.verify(session, tokens(flow)[0], now=later)

    assert [row.state for row in listed] == [CardState.EXPIRED]
    assert (in_force, checked.is_valid, checked.state) == ((), False, CardState.EXPIRED)


def test_cards_are_found_by_number_and_name_within_the_scope(flow: Flow, wired: Ports) -> None:
    (case,) = flow.approved(1)
    issue(flow, wired, case)
    (card,) = stored(flow)
    other = flow.town.officer("county-b-specialist", flow.town.bureaus.b, set())

    with Session(flow.engine) as session:
        found = [
            [row.no for row in read.cards(session, actor, now=flow.now, q=q).items]
            for actor, q in (
                (flow.printer, card.no),
                (flow.printer, "李"),
                (flow.clerk, card.no),
                (other, card.no),
            )
        ]

    assert found == [[card.no], [card.no], [card.no], []]


def test_the_photo_on_the_card_is_the_one_of_the_submission(flow: Flow, wired: Ports) -> None:
    (case,) = flow.approved(1)
    with Session(flow.engine) as session:
        files = session.scalars(select(Submission.files).where(Submission.application_id == case)).one()

    issue(flow, wired, case)

    photo = next(file["blob_id"] for file in files if file["slot"] == "photo")
    assert stored(flow)[0].face["photo_blob"] == photo


def test_a_failed_rendering_leaves_the_numbers(flow: Flow, wired: Ports) -> None:
    issued = issue(flow, wired, *flow.approved(1))
    with Session(flow.engine.execution_options(write=True)) as session, session.begin():
        broken = {"batch": str(issued.batch_no), "base_url": None}
        session.execute(update(Job).where(Job.id == issued.job_id).values(args=broken))

    worker(flow.engine, replace(wired, clock=_At(flow))).run_once()

    with Session(flow.engine) as session:
        job = session.get_one(Job, issued.job_id)
        assert (job.state, job.attempts) == ("ready", 1)
    assert [card.state for card in stored(flow)] == ["active"]


def test_hand_over_refuses_a_card_that_changed_since_it_was_seen(flow: Flow, wired: Ports) -> None:
    issue(flow, wired, *flow.approved(2))
    ids = [card.id for card in stored(flow)]
    for verb in (cards.report_lost, cards.found):
        verb(flow.engine, actor=flow.printer, card_id=ids[1], now=flow.now)

    with pytest.raises(Stale):
        cards.hand_over(
            flow.engine, actor=flow.printer, seen=dict.fromkeys(ids, 0), handed_to="王", now=flow.now
        )

    assert [(card.state, card.lock) for card in stored(flow)] == [("active", 0), ("active", 2)]
    with Session(flow.engine) as session:
        assert set(session.scalars(select(CardPrint.handed_to))) == {None}


def test_print_order_and_hand_over_above_the_limit_are_refused_with_the_number(
    flow: Flow, wired: Ports
) -> None:
    ids, before = flow.approved(2), flow.snapshot()
    give = {"actor": flow.printer, "now": flow.now, "batch_max": 1}

    with pytest.raises(InvalidInput) as printing:
        cards.issue(flow.engine, ids=ids, seen={}, pdf=wired.pdf, base_url="http://x", **give)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as handing:
        cards.hand_over(flow.engine, seen=dict.fromkeys(ids, 0), handed_to="王", **give)  # type: ignore[arg-type]

    said = [error.value.errors[0] for error in (printing, handing)]
    assert [(error.code, error.params) for error in said] == [("batch_too_large", {"max": 1, "count": 2})] * 2
    assert (flow.snapshot(), stored(flow)) == (before, [])


def test_a_case_that_was_not_the_printers_to_issue_is_noted(flow: Flow, wired: Ports) -> None:
    ready, waiting = flow.approved(1)[0], flow.submitted()[0]

    issued = issue(flow, wired, ready, waiting, 4711)

    with Session(flow.engine) as session:
        noted = session.execute(
            select(AccessEvent.actor_id, AccessEvent.object_kind, AccessEvent.object_id, AccessEvent.result)
            .where(AccessEvent.kind == "denied")
            .order_by(AccessEvent.object_id)
        ).all()
    me = flow.printer.account_id
    assert issued.result.moved == (ready,)
    assert [tuple(row) for row in noted] == [
        (me, "application", 4711, "unknown"),
        (me, "application", waiting, "unknown"),
    ]


def test_a_person_under_a_new_account_holds_one_live_card(flow: Flow, wired: Ports) -> None:
    (first,) = flow.approved(1)
    issue(flow, wired, first)
    holder = flow.people[first]
    person_moves.close(
        flow.engine, actor=flow.me(first), lock=person_lock(flow, holder.id), password=PASSWORD,
        hasher=flow.town.passwords.hasher, now=flow.now,
    )  # fmt: skip
    again = flow.town.person(flow.firm, holder.name, "again1", doc_no=holder.doc_no)

    with pytest.raises(Blocked) as refused:
        flow.draft(again)

    assert [block.code for block in refused.value.blocks] == ["active_card_exists"]
    assert [(card.no, card.state) for card in stored(flow)] == [("10012026000001", "active")]


def test_issuing_ends_the_live_card_that_a_closed_account_left(flow: Flow, wired: Ports) -> None:
    first, second = flow.approved(2)
    issue(flow, wired, first)
    with flow.town.writing() as session:
        key = session.scalars(select(Application.applicant_key).where(Application.id == first)).one()
        session.execute(update(Application).where(Application.id == second).values(applicant_key=key))

    issue(flow, wired, second)

    assert sorted((card.application_id, card.state) for card in stored(flow)) == sorted(
        [(first, "void"), (second, "active")]
    )
