"""Employers: register, keep their data, attach materials, submit for review (R2–R14, R21).

Verdicts are taken in `registration_reviews`, changes of approved data in `employer_changes`, files are
attached in `employer_materials`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from app.access.policy import require
from app.access.scope import visible
from app.commands import registration_reviews
from app.commands.account_rows import NewAccount, insert_account
from app.commands.accounts import Checked, check_sign_in_fields, read_numbers
from app.commands.consents import ConsentGiven, store_consents, take_consents
from app.commands.form import Form, take_words, words_at
from app.commands.numbers import Numbers
from app.commands.registration_reviews import decide_one
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.audit import digest_of
from app.domain.blocks import Block
from app.domain.errors import Blocked, InvalidInput, NameTaken, NotFound, Stale
from app.domain.identity import credit_code
from app.domain.names import plain_text, unit_key_text, unit_name
from app.domain.passwords import Passwords
from app.domain.ports import Cipher
from app.domain.programme import FieldKind
from app.domain.registration import (
    EmployerState,
    Finding,
    RegistrationVerb,
    SubjectKind,
    Verdict,
    judge,
    step_of,
)
from app.domain.results import BatchResult
from app.domain.roles import EMPLOYER_ROLES, AccountKind, Actor, Permission
from app.domain.site import CreditCodeRule, Site
from app.domain.text import N_
from app.domain.values import Value, clean_value, phone
from app.models.agency import Agency
from app.models.employer import Employer, EmployerSubmission
from app.models.ids import new_id
from app.queries.employer_facts import attached_files, incomplete, snapshot
from app.queries.reference import code_choices, current_site
from app.queries.registrations import load

ADDRESS_LENGTH = 200
BEFORE_APPROVAL = frozenset({EmployerState.DRAFT, EmployerState.RETURNED})


@dataclass(frozen=True, slots=True)
class EmployerForm:
    """What registering an employer asks for (R7); `data` holds the site's extra fields by code."""

    name: str
    agency_id: int
    username: str
    password: str
    contact_name: str
    doc_type: str
    doc_no: str
    mobile: str
    consent: ConsentGiven
    credit_code: str = ""
    address: str = ""
    phone: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmployerUpdate:
    """New values of 单位信息维护; None leaves a value, empty text clears it."""

    name: str | None = None
    agency_id: int | None = None
    credit_code: str | None = None
    address: str | None = None
    phone: str | None = None
    data: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class EmployerRegistered:
    """The new employer and the account of its contact."""

    employer_id: int
    account_id: int


@retried
def register(
    engine: Engine, *, actor: Actor, form: EmployerForm, cipher: Cipher, passwords: Passwords, now: datetime
) -> EmployerRegistered:
    """Register an employer with its first account, which holds all four functions (单位注册); state 待提交.

    Raises InvalidInput with every mistake, also `consent_required` and `notice_outdated` at `notice` or
    `sensitive`; NameTaken; IdentityTaken. Source: R6–R9.
    """
    checks = Form()
    fields = check_sign_in_fields(
        checks,
        username=form.username,
        password=form.password,
        full_name=form.contact_name,
        personal=(form.mobile,),
        passwords=passwords,
    )
    checks.rename("full_name", "contact_name")
    with unit_of_work(engine, actor, now=now) as work:
        site = current_site(work.session)
        values = _registration_values(work.session, checks, site, form)
        read = read_numbers(work, checks, doc_type=form.doc_type, doc_no=form.doc_no, mobile=form.mobile)
        notices = take_consents(work, checks, "employer", form.consent)
        checked, numbers = checks.finish(fields, read)
        registered = _insert(work, values, checked, numbers, cipher=cipher)
        store_consents(work, registered.account_id, notices, form.consent)
    return registered


def _registration_values(session: Session, form: Form, site: Site, given: EmployerForm) -> dict[str, object]:
    wanted = EmployerUpdate(
        given.name, given.agency_id, given.credit_code, given.address, given.phone, data=given.data
    )
    return _values(session, form, site, wanted)


def _insert(
    work: Work, values: dict[str, object], checked: Checked, numbers: Numbers, *, cipher: Cipher
) -> EmployerRegistered:
    employer_id = new_id()
    refuse_credit_code(work, values.get("credit_code"))
    work.session.execute(
        insert(Employer).values(id=employer_id, state=EmployerState.DRAFT.value, created=work.now, **values)
    )
    new = NewAccount(
        AccountKind.EMPLOYER,
        checked.username,
        checked.password_hash,
        checked.full_name,
        numbers=numbers,
        employer_id=employer_id,
        self_made=True,
    )
    account_id = insert_account(work, new, {role.value for role in EMPLOYER_ROLES}, cipher=cipher)
    work.session.execute(
        update(Employer).where(Employer.id == employer_id).values(contact_account_id=account_id)
    )
    work.audit(
        "employer",
        employer_id,
        "register",
        {"to": EmployerState.DRAFT.value, "values": digest_of(_plain(values))},
    )
    return EmployerRegistered(employer_id, account_id)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {key: str(value) if isinstance(value, int) else value for key, value in values.items()}


def _values(session: Session, form: Form, site: Site, given: EmployerUpdate) -> dict[str, object]:
    """Check the given values and return the columns they set."""
    values: dict[str, object] = {}
    if given.name is not None:
        name = form.take("name", unit_name, given.name)
        values |= {"name": name, "name_key": unit_key_text(name)} if name else {}
    if given.agency_id is not None:
        values |= open_agency(session, form, given.agency_id)
    if given.credit_code is not None:
        values["credit_code"] = take_credit_code(form, site, given.credit_code)
    if given.address is not None:
        values["address"] = form.optional("address", lambda t: plain_text(t, ADDRESS_LENGTH), given.address)
    if given.phone is not None:
        values["phone"] = form.optional("phone", phone, given.phone)
    if given.data is not None:
        values["data"] = _site_values(session, form, site, given.data)
    return values


def open_agency(session: Session, form: Form, agency_id: int) -> dict[str, object]:
    """Return the columns of a bureau open for employers, or note the mistake at `agency` (A3)."""
    row = session.execute(
        select(Agency.id, Agency.path).where(
            Agency.id == agency_id, Agency.open_for_employers.is_(True), Agency.active.is_(True)
        )
    ).first()
    if row is None:
        form.note("agency", "not_a_choice", N_("Choose a bureau that is open for employers."))
        return {}
    return {"agency_id": row.id, "agency_path": row.path}


def take_credit_code(form: Form, site: Site, text: str) -> str | None:
    """Check a credit code as the site demands it: optional, required or not asked at all (A4)."""
    if site.credit_code is CreditCodeRule.OFF:
        return None
    if site.credit_code is CreditCodeRule.REQUIRED:
        return form.take("credit_code", credit_code, text)
    return form.optional("credit_code", credit_code, text)


def refuse_credit_code(work: Work, code: object, *, own: int | None = None) -> None:
    """Raise NameTaken if another employer has the credit code; the unique key is the rule."""
    if code is None:
        return
    holder = work.session.scalar(select(Employer.id).where(Employer.credit_code == code))
    if holder is not None and holder != own:
        raise NameTaken(field="credit_code")


def _site_values(session: Session, form: Form, site: Site, given: Mapping[str, object]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for entry in site.fields:
        choices = code_choices(session, entry.list) if entry.kind is FieldKind.SELECT and entry.list else ()
        value = form.attempt(entry.code, partial(clean_value, entry, given.get(entry.code), choices=choices))
        if value is not None:
            values[entry.code] = value
    return values


def own_employer(work: Work, *, lock: int | None, verb: RegistrationVerb) -> Employer:
    """Load and lock the actor's employer and judge `verb` on it; raises NotFound, Stale, Blocked."""
    require(work.actor, Permission.EMPLOYER_EDIT)
    own = select(Employer).where(Employer.id == work.actor.employer_id)
    employer: Employer | None = work.session.scalar(visible(own, work.actor).with_for_update(of=Employer))
    if employer is None:
        raise NotFound
    rows = load(work.session, work.actor, SubjectKind.EMPLOYER, [employer.id])
    blocks = judge(step_of(SubjectKind.EMPLOYER, verb), rows[0].facts, actor=work.actor, seen=lock)
    if any(block.code == "stale" for block in blocks):
        raise Stale
    if blocks:
        raise Blocked(*blocks)
    return employer


@retried
def update_data(engine: Engine, *, actor: Actor, lock: int, form: EmployerUpdate, now: datetime) -> int:
    """Change the employer's own data (单位信息维护); return the new lock.

    Before approval everything may change; afterwards address, phone and the site's fields at once, while
    name, credit code and bureau go by a change request (A18). Raises InvalidInput, Blocked, Stale, NameTaken.
    """
    checks = Form()
    with unit_of_work(engine, actor, now=now) as work:
        employer = own_employer(work, lock=lock, verb=RegistrationVerb.EDIT)
        values = _values(work.session, checks, current_site(work.session), form)
        checks.finish()
        values = {column: value for column, value in values.items() if getattr(employer, column) != value}
        locked = [code for code in ("name", "credit_code", "agency_id") if code in values]
        if locked and employer.state not in BEFORE_APPROVAL:
            raise Blocked(Block("item_locked", {"item": locked[0].removesuffix("_id")}))
        if not values:
            return employer.lock
        refuse_credit_code(work, values.get("credit_code"), own=employer.id)
        _write(work, employer, values)
        work.audit(
            "employer", employer.id, "edit", {"fields": sorted(values), "values": digest_of(_plain(values))}
        )
    return lock + 1


def _write(work: Work, employer: Employer, values: Mapping[str, object]) -> None:
    work.session.execute(
        update(Employer).where(Employer.id == employer.id).values(lock=Employer.lock + 1, **values)
    )


@retried
def submit(
    engine: Engine, *, actor: Actor, lock: int, answers: Mapping[str, str] | None = None, now: datetime
) -> int:
    """Submit the registration for review (提交申请); return the number of the submission.

    `answers` are texts to returned items by their code ("" answers a general remark). Raises Blocked naming
    missing materials and unanswered items, InvalidInput for missing fields, Stale. Source: R12, R14.
    """
    said = Form()
    given = {code: take_words(said, code, text) for code, text in (answers or {}).items()}
    said.finish()
    given = {code: text for code, text in given.items() if text}
    with unit_of_work(engine, actor, now=now) as work:
        employer = own_employer(work, lock=lock, verb=RegistrationVerb.SUBMIT)
        site = current_site(work.session)
        data, files = snapshot(work.session, employer), attached_files(work.session, employer.id)
        left = incomplete(work.session, employer, site, data=data, files=files)
        if left.errors:
            raise InvalidInput(*left.errors)
        blocks = left.missing + left.unanswered(frozenset(given))
        if blocks:
            raise Blocked(*blocks)
        n = employer.version_no + 1
        digest = digest_of({"data": data, "files": files, "answers": given})
        work.session.execute(
            insert(EmployerSubmission).values(
                employer_id=employer.id,
                n=n,
                data=data,
                files=files,
                answers=given,
                digest=digest,
                submitted_at=now,
                submitted_by=actor.account_id,
            )
        )
        before = employer.state
        _write(work, employer, {"state": EmployerState.SUBMITTED.value, "version_no": n, "submitted_at": now})
        payload = {"from": before, "to": EmployerState.SUBMITTED.value, "lock_seen": lock, "version_no": n}
        work.audit("employer", employer.id, RegistrationVerb.SUBMIT.value, payload | {"submission": digest})
    return n


def decide(
    engine: Engine,
    *,
    actor: Actor,
    verdict: Verdict,
    seen: Mapping[int, int],
    findings: Sequence[Finding] = (),
    opinion: str = "",
    key: str | None = None,
    now: datetime,
) -> BatchResult:
    """Approve or return employers' registrations, as a batch (registrar of that county). Source: R13, R14."""
    return registration_reviews.decide(
        engine,
        SubjectKind.EMPLOYER,
        RegistrationVerb(verdict.value),
        actor=actor,
        seen=seen,
        findings=findings,
        opinion=opinion,
        key=key,
        now=now,
    )


def suspend(engine: Engine, *, actor: Actor, employer_id: int, lock: int, reason: str, now: datetime) -> None:
    """Suspend an active employer with a reason; its open applications freeze (A11, I9). Raises Blocked,
    Stale.
    """
    verb = RegistrationVerb.SUSPEND
    decide_one(
        engine,
        SubjectKind.EMPLOYER,
        verb,
        row_id=employer_id,
        lock=lock,
        actor=actor,
        opinion=words_at("reason", reason),
        now=now,
    )


def resume(engine: Engine, *, actor: Actor, employer_id: int, lock: int, reason: str, now: datetime) -> None:
    """Resume a suspended employer; applications frozen for nothing else thaw (I9). Raises Blocked, Stale."""
    verb = RegistrationVerb.RESUME
    decide_one(
        engine,
        SubjectKind.EMPLOYER,
        verb,
        row_id=employer_id,
        lock=lock,
        actor=actor,
        opinion=words_at("reason", reason),
        now=now,
    )
