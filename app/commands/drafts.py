"""Starting an application and filling it in (new, autosave); what is submitted is `submissions`' matter."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from app.access.policy import require
from app.commands.chain import Entry, State, append, common_part, payload
from app.commands.freezing import hold_bonds
from app.commands.numbers import keep_phone
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain import workflow
from app.domain.blocks import Block
from app.domain.errors import Blocked, FieldError, InvalidInput, NotFound, Stale
from app.domain.form import LOCKED, UNKNOWN_FIELD, Target, TargetKind, choices_of
from app.domain.malformed import Malformed
from app.domain.ports import Cipher
from app.domain.programme import Field, FieldKind, Programme
from app.domain.roles import Actor, Permission
from app.domain.states import Status, Verb
from app.domain.text import N_
from app.domain.values import (
    Value,
    clean_value,
    control_text,
    is_same,
    kept_id,
    kept_text,
    phone,
    stored_text,
)
from app.domain.worktime import local_day
from app.models.application import Application, Draft
from app.models.ids import new_id
from app.models.person import Person
from app.queries import drafts as read
from app.queries.programmes import Published, published_by_code
from app.queries.starting import new_facts

TOO_LONG = N_("The answers are too long.")
CHANGED_ELSEWHERE = N_(
    "In another window this was changed to “%(now)s” meanwhile. To put your entry in its place, save the draft once more."
)
EMPTIED_ELSEWHERE = N_(
    "In another window this was emptied meanwhile. To put your entry in its place, save the draft once more."
)
Shown = Mapping[str, tuple[str, ...]]
"""By field: the text a form showed, then those it has sent since without an answer."""
NO_TEXTS: Shown = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Created:
    """A new draft."""

    application_id: int
    lock: int


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save answers: the lock to send next, when it was saved.

    And what still keeps it from submission.
    """

    lock: int
    saved_at: datetime
    errors: tuple[FieldError, ...]


@retried
def new(
    engine: Engine, *, actor: Actor, programme: str, kind: str, now: datetime, key: str | None = None
) -> Created:
    """Start a draft of `kind` in the published version of a programme (by its code).

    Raises Blocked with every reason (R27, I6, I7: window, open application, card, cooling-off), NotFound for
    an unknown programme. Of two at once the database lets one win (`uq_application_open`).
    """
    require(actor, Permission.APPLICATION_APPLY)
    with unit_of_work(engine, actor, now=now, key=key, request=["new", programme, kind]) as work:
        if work.replay is not None:
            return Created(int(work.replay["id"]), work.replay["lock"])
        _hold_bond(work.session, actor)
        offered = published_by_code(work.session, programme)
        facts = new_facts(work.session, actor, offered, now)
        blocks = workflow.judge_new(
            actor, facts.new, programme=offered.document, kind=kind, day=local_day(now), now=now
        )
        if blocks:
            raise Blocked(*blocks)
        application_id = _insert(
            work, offered, kind, employer_id=facts.employer_id, applicant_key=facts.applicant_key
        )
        work.remember({"id": str(application_id), "lock": 0})
        return Created(application_id, 0)


def _hold_bond(session: Session, actor: Actor) -> None:
    me = Person.id == actor.person_id
    hold_bonds(session, select(Person.id).where(me), select(Person.employer_id).where(me))


def _insert(work: Work, offered: Published, kind: str, *, employer_id: int, applicant_key: str) -> int:
    application_id, person_id = new_id(), work.actor.person_id or 0
    state = State(Status.DRAFT.value, None, ready=False, roster=None, version=0, lock=0)
    common = common_part(key=None, programme=offered.digest, request=work.actor.request_id, review=None)
    entry = Entry(application_id, 0, "0" * 64, Verb.NEW.value, None, payload(None, state, common=common))
    head = append(work, [entry])[0]
    work.session.execute(
        insert(Application).values(
            id=application_id,
            kind=kind,
            programme_id=offered.programme_id,
            programme_version_id=offered.version_id,
            person_id=person_id,
            applicant_key=applicant_key,
            employer_id=employer_id,
            status=Status.DRAFT.value,
            created=work.now,
            entered_at=work.now,
            audit_seq=1,
            audit_head=head,
        )
    )
    data = _prefilled(work, offered, person_id, employer_id)
    work.session.execute(
        insert(Draft).values(application_id=application_id, data=data, files=[], saved_at=work.now)
    )
    return application_id


def _prefilled(work: Work, offered: Published, person_id: int, employer_id: int) -> dict[str, Value]:
    """The member of staff who serves the person stands in the form from the start (R29)."""
    fields = read.staff_fields(offered.document)
    if not fields:
        return {}
    back = read.background(work.session, person_id, offered.programme_id, employer_id)
    first = read.prefilled(back, read.staff_choices(work.session, employer_id))
    return dict.fromkeys(fields, first) if first is not None else {}


@retried
def save(
    engine: Engine,
    *,
    actor: Actor,
    application_id: int,
    lock: int,
    data: Mapping[str, object],
    cipher: Cipher,
    now: datetime,
    shown: Shown = NO_TEXTS,
) -> Saved:
    """Store some answers of one's own draft (autosave, field by field); an empty value clears its field.

    Telephone numbers go into `secret_value`, the draft holds their masked text (D23); the masked text coming
    back leaves a number as it is. `shown` is what a form showed of the fields, or sent of them without an
    answer: one that has another value by now is not overwritten but refused (`changed_elsewhere`).

    Raises InvalidInput naming unknown, malformed and locked fields (then nothing is stored), Stale if the case
    moved since `lock`, Blocked if it is not with the applicant, NotFound.
    """
    require(actor, Permission.APPLICATION_APPLY)
    with unit_of_work(engine, actor, now=now) as work:
        lock_draft(work, application_id, lock)
        view = read.draft(work.session, actor, application_id, now=now)
        values = _kept(work, cipher, view, _merged(view, data, shown))
        stored = update(Draft).where(Draft.application_id == application_id).values(data=values, saved_at=now)
        work.session.execute(stored)
        errors = read.draft(work.session, actor, application_id, now=now).errors
        return Saved(view.lock, now, errors)


def lock_draft(work: Work, application_id: int, seen: int | None) -> Application:
    """Lock one's own case for editing. Raises NotFound, Stale, Blocked (wrong status, frozen)."""
    mine = (Application.id == application_id, Application.person_id == work.actor.person_id)
    row = work.session.scalars(select(Application).where(*mine).with_for_update()).first()
    if row is None or work.actor.person_id is None:
        raise NotFound
    if seen is not None and row.lock != seen:
        raise Stale
    if row.frozen_reason is not None:
        raise Blocked(Block("frozen", {"reason": row.frozen_reason}))
    if row.status not in (Status.DRAFT, Status.RETURNED):
        raise Blocked(Block("wrong_status", {"status": row.status}))
    return row


def _merged(view: read.DraftView, data: Mapping[str, object], shown: Shown) -> dict[str, Any]:
    """The answers with `data` put in, each value checked by its kind."""
    errors: list[FieldError] = []
    values: dict[str, Any] = dict(view.values)
    for code, raw in data.items():
        try:
            value = _clean(view.programme, view, str(code), raw)
            _refuse_overwriting(view, str(code), value, shown.get(str(code)))
        except Malformed as bad:
            errors.append(FieldError(str(code)[:60], bad.code, bad.message, bad.params))
            continue
        if value is None:
            values.pop(str(code), None)
        else:
            values[str(code)] = value
    if errors:
        raise InvalidInput(*errors)
    if len(json.dumps(values)) > 200_000:  # noqa: PLR2004 - far above any form; keeps a row from growing without end
        raise InvalidInput(FieldError("data", "too_long", TOO_LONG))
    return values


def _refuse_overwriting(
    view: read.DraftView, code: str, value: Value | None, shown: tuple[str, ...] | None
) -> None:
    """Raise Malformed for a field that was changed on another page since this one showed or sent it."""
    before = view.values.get(code)
    entry = view.programme.field(code)
    if shown is None or value == before or _is_of_page(view, entry, before, shown):
        return
    if before is None:
        raise Malformed("changed_elsewhere", EMPTIED_ELSEWHERE)
    raise Malformed("changed_elsewhere", CHANGED_ELSEWHERE, {"now": _words(view, entry, before)})


def _is_of_page(view: read.DraftView, entry: Field, before: object, texts: tuple[str, ...]) -> bool:
    """Whether the stored value is one of these texts of a control, as it was shown or as storing changes it."""
    now, choices = control_text(entry.kind, before), choices_of(view.programme, entry, view.lists, view.staff)
    return any(
        is_same(now, text) or is_same(now, stored_text(entry, text, choices=choices)) for text in texts
    )


def _words(view: read.DraftView, entry: Field, value: Any) -> object:
    if entry.kind is FieldKind.PHONE:
        return kept_text(value)
    titles = view.staff if entry.kind is FieldKind.STAFF_MEMBER else view.lists.get(entry.list or "", {})
    return value if isinstance(value, bool) else titles.get(str(value), str(value))


def _kept(work: Work, cipher: Cipher, view: read.DraftView, values: dict[str, Any]) -> dict[str, Any]:
    """The answers with every telephone number put away."""
    for entry in view.programme.fields:
        number = values.get(entry.code)
        if entry.kind is FieldKind.PHONE and number and kept_id(number) is None:
            values[entry.code] = keep_phone(work, cipher, view.background.account_id, number)
    return values


def _number(raw: object, before: object) -> object:
    """What was typed as a number: the masked text as the form showed it stands for the number kept.

    A text that names another row of `secret_value` is no number.
    """
    if before is not None and raw == kept_text(before):
        return before
    return phone(str(raw)) if kept_id(raw) is not None else raw


def _clean(programme: Programme, view: read.DraftView, code: str, raw: object) -> Value | None:
    entry = next((field for field in programme.fields if field.code == code), None)
    if entry is None:
        raise Malformed("unknown_field", UNKNOWN_FIELD)
    before = view.values.get(code)
    if entry.kind is FieldKind.PHONE and raw != before:
        raw = _number(raw, before)
    value = clean_value(entry, raw, choices=choices_of(programme, entry, view.lists, view.staff))
    is_new = value != before
    if is_new and not view.unlocked.allows(Target(TargetKind.FIELD, code)):
        raise Malformed("item_locked", LOCKED)
    return value
