from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands.reveal import PER_HOUR, reveal
from app.domain.errors import InvalidInput, NotAllowed, NotFound, TooOften
from app.models.audit import AccessEvent


@pytest.fixture
def show(people):
    def call(actor, kind, subject_id, what="doc_no", at=None, reason="核对"):
        return reveal(
            people.engine,
            actor=actor,
            kind=kind,
            subject_id=subject_id,
            what=what,
            reason=reason,
            cipher=people.cipher,
            now=at or people.now,
        )

    return call


def test_a_reviewer_sees_a_number_once_and_leaves_a_trace(firms, talents, engine, show):
    firm = firms.active()
    form = talents.form(firm.id)
    talent = talents.registered(firm, doc_no=form.doc_no, mobile=form.mobile)

    assert show(firm.admin, "person", talent.id) == form.doc_no
    assert show(firm.admin, "person", talent.id, "mobile", reason="") == f"+86{form.mobile}"
    with Session(engine) as session:
        rows = session.execute(
            select(AccessEvent.actor_id, AccessEvent.object_kind, AccessEvent.object_id, AccessEvent.detail)
            .where(AccessEvent.kind == "reveal")
            .order_by(AccessEvent.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        (firm.admin.account_id, "person", talent.id, "doc_no: 核对"),
        (firm.admin.account_id, "person", talent.id, "mobile"),
    ]


def test_foreign_persons_and_odd_kinds_are_not_found(firms, talents, show):
    firm, other = firms.active(), firms.active()
    theirs = talents.registered(other)

    for kind, subject_id, what in (
        ("person", theirs.id, "doc_no"),
        ("person", 1, "doc_no"),
        ("roster", 1, "doc_no"),
        ("person", theirs.id, "password"),
    ):
        with pytest.raises(NotFound):
            show(firm.admin, kind, subject_id, what)


def test_revealing_needs_the_right_but_ones_own_number_does_not(people, firms, talents, show):
    firm = firms.active()
    talent = talents.registered(firm)

    with pytest.raises(NotAllowed):
        show(people.staff(firm.admin, "employer_reader"), "person", talent.id)
    with pytest.raises(NotAllowed):
        show(people.superuser(), "person", talent.id)
    assert show(talent.actor, "account", talent.actor.account_id)


def test_the_registrar_sees_the_number_of_an_employers_contact(firms, show):
    firm = firms.submitted(mobile="13700000071")

    assert show(firm.registrar, "employer", firm.id, "mobile") == "+8613700000071"


def test_thirty_numbers_an_hour_are_enough(people, firms, talents, show):
    firm = firms.active()
    talent = talents.registered(firm)
    for _ in range(PER_HOUR):
        show(firm.admin, "person", talent.id)

    with pytest.raises(TooOften):
        show(firm.admin, "person", talent.id)
    assert show(firm.admin, "person", talent.id, at=people.now + timedelta(hours=1, seconds=1))


def test_a_reason_that_is_too_long_is_refused_at_its_field_and_shows_nothing(firms, talents, engine, show):
    firm = firms.active()
    talent = talents.registered(firm)

    with pytest.raises(InvalidInput) as refused:
        show(firm.admin, "person", talent.id, reason="长" * 151)

    assert [error.field for error in refused.value.errors] == ["reason"]
    with Session(engine) as session:
        assert session.scalars(select(AccessEvent.id).where(AccessEvent.kind == "reveal")).all() == []
