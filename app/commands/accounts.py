"""Accounts of all parties: make, enable and disable, roles, passwords, numbers (D2, D7, R22, I4).

Every change ends the sign-ins it must end in the same transaction, and stands on the account's audit chain.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role as RoleRow
from sqlalchemy import Engine, select

from app.access.policy import require
from app.commands.account_rows import (
    NewAccount,
    insert_account,
)
from app.commands.form import Form
from app.commands.numbers import Numbers, take_document, take_mobile
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.blocks import Block
from app.domain.errors import Blocked, NotAllowed, NotFound
from app.domain.identity import user_name
from app.domain.names import person_name
from app.domain.passwords import Passwords
from app.domain.ports import Cipher
from app.domain.roles import EMPLOYER_ROLES, PUBLIC_ROLE, SUPERUSER_ROLE, AccountKind, Actor, Permission, Role
from app.domain.text import N_
from app.domain.worktime import local_day
from app.models.agency import Agency
from app.queries.reference import current_site, document_types


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What makes an account of someone who can decide: a document is on file for everyone (D8)."""

    username: str
    password: str
    full_name: str
    doc_type: str
    doc_no: str
    mobile: str


@dataclass(frozen=True, slots=True)
class AccountCreated:
    """The new account."""

    account_id: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The parts of an account form that need no database, normalised; the password is hashed."""

    username: str
    password_hash: str
    full_name: str


def check_sign_in_fields(
    form: Form,
    *,
    username: str,
    password: str,
    full_name: str,
    personal: Collection[str] = (),
    passwords: Passwords,
) -> Checked | None:
    """Check user name, password and name; hash the password before any transaction, since hashing is slow."""
    name = form.take("username", user_name, username)
    who = form.take("full_name", person_name, full_name)
    chosen = form.take(
        "password", lambda text: allowed_password(text, (username, *personal), passwords), password
    )
    if name is None or who is None or chosen is None or form.errors:
        return None
    return Checked(name, passwords.hasher.hash(chosen), who)


def allowed_password(password: str, personal: Collection[str], passwords: Passwords) -> str:
    """Return a password that the rule allows; raises Malformed."""
    passwords.rule.check(password, personal=tuple(personal))
    return password


def read_numbers(
    work: Work, form: Form, *, doc_type: str, doc_no: str | None, mobile: str | None
) -> Numbers | None:
    """Check document and mobile of a form against the site's document types and age limits."""
    document = take_document(
        form,
        doc_type,
        doc_no,
        types=document_types(work.session),
        site=current_site(work.session),
        today=local_day(work.now),
    )
    number = take_mobile(form, mobile)
    return Numbers(doc_type, document, number) if document is not None and number is not None else None


@retried
def create_staff(
    engine: Engine,
    *,
    actor: Actor,
    form: AccountForm,
    functions: Collection[str],
    cipher: Cipher,
    passwords: Passwords,
    now: datetime,
) -> AccountCreated:
    """Make a sub-account of the actor's employer with some of its functions (单位用户管理).

    Raises InvalidInput, Blocked(grants_exceed_own), NameTaken, IdentityTaken. Source: R22, A19, A6.
    """
    require(actor, Permission.EMPLOYER_USERS)
    refuse_functions(actor, functions)
    draft = _draft(form, passwords)
    with unit_of_work(engine, actor, now=now) as work:
        account_id = _create(work, draft, functions, owner={"employer_id": actor.employer_id}, cipher=cipher)
    return AccountCreated(account_id)


@retried
def create_officer(
    engine: Engine,
    *,
    actor: Actor,
    form: AccountForm,
    agency_id: int,
    roles: Collection[str],
    cipher: Cipher,
    passwords: Passwords,
    now: datetime,
) -> AccountCreated:
    """Make an officer's account at a bureau. Source: I4.

    Raises InvalidInput, NameTaken, IdentityTaken; NotFound for a bureau that does not exist.
    """
    require(actor, Permission.ACCOUNT_MANAGE)
    draft = _draft(form, passwords)
    with unit_of_work(engine, actor, now=now) as work:
        if work.session.get(Agency, agency_id) is None:
            raise NotFound
        refuse_officer_roles(work, roles)
        account_id = _create(work, draft, roles, owner={"agency_id": agency_id}, cipher=cipher)
    return AccountCreated(account_id)


@dataclass(frozen=True, slots=True)
class _Draft:
    given: AccountForm
    form: Form
    checked: Checked | None


def _draft(given: AccountForm, passwords: Passwords) -> _Draft:
    form = Form()
    checked = check_sign_in_fields(
        form,
        username=given.username,
        password=given.password,
        full_name=given.full_name,
        personal=(given.mobile,),
        passwords=passwords,
    )
    return _Draft(given, form, checked)


def _create(
    work: Work, draft: _Draft, roles: Collection[str], *, owner: Mapping[str, Any], cipher: Cipher
) -> int:
    given, form = draft.given, draft.form
    read = read_numbers(work, form, doc_type=given.doc_type, doc_no=given.doc_no, mobile=given.mobile)
    checked, numbers = form.finish(draft.checked, read)
    kind = AccountKind.EMPLOYER if "employer_id" in owner else AccountKind.OFFICER
    new = NewAccount(
        kind, checked.username, checked.password_hash, checked.full_name, numbers=numbers, **owner
    )
    return insert_account(work, new, roles, cipher=cipher)


@retried
def create_superuser(
    engine: Engine,
    *,
    actor: Actor,
    username: str,
    password: str,
    full_name: str,
    passwords: Passwords,
    now: datetime,
) -> AccountCreated:
    """Make a superuser, from the command line or by another superuser. He decides nothing (D8)."""
    if not actor.is_anonymous:
        require(actor, Permission.ACCOUNT_MANAGE)
    elif actor.ip is not None:
        raise NotAllowed
    form = Form()
    fields = check_sign_in_fields(
        form, username=username, password=password, full_name=full_name, passwords=passwords
    )
    checked = form.finish(fields)
    new = NewAccount(
        AccountKind.SUPERUSER, checked.username, checked.password_hash, checked.full_name, self_made=True
    )
    with unit_of_work(engine, actor, now=now) as work:
        return AccountCreated(insert_account(work, new, {SUPERUSER_ROLE}))


def refuse_functions(actor: Actor, functions: Collection[str]) -> None:
    """Raise InvalidInput for an unknown or half administrator's set, Blocked for more than the actor holds
    (T24).
    """
    chosen = set(functions)
    known = {role.value for role in EMPLOYER_ROLES}
    form = Form()
    if not chosen or chosen - known:
        form.note("functions", "not_a_choice", N_("Choose at least one function."))
    elif Role.EMPLOYER_ADMIN in chosen and chosen != known:
        form.note("functions", "admin_needs_all", N_("An administrator holds all functions together."))
    form.finish()
    if not chosen <= actor.roles:
        raise Blocked(Block("grants_exceed_own"))


def refuse_officer_roles(work: Work, roles: Collection[str]) -> None:
    """Raise InvalidInput for roles that no officer can hold; an auditor is nothing else."""
    chosen = set(roles)
    others = {role.value for role in EMPLOYER_ROLES} | {Role.APPLICANT.value, SUPERUSER_ROLE, PUBLIC_ROLE}
    known = set(work.session.scalars(select(RoleRow.name).where(RoleRow.name.in_(chosen))))
    form = Form()
    if not chosen or chosen - known or chosen & others:
        form.note("roles", "not_a_choice", N_("Choose at least one role of an officer."))
    elif Role.AUDITOR in chosen and len(chosen) > 1:
        form.note("roles", "auditor_alone", N_("An auditor holds no other role."))
    form.finish()
