"""Programme documents as commands keep them: drafts, checks, publishing, what open cases follow."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import programmes
from app.domain.document_text import load_text
from app.domain.errors import InvalidInput, NotAllowed, NotFound, Stale
from app.domain.roles import Actor
from app.models.programme import Programme, ProgrammeVersion
from app.queries import programmes as stored
from app.queries.audit import broken_chains
from tests.commands.flow import CARD, Flow
from tests.unit.domain.programmes import SECOND, SHIPPED

SHIPPED_TEXT, SECOND_TEXT = SHIPPED.read_text(encoding="utf-8"), SECOND.read_text(encoding="utf-8")


def versions(flow: Flow, code: str) -> list[tuple[int, str]]:
    """Number and state of every version, oldest first."""
    with Session(flow.engine) as session:
        return [(row.n, row.state) for row in reversed(stored.versions(session, code))]


def test_the_seeded_programme_is_published_and_not_seeded_twice(flow: Flow) -> None:
    again = programmes.seed(flow.engine, actor=Actor.system(), document=SHIPPED_TEXT, now=flow.now)

    assert (again, versions(flow, CARD)) == (False, [(1, "published")])


def test_a_new_version_retires_the_one_before_and_open_cases_keep_theirs(flow: Flow) -> None:
    (case,) = flow.submitted()
    longer = SHIPPED_TEXT.replace("undo_minutes: 10", "undo_minutes: 20")
    admin = flow.town.superuser()

    made = programmes.import_document(flow.engine, actor=admin, document=longer, now=flow.now)
    checked = programmes.check(flow.engine, actor=admin, version_id=made.version_id, now=flow.now)
    programmes.publish(flow.engine, actor=admin, code=CARD, now=flow.now)
    flow.approve(flow.clerk, case)

    until = flow.row(case).undo_until
    assert (made.n, checked.state, versions(flow, CARD)) == (2, "checked", [(1, "retired"), (2, "published")])
    assert until is not None
    assert (until - flow.now).total_seconds() == 600


def test_a_draft_is_edited_in_place_under_its_lock(flow: Flow) -> None:
    admin = flow.town.superuser()
    first = programmes.import_document(flow.engine, actor=admin, document=SECOND_TEXT, now=flow.now)
    again = programmes.import_document(flow.engine, actor=admin, document=SECOND_TEXT, seen=0, now=flow.now)

    with pytest.raises(Stale):
        programmes.import_document(flow.engine, actor=admin, document=SECOND_TEXT, seen=0, now=flow.now)

    assert (first.version_id, versions(flow, "lakeside-subsidy")) == (again.version_id, [(1, "draft")])


def test_a_document_with_mistakes_of_meaning_stays_a_draft(flow: Flow) -> None:
    admin = flow.town.superuser()
    broken = SECOND_TEXT.replace("role: city_leader", "role: wizard")
    made = programmes.import_document(flow.engine, actor=admin, document=broken, now=flow.now)

    with pytest.raises(InvalidInput) as refused:
        programmes.publish(flow.engine, actor=admin, code="lakeside-subsidy", now=flow.now)

    assert "no_such_role" in {problem.code for problem in made.problems}
    assert [(error.field, error.code) for error in refused.value.errors] == [
        ("stages[3].role", "no_such_role")
    ]
    assert versions(flow, "lakeside-subsidy") == [(1, "draft")]


def test_mistakes_of_form_and_of_meaning_are_named_together(flow: Flow) -> None:
    broken = SECOND_TEXT.replace("kind: number", "kind: numeral").replace("role: city_leader", "role: wizard")

    with pytest.raises(InvalidInput) as refused:
        programmes.import_document(flow.engine, actor=flow.town.superuser(), document=broken, now=flow.now)
    with Session(flow.engine) as session:
        found = programmes.problems(session, broken)

    named = ["fields[1].kind", "fields[3].kind", "stages[3].role"]
    assert [error.field for error in refused.value.errors] == named
    assert [problem.path for problem in found] == named


def test_a_document_with_mistakes_of_form_is_refused_with_every_path(flow: Flow) -> None:
    broken = SECOND_TEXT.replace("kind: number", "kind: numeral")

    with pytest.raises(InvalidInput) as refused:
        programmes.import_document(flow.engine, actor=flow.town.superuser(), document=broken, now=flow.now)

    assert [error.field for error in refused.value.errors] == ["fields[1].kind", "fields[3].kind"]
    assert versions(flow, "lakeside-subsidy") == []


def test_an_office_without_a_holder_is_a_warning(flow: Flow) -> None:
    admin = flow.town.superuser()
    made = programmes.import_document(flow.engine, actor=admin, document=SHIPPED_TEXT, now=flow.now)

    missing = {(p.params["agency"], p.params["role"]) for p in made.problems if p.code == "no_holder"}

    assert missing == {("乙县人社局", "county_leader")}
    assert programmes.publish(flow.engine, actor=admin, code=CARD, now=flow.now).state == "published"


@pytest.mark.parametrize("name", ["clerk", "city_leader"])
def test_only_superusers_and_the_system_keep_programmes(flow: Flow, name: str) -> None:
    with pytest.raises(NotAllowed):
        programmes.import_document(flow.engine, actor=getattr(flow, name), document=SECOND_TEXT, now=flow.now)
    with pytest.raises(NotAllowed):
        programmes.publish(flow.engine, actor=getattr(flow, name), code=CARD, now=flow.now)


def test_publishing_without_a_draft_finds_nothing(flow: Flow) -> None:
    with pytest.raises(NotFound):
        programmes.publish(flow.engine, actor=flow.town.superuser(), code=CARD, now=flow.now)


def test_an_export_is_what_was_imported(flow: Flow) -> None:
    admin = flow.town.superuser()
    programmes.import_document(flow.engine, actor=admin, document=SECOND_TEXT, now=flow.now)

    with Session(flow.engine) as session:
        text = stored.document_text(session, "lakeside-subsidy")
        digest = session.scalar(
            select(ProgrammeVersion.digest).join(Programme).where(Programme.code == "lakeside-subsidy")
        )
        assert list(broken_chains(session)) == []

    assert programmes.read(text) == programmes.read(load_text(SECOND_TEXT))
    assert digest is not None
