"""Reports: as many rows as the screen counts, in the actor's scope, streamed once each (R39, I4, I12)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import applications as deciding
from app.domain.errors import InvalidInput, NotFound
from app.domain.identity import NumberSpace
from app.domain.roles import Actor
from app.models.application import Application, Review
from app.queries import applications, rosters
from app.queries.applications import Filters, Tab
from app.queries.paging import chunks
from app.queries.reports import REPORTS, report_of
from app.queries.reports.base import MOMENT, check_names
from tests.commands.flow import CARD, REFUSED, RETURNED, Flow

FOREIGN = "植入他单位"
NOW = datetime(2026, 7, 30, 9, tzinfo=UTC)


def rows_of(session: Session, actor: Actor, code: str, **filters: Any) -> list[Sequence[Any]]:
    """The rows of a report, whose number is the one it counts."""
    report = report_of(code)
    given = {**filters, MOMENT: NOW}
    rows = list(report.rows(session, actor, given))
    assert len(rows) == report.count(session, actor, given)
    assert {len(row) for row in rows} <= {len(report.columns)}
    return rows


@pytest.fixture
def rich(flow: Flow) -> Flow:
    """Cases at many steps, two rosters, and the same of a foreign employer in another county."""
    gate = flow.at_gate(3)
    flow.seal(flow.export(*gate[:2]))
    flow.export(gate[2])
    flow.approve(flow.county, gate[0])
    waiting = flow.submitted(3)
    deciding.send_back(
        flow.engine,
        actor=flow.clerk,
        ids=[waiting[0]],
        seen=flow.locks(waiting[0]),
        order=RETURNED,
        now=flow.now,
    )
    deciding.reject(
        flow.engine,
        actor=flow.county_leader,
        ids=[gate[0]],
        seen=flow.locks(gate[0]),
        order=REFUSED,
        now=flow.now,
    )
    flow.draft()
    other = flow.town.firm(FOREIGN + "企业有限公司", "emp-b", "b")
    stranger = flow.draft(flow.town.person(other, FOREIGN, "per-b1"))
    assert flow.row(stranger).employer_id == other.id
    return flow


def test_every_report_has_the_rows_that_its_screen_counts(rich: Flow, session: Session) -> None:
    q, q_returned = Filters(), Filters(status="returned")

    for actor in (rich.clerk, rich.county, rich.city, rich.town.superuser()):
        for filters, given in ((q, {}), (q_returned, {"status": "returned"}), (Filters(q="R"), {"q": "R"})):
            shown = applications.search(session, actor, filters)
            rows = rows_of(session, actor, "applications", **given)
            assert [row[0] for row in rows] == [row.no for row in shown.items]
        for tab, states in (
            ("", ()),
            ("open", ("exported", "scan_returned")),
            ("sealed", ("sealed",)),
            ("void", ()),
        ):
            if tab != "void":
                listed = rosters.rosters(session, actor, states=states)
                rows = rows_of(session, actor, "rosters", tab=tab)
                assert [row[0] for row in rows] == [row.no for row in listed.items]
    for actor, role in ((rich.clerk, "employer_reviewer"), (rich.county, "county_specialist")):
        counts = applications.tab_counts(session, actor, programme=CARD, role=role)
        for tab in Tab:
            page = applications.queue(session, actor, programme=CARD, role=role, tab=tab)
            rows = rows_of(session, actor, "queue", programme=CARD, role=role, tab=tab.value)
            assert ([row[0] for row in rows], len(rows)) == ([row.no for row in page.items], counts[tab])
    assert len(rows_of(session, rich.town.superuser(), "applications")) == 8
    assert [len(rows_of(session, rich.clerk, "rosters", tab=tab)) for tab in ("", "open", "sealed")] == [
        2,
        1,
        1,
    ]


def test_reviews_say_who_decided_what_when_and_why(rich: Flow, session: Session) -> None:
    rows = rows_of(session, rich.county, "reviews")
    returned = rows_of(session, rich.clerk, "reviews", status="returned")
    everything = rows_of(session, rich.clerk, "reviews")

    decided = {(row[7], row[8], row[9]) for row in rows}
    assert decided == {
        ("approve", rich.clerk.full_name, "employer_reviewer"),
        ("approve", rich.county.full_name, "county_specialist"),
        ("reject", rich.county_leader.full_name, "county_leader"),
    }
    (only,) = returned
    assert (only[7], only[11]) == (
        "send_back",
        "学历学位证书 · 图像不清晰 · 图像不清晰，请重新上传清晰的图片。",
    )
    assert len(everything) == len(session.scalars(select(Review.id)).all()) == 6
    refusal = next(row for row in rows if row[7] == "reject")
    assert refusal[10] == REFUSED.text


def test_foreign_rows_are_in_no_export(rich: Flow, session: Session) -> None:
    elsewhere = rich.town.officer("county-b-specialist", rich.town.bureaus.b, {"county_specialist"})
    for actor in (rich.clerk, rich.county, rich.city):
        for code in REPORTS:
            given = {"programme": CARD, "role": "county_specialist"} if code == "queue" else {}
            assert FOREIGN not in repr(rows_of(session, actor, code, **given))
    for code in REPORTS:
        assert rows_of(session, elsewhere, code) == []
    assert FOREIGN in repr(rows_of(session, rich.town.superuser(), "applications"))


def test_numbers_are_masked_and_found_by_their_index(rich: Flow, session: Session) -> None:
    talent = rich.people[
        session.scalars(select(Application.id).where(Application.no.is_not(None))).first() or 0
    ]
    digest = rich.town.ports.cipher.digest(NumberSpace.CN18.value, talent.doc_no).hex()

    found = rows_of(session, rich.clerk, "applications", digests=[digest])
    everything = repr([rows_of(session, rich.clerk, code) for code in REPORTS if code != "queue"])

    assert [row[2] for row in found] == [talent.name]
    assert [one for p in rich.people.values() for one in (p.doc_no, p.mobile) if one in everything] == []


@pytest.mark.parametrize(
    ("code", "filters", "field"),
    [
        ("applications", {"status": "nonsense"}, "status"),
        ("applications", {"from": "2026-13-01"}, "from"),
        ("reviews", {"to": "0001-01-01"}, "to"),
        ("queue", {"tab": "nonsense"}, "tab"),
        ("rosters", {"tab": "nonsense"}, "tab"),
    ],
)
@pytest.mark.parametrize("template_url", ["sqlite"], indirect=True)
def test_filters_that_make_no_sense_are_refused_by_name(
    flow: Flow, session: Session, code: str, filters: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        report_of(code).count(session, flow.clerk, filters)
    with pytest.raises(InvalidInput):
        check_names(report_of(code), {"unknown": "1"})
    with pytest.raises(NotFound):
        report_of("../" + code)

    assert [error.field for error in refused.value.errors] == [field]


@pytest.mark.usefixtures("rich")
def test_chunks_bring_every_row_once_in_order(session: Session) -> None:
    a = Application
    keys = ((a.entered_at, False), (a.status, True), (a.id, False))
    statement = select(a.id, a.status)
    whole = session.execute(statement.order_by(a.entered_at.desc(), a.status, a.id.desc())).all()

    for size in (1, 3, len(whole), 100):
        found = [row.id for rows in chunks(session, statement, keys, size=size) for row in rows]
        assert found == [row.id for row in whole]
