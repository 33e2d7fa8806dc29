"""Programme documents: import as a draft, check, publish, seed (D3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from app.access.policy import require
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.document import Problem
from app.domain.document_text import UnreadableDocument, load_text
from app.domain.errors import FieldError, InvalidInput, NotFound, Stale
from app.domain.programme import Programme
from app.domain.programme_check import check as check_document
from app.domain.programme_check import is_publishable
from app.domain.programme_export import digest, to_mapping
from app.domain.programme_parse import Parsed, parse
from app.domain.roles import Actor, Permission
from app.models.ids import new_id
from app.models.programme import Programme as ProgrammeRow
from app.models.programme import ProgrammeVersion
from app.queries import programmes as stored


@dataclass(frozen=True, slots=True)
class Imported:
    """The version that now holds the document, and what its check found."""

    programme_id: int
    version_id: int
    n: int
    state: str
    problems: tuple[Problem, ...]


@retried
def import_document(
    engine: Engine, *, actor: Actor, document: object, now: datetime, seen: int | None = None
) -> Imported:
    """Store a document as the draft of its programme: a new version, or the draft that is there already.

    `document` is YAML or JSON text, or a loaded mapping; `seen` the lock of the draft that was edited. Raises
    InvalidInput naming every path that is wrong if the form of some is, Stale if someone else changed the draft.
    """
    _require(actor)
    parsed = _parsed(document)
    with unit_of_work(engine, actor, now=now) as work:
        if parsed.programme is None:
            raise _invalid(*_all_problems(work.session, parsed))
        programme = parsed.programme
        version = _draft(work, programme, seen)
        return _imported(work, version, programme, "draft")


@retried
def check(engine: Engine, *, actor: Actor, version_id: int, now: datetime) -> Imported:
    """Check a draft; without errors it becomes `checked`. Raises NotFound for anything but a draft."""
    _require(actor)
    with unit_of_work(engine, actor, now=now) as work:
        version = _unpublished(work, ProgrammeVersion.id == version_id)
        programme = stored.programme_of(version.document, version.digest)
        problems = _problems(work, programme)
        state = "checked" if is_publishable(problems) else "draft"
        if state != version.state:
            version.state, version.lock = state, version.lock + 1
            _audit(work, version, state)
        return Imported(version.programme_id, version.id, version.n, state, problems)


@retried
def publish(engine: Engine, *, actor: Actor, code: str, now: datetime) -> Imported:
    """Publish the draft of a programme and retire the version before it; open cases keep theirs (D3).

    Raises InvalidInput with every error of the check, NotFound if there is no draft.
    """
    _require(actor)
    with unit_of_work(engine, actor, now=now) as work:
        programme_id = select(ProgrammeRow.id).where(ProgrammeRow.code == code).scalar_subquery()
        version = _unpublished(work, ProgrammeVersion.programme_id == programme_id)
        return _publish(work, version)


@retried
def seed(engine: Engine, *, actor: Actor, document: object, now: datetime) -> bool:
    """Import and publish a shipped document if its code is absent; whether it was (D20)."""
    _require(actor)
    programme = read(document)
    with unit_of_work(engine, actor, now=now) as work:
        if (
            work.session.scalar(select(ProgrammeRow.id).where(ProgrammeRow.code == programme.code))
            is not None
        ):
            return False
        _publish(work, _draft(work, programme, None))
        return True


def read(document: object) -> Programme:
    """The programme of YAML or JSON text or of a loaded mapping. Raises InvalidInput naming every path."""
    parsed = _parsed(document)
    if parsed.programme is None:
        raise _invalid(*parsed.problems)
    return parsed.programme


def problems(session: Session, document: object) -> tuple[Problem, ...]:
    """Everything that is wrong with a document, in its form and in what it means.

    Raises InvalidInput for what is no document at all.
    """
    return _all_problems(session, _parsed(document))


def _parsed(document: object) -> Parsed:
    if isinstance(document, str):
        try:
            document = load_text(document)
        except UnreadableDocument as error:
            raise _invalid(error.problem) from None
    return parse(document)


def _all_problems(session: Session, parsed: Parsed) -> tuple[Problem, ...]:
    """Problems of form, and what can be judged in spite of them."""
    if parsed.rough is None:
        return parsed.problems
    roles, lists = stored.role_names(session), stored.list_codes(session)
    return (
        *parsed.problems,
        *check_document(parsed.rough, roles=roles, lists=lists, unread=parsed.unread),
    )


def _require(actor: Actor) -> None:
    """Superusers, and the system itself: `flask init` and the command line."""
    if not actor.is_system:
        require(actor, Permission.PROGRAMME_MANAGE)


def _invalid(*problems: Problem) -> InvalidInput:
    return InvalidInput(*(FieldError(p.path, p.code, p.message, p.params) for p in problems))


def _draft(work: Work, programme: Programme, seen: int | None) -> ProgrammeVersion:
    session = work.session
    row = session.scalars(
        select(ProgrammeRow).where(ProgrammeRow.code == programme.code).with_for_update()
    ).first()
    if row is None:
        row = ProgrammeRow(
            id=new_id(),
            code=programme.code,
            name=programme.name,
            short_name=programme.short_name,
            created=work.now,
        )
        session.add(row)
        session.flush()
    mine = ProgrammeVersion.programme_id == row.id
    versions = session.scalars(select(ProgrammeVersion).where(mine).order_by(ProgrammeVersion.n)).all()
    draft = next((version for version in versions if version.state in ("draft", "checked")), None)
    if seen is not None and (draft is None or draft.lock != seen):
        raise Stale
    mapping = to_mapping(programme)
    if draft is None:
        draft = ProgrammeVersion(
            id=new_id(),
            programme_id=row.id,
            n=max((v.n for v in versions), default=0) + 1,
            lock=0,
            created=work.now,
        )
        session.add(draft)
    else:
        draft.lock += 1
    draft.document, draft.digest, draft.state = mapping, digest(programme), "draft"
    session.flush()
    _audit(work, draft, "import")
    return draft


def _unpublished(work: Work, condition: Any) -> ProgrammeVersion:
    version = work.session.scalars(
        select(ProgrammeVersion)
        .where(condition, ProgrammeVersion.state.in_(("draft", "checked")))
        .order_by(ProgrammeVersion.n.desc())
        .with_for_update()
    ).first()
    if version is None:
        raise NotFound
    return version


def _publish(work: Work, version: ProgrammeVersion) -> Imported:
    programme = stored.programme_of(version.document, version.digest)
    problems = _problems(work, programme)
    if not is_publishable(problems):
        raise _invalid(*(problem for problem in problems if problem.level == "error"))
    session, mine = work.session, ProgrammeVersion.programme_id == version.programme_id
    session.execute(
        update(ProgrammeVersion)
        .where(mine, ProgrammeVersion.state == "published")
        .values(state="retired", retired_at=work.now, lock=ProgrammeVersion.lock + 1)
    )
    version.state, version.published_at, version.lock = "published", work.now, version.lock + 1
    names = {"name": programme.name, "short_name": programme.short_name}
    session.execute(update(ProgrammeRow).where(ProgrammeRow.id == version.programme_id).values(**names))
    session.flush()
    _audit(work, version, "publish")
    return Imported(version.programme_id, version.id, version.n, "published", problems)


def _imported(work: Work, version: ProgrammeVersion, programme: Programme, state: str) -> Imported:
    return Imported(version.programme_id, version.id, version.n, state, _problems(work, programme))


def _problems(work: Work, programme: Programme) -> tuple[Problem, ...]:
    session = work.session
    found = check_document(programme, roles=stored.role_names(session), lists=stored.list_codes(session))
    return (*found, *stored.holder_warnings(session, programme))


def _audit(work: Work, version: ProgrammeVersion, event: str) -> None:
    payload: Mapping[str, object] = {"version": version.n, "digest": version.digest, "state": version.state}
    work.audit("programme", version.programme_id, event, payload)
