"""Who opened or downloaded which file: one `access_event` per opened version, a tick on the desk (R30)."""

from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.file_ref import FileOwner, FileRef
from app.domain.roles import Actor
from app.models.application import MaterialView
from app.models.audit import AccessEvent
from app.queries.stored_files import FoundFile, find

OPEN, DOWNLOAD = "open_file", "download_file"
_DETAIL_LENGTH = 200


@retried
def record_view(engine: Engine, *, actor: Actor, ref: FileRef | None, now: datetime) -> None:
    """Note that the actor was shown this file: `materials_viewed`, the tick on the desk, the access log.

    Raises NotFound, NotAllowed. Source: R30, model 1 (material_view).
    """
    with unit_of_work(engine, actor, now=now) as work:
        found = find(work.session, actor, ref)
        _log_once(work, found)
        if found.ref.owner is FileOwner.CASE and found.owned.version > 0:
            _tick(work, found)


@retried
def record_page(engine: Engine, *, actor: Actor, found: FoundFile, now: datetime) -> None:
    """Note the first page image that somebody fetched without the page around it; later ones cost a read."""
    with Session(engine) as session:
        if _is_logged(session, actor, found):
            return
    with unit_of_work(engine, actor, now=now) as work:
        _log_once(work, found)


@retried
def record_download(engine: Engine, *, actor: Actor, found: FoundFile, now: datetime) -> None:
    """Note a download; each one counts."""
    with unit_of_work(engine, actor, now=now) as work:
        work.access(DOWNLOAD, found.owned.object_kind, found.owned.object_id, detail=_detail(found))


@retried
def record_export(
    engine: Engine, *, actor: Actor, kind: str, object_id: int | None, detail: str, now: datetime
) -> None:
    """Note that somebody took a print file or the result of a job (I10)."""
    with unit_of_work(engine, actor, now=now) as work:
        work.access("export", kind, object_id, detail=detail[:_DETAIL_LENGTH])


@retried
def record_row(engine: Engine, *, actor: Actor, table: str, row_id: int, now: datetime) -> None:
    """Note that a superuser opened a row of the data console (T29)."""
    with unit_of_work(engine, actor, now=now) as work:
        work.access("console", table[:20], row_id)


def _log_once(work: Work, found: FoundFile) -> None:
    if not _is_logged(work.session, work.actor, found):
        work.access(OPEN, found.owned.object_kind, found.owned.object_id, detail=_detail(found))


def _is_logged(session: Session, actor: Actor, found: FoundFile) -> bool:
    """Once per account, sign-in and file: another sign-in opens anew."""
    same_sign_in = (
        AccessEvent.session.is_(None)
        if actor.session_key is None
        else AccessEvent.session == actor.session_key
    )
    known = select(AccessEvent.id).where(
        AccessEvent.object_kind == found.owned.object_kind,
        AccessEvent.object_id == found.owned.object_id,
        AccessEvent.kind == OPEN,
        AccessEvent.actor_id == actor.account_id,
        AccessEvent.detail == _detail(found),
        same_sign_in,
    )
    return session.scalar(known.limit(1)) is not None


def _detail(found: FoundFile) -> str:
    """Slot and version, never the file's name, which may hold anything (I18)."""
    return f"{found.owned.slot} {found.ref}"[:_DETAIL_LENGTH]


def _tick(work: Work, found: FoundFile) -> None:
    """Once per reviewer and version, also when two pages show the file at the same moment."""
    insert = sqlite.insert if work.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {
        "application_id": found.owned.object_id,
        "version_no": found.owned.version,
        "slot": found.owned.slot,
        "actor_id": work.actor.account_id,
        "at": work.now,
    }
    work.session.execute(insert(MaterialView).values(**row).on_conflict_do_nothing())
