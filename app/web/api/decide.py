"""Decisions on applications: one command per verdict, a dry run by the same judgement, a row for every id."""

from collections.abc import Mapping
from typing import Any

from app.commands import applications as commands
from app.domain.form import TargetKind
from app.domain.results import BatchResult
from app.domain.states import Item, Order, Verb
from app.queries import decisions
from app.queries.places import places
from app.web.api import results
from app.web.api.results import Rows
from app.web.base import batch_max
from app.web.current import current_actor, engine, read_session, utc_now


def decided(body: Mapping[str, Any]) -> dict[str, Any]:
    """Run a decision, or say what it would do; rows stand in the order of the request."""
    asked, verb = results.rows_of(body), Verb(body["verdict"])
    order = Order(body["opinion"], _items(body))
    if body["dry_run"]:
        return _preview(asked, verb, order)
    result = _run(verb, asked, order, body["idempotency_key"])
    read_session().rollback()  # what this request has read is older than the command
    return results.answer(asked, result, where(asked, result))


def _run(verb: Verb, asked: Rows, order: Order, key: str | None) -> BatchResult:
    given: dict[str, Any] = {
        "actor": current_actor(),
        "ids": asked.chosen,
        "seen": asked.seen,
        "key": key,
        "now": utc_now(),
        "batch_max": batch_max(),
    }
    if verb is Verb.APPROVE:
        return commands.approve(engine(), text=order.text, **given)
    verbs = {Verb.SEND_BACK: commands.send_back, Verb.BACK: commands.back, Verb.REJECT: commands.reject}
    return verbs[verb](engine(), order=order, **given)


def _preview(asked: Rows, verb: Verb, order: Order) -> dict[str, Any]:
    found = decisions.preview(
        read_session(),
        current_actor(),
        verb,
        ids=asked.chosen,
        seen=asked.seen,
        now=utc_now(),
        order=order,
        maximum=batch_max(),
    )
    going = dict(where(asked, found.result)) | {o.id: (o.status, o.stage_code) for o in found.outcomes}
    return results.answer(asked, found.result, going)


def where(asked: Rows, result: BatchResult) -> results.Where:
    """Status and stage of the rows now."""
    rows = places(read_session(), current_actor(), asked.chosen, moved=result.moved)
    return {row.id: (row.status, row.stage_code) for row in rows.values()}


def _items(body: Mapping[str, Any]) -> tuple[Item, ...]:
    return tuple(_item(said) for said in body["findings"])


def _item(said: Mapping[str, Any]) -> Item:
    kind = (
        TargetKind.FIELD if said["field"] else TargetKind.MATERIAL if said["material"] else TargetKind.GENERAL
    )
    code = said["field"] or said["material"] or ""
    return Item(kind.value, code, said["reason_code"] or None, said["text"].strip())
