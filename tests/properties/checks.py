"""The invariants of model section 6, asked of the database after the steps of the machine."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.audit import Event, first_broken
from app.domain.errors import NotFound
from app.domain.programme import Programme
from app.domain.roles import Actor
from app.domain.states import OPEN, Status, Verb
from app.models.account import Account, IdentityClaim
from app.models.application import (
    Application,
    Approval,
    Draft,
    MaterialView,
    Review,
    ReviewItem,
    Submission,
)
from app.models.audit import AuditEvent
from app.models.base import Model
from app.models.card import Card, CardPrint
from app.models.employer import Employer
from app.models.file import Blob
from app.models.person import Person
from app.models.roster import Roster, RosterItem, RosterScan
from app.models.work import Job, Message, NumberSeries
from app.queries import applications, decisions, print_queue, todo
from app.queries.applications import Filters, Tab
from app.queries.paging import Page
from tests.properties.model import Facts, sees

_SINCE: Mapping[type[Model], str] = {
    Application: "id", Approval: "application_id", AuditEvent: "subject_id", Blob: "id", Card: "id",
    CardPrint: "id", Draft: "application_id", Job: "id", MaterialView: "application_id", Message: "id",
    Person: "id", Review: "id", ReviewItem: "id", Roster: "id", RosterItem: "roster_id", RosterScan: "id",
    Submission: "application_id",
}  # fmt: skip


def snapshot(session: Session, floor: int) -> dict[str, list[str]]:
    """Everything a refused command must leave alone, of what was made since `floor` (I7)."""
    found = {}
    for model, column in _SINCE.items():
        table = model.__table__
        rows = session.execute(select(table).where(table.c[column] > floor))
        found[table.name] = sorted(map(repr, rows))
    for model in (Employer, NumberSeries):
        found[model.__tablename__] = sorted(map(repr, session.execute(select(model.__table__))))
    return found


def each_step(session: Session, ids: Collection[int], programme: Programme) -> None:
    """What must hold after every step: I1 to I6, I9."""
    rows = {row.id: row for row in session.scalars(select(Application).where(Application.id.in_(ids)))}
    assert set(rows) == set(ids)
    _replay(session, rows)
    _approvals(session, rows, programme)
    _one_each(session, rows)
    _rosters(session, rows, programme)
    _cards(session, rows)


def _replay(session: Session, rows: Mapping[int, Application]) -> None:
    """I1, I2: the events give the row, each follows the one before, the lock counts the transitions."""
    ordered = select(AuditEvent).order_by(AuditEvent.subject_id, AuditEvent.seq)
    events: dict[int, list[AuditEvent]] = defaultdict(list)
    for event in session.scalars(
        ordered.where(AuditEvent.subject_kind == "application", AuditEvent.subject_id.in_(rows))
    ):
        events[event.subject_id].append(event)
    for case, row in rows.items():
        state = None
        for event in events[case]:
            assert event.payload["from"] == state, event.event
            state = event.payload["to"]
        assert state == {
            "status": row.status, "stage": row.stage_code, "ready": row.is_ready, "lock": row.lock,
            "version": row.version_no, "roster": None if row.roster_id is None else str(row.roster_id),
            "frozen": row.frozen_reason,
        }  # fmt: skip
        handed = sum(event.event == "reassign" for event in events[case])
        assert (row.lock, row.audit_seq) == (len(events[case]) - 1 - handed, len(events[case]))
        assert first_broken((_event(event), event.hash) for event in events[case]) is None
    verdicts = select(Review.application_id, Review.lock_seen).where(Review.application_id.in_(rows))
    assert max(Counter(session.execute(verdicts).tuples()).values(), default=1) == 1


def _event(row: AuditEvent) -> Event:
    names = ("subject_kind", "subject_id", "seq", "event", "at", "actor_id", "party", "role", "payload")
    return Event(**{name: getattr(row, name) for name in names}, prev_hash=row.prev_hash)


def _approvals(session: Session, rows: Mapping[int, Application], programme: Programme) -> None:
    """I3, I4, INV15: who approved, in which order, before or after the sealed roster."""
    held: dict[int, list[Approval]] = defaultdict(list)
    statement = select(Approval).where(Approval.application_id.in_(rows)).order_by(Approval.review_id)
    for approval in session.scalars(statement):
        held[approval.application_id].append(approval)
    chains = _chains(session, rows)
    sealed = _sealed(session, rows)
    for case, row in rows.items():
        stages = [approval.stage_code for approval in held[case]]
        people = [approval.actor_key for approval in held[case]]
        assert len({row.applicant_key, *people}) == len(people) + 1
        assert all(approval.version_no == row.version_no for approval in held[case])
        if row.status in ("draft", "returned"):
            assert stages == []
        if row.version_no and row.status in ("in_review", "approved", "issued"):
            chain = chains[case, row.version_no]
            before = chain.index(row.stage_code) if row.stage_code else len(chain)
            assert stages == chain[:before]
            if programme.gate is not None and programme.gate.code in stages:
                assert (row.roster_id, case, row.version_no) in sealed


def _chains(session: Session, rows: Collection[int]) -> dict[tuple[int, int], list[str]]:
    s = Submission
    found = session.execute(select(s.application_id, s.n, s.chain).where(s.application_id.in_(rows)))
    return {(row.application_id, row.n): row.chain for row in found}


def _sealed(session: Session, rows: Collection[int]) -> set[tuple[int, int, int]]:
    """I3, INV5: roster, case and version of every line of a sealed roster."""
    i = RosterItem
    lines = select(i.roster_id, i.application_id, i.version_no).join(Roster, Roster.id == i.roster_id)
    return set(session.execute(lines.where(Roster.state == "sealed", i.application_id.in_(rows))).tuples())


def _one_each(session: Session, rows: Mapping[int, Application]) -> None:
    """I5: one open application, one live card per person and programme."""
    opened = Counter((r.person_id, r.programme_id) for r in rows.values() if Status(r.status) in OPEN)
    people = {row.person_id for row in rows.values()}
    live = select(Card.person_id, Card.programme_id).where(
        Card.person_id.in_(people), Card.state.in_(("active", "lost"))
    )
    carded = Counter(session.execute(live).tuples())
    assert max([*opened.values(), *carded.values()], default=1) == 1


def _rosters(session: Session, rows: Mapping[int, Application], programme: Programme) -> None:
    """I6, INV6: who is on an unsealed roster waits for it at the gate; a scan lives exactly on a sealed one."""
    mine = select(RosterItem.roster_id).where(RosterItem.application_id.in_(rows))
    rosters = {roster.id: roster for roster in session.scalars(select(Roster).where(Roster.id.in_(mine)))}
    items_of: dict[int, list[RosterItem]] = defaultdict(list)
    for item in session.scalars(select(RosterItem).where(RosterItem.roster_id.in_(rosters))):
        items_of[item.roster_id].append(item)
    live = select(RosterScan.roster_id).where(
        RosterScan.roster_id.in_(rosters), RosterScan.superseded_at.is_(None)
    )
    scans = Counter(session.scalars(live))
    for roster in rosters.values():
        items = items_of[roster.id]
        linked = [item for item in items if rows[item.application_id].roster_id == roster.id]
        assert (scans[roster.id] == 1) == (roster.state == "sealed")
        if roster.state == "void":
            assert linked == []
        if roster.state in ("exported", "scan_returned"):
            assert len(linked) == len(items) == roster.size
            for item in items:
                row = rows[item.application_id]
                gate = programme.gate.code if programme.gate else ""
                assert (row.status, row.stage_code, row.is_ready) == ("in_review", gate, False)
        for item in linked:
            assert item.version_no == rows[item.application_id].version_no
    for row in rows.values():
        on = rosters.get(row.roster_id or 0)
        at_gate = programme.gate is not None and row.stage_code == programme.gate.code
        expected = row.status == "in_review" and (not at_gate or (on is not None and on.state == "sealed"))
        assert row.is_ready == expected


def _cards(session: Session, rows: Mapping[int, Application]) -> None:
    """I9: a card exists iff its application is issued; no number twice; every card has a print."""
    cards = session.scalars(select(Card).where(Card.application_id.in_(rows))).all()
    issued = sorted(case for case, row in rows.items() if row.status == "issued")
    assert sorted(card.application_id for card in cards) == issued
    numbers = select(func.count(), func.count(Card.no.distinct())).select_from(Card)
    assert len(set(session.execute(numbers).one())) == 1
    printed = session.scalars(select(CardPrint.card_id).where(CardPrint.card_id.in_([c.id for c in cards])))
    assert {card.id for card in cards} == set(printed)


def numbers_are_claimed(session: Session) -> None:
    """I8: the numbers of every open account are claimed, each once, and by nobody else."""
    held = session.execute(
        select(Account.id, Account.doc_no_id, Account.mobile_id).where(Account.active)
    ).all()
    claims = Counter(session.scalars(select(IdentityClaim.account_id)))
    assert dict(claims) == {
        row.id: n for row in held if (n := sum(x is not None for x in (row.doc_no_id, row.mobile_id)))
    }


def everybody_sees_his_own(session: Session, actors: Iterable[Actor], known: Mapping[int, Facts]) -> None:
    """I12, INV9: lists and loads of commands show exactly the cases that the rules of scope name."""
    for actor in actors:
        wanted = {case for case, one in known.items() if sees(actor, one)}
        listed = visible(select(Application.id).where(Application.id.in_(known)), actor, Application)
        assert set(session.scalars(listed)) == wanted


NO_CASES = {
    "registration",
    "registration_returned",
    "persons",
    "employers",
    "changes",
    "rosters",
    "own_person",
}
"""To-do lines that lead to no list of cases: their rows are counted where their pages are tested."""


def counts_are_rows(session: Session, actors: Iterable[Actor]) -> None:
    """I11: the count of every to-do line is the number of rows behind its link, on all pages together."""
    for actor in actors:
        for line in todo.lines(session, actor):
            assert _behind(session, actor, line) in (None, line.count), line


def _behind(session: Session, actor: Actor, line: todo.Line) -> int | None:
    """How many rows the list of a to-do line shows; None for lines that lead to no list of cases."""
    code = line.params.get("programme", "")
    if line.code in ("drafts", "returned"):
        status = {"drafts": "draft", "returned": "returned"}[line.code]
        own = applications.own(session, actor)
        return sum((row.status, row.programme_code) == (status, code) for row in own)
    if line.code == "printing":
        return _walked(lambda cursor: print_queue.to_print(
            session, actor, programme=code, cursor=cursor, limit=3))  # fmt: skip
    tabs = {
        "applications": (line.params.get("desk", ""), Tab.READY, Filters()),
        "roster_wanted": ("employer_reviewer", Tab.WAITING, Filters(without_roster=True)),
    }
    if line.code in NO_CASES:
        return None
    role, tab, filters = tabs[line.code]
    return _walked(
        lambda cursor: applications.queue(
            session, actor, programme=code, role=role, tab=tab, filters=filters, cursor=cursor, limit=3
        )
    )


def _walked(page_at: Callable[[str | None], Page[Any]]) -> int:
    """The rows of all pages, each once; a page says the same count wherever one is."""
    page = page_at(None)
    ids, count = [row.id for row in page.items], page.count
    while page.next_cursor is not None:
        page = page_at(page.next_cursor)
        ids += [row.id for row in page.items]
        assert page.count == count
    assert len(ids) == len(set(ids))
    return len(ids)


def everything_waits_for_one(
    session: Session, actors: Iterable[Actor], ids: Collection[int], code: str
) -> None:
    """I11: every open case stands on exactly one desk's list, and says which."""
    places: dict[int, set[str]] = defaultdict(set)
    for actor in actors:
        for role in sorted(actor.roles):
            ready = applications.queue(session, actor, programme=code, role=role, tab=Tab.READY, limit=100)
            for case in ready.items:
                places[case.id].add(f"{role} {actor.employer_id or actor.agency_id}")
        for case in print_queue.to_print(session, actor, programme=code, limit=100).items:
            places[case.id].add(f"printer {actor.agency_id}")
    for row in session.scalars(select(Application).where(Application.id.in_(ids))):
        on_desk = row.status == "approved" or (row.status == "in_review" and row.is_ready)
        assert len(places[row.id]) == on_desk, (row.status, row.stage_code, places[row.id])


def offered_is_accepted(
    session: Session, actors: Iterable[Actor], ids: Collection[int], *, now: datetime
) -> None:
    """I14: what the dry run of a batch accepts is what is offered; test_offered asks the commands."""
    for actor in actors:
        for case in ids:
            try:
                offered = decisions.actions(session, actor, case, now=now)
            except NotFound:
                continue
            lock = session.get_one(Application, case).lock
            for action in offered:
                if action.verb in (Verb.APPROVE, Verb.UNDO, Verb.PULL_BACK):
                    tried = decisions.preview(
                        session, actor, action.verb, ids=[case], seen={case: lock}, now=now
                    )
                    assert (case in tried.result.moved) == action.is_allowed


def undo_toast_is_true(session: Session, actors: Iterable[Actor], *, now: datetime) -> None:
    """I14: a decision that the page offers to take back can be taken back, all the rows it names."""
    for actor in actors:
        found = decisions.undoable(session, actor, now=now)
        if found is None:
            continue
        batch = select(Review.application_id).where(Review.batch_id == found.batch_id)
        tried = decisions.preview(
            session, actor, Verb.UNDO, ids=session.scalars(batch).all(), seen={}, now=now
        )
        assert len(tried.result.moved) == found.rows
