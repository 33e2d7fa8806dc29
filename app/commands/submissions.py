"""Submitting an application.

The draft becomes a frozen version, the case goes to the first stage of its chain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select

from app.access.policy import require
from app.commands import series, transitions
from app.commands.applications import refusal
from app.commands.bulk import insert_rows
from app.commands.drafts import lock_draft
from app.commands.form import Form, take_words
from app.commands.frozen import Answer, Content, Numbered, Parties, frozen
from app.commands.retry import retried
from app.commands.transitions import Move, Writing
from app.commands.unit_of_work import Work, unit_of_work
from app.domain import form, steps, workflow
from app.domain.errors import FieldError, InvalidInput
from app.domain.form import TARGET_KINDS, Target, TargetKind
from app.domain.roles import Actor, Permission
from app.domain.states import Case, Verb
from app.domain.text import N_
from app.models.account import Account
from app.models.agency import Agency
from app.models.application import Submission
from app.models.file import Attachment
from app.models.ids import new_id
from app.models.work import SecretValue
from app.queries import cases
from app.queries import drafts as read
from app.queries.calendar import deadlines
from app.queries.sets import among

__all__ = ["ATTACHMENT", "Answer", "Submitted", "submit"]

UNKNOWN_ITEM = N_("One of the answers belongs to no item of the form. Please reload the page.")
NO_NUMBER = N_("Your account has no ID number or mobile; please complete it first.")


@dataclass(frozen=True, slots=True)
class Submitted:
    """The number people see, the version that was frozen, the lock to send next."""

    no: str
    version_no: int
    lock: int
    stage_code: str


@retried
def submit(
    engine: Engine,
    *,
    actor: Actor,
    application_id: int,
    lock: int | None,
    now: datetime,
    answers: Sequence[Answer] = (),
    key: str | None = None,
) -> Submitted:
    """Freeze the draft as version n+1 and hand it to the first stage of its chain (model: submit).

    Raises InvalidInput naming every field and material that is wrong, missing, locked or unanswered; Blocked
    or Stale as the case stands; NotFound. Source: R27, model section 3.
    """
    require(actor, Permission.APPLICATION_APPLY)
    said = [[a.target_kind, a.target_code, a.text] for a in answers]
    with unit_of_work(
        engine, actor, now=now, key=key, request=["submit", str(application_id), lock, said]
    ) as work:
        if work.replay is not None:
            return Submitted(**work.replay)
        lock_draft(work, application_id, lock)
        submitted = _submit(work, application_id, lock, answers)
        work.remember(
            {
                "no": submitted.no,
                "version_no": submitted.version_no,
                "lock": submitted.lock,
                "stage_code": submitted.stage_code,
            }
        )
        return submitted


def _submit(work: Work, application_id: int, lock: int | None, answers: Sequence[Answer]) -> Submitted:
    said = Form()
    read_answers = [replace(one, text=take_words(said, one.target_code, one.text)) for one in answers]
    for one in answers:
        if one.target_kind not in TARGET_KINDS:
            said.note("answers", "unknown_item", UNKNOWN_ITEM)
    said.finish()
    given = tuple(answer for answer in read_answers if answer.text)
    answered = [Target(TargetKind(answer.target_kind), answer.target_code) for answer in given]
    view = read.draft(work.session, work.actor, application_id, now=work.now, answered=answered)
    loaded = cases.load(work.session, work.actor, [application_id], verbs={Verb.SUBMIT})
    case = loaded.cases[0]
    blocks = workflow.judge(Verb.SUBMIT, case, work.actor, programme=view.programme, now=work.now, seen=lock)
    if blocks:
        raise refusal(blocks)
    if view.errors:
        raise InvalidInput(*view.errors)
    people = _people(work, view)
    place = _place(work, view)
    chain = view.programme.route(view.facts)
    columns = _frozen(view, people, chain, given)
    case = replace(case, chain=chain, county_id=place.county_id, city_id=place.city_id)
    key = people.applicant.person_key
    return _store(work, case, view, columns, place=place, loaded=loaded, key=key)


def _people(work: Work, view: read.DraftView) -> Parties:
    """The applicant and the member of staff chosen, with their numbers (D6: name and phone are frozen)."""
    chosen = next((view.values.get(code) for code in read.staff_fields(view.programme)), None)
    staff_id = int(chosen) if isinstance(chosen, str) and chosen.isascii() and chosen.isdigit() else None
    wanted = [view.background.account_id, *([staff_id] if staff_id else [])]
    accounts = work.session.scalars(select(Account).where(Account.id.in_(wanted))).all()
    secrets = [i for account in accounts for i in (account.doc_no_id, account.mobile_id) if i is not None]
    rows = work.session.execute(
        select(SecretValue.id, SecretValue.digest).where(among(work.session, SecretValue.id, secrets))
    )
    digests = {row.id: row.digest or "" for row in rows}
    found = {account.id: _person(account, digests) for account in accounts}
    applicant = found[view.background.account_id]
    if applicant is None:
        raise InvalidInput(FieldError("mobile", "number_missing", NO_NUMBER))
    return Parties(applicant, found.get(staff_id) if staff_id else None)


def _person(account: Account, digests: Mapping[int, str]) -> Numbered | None:
    if account.doc_no_id is None or account.mobile_id is None or account.person_key is None:
        return None
    return Numbered(
        account.id,
        account.full_name,
        (account.doc_no_id, account.doc_no_masked or "", digests[account.doc_no_id]),
        (account.mobile_id, account.mobile_masked or "", digests[account.mobile_id]),
        account.person_key,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """The bureaus that will decide; they do not follow a later move of the employer (T2)."""

    county_id: int
    city_id: int | None
    agency_path: str
    agency_code: str


def _place(work: Work, view: read.DraftView) -> _Place:
    """The employer's bureau decides the county stages, the city above it the city stages."""
    back = view.background
    above = [int(part) for part in back.agency_path.strip("/").split("/")]
    city = work.session.scalars(select(Agency.id).where(Agency.id.in_(above), Agency.level == "city")).first()
    return _Place(back.agency_id, city, back.agency_path, back.agency_code)


def _frozen(
    view: read.DraftView, people: Parties, chain: Sequence[str], answers: Sequence[Answer]
) -> dict[str, Any]:
    """The columns of the submission: what the form asks for now."""
    asked = {material.code for material in view.form.materials}
    content = Content(
        form.applicable(view.programme, view.facts),
        [file for file in view.files if file.slot in asked],
        view.facts.category,
    )
    return frozen(content, view.background, people, chain=chain, answers=answers)


def _store(
    work: Work,
    case: Case,
    view: read.DraftView,
    columns: dict[str, Any],
    *,
    place: _Place,
    loaded: cases.Loaded,
    key: str,
) -> Submitted:
    programme = view.programme
    step = steps.submit(case, programme, now=work.now, due=deadlines(work.session, work.now))
    no = case.no or series.application_no(
        work, prefix=programme.settings.application_prefix, agency_code=place.agency_code
    )
    work.session.execute(
        insert(Submission).values(application_id=case.id, n=step.version_no, submitted_at=work.now, **columns)
    )
    extra = {
        "no": no,
        "county_id": place.county_id,
        "city_id": place.city_id,
        "agency_path": place.agency_path,
        "category": columns["category"],
        "submitted_at": work.now,
        "applicant_key": key,
    }
    writing = Writing(
        event=Verb.SUBMIT.value, programmes=loaded.programmes, digests=loaded.digests, verb=Verb.SUBMIT
    )
    transitions.write(work, [Move(case, step, extra, columns["digest"])], writing)
    _attach(work, case.id, columns["files"])
    return Submitted(no, step.version_no, case.lock + 1, step.stage_code or "")


ATTACHMENT = (
    "id",
    "owner_kind",
    "owner_id",
    "slot",
    "position",
    "blob_id",
    "file_name",
    "uploaded_by",
    "uploaded_at",
)


def _attach(work: Work, application_id: int, files: Sequence[Mapping[str, Any]]) -> None:
    """Note which files the case holds: the store keeps them, and a file in two persons' cases is found."""
    a = Attachment
    held = work.session.execute(
        select(a.slot, a.blob_id).where(a.owner_kind == "application", a.owner_id == application_id)
    )
    known = {(row.slot, row.blob_id) for row in held}
    rows = [
        (new_id(), "application", application_id, file["slot"], at, int(file["blob_id"]), file["file_name"],
         work.actor.account_id, work.now)
        for at, file in enumerate(files)
        if (file["slot"], int(file["blob_id"])) not in known
    ]  # fmt: skip
    insert_rows(work.session, Attachment.__table__, ATTACHMENT, rows)
