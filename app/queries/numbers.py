"""Full numbers, opened from `secret_value` for someone who may see the row they belong to (D23)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.access.scope import visible
from app.domain.errors import NotFound
from app.domain.identity import DOC_NO, MOBILE
from app.domain.ports import Cipher
from app.domain.roles import Actor
from app.models.account import Account
from app.models.employer import Employer
from app.models.person import Person
from app.models.work import SecretValue

WHAT = (DOC_NO, MOBILE)
_OWNERS: Mapping[str, tuple[type[Any], Select[Any]]] = {
    "person": (Person, select(Account).join(Person, Person.account_id == Account.id)),
    "employer": (Employer, select(Account).join(Employer, Employer.contact_account_id == Account.id)),
    "account": (Account, select(Account)),
}


def open_number(
    session: Session, actor: Actor, *, kind: str, subject_id: int, what: str, cipher: Cipher
) -> str:
    """Return the full document number or mobile of a person, an employer's contact or an account.

    Raises NotFound for what the actor does not see, or where there is no number. The caller logs the access.
    """
    owner = _OWNERS.get(kind)
    if owner is None or what not in WHAT:
        raise NotFound
    model, statement = owner
    account = session.scalar(visible(statement.where(model.id == subject_id), actor, model))
    secret_id = getattr(account, f"{what}_id", None)
    return open_secret(session, secret_id, cipher=cipher)


def open_secret(session: Session, secret_id: int | None, *, cipher: Cipher) -> str:
    """Return one stored number in full; raises NotFound if it was erased. Scope is the caller's duty."""
    secret = session.get(SecretValue, secret_id) if secret_id is not None else None
    if secret is None or secret.enc is None:
        raise NotFound
    return cipher.open("secret_value", "enc", secret.id, secret.enc)
