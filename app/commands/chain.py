"""Events of applications' hash chains, made in bulk from the heads on the locked rows (D14, model 8).

The text that is hashed is put together from parts computed once per batch and the few values that differ
by row; it equals what `domain.audit.Event.hash` hashes (a test holds the two together).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.commands.bulk import insert_rows
from app.commands.unit_of_work import Work, party_of
from app.domain.audit import canonical, moment
from app.domain.roles import Actor
from app.models.audit import AuditEvent

COLUMNS = (
    "subject_kind", "subject_id", "seq", "event", "at", "actor_id", "party", "role", "payload",
    "prev_hash", "hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """The workflow columns of a case as an event names them."""

    status: str
    stage: str | None
    ready: bool
    roster: int | None
    version: int
    lock: int
    frozen: str | None = None

    def text(self) -> str:
        """Canonical JSON. All values are codes and numbers."""
        ready = "true" if self.ready else "false"
        return (
            f'{{"frozen":{quoted(self.frozen)},"lock":{self.lock},"ready":{ready},'
            f'"roster":{"null" if self.roster is None else _id(self.roster)},"stage":{quoted(self.stage)},'
            f'"status":{quoted(self.status)},"version":{self.version}}}'
        )


def _id(value: int) -> str:
    return f'"{value}"'


_quoted: dict[str | None, str] = {None: "null"}


def quoted(text: str | None) -> str:
    """JSON of a short text; codes are remembered."""
    found = _quoted.get(text)
    if found is None:
        found = json.dumps(text, ensure_ascii=False)
        if len(_quoted) < 4096:  # noqa: PLR2004 - codes are few; digests never come here
            _quoted[text] = found
    return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One event to append: `head` and `seq` are those of the chain before it; `payload` is canonical JSON."""

    subject_id: int
    seq: int
    head: str
    event: str
    role: str | None
    payload: str
    kind: str = "application"


def payload(
    old: State | None,
    new: State,
    *,
    common: str,
    submission: str | None = None,
    roster: tuple[str, str] | None = None,
) -> str:
    """Canonical JSON of a transition's payload; `common` comes from `common_part`."""
    standing = "null" if roster is None else f'{{"digest":"{roster[1]}","no":{quoted(roster[0])}}}'
    frm = "null" if old is None else old.text()
    sub = "null" if submission is None else f'"{submission}"'
    return f'{{"from":{frm},{common},"roster":{standing},"submission":{sub},"to":{new.text()}}}'


def common_part(
    *, key: str | None, programme: str | None, request: str | None, review: str | None, ref: str | None = None
) -> str:
    """What all events of a batch (with one programme version) share: keys between `from` and `roster`."""
    values = {"key": key, "programme": programme, "ref": ref, "request": request, "review": review}
    return canonical(values)[1:-1]


def append(work: Work, entries: Sequence[Entry]) -> list[str]:
    """Insert the events in bulk and return their hashes, in order: the new heads."""
    rows = linked(entries, actor=work.actor, now=work.now)
    store(work, rows)
    return [row[-1] for row in rows]


def store(work: Work, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows that `linked` made."""
    insert_rows(work.session, AuditEvent.__table__, COLUMNS, rows)


def linked(entries: Sequence[Entry], *, actor: Actor, now: datetime) -> list[tuple[Any, ...]]:
    """The rows of the events as `store` takes them, each linked to its head; the hash stands last."""
    at = moment(now)
    party = party_of(actor)
    actor_id = actor.account_id
    rows = []
    sha256 = hashlib.sha256
    heads: dict[tuple[str, str | None], tuple[str, str]] = {}
    for entry in entries:
        ends = heads.get((entry.event, entry.role))
        if ends is None:
            ends = heads[entry.event, entry.role] = _ends(at, actor_id, party, entry.event, entry.role)
        seq = entry.seq + 1
        subject = f'"subject":["{entry.kind}","{entry.subject_id}"]}}'
        body = f"{entry.head}{ends[0]}{entry.payload}{ends[1]}{seq},{subject}"
        hashed = sha256(body.encode()).hexdigest()
        rows.append(
            (entry.kind, entry.subject_id, seq, entry.event, now, actor_id, party, entry.role,
             entry.payload, entry.head, hashed)
        )  # fmt: skip
    return rows


def _ends(at: str, actor_id: int, party: str, event: str, role: str | None) -> tuple[str, str]:  # noqa: PLR0917 - private
    """The parts of the hashed text before and after the payload that entries of one event share."""
    first = (
        f'{{"actor_id":"{actor_id}","at":"{at}","event":{quoted(event)},"party":{quoted(party)},"payload":'
    )
    return first, f',"role":{quoted(role)},"seq":'
