"""Changes of an approved employer: name, credit code and bureau by request, the contact at once (R21, A18,
A7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select, update

from app.access.policy import require
from app.access.scope import visible
from app.commands.account_rows import revoke_sessions
from app.commands.accounts import read_numbers
from app.commands.employers import open_agency, own_employer, refuse_credit_code, take_credit_code
from app.commands.form import Form, words_at
from app.commands.numbers import replace
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.audit import digest_of
from app.domain.blocks import Block
from app.domain.errors import Blocked, NotFound, Stale
from app.domain.names import person_name, unit_key_text, unit_name
from app.domain.ports import Cipher
from app.domain.registration import ChangeState, EmployerState, RegistrationVerb, Verdict
from app.domain.roles import AccountKind, Actor, Permission, Role
from app.domain.text import N_
from app.models.account import Account
from app.models.agency import Agency
from app.models.employer import Employer, EmployerChange
from app.models.ids import new_id
from app.queries.reference import current_site


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """What is to change; None leaves a value."""

    name: str | None = None
    credit_code: str | None = None
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContactForm:
    """The person who takes over as contact."""

    full_name: str
    doc_type: str
    doc_no: str
    mobile: str


@retried
def request_change(engine: Engine, *, actor: Actor, lock: int, form: ChangeForm, now: datetime) -> int:
    """Ask the bureau for a new name, credit code or bureau; the old values stay valid until it approves.

    At most one request is open. Raises InvalidInput, Blocked(change_open | wrong_status), NameTaken, Stale.
    Returns the request's id. Source: R21, A18.
    """
    checks = Form()
    with unit_of_work(engine, actor, now=now) as work:
        employer = own_employer(work, lock=lock, verb=RegistrationVerb.EDIT)
        if employer.state != EmployerState.ACTIVE:
            raise Blocked(Block("wrong_status", {"status": employer.state}))
        if _open_change(work, employer.id):
            raise Blocked(Block("change_open"))
        after = _wanted(work, checks, employer, form)
        if not after and not checks.errors:
            checks.note("name", "nothing_changed", N_("Change at least one entry."))
        checks.finish()
        refuse_credit_code(work, after.get("credit_code"), own=employer.id)
        change_id = new_id()
        before = {column: _stored(employer, column) for column in after}
        work.session.execute(
            insert(EmployerChange).values(
                id=change_id,
                employer_id=employer.id,
                agency_id=employer.agency_id,
                before=before,
                after=after,
                state=ChangeState.SUBMITTED.value,
                requested_by=actor.account_id,
                requested_at=now,
            )
        )
        payload = {"change": str(change_id), "fields": sorted(after), "after": digest_of(after)}
        work.audit("employer", employer.id, "request_change", payload)
    return change_id


def _open_change(work: Work, employer_id: int) -> bool:
    waiting = select(EmployerChange.id).where(
        EmployerChange.employer_id == employer_id, EmployerChange.state == ChangeState.SUBMITTED.value
    )
    return work.session.scalar(waiting) is not None


def _wanted(work: Work, checks: Form, employer: Employer, form: ChangeForm) -> dict[str, str | None]:
    wanted: dict[str, str | None] = {}
    if form.name is not None:
        wanted["name"] = checks.take("name", unit_name, form.name)
    if form.credit_code is not None:
        wanted["credit_code"] = take_credit_code(checks, current_site(work.session), form.credit_code)
    if form.agency_id is not None and form.agency_id != employer.agency_id:
        found = open_agency(work.session, checks, form.agency_id)
        wanted |= {"agency_id": str(found["agency_id"])} if found else {}
    return {column: value for column, value in wanted.items() if value != _stored(employer, column)}


def _stored(employer: Employer, column: str) -> str | None:
    value = getattr(employer, column)
    return None if value is None else str(value)


@retried
def decide_change(
    engine: Engine,
    *,
    actor: Actor,
    change_id: int,
    lock: int,
    verdict: Verdict,
    reason: str = "",
    now: datetime,
) -> None:
    """Approve or return a requested change (registrar of the employer's bureau when it was requested).

    Raises Blocked(not_your_role | wrong_status | reason_required | own_application), NotFound, Stale,
    NameTaken. Source: R21.
    """
    require(actor, Permission.EMPLOYER_CHANGE_REVIEW)
    why = words_at("reason", reason)
    with unit_of_work(engine, actor, now=now) as work:
        change = _change(work, change_id)
        employer = work.session.get_one(Employer, change.employer_id, with_for_update=True)
        _refuse_verdict(work, change, employer, lock=lock, verdict=verdict, why=why)
        if verdict is Verdict.APPROVE:
            _apply(work, employer, change.after)
        state = ChangeState.APPROVED if verdict is Verdict.APPROVE else ChangeState.RETURNED
        _close(work, change, state, reason=why or None, decided_by=actor.account_id, decided_at=now)
        payload = {"change": str(change.id), "after": digest_of(change.after)}
        work.audit("employer", employer.id, f"change_{state.value}", payload, role=Role.REGISTRAR)
        if employer.contact_account_id is not None:
            work.message(
                employer.contact_account_id,
                f"sms.change_{verdict.value}",
                {},
                subject=("employer", employer.id),
            )


def _change(work: Work, change_id: int) -> EmployerChange:
    wanted = visible(select(EmployerChange).where(EmployerChange.id == change_id), work.actor)
    change: EmployerChange | None = work.session.scalar(wanted.with_for_update(of=EmployerChange))
    if change is None:
        raise NotFound
    return change


def _refuse_verdict(
    work: Work, change: EmployerChange, employer: Employer, *, lock: int, verdict: Verdict, why: str
) -> None:
    if work.actor.agency_id != change.agency_id:
        raise Blocked(Block("not_your_role"))
    if change.lock != lock:
        raise Stale
    if change.state != ChangeState.SUBMITTED:
        raise Blocked(Block("wrong_status", {"status": change.state}))
    contact = select(Account.person_key).where(Account.id == employer.contact_account_id)
    if work.actor.person_key is not None and work.session.scalar(contact) == work.actor.person_key:
        raise Blocked(Block("own_application"))
    if verdict is Verdict.SEND_BACK and not why:
        raise Blocked(Block("reason_required"))


def _apply(work: Work, employer: Employer, after: Mapping[str, str | None]) -> None:
    values: dict[str, object] = {}
    if after.get("name"):
        values |= {"name": after["name"], "name_key": unit_key_text(str(after["name"]))}
    if "credit_code" in after:
        refuse_credit_code(work, after["credit_code"], own=employer.id)
        values["credit_code"] = after["credit_code"]
    if after.get("agency_id"):
        agency = work.session.get_one(Agency, int(str(after["agency_id"])))
        values |= {"agency_id": agency.id, "agency_path": agency.path}
    work.session.execute(
        update(Employer).where(Employer.id == employer.id).values(lock=Employer.lock + 1, **values)
    )


def _close(work: Work, change: EmployerChange, state: ChangeState, **values: object) -> None:
    work.session.execute(
        update(EmployerChange)
        .where(EmployerChange.id == change.id)
        .values(state=state.value, lock=EmployerChange.lock + 1, **values)
    )


@retried
def withdraw_change(engine: Engine, *, actor: Actor, change_id: int, lock: int, now: datetime) -> None:
    """Withdraw one's employer's open change request. Raises Blocked(wrong_status), NotFound, Stale."""
    require(actor, Permission.EMPLOYER_EDIT)
    with unit_of_work(engine, actor, now=now) as work:
        change = _change(work, change_id)
        if change.employer_id != actor.employer_id:
            raise NotFound
        if change.lock != lock:
            raise Stale
        if change.state != ChangeState.SUBMITTED:
            raise Blocked(Block("wrong_status", {"status": change.state}))
        work.session.get_one(Employer, change.employer_id, with_for_update=True)
        _close(work, change, ChangeState.WITHDRAWN)
        work.audit("employer", change.employer_id, "change_withdrawn", {"change": str(change.id)})


@retried
def replace_contact(
    engine: Engine, *, actor: Actor, lock: int, form: ContactForm, cipher: Cipher, now: datetime
) -> None:
    """Put another person on the contact's account; the old numbers are free again (A7, R8).

    The account's other sign-ins end. Raises InvalidInput, IdentityTaken, Blocked, Stale.
    """
    checks = Form()
    typed = checks.take("full_name", person_name, form.full_name)
    with unit_of_work(engine, actor, now=now) as work:
        employer = own_employer(work, lock=lock, verb=RegistrationVerb.EDIT)
        read = read_numbers(work, checks, doc_type=form.doc_type, doc_no=form.doc_no, mobile=form.mobile)
        name, numbers = checks.finish(typed, read)
        account = work.session.get(Account, employer.contact_account_id, with_for_update=True)
        if account is None or account.kind != AccountKind.EMPLOYER or account.employer_id != employer.id:
            raise NotFound
        kinds = replace(work, cipher, account, numbers.claims)
        work.session.execute(
            update(Account)
            .where(Account.id == account.id)
            .values(full_name=name, first_name=name, doc_type=numbers.doc_type, lock=Account.lock + 1)
        )
        work.session.execute(
            update(Employer).where(Employer.id == employer.id).values(lock=Employer.lock + 1)
        )
        revoke_sessions(work, account.id, keep=actor.session_key)
        work.audit(
            "employer", employer.id, "replace_contact", {"account": str(account.id), "kinds": sorted(kinds)}
        )
        work.audit("account", account.id, "replace_contact", {"kinds": sorted(kinds)})
