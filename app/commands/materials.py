"""Files of one's own draft: attach, remove (R11, R30 for the applicant; unlocked items after a return)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from app.access.policy import require
from app.commands.drafts import lock_draft
from app.commands.files import StoredFile, fingerprints, store_uploads
from app.commands.retry import retried
from app.commands.unit_of_work import Work, replayed, unit_of_work
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.domain.form import LOCKED, Target, TargetKind
from app.domain.materials import REFUSALS, FileRule, Refusal, Upload
from app.domain.ports import ImageTools, Vault
from app.domain.programme import Material
from app.domain.roles import Actor, Permission
from app.models.application import Application, Draft
from app.queries import drafts as read
from app.queries.programmes import programmes_of


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of a draft as it is stored there."""

    slot: str
    blob_id: int
    file_name: str
    sha256: str


@retried
def attach_material(
    engine: Engine,
    *,
    actor: Actor,
    application_id: int,
    slot: str,
    uploads: Sequence[Upload],
    vault: Vault,
    images: ImageTools,
    now: datetime,
    key: str | None = None,
    replace: bool = False,
) -> tuple[DraftFile, ...]:
    """Add files to a material of one's own draft and return all files of that material.

    With `replace` a new file takes the place of the one that a material of a single file holds; what is refused
    leaves the old one.
    Types, sizes and numbers are those of the programme's document. Raises NotFound, Blocked (not with the
    applicant), InvalidInput naming each file and its cause, `item_locked` for what was not returned.
    """
    require(actor, Permission.APPLICATION_APPLY)
    request = ["attach", str(application_id), slot, fingerprints(uploads), *(["replace"] if replace else [])]
    known = replayed(engine, actor, key=key, request=request, now=now)
    if known is not None:
        return tuple(_draft_file(slot, file) for file in known)
    material = _material(engine, actor, application_id, slot)
    rule = FileRule(types=material.types, max_mb=material.max_mb, max_files=material.max_files)
    stored = store_uploads(
        engine, actor=actor, uploads=uploads, rule=rule, field=slot, vault=vault, images=images, now=now
    )
    with unit_of_work(engine, actor, now=now, key=key, request=request) as work:
        if work.replay is not None:
            return tuple(_draft_file(slot, file) for file in work.replay)
        files = _unlocked_files(work, application_id, slot)
        if replace and material.max_files == 1:
            _refuse_more([], stored, material)
            files = [file for file in files if file["slot"] != slot]
        else:
            _refuse_more(files, stored, material)
        added = [
            {"slot": slot, "sha256": file.sha256, "blob_id": str(file.blob_id), "file_name": file.file_name}
            for file in stored
        ]
        return _save(work, application_id, [*files, *added], slot)


@retried
def remove_material(
    engine: Engine, *, actor: Actor, application_id: int, slot: str, blob_id: int, now: datetime
) -> tuple[DraftFile, ...]:
    """Take a file off a material of one's own draft. Raises NotFound, Blocked, InvalidInput."""
    require(actor, Permission.APPLICATION_APPLY)
    with unit_of_work(engine, actor, now=now) as work:
        files = _unlocked_files(work, application_id, slot)
        left = [file for file in files if (file["slot"], str(file["blob_id"])) != (slot, str(blob_id))]
        if len(left) == len(files):
            raise NotFound
        return _save(work, application_id, left, slot)


def _material(engine: Engine, actor: Actor, application_id: int, slot: str) -> Material:
    """The material of the case's programme version, before anything is decoded or stored."""
    with Session(engine) as session:
        mine = (Application.id == application_id, Application.person_id == actor.person_id)
        version = session.scalar(select(Application.programme_version_id).where(*mine))
        if version is None:
            raise NotFound
        programme = programmes_of(session, (version,))[version]
    try:
        return programme.material(slot)
    except KeyError:
        raise NotFound from None


def _unlocked_files(work: Work, application_id: int, slot: str) -> list[dict[str, Any]]:
    """The files of the locked draft, if the applicant may change this material now."""
    lock_draft(work, application_id, None)
    view = read.draft(work.session, work.actor, application_id, now=work.now)
    if not view.unlocked.allows(Target(TargetKind.MATERIAL, slot)):
        raise InvalidInput(FieldError(slot, "item_locked", LOCKED))
    return list(work.session.scalar(select(Draft.files).where(Draft.application_id == application_id)) or [])


def _refuse_more(files: Sequence[dict[str, Any]], stored: Sequence[StoredFile], material: Material) -> None:
    there = [file["sha256"] for file in files if file["slot"] == material.code]
    twice = [
        file for at, file in enumerate(stored) if file.sha256 in [*there, *(f.sha256 for f in stored[:at])]
    ]
    if twice:
        text = REFUSALS[Refusal.SAME_FILE_TWICE]
        raise InvalidInput(
            *(
                FieldError(material.code, Refusal.SAME_FILE_TWICE, text, {"file": file.file_name})
                for file in twice
            )
        )
    if len(there) + len(stored) > material.max_files:
        text = REFUSALS[Refusal.TOO_MANY_FILES]
        raise InvalidInput(
            FieldError(material.code, Refusal.TOO_MANY_FILES, text, {"max_files": material.max_files})
        )


def _save(work: Work, application_id: int, files: list[dict[str, Any]], slot: str) -> tuple[DraftFile, ...]:
    changed = update(Draft).where(Draft.application_id == application_id)
    work.session.execute(changed.values(files=files, saved_at=work.now))
    held = [file for file in files if file["slot"] == slot]
    work.remember(held)
    return tuple(_draft_file(slot, file) for file in held)


def _draft_file(slot: str, file: dict[str, Any]) -> DraftFile:
    return DraftFile(slot, int(file["blob_id"]), file["file_name"], file["sha256"])
