"""Freeing a number that someone else needs (release_claim, R8, A7)."""

from datetime import datetime

from sqlalchemy import Engine, func, select

from app.access.policy import require
from app.access.scope import visible
from app.commands.account_rows import revoke_sessions, touch
from app.commands.form import Form, take_reason
from app.commands.numbers import free
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.domain.identity import DOC_NO, MOBILE, check_document, mobile_number
from app.domain.ports import Cipher
from app.domain.roles import Actor, Permission, Role
from app.domain.text import N_
from app.domain.worktime import local_day
from app.models.account import Account, IdentityClaim
from app.models.employer import Employer
from app.models.person import Person
from app.queries.reference import document_types


@retried
def release_claim(
    engine: Engine, *, actor: Actor, kind: str, number: str, reason: str, cipher: Cipher, now: datetime
) -> int:
    """Free a number that someone else needs, with a reason, and take it off the account that held it (R8,
    A7).

    `kind` is `mobile` or the code of a document type. Only registrars, only for accounts of employers in
    their subtree (and persons of those); anything else is NotFound, so that nobody can probe numbers.
    Returns the account's id.
    """
    require(actor, Permission.CLAIM_RELEASE)
    why = take_reason(reason, required=True)
    with unit_of_work(engine, actor, now=now) as work:
        space, value = _space_and_value(work, kind, number)
        account = _holder(work, space, cipher.digest(space, value).hex())
        if account is None or not _in_subtree(work, account):
            raise NotFound
        secret = MOBILE if space == MOBILE else DOC_NO
        free(work, account, secret)
        touch(work, account)
        revoke_sessions(work, account.id)
        work.audit(
            "account", account.id, "release_claim", {"kind": space, "has_reason": True}, role=Role.REGISTRAR
        )
        work.access("release_claim", "account", account.id, detail=why)
    return int(account.id)


def _holder(work: Work, space: str, digest: str) -> Account | None:
    """The account that claims the number, locked; asked again under the lock, for it may have got another
    number meanwhile, which nobody asked to free.
    """
    held = select(IdentityClaim.account_id).where(IdentityClaim.kind == space, IdentityClaim.digest == digest)
    holder = work.session.scalar(held)
    account = work.session.get(Account, holder, with_for_update=True) if holder is not None else None
    return account if account is not None and work.session.scalar(held) == holder else None


def _space_and_value(work: Work, kind: str, number: str) -> tuple[str, str]:
    form = Form()
    if kind == MOBILE:
        return MOBILE, form.finish(form.take("number", mobile_number, number))
    chosen = document_types(work.session).get(kind)
    if chosen is None:
        raise InvalidInput(FieldError("kind", "document_type_unknown", N_("Choose a document type.")))
    checked = form.finish(
        form.take("number", lambda text: check_document(chosen.checker, text, local_day(work.now)), number)
    )
    return checked.space, checked.value


def _in_subtree(work: Work, account: Account) -> bool:
    employer_id = account.employer_id
    if account.person_id is not None:
        employer_id = work.session.scalar(select(Person.employer_id).where(Person.id == account.person_id))
    if employer_id is None:
        return False
    seen = visible(select(func.count(Employer.id)).where(Employer.id == employer_id), work.actor, Employer)
    return bool(work.session.scalar(seen))
