"""The review queues an account can have: programmes and their stages, as the published documents say (D4).

Documents hardly change, so they are kept in the process for half a minute: sidebar and to-do links spend no
statement on them. A queue is named by programme and stage; a stage's role says whose desk it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from app.domain.errors import NotFound
from app.domain.programme import Party, Programme
from app.domain.roles import AccountKind, Actor, Permission
from app.extensions import db
from app.queries import programmes
from app.web import kept, menu
from app.web.current import current_actor
from app.web.menu import Entry, Group

KEY = "published-programmes"
ROLES = "desk-roles"
PARTIES = {Party.EMPLOYER: "employer", Party.COUNTY: "county", Party.CITY: "city"}


@dataclass(frozen=True, slots=True)
class Queue:
    """One desk of one programme; `stages` are the codes its role holds, the first of them names it."""

    programme: Programme
    code: str
    title: str
    role: str
    party: Party


def published() -> tuple[Programme, ...]:
    """The programmes offered now; read at most once in half a minute and process."""
    return kept.kept(KEY, lambda: tuple(entry.document for entry in programmes.published(db.session())))


def desk_roles() -> frozenset[str]:
    """The roles that hold a desk in any version, kept as long; cases of old versions wait at theirs."""
    return kept.kept(ROLES, lambda: programmes.desk_roles(db.session()))


def forget() -> None:
    """Read the documents anew with the next page: after publishing."""
    kept.forget(KEY)
    kept.forget(ROLES)


def queues(actor: Actor) -> Iterator[Queue]:
    """The queues of the actor's roles at his place, one per programme and role, in order of the stages."""
    if not actor.may(Permission.APPLICATION_REVIEW):
        return
    for programme in published():
        seen: set[str] = set()
        for stage in programme.stages:
            if stage.role in actor.roles and stage.role not in seen and sits_at(actor, stage.party):
                seen.add(stage.role)
                yield Queue(programme, stage.code, stage.title, stage.role, stage.party)


def sits_at(actor: Actor, party: Party) -> bool:
    """Whether the actor's place is one where stages of `party` are decided."""
    if actor.kind is AccountKind.EMPLOYER:
        return party is Party.EMPLOYER
    return actor.kind is AccountKind.OFFICER and actor.agency_level == PARTIES[party]


def queue_of(actor: Actor, programme: str, desk: str) -> Queue:
    """The queue an address names, by its stage or by its role. Raises NotFound."""
    for queue in queues(actor):
        stages = {stage.code for stage in queue.programme.stages if stage.role == queue.role}
        if queue.programme.code == programme and (desk in stages or desk == queue.role):
            return queue
    raise NotFound


def queue_url(programme: str, desk: str, **values: Any) -> str:
    """The address of a queue; `desk` is a stage or, as in a to-do line, a role."""
    return url_for("QueueView.queue", programme=programme, desk=desk, **values)


def case_url(key: int, role: str = "", *, back: str = "") -> str:
    """The desk of one case; `role` names the queue one came from, `back` the address of any other list."""
    given = {name: value for name, value in (("from", role), ("back", back)) if value}
    return url_for("DeskView.show", key=key) + (f"?{urlencode(given)}" if given else "")


def case_urls(*, back: str = "") -> Callable[[int], str]:
    """`case_url` for many cases: an address takes long to build, so it is built once and the number put in."""
    before, after = case_url(0, back=back).split("/0", 1)
    return lambda key: f"{before}/{key}{after}"


def without_roster_url(programme: str) -> str:
    """The employer's approved cases that stand on no roster yet: exactly what its to-do line counts."""
    for queue in queues(current_actor()):
        if queue.programme.code == programme and queue.party is Party.EMPLOYER:
            return queue_url(programme, queue.code, tab="waiting", roster="none")
    return ""


def choosing_url(queue: Queue) -> str:
    """Where an employer chooses whom to put on a new roster."""
    tab = "passed" if queue.programme.closed_gate is None else "waiting"
    return queue_url(queue.programme.code, queue.code, tab=tab, roster="none")


def roster_queues(actor: Actor) -> Iterator[Queue]:
    """The employer's queues whose approved cases go on a roster."""
    may = actor.may(Permission.ROSTER_EXPORT)
    return (q for q in queues(actor) if may and q.party is Party.EMPLOYER and q.programme.roster)


def entries() -> Iterator[Entry]:
    """The sidebar's lines of the signed-in account; programmes are named where there are several."""
    many = len(published()) > 1
    for order, queue in enumerate(queues(current_actor()), start=20):
        title = f"{queue.programme.short_name} · {queue.title}" if many else queue.title
        values = {"programme": queue.programme.code, "desk": queue.code}
        yield Entry(
            "QueueView.queue",
            title,
            Group.BUSINESS,
            icon="checklist",
            order=order,
            business=True,
            tile=True,
            note=queue.programme.name,
            values=values,
        )


def register() -> None:
    """Put the queues into the sidebar."""
    menu.add_source(entries)
