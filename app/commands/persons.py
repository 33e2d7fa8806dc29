"""Persons: register under an active employer, correct, submit again, move between employers, close (R4,
R23–R27).
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, insert, select, update

from app.commands import registration_reviews
from app.commands.account_rows import NewAccount, insert_account
from app.commands.accounts import Checked, check_sign_in_fields, read_numbers
from app.commands.consents import ConsentGiven, store_consents, take_consents
from app.commands.employer_state import require_active
from app.commands.form import Form, words_at
from app.commands.freezing import recompute_frozen
from app.commands.numbers import (
    Claim,
    Numbers,
    document_claim,
    mobile_claim,
    replace,
    take_document,
    take_mobile,
)
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.blocks import Block
from app.domain.cards import LIVE
from app.domain.errors import Blocked, NotFound, Stale
from app.domain.identity import TELLING, DocumentNumber, Sex
from app.domain.malformed import Malformed
from app.domain.names import person_key_text, person_name, pinyin
from app.domain.passwords import Passwords
from app.domain.ports import Cipher
from app.domain.registration import (
    EmployerState,
    Finding,
    PersonState,
    RegistrationVerb,
    SubjectKind,
    Verdict,
    judge,
    step_of,
)
from app.domain.results import BatchResult
from app.domain.roles import AccountKind, Actor, Role
from app.domain.states import OPEN, Status
from app.domain.text import N_
from app.domain.worktime import local_day
from app.models.account import Account
from app.models.application import Application
from app.models.card import Card
from app.models.employer import Employer
from app.models.ids import new_id
from app.models.person import Person
from app.queries.person_facts import returned_items
from app.queries.reference import current_site, document_types
from app.queries.registrations import load

EMPLOYER_NOT_OPEN = N_("Choose an employer whose registration is approved.")
SEX_DIFFERS = N_("The sex differs from what the ID number says.")
BIRTH_DIFFERS = N_("The birth date differs from what the ID number says.")
_SEXES = frozenset(sex.value for sex in Sex)
_IDENTITY = frozenset({"name", "doc_type", "doc_no", "sex", "birth"})


@dataclass(frozen=True, slots=True)
class PersonForm:
    """What registering a person asks for; sex and birth only where the document does not tell them (implied
    I1).
    """

    name: str
    username: str
    password: str
    doc_type: str
    doc_no: str
    mobile: str
    employer_id: int | None
    consent: ConsentGiven
    sex: str | None = None
    birth: date | None = None


@dataclass(frozen=True, slots=True)
class PersonEdit:
    """Corrections while waiting or returned; None leaves a value. A document is given as type and number
    together.
    """

    name: str | None = None
    doc_type: str | None = None
    doc_no: str | None = None
    mobile: str | None = None
    sex: str | None = None
    birth: date | None = None


@dataclass(frozen=True, slots=True)
class PersonRegistered:
    """The new person and his account."""

    person_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class _Born:
    sex: str
    birth: date


@retried
def register(
    engine: Engine, *, actor: Actor, form: PersonForm, cipher: Cipher, passwords: Passwords, now: datetime
) -> PersonRegistered:
    """Register a person under an active employer (个人注册); state 待审核.

    Raises InvalidInput with every mistake (`employer_not_active` at `employer`, `consent_required` and
    `notice_outdated` at `notice` or `sensitive`), NameTaken, IdentityTaken. Source: R4, R6, R8, R23.
    """
    checks = Form()
    fields = check_sign_in_fields(
        checks,
        username=form.username,
        password=form.password,
        full_name=form.name,
        personal=(form.mobile,),
        passwords=passwords,
    )
    checks.rename("full_name", "name")
    with unit_of_work(engine, actor, now=now) as work:
        read = read_numbers(work, checks, doc_type=form.doc_type, doc_no=form.doc_no, mobile=form.mobile)
        told = _born(work, checks, read.document if read else None, form)
        chosen = _take_employer(work, checks, form.employer_id)
        notices = take_consents(work, checks, "person", form.consent)
        checked, numbers = checks.finish(fields, read)
        born, employer_id = checks.finish(told, chosen)
        registered = _insert(work, checked, numbers, born, employer_id=employer_id, cipher=cipher)
        store_consents(work, registered.account_id, notices, form.consent)
    return registered


def _born(
    work: Work, checks: Form, document: DocumentNumber | None, form: "PersonForm | PersonEdit"
) -> _Born | None:
    """Take sex and birth from the document, else from the form; note where both are given and differ.

    Without a sound number they are asked for where a number of its type would not tell them, so that all mistakes
    are named at once.
    """
    if document is None and _tells(work, form.doc_type):
        return None
    told_sex, told_birth = (document.sex, document.birth) if document else (None, None)
    if told_sex and form.sex and form.sex != told_sex:
        checks.note("sex", "sex_differs", SEX_DIFFERS)
    if told_birth and form.birth and form.birth != told_birth:
        checks.note("birth", "birth_differs", BIRTH_DIFFERS)
    found_sex, found_birth = told_sex or form.sex, told_birth or form.birth
    if found_sex not in _SEXES:
        checks.note("sex", "required", N_("Choose the sex."))
    if found_birth is None:
        checks.note("birth", "required", N_("Enter the birth date."))
    else:
        today = local_day(work.now)
        checks.attempt("birth", lambda: _check_birth(work, found_birth, today))
    return _Born(str(found_sex), found_birth) if found_sex and found_birth else None


def _tells(work: Work, doc_type: str | None) -> bool:
    """Whether numbers of the type tell sex and birth; an unknown type is a mistake of its own."""
    kind = document_types(work.session).get(doc_type or "")
    return kind is None or kind.checker in TELLING


def _check_birth(work: Work, birth: date, today: date) -> None:
    if birth > today:
        raise Malformed("birth_in_future", N_("The birth date lies in the future."))
    current_site(work.session).ages.check(birth, today)


def _take_employer(work: Work, form: Form, employer_id: int | None) -> int | None:
    """Lock an active employer against suspension meanwhile, or note the mistake at `employer` (T23)."""
    wanted = select(Employer.id).where(
        Employer.id == employer_id, Employer.state == EmployerState.ACTIVE.value
    )
    if employer_id is None or work.session.scalar(wanted.with_for_update(read=True)) is None:
        form.note("employer", "employer_not_active", EMPLOYER_NOT_OPEN)
        return None
    return employer_id


def _insert(
    work: Work, checked: Checked, numbers: Numbers, born: _Born, *, employer_id: int, cipher: Cipher
) -> PersonRegistered:
    person_id = new_id()
    new = NewAccount(
        AccountKind.PERSON,
        checked.username,
        checked.password_hash,
        checked.full_name,
        numbers=numbers,
        person_id=person_id,
        self_made=True,
    )
    account_id = insert_account(work, new, {Role.APPLICANT.value}, cipher=cipher)
    work.session.execute(
        insert(Person).values(
            id=person_id,
            account_id=account_id,
            employer_id=employer_id,
            state=PersonState.REGISTERED.value,
            doc_type=numbers.doc_type,
            sex=born.sex,
            birth=born.birth,
            registered_at=work.now,
            **name_columns(checked.full_name),
        )
    )
    work.audit(
        "person", person_id, "register", {"to": PersonState.REGISTERED.value, "employer": str(employer_id)}
    )
    return PersonRegistered(person_id, account_id)


def name_columns(name: str) -> dict[str, str]:
    """A name with what it is searched and sorted by."""
    reading = pinyin(name)
    return {
        "name": name,
        "name_key": person_key_text(name),
        "name_py": reading.full[:300],
        "name_initials": reading.initials[:60],
    }


def own_person(
    work: Work, verb: RegistrationVerb, lock: int | None, *, target_active: bool | None = None
) -> Person:
    """Load and lock the actor's own person and judge `verb`; raises NotFound, Stale, Blocked."""
    if work.actor.person_id is None:
        raise NotFound
    return judged_person(work, verb, work.actor.person_id, lock, target_active=target_active)


def judged_person(
    work: Work, verb: RegistrationVerb, person_id: int, lock: int | None, *, target_active: bool | None = None
) -> Person:
    """Load and lock a person the actor sees and judge `verb`; raises NotFound, Stale, Blocked.

    `target_active` says whether the employer moved to is active, where it is not the present one.
    """
    rows = load(work.session, work.actor, SubjectKind.PERSON, [person_id], for_update=True)
    if not rows:
        raise NotFound
    facts = rows[0].facts
    if target_active is not None:
        facts = dataclasses.replace(facts, target_employer_active=target_active)
    blocks = judge(step_of(SubjectKind.PERSON, verb), facts, actor=work.actor, seen=lock)
    if any(block.code == "stale" for block in blocks):
        raise Stale
    if blocks:
        raise Blocked(*blocks)
    return work.session.get_one(Person, person_id)


def move_person(work: Work, person: Person, verb: RegistrationVerb, **values: object) -> None:
    """Write a step of a person with its audit event; freezes and thaws what hangs on it."""
    before = {"from": person.state, "lock_seen": person.lock}
    work.session.execute(update(Person).where(Person.id == person.id).values(lock=Person.lock + 1, **values))
    employer = values.get("employer_id", person.employer_id)
    after = {"to": values.get("state", person.state), "employer": None if employer is None else str(employer)}
    work.audit("person", person.id, verb.value, before | after)
    if "state" in values:
        recompute_frozen(work, person_ids=[person.id])


@retried
def edit(engine: Engine, *, actor: Actor, lock: int, form: PersonEdit, cipher: Cipher, now: datetime) -> int:
    """Correct one's registration while it waits or was returned; return the new lock.

    Raises InvalidInput, IdentityTaken, Blocked, Stale. Source: A20.
    """
    checks = Form()
    with unit_of_work(engine, actor, now=now) as work:
        person = own_person(work, RegistrationVerb.EDIT, lock)
        account = work.session.get_one(Account, person.account_id, with_for_update=True)
        values, claims = _edited(work, checks, person, form)
        checks.finish()
        kinds = replace(work, cipher, account, claims)
        fields = sorted(
            {c for c, v in values.items() if getattr(person, c) != v and not c.startswith("name_")}
            | set(kinds)
        )
        if not fields:
            return person.lock
        if _IDENTITY & set(fields):
            _refuse_new_identity(work, person.id)
        _write_account(work, account, values)
        work.session.execute(
            update(Person)
            .where(Person.id == person.id)
            .values(lock=Person.lock + 1, version_no=Person.version_no + 1, **values)
        )
        work.audit("person", person.id, RegistrationVerb.EDIT.value, {"fields": fields, "lock_seen": lock})
        if kinds:
            work.audit("account", account.id, "change_numbers", {"kinds": sorted(kinds)})
    return lock + 1


def _refuse_new_identity(work: Work, person_id: int) -> None:
    """Who somebody is does not change under a case on its way or a card in force (D8, I5)."""
    under_way = [status.value for status in OPEN if status is not Status.DRAFT]
    a = Application
    case = work.session.scalar(select(a.no).where(a.person_id == person_id, a.status.in_(under_way)).limit(1))
    if case is not None:
        raise Blocked(Block("open_application_exists", {"no": case}))
    card = work.session.scalar(
        select(Card.no).where(Card.person_id == person_id, Card.state.in_(LIVE)).limit(1)
    )
    if card is not None:
        raise Blocked(Block("active_card_exists", {"no": card}))


def _edited(
    work: Work, checks: Form, person: Person, form: PersonEdit
) -> tuple[dict[str, object], tuple[Claim, ...]]:
    values: dict[str, object] = {}
    claims: list[Claim] = []
    if form.name is not None:
        name = checks.take("name", person_name, form.name)
        values |= name_columns(name) if name else {}
    if form.mobile is not None:
        mobile = take_mobile(checks, form.mobile)
        claims += [mobile_claim(mobile)] if mobile else []
    if form.doc_no is not None:
        doc_type = form.doc_type or person.doc_type
        document = _document(work, checks, doc_type, form.doc_no)
        born = _born(work, checks, document, form)
        if document and born:
            values |= {"doc_type": doc_type, "sex": born.sex, "birth": born.birth}
            claims.append(document_claim(document))
    return values, tuple(claims)


def _document(work: Work, checks: Form, doc_type: str, doc_no: str) -> DocumentNumber | None:
    types, site = document_types(work.session), current_site(work.session)
    return take_document(checks, doc_type, doc_no, types=types, site=site, today=local_day(work.now))


def _write_account(work: Work, account: Account, values: Mapping[str, object]) -> None:
    columns = {"full_name": values["name"], "first_name": values["name"]} if "name" in values else {}
    if "doc_type" in values:
        columns["doc_type"] = values["doc_type"]
    if columns:
        changed = update(Account).where(Account.id == account.id)
        work.session.execute(changed.values(lock=Account.lock + 1, **columns))


@retried
def submit(engine: Engine, *, actor: Actor, lock: int, answer: str = "", now: datetime) -> None:
    """Submit a returned registration again; what was returned is changed or `answer` says why it stays.

    Raises Blocked naming the items that are neither, InvalidInput at `answer`, Stale. Source: R26.
    """
    said = words_at("answer", answer)
    with unit_of_work(engine, actor, now=now) as work:
        person = own_person(work, RegistrationVerb.SUBMIT, lock)
        left = () if said else returned_items(work.session, person.id).open_items()
        if left:
            raise Blocked(*(Block("flagged_unanswered", {"item": code}) for code in left))
        values = {"state": PersonState.REGISTERED.value, "registered_at": now, "return_answer": said or None}
        move_person(work, person, RegistrationVerb.SUBMIT, **values)


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
    """Approve or return persons' registrations, as a batch (个人注册审核), never one's own.

    Raises EmployerNotActive for staff of an employer that is not approved. Source: R26, R3, D12.
    """
    require_active(engine, actor)
    return registration_reviews.decide(
        engine,
        SubjectKind.PERSON,
        RegistrationVerb(verdict.value),
        actor=actor,
        seen=seen,
        findings=findings,
        opinion=opinion,
        key=key,
        now=now,
    )
