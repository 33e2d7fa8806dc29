"""ID numbers and mobiles of an account: claimed once over all parties, stored sealed (D7, D23).

Private to commands: these functions run inside the transaction of the command that calls them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.commands.form import Form
from app.commands.unit_of_work import Work
from app.domain.errors import IdentityTaken
from app.domain.identity import (
    DOC_NO,
    MOBILE,
    DocumentNumber,
    DocumentType,
    check_document,
    mask_mobile,
    mobile_number,
)
from app.domain.ports import Cipher
from app.domain.site import Site
from app.domain.text import N_
from app.domain.values import kept_phone, mask_phone
from app.models.account import Account, IdentityClaim
from app.models.ids import new_id
from app.models.work import SecretValue


@dataclass(frozen=True, slots=True)
class Claim:
    """One number as it is stored: kind of the secret, space and canonical value."""

    kind: str
    space: str
    value: str
    masked: str

    def digest(self, cipher: Cipher) -> str:
        """Return the blind index under which the number is unique."""
        return cipher.digest(self.space, self.value).hex()


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers a person gives: document and mobile, checked."""

    doc_type: str
    document: DocumentNumber
    mobile: str

    @property
    def claims(self) -> tuple[Claim, Claim]:
        """Return both as claims, document first."""
        return document_claim(self.document), mobile_claim(self.mobile)


def document_claim(document: DocumentNumber) -> Claim:
    """Return the claim of a checked document number."""
    return Claim(DOC_NO, document.space, document.value, document.masked)


def mobile_claim(mobile: str) -> Claim:
    """Return the claim of an E.164 mobile."""
    return Claim(MOBILE, MOBILE, mobile, mask_mobile(mobile))


def take_mobile(form: Form, text: str | None) -> str | None:
    """Check the mobile of a form."""
    return form.take("mobile", mobile_number, text)


def take_document(
    form: Form,
    doc_type: str,
    doc_no: str | None,
    *,
    types: Mapping[str, DocumentType],
    site: Site,
    today: date,
) -> DocumentNumber | None:
    """Check a document number by its type, and the age it tells, of a form."""
    chosen = types.get(doc_type)
    if chosen is None:
        form.note("doc_type", "document_type_unknown", N_("Choose a document type."))
        return None
    document = form.take("doc_no", lambda text: check_document(chosen.checker, text, today), doc_no)
    if document is not None:
        form.attempt("doc_no", lambda: site.ages.check(document.birth, today))
    return document


def refuse_taken(work: Work, cipher: Cipher, claims: tuple[Claim, ...], *, own: int | None = None) -> None:
    """Raise IdentityTaken if another account than `own` holds one of the numbers.

    The primary key of `identity_claim` is the rule; this only words the refusal (R8).
    """
    for claim in claims:
        holder = work.session.scalar(
            select(IdentityClaim.account_id).where(
                IdentityClaim.kind == claim.space, IdentityClaim.digest == claim.digest(cipher)
            )
        )
        if holder is not None and holder != own:
            raise IdentityTaken(kind=claim.kind)


def store(work: Work, cipher: Cipher, account_id: int, claims: tuple[Claim, ...]) -> None:
    """Claim numbers for an account and put them on it: `secret_value` rows, masked columns, `person_key`."""
    made = sealed(cipher, account_id, claims, now=work.now)
    for secret in made.secrets:
        work.session.execute(insert(SecretValue).values(**secret))
    for claim in made.claims:
        work.session.execute(insert(IdentityClaim).values(**claim))
    work.session.execute(update(Account).where(Account.id == account_id).values(**made.columns))


@dataclass(frozen=True, slots=True)
class Sealed:
    """The rows of an account's numbers, and what stands of them on the account."""

    secrets: tuple[dict[str, Any], ...]
    claims: tuple[dict[str, Any], ...]
    columns: dict[str, Any]


def sealed(cipher: Cipher, account_id: int, claims: tuple[Claim, ...], *, now: datetime) -> Sealed:
    """Encrypt and blind-index numbers for an account, without writing them."""
    secrets: list[dict[str, Any]] = []
    claimed: list[dict[str, Any]] = []
    columns: dict[str, Any] = {}
    for claim in claims:
        digest, secret_id = claim.digest(cipher), new_id()
        secrets.append(
            {
                "id": secret_id,
                "account_id": account_id,
                "kind": claim.kind,
                "enc": cipher.seal("secret_value", "enc", secret_id, claim.value),
                "digest": digest,
                "masked": claim.masked,
                "key_id": cipher.key_id,
                "created": now,
            }
        )
        claimed.append(
            {
                "kind": claim.space,
                "digest": digest,
                "key_version": cipher.index_version,
                "account_id": account_id,
                "claimed_at": now,
            }
        )
        columns |= {f"{claim.kind}_id": secret_id, f"{claim.kind}_masked": claim.masked}
        if claim.kind == DOC_NO:
            columns["person_key"] = digest
    return Sealed(tuple(secrets), tuple(claimed), columns)


def keep_phone(work: Work, cipher: Cipher, account_id: int, number: str) -> str:
    """Put a telephone number of a case away; return what stands in the case instead (D23).

    Nobody claims it: it may be a colleague's or an office's.
    """
    secret_id, kept = new_id(), number.strip()
    work.session.execute(
        insert(SecretValue).values(
            id=secret_id,
            account_id=account_id,
            kind=MOBILE,
            enc=cipher.seal("secret_value", "enc", secret_id, kept),
            digest=cipher.digest("phone", kept).hex(),
            masked=mask_phone(kept),
            key_id=cipher.key_id,
            created=work.now,
        )
    )
    return kept_phone(kept, secret_id)


def replace(work: Work, cipher: Cipher, account: Account, claims: tuple[Claim, ...]) -> tuple[str, ...]:
    """Give an account new numbers and free the old ones; return the kinds that really changed.

    Raises IdentityTaken if another account holds one.
    """
    refuse_taken(work, cipher, claims, own=account.id)
    changed = tuple(claim for claim in claims if not _holds(work, cipher, account.id, claim))
    for claim in changed:
        free(work, account, claim.kind)
    if changed:
        store(work, cipher, account.id, changed)
    return tuple(claim.kind for claim in changed)


def _holds(work: Work, cipher: Cipher, account_id: int, claim: Claim) -> bool:
    held = select(IdentityClaim.account_id).where(
        IdentityClaim.kind == claim.space, IdentityClaim.digest == claim.digest(cipher)
    )
    return work.session.scalar(held) == account_id


def free(work: Work, account: Account, *kinds: str) -> None:
    """Release the claims of an account of these kinds and take the numbers off it; the secret rows stay as
    history.
    """
    is_mobile = IdentityClaim.kind == MOBILE
    for kind in kinds:
        which = is_mobile if kind == MOBILE else ~is_mobile
        work.session.execute(delete(IdentityClaim).where(IdentityClaim.account_id == account.id, which))
    columns: dict[str, object] = {f"{kind}_{part}": None for kind in kinds for part in ("id", "masked")}
    if DOC_NO in kinds:
        columns["person_key"] = None
    work.session.execute(update(Account).where(Account.id == account.id).values(**columns))
