"""The hash chain of accepted commands: canonical JSON, hash, verification (D14, model 8)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.text import N_

GENESIS = "0" * 64
"""`prev_hash` of the first event of a chain."""

MISSING = N_("an event before it is missing")
UNLINKED = N_("it does not follow the event before it")
CHANGED = N_("content and hash differ")
STRAY_HEAD = N_("the head on the application is not its last event")
"""Why a chain does not hold."""

_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: object) -> str:
    """Canonical JSON: UTF-8 text, sorted keys, no spaces. Raises ValueError for NaN, TypeError for other types."""
    return _encoder.encode(value)


def digest_of(value: object) -> str:
    """SHA-256 over the canonical JSON of `value`, lower-case hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def moment(at: datetime) -> str:
    """A moment as it stands in hashed text: UTC with microseconds. Raises ValueError for naive times."""
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a chain as it is hashed; `payload` holds codes and digests, no personal data."""

    subject_kind: str
    subject_id: int
    seq: int
    event: str
    at: datetime
    actor_id: int
    party: str
    role: str | None
    payload: Mapping[str, object]
    prev_hash: str

    def hash(self) -> str:
        """SHA-256(prev_hash ‖ canonical JSON of the event), lower-case hex."""
        body = {
            "subject": [self.subject_kind, str(self.subject_id)],
            "seq": self.seq,
            "event": self.event,
            "at": moment(self.at),
            "actor_id": str(self.actor_id),
            "party": self.party,
            "role": self.role,
            "payload": self.payload,
        }
        return hashlib.sha256((self.prev_hash + canonical(body)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry of a chain that does not hold, and why."""

    subject_kind: str
    subject_id: int
    seq: int
    why: str


def first_broken(events: Iterable[tuple[Event, str]]) -> Broken | None:
    """Check one chain given in order as (event, stored hash); None if it holds (`flask audit verify`)."""
    previous, expected = GENESIS, 1
    for event, stored in events:
        why = _fault(event, stored, previous, expected)
        if why:
            return Broken(event.subject_kind, event.subject_id, event.seq, why)
        previous, expected = stored, expected + 1
    return None


def _fault(event: Event, stored: str, previous: str, expected: int) -> str | None:
    if event.seq != expected:
        return MISSING
    if event.prev_hash != previous:
        return UNLINKED
    if event.hash() != stored:
        return CHANGED
    return None
