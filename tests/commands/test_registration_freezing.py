import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import applications, employers, person_moves, persons
from app.domain.errors import Blocked
from app.domain.registration import Verdict
from app.models.application import Application
from app.models.audit import AuditEvent
from app.models.employer import Employer
from app.models.person import Person
from tests.commands.flow import REFUSED, Flow
from tests.web.town import PASSWORD


def case(flow, application_id):
    with Session(flow.engine) as session:
        return session.get(Application, application_id)


def lock_of(flow, model, row_id):
    with Session(flow.engine) as session:
        return session.get(model, row_id).lock


def chain(flow, application_id):
    with Session(flow.engine) as session:
        rows = select(AuditEvent.event).where(
            AuditEvent.subject_kind == "application", AuditEvent.subject_id == application_id
        )
        return list(session.scalars(rows.order_by(AuditEvent.seq)))


def suspend(flow, verb=employers.suspend):
    verb(
        flow.engine,
        actor=flow.county_leader,
        employer_id=flow.firm.id,
        lock=lock_of(flow, Employer, flow.firm.id),
        reason="核查",
        now=flow.now,
    )


def test_of_two_causes_the_last_one_thaws_the_case(flow: Flow):
    [application_id] = flow.submitted(1)
    talent = flow.people[application_id]
    before = case(flow, application_id)

    suspend(flow)
    assert case(flow, application_id).frozen_reason == "employer_suspended"
    person_moves.leave(
        flow.engine,
        actor=flow.me(application_id),
        person_id=talent.id,
        lock=lock_of(flow, Person, talent.id),
        now=flow.now,
    )
    suspend(flow, employers.resume)
    assert case(flow, application_id).frozen_reason == "person_left"

    me = flow.me(application_id)
    person_moves.choose_employer(
        flow.engine,
        actor=me,
        lock=lock_of(flow, Person, talent.id),
        employer_id=flow.firm.id,
        now=flow.now,
    )
    assert case(flow, application_id).frozen_reason == "person_left"
    seen = {talent.id: lock_of(flow, Person, talent.id)}
    assert persons.decide(
        flow.engine, actor=flow.clerk, verdict=Verdict.APPROVE, seen=seen, now=flow.now
    ).moved == (talent.id,)

    after = case(flow, application_id)
    assert (after.frozen_reason, after.status, after.stage_code) == (None, before.status, before.stage_code)
    assert after.lock > before.lock
    assert chain(flow, application_id)[-3:] == ["freeze", "freeze", "thaw"]


def test_an_undone_rejection_freezes_if_the_employer_was_suspended_meanwhile(flow: Flow):
    [application_id] = flow.sealed(1)
    flow.approve(flow.county, application_id)
    before = case(flow, application_id)
    given = {"actor": flow.county_leader, "ids": [application_id], "now": flow.now}
    applications.reject(flow.engine, seen={}, order=REFUSED, **given)
    suspend(flow)

    result = applications.undo(flow.engine, **given)

    after = case(flow, application_id)
    assert result.moved == (application_id,)
    assert (after.status, after.stage_code, after.frozen_reason) == (
        "in_review",
        before.stage_code,
        "employer_suspended",
    )
    assert chain(flow, application_id)[-3:] == ["reject", "undo", "freeze"]
    suspend(flow, employers.resume)
    assert case(flow, application_id).frozen_reason is None


def test_nobody_closes_his_account_over_an_open_application(flow: Flow):
    [application_id] = flow.submitted(1)
    me, talent = flow.me(application_id), flow.people[application_id]

    with pytest.raises(Blocked) as refused:
        person_moves.close(
            flow.engine,
            actor=me,
            lock=lock_of(flow, Person, talent.id),
            password=PASSWORD,
            hasher=flow.town.passwords.hasher,
            now=flow.now,
        )
    assert [block.code for block in refused.value.blocks] == ["open_application_exists"]
    with Session(flow.engine) as session:
        assert session.get(Person, talent.id).state == "active"
