"""Employers and persons: lists in the caller's scope and the decisions on their registrations (R14, R26)."""

from collections.abc import Callable, Mapping
from typing import Any

from app.commands import employers as employer_commands
from app.commands import persons as person_commands
from app.domain.blocks import Block
from app.domain.registration import (
    EmployerState,
    Finding,
    PersonState,
    RegistrationVerb,
    SubjectKind,
    Verdict,
)
from app.domain.results import BatchResult
from app.queries import employers, persons, registrations
from app.queries.employers import EmployerRow
from app.queries.paging import Page
from app.queries.persons import PersonRow
from app.web.api import results, wire
from app.web.api.body import Given
from app.web.api.call import ROOT, CallApi, Takes, call
from app.web.api.search import LONGEST, NAME
from app.web.api.shapes import Choice, Flag, Shape, Text
from app.web.current import current_actor, engine, read_session, utc_now

EMPLOYER = wire.of(
    id=wire.ID,
    lock=wire.WHOLE,
    status=wire.codes(EmployerState),
    name=wire.STRING,
    credit_code=wire.nullable(wire.STRING),
    agency=wire.STRING,
    contact=wire.nullable(wire.STRING),
    mobile_masked=wire.nullable(wire.STRING),
    version=wire.WHOLE,
    created_at=wire.MOMENT,
    submitted_at=wire.nullable(wire.MOMENT),
    decided_at=wire.nullable(wire.MOMENT),
)
PERSON = wire.of(
    id=wire.ID,
    lock=wire.WHOLE,
    status=wire.codes(PersonState),
    name=wire.STRING,
    username=wire.STRING,
    sex=wire.STRING,
    doc_type=wire.STRING,
    doc_no_masked=wire.nullable(wire.STRING),
    mobile_masked=wire.nullable(wire.STRING),
    registered_at=wire.MOMENT,
    return_reason=wire.nullable(wire.STRING),
)
Decide = Callable[..., BatchResult]
BY_STAGE: Mapping[str, Shape] = {"stage": Text(40, 1), "ready": Flag()}
"""All lists take the same filters; a registration stands at no stage and is ready for no roster."""
NOTHING: Page[Any] = Page((), None, 0)


class EmployerApi(CallApi):
    """`/employers`."""

    route_base = f"{ROOT}/employers"
    class_permission_name = "Employer"
    openapi_spec_tag = "employers"

    @call(
        "",
        about="Employers in the caller's scope; without a status all of them, newest first",
        right="list",
        answer=wire.page_schema(EMPLOYER),
        takes=Takes(
            query={
                "status": Choice([s.value for s in EmployerState]),
                "q": Text(LONGEST),
                **BY_STAGE,
                **wire.PAGING,
            }
        ),
    )
    def directory(self, given: Given) -> object:
        """Employers by state and name or start of the credit code."""
        query = given.query
        if query["stage"] or query["ready"]:
            return wire.page(NOTHING, _employer)
        found = employers.queue(
            read_session(),
            current_actor(),
            tab=query["status"] or "",
            q=query["q"] or "",
            **wire.paging(query),
        )
        return wire.page(found, _employer)

    @call(
        "/decisions",
        "POST",
        about="Decide on registrations of employers; a result for every row",
        right="review",
        answer=results.RESULTS,
        takes=Takes(body=results.DECISION),
    )
    def decide(self, given: Given) -> object:
        """Approve or return; a registration knows no other verdict."""
        return decided(SubjectKind.EMPLOYER, employer_commands.decide, given.body)


class PersonApi(CallApi):
    """`/persons`."""

    route_base = f"{ROOT}/persons"
    class_permission_name = "Person"
    openapi_spec_tag = "persons"

    @call(
        "",
        about="Persons in the caller's scope; without a status all of them, newest first",
        right="list",
        answer=wire.page_schema(PERSON),
        takes=Takes(
            query={
                "status": Choice([s.value for s in PersonState]),
                "q": NAME,
                **BY_STAGE,
                **wire.PAGING,
            }
        ),
    )
    def directory(self, given: Given) -> object:
        """Persons by state and name."""
        query = given.query
        if query["stage"] or query["ready"]:
            return wire.page(NOTHING, _person)
        found = persons.queue(
            read_session(),
            current_actor(),
            tab=query["status"] or "",
            q=query["q"] or "",
            **wire.paging(query),
        )
        return wire.page(found, _person)

    @call(
        "/decisions",
        "POST",
        about="Decide on registrations of persons; a result for every row",
        right="review",
        answer=results.RESULTS,
        takes=Takes(body=results.DECISION),
    )
    def decide(self, given: Given) -> object:
        """Approve or return; a registration knows no other verdict."""
        return decided(SubjectKind.PERSON, person_commands.decide, given.body)


def _employer(row: EmployerRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "lock": row.lock,
        "status": row.state,
        "name": row.name,
        "credit_code": row.credit_code,
        "agency": row.agency_name,
        "contact": row.contact_name,
        "mobile_masked": row.mobile_masked,
        "version": row.version_no,
        "created_at": wire.moment(row.created),
        "submitted_at": wire.moment(row.submitted_at),
        "decided_at": wire.moment(row.decided_at),
    }


def _person(row: PersonRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "lock": row.lock,
        "status": row.state,
        "name": row.name,
        "username": row.username,
        "sex": row.sex,
        "doc_type": row.doc_type,
        "doc_no_masked": row.doc_no_masked,
        "mobile_masked": row.mobile_masked,
        "registered_at": wire.moment(row.registered_at),
        "return_reason": row.return_reason,
    }


def decided(kind: SubjectKind, decide: Decide, body: Mapping[str, Any]) -> dict[str, Any]:
    """Run a decision on registrations, or say what it would do."""
    asked = results.rows_of(body)
    if body["verdict"] not in {verdict.value for verdict in Verdict}:
        result = _not_offered(kind, asked)
    elif body["dry_run"]:
        result = _preview(kind, asked, body)
    else:
        result = decide(
            engine(),
            actor=current_actor(),
            verdict=Verdict(body["verdict"]),
            seen=asked.seen,
            findings=_findings(body),
            opinion=body["opinion"],
            key=body["idempotency_key"],
            now=utc_now(),
        )
    read_session().rollback()  # what this request has read is older than the command
    return results.answer(asked, result, _where(kind, asked, result, body))


def _preview(kind: SubjectKind, asked: results.Rows, body: Mapping[str, Any]) -> BatchResult:
    return registrations.preview(
        read_session(),
        current_actor(),
        kind,
        verb=RegistrationVerb(body["verdict"]),
        seen=asked.seen,
        findings=_findings(body),
        opinion=body["opinion"],
    )


def _not_offered(kind: SubjectKind, asked: results.Rows) -> BatchResult:
    loaded = registrations.load(read_session(), current_actor(), kind, asked.chosen)
    refused = (Block("verdict_not_offered"),)
    return BatchResult.of(asked.chosen, moved=(), blocked={row.facts.id: refused for row in loaded})


def _findings(body: Mapping[str, Any]) -> list[Finding]:
    return [
        Finding(said["reason_code"], said["text"], field=said["field"], material=said["material"])
        for said in body["findings"]
    ]


_GOES_TO = {
    (SubjectKind.EMPLOYER, "approve"): EmployerState.ACTIVE.value,
    (SubjectKind.EMPLOYER, "send_back"): EmployerState.RETURNED.value,
    (SubjectKind.PERSON, "approve"): PersonState.ACTIVE.value,
    (SubjectKind.PERSON, "send_back"): PersonState.RETURNED.value,
}


def _where(
    kind: SubjectKind, asked: results.Rows, result: BatchResult, body: Mapping[str, Any]
) -> results.Where:
    """Where the rows are now; in a dry run, where the movable ones would go."""
    loaded = registrations.load(read_session(), current_actor(), kind, asked.chosen)
    found: dict[int, tuple[str | None, str | None]] = {
        row.facts.id: (row.facts.state, None) for row in loaded
    }
    if body["dry_run"]:
        found |= dict.fromkeys(result.moved, (_GOES_TO.get((kind, body["verdict"])), None))
    return found
