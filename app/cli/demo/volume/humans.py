"""Accounts in bulk: numbers claimed and sealed, roles, consents, the opening of their chains."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from flask_appbuilder.security.sqla.models import assoc_user_role

from app.cli.demo.volume.identifiers import numbers
from app.cli.demo.volume.scene import Scene, grants
from app.cli.demo.volume.tables import Tables
from app.cli.demo.volume.trail import Trail
from app.commands.account_rows import NewAccount, account_columns
from app.commands.frozen import Numbered
from app.commands.numbers import Sealed, sealed
from app.commands.transition_rows import MESSAGE, Row
from app.domain.roles import AccountKind, Actor
from app.models.account import Account, Consent, IdentityClaim
from app.models.ids import new_id
from app.models.work import Message, SecretValue

VISITOR = Actor.anonymous(ip="127.0.0.1")
AGENT = "volume loader"
SENT = (*MESSAGE, "sent_at", "to_id", "to_masked")
_STATE = MESSAGE.index("state")
_ATTEMPTS = MESSAGE.index("attempts")
_NOT_BEFORE = MESSAGE.index("not_before")


@dataclass(frozen=True, slots=True)
class Human:
    """Somebody with an account: who acts, his numbers, what his document says."""

    actor: Actor
    numbered: Numbered
    masked: tuple[str, str]
    doc_type: str
    sex: str
    birth: date


class Accounts:
    """Makes the accounts of one part."""

    def __init__(self, scene: Scene, tables: Tables, trail: Trail) -> None:
        self._scene = scene
        self._tables = tables
        self._trail = trail

    def make(
        self,
        kind: AccountKind,
        username: str,
        full_name: str,
        roles: Collection[str],
        *,
        ordinal: int,
        by: Actor,
        at: datetime,
        employer_id: int | None = None,
        person_id: int | None = None,
    ) -> Human:
        """One account; the owner is an employer or a person."""
        given = numbers(ordinal, self._scene.today)
        self_made = by.is_anonymous
        owner = {"person_id": person_id} if kind is AccountKind.PERSON else {"employer_id": employer_id}
        new = NewAccount(
            kind, username, self._scene.password_hash, full_name, given, self_made=self_made, **owner
        )
        account_id = new_id()
        self._tables.add(Account, account_columns(new, account_id, by=by.account_id, now=at))
        for role in sorted(roles):
            row = {"user_id": account_id, "role_id": self._scene.role_ids[role]}
            self._tables.add(assoc_user_role, row)
        made = sealed(self._scene.cipher, account_id, given.claims, now=at)
        self._store(account_id, made)
        opening = {"kind": kind.value, "roles": sorted(roles)}
        self._trail.note("account", account_id, "create", opening, actor=by, at=at)
        columns = made.columns
        actor = Actor(
            account_id, kind, full_name, username, columns["person_key"], employer_id, person_id,
            roles=frozenset(roles), permissions=grants(*roles),
        )  # fmt: skip
        numbered = Numbered(
            account_id,
            full_name,
            (columns["doc_no_id"], columns["doc_no_masked"], made.secrets[0]["digest"]),
            (columns["mobile_id"], columns["mobile_masked"], made.secrets[1]["digest"]),
            columns["person_key"],
        )
        document = given.document
        assert document.sex is not None and document.birth is not None  # noqa: S101, PT018 - resident IDs tell both
        masked = (columns["doc_no_masked"], columns["mobile_masked"])
        return Human(actor, numbered, masked, given.doc_type, document.sex.value, document.birth)

    def _store(self, account_id: int, made: Sealed) -> None:
        for secret in made.secrets:
            self._tables.add(SecretValue, secret)
        for claim in made.claims:
            self._tables.add(IdentityClaim, claim)
        self._tables.update(Account, account_id, made.columns)

    def consent(self, account_id: int, kind: str, at: datetime) -> None:
        """Consent to the notice of a kind and to the one on sensitive data."""
        for scope in (kind, "sensitive"):
            if scope in self._scene.notices:
                row = {
                    "id": new_id(), "account_id": account_id, "notice_id": self._scene.notices[scope],
                    "scope": scope, "at": at, "ip": VISITOR.ip, "agent": AGENT,
                }  # fmt: skip
                self._tables.add(Consent, row)

    def sent(self, row: Row, to: Numbered) -> None:
        """Keep a message as it stands after it was sent."""
        values = list(row)
        values[_STATE], values[_ATTEMPTS] = "sent", 1
        sent = (*values, row[_NOT_BEFORE], to.mobile[0], to.mobile[1])
        self._tables.extend(Message, SENT, [sent])

    def registration_message(self, verb: str, to: Numbered, subject: tuple[str, int], at: datetime) -> None:
        """Tell somebody what became of a registration."""
        row = (
            new_id(), to.account_id, f"sms.reg_{verb}", "{}", *subject, None, None, at, "waiting", 0, at
        )  # fmt: skip
        self.sent(row, to)
