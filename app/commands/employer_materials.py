"""Files of an employer's registration: attach and detach (R11). Storing the bytes is the vault's business."""

from datetime import datetime

from sqlalchemy import Engine, func, insert, select, update

from app.commands.employers import BEFORE_APPROVAL, own_employer
from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.blocks import Block
from app.domain.errors import Blocked, FieldError, InvalidInput, NotFound, WrongType
from app.domain.programme import Material
from app.domain.registration import RegistrationVerb
from app.domain.roles import Actor
from app.domain.text import N_
from app.models.employer import Employer
from app.models.file import Attachment, Blob
from app.models.ids import new_id
from app.queries.reference import current_site

_FILE_TYPES = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


@retried
def attach(engine: Engine, *, actor: Actor, slot: str, blob_id: int, file_name: str, now: datetime) -> int:
    """Attach a stored file as registration material (上传附件); return the attachment's id.

    `blob_id` is what storing the upload returned in the same request, never a value from a form. Raises
    InvalidInput (unknown material, too many files), WrongType, Blocked(wrong_status), NotFound. Source: R11.
    """
    with unit_of_work(engine, actor, now=now) as work:
        employer = own_employer(work, lock=None, verb=RegistrationVerb.EDIT)
        _refuse_frozen_materials(employer)
        material = _material(work, slot)
        blob = work.session.get(Blob, blob_id)
        if blob is None:
            raise NotFound
        if _FILE_TYPES.get(blob.type, blob.type) not in {t.value for t in material.types}:
            raise WrongType
        position = _next_position(work, employer.id, material)
        attachment_id = new_id()
        work.session.execute(
            insert(Attachment).values(
                id=attachment_id,
                owner_kind="employer",
                owner_id=employer.id,
                slot=material.code,
                position=position,
                blob_id=blob.id,
                file_name=file_name[:120],
                uploaded_by=actor.account_id,
                uploaded_at=now,
            )
        )
        work.audit("employer", employer.id, "attach", {"slot": material.code, "sha256": blob.sha256})
    return attachment_id


def _material(work: Work, slot: str) -> Material:
    material = current_site(work.session).material(slot)
    if material is None:
        raise InvalidInput(FieldError("slot", "not_a_choice", N_("There is no such material.")))
    return material


def _next_position(work: Work, employer_id: int, material: Material) -> int:
    count, last = work.session.execute(
        select(func.count(), func.max(Attachment.position)).where(
            Attachment.owner_kind == "employer",
            Attachment.owner_id == employer_id,
            Attachment.slot == material.code,
            Attachment.removed_at.is_(None),
        )
    ).one()
    if count >= material.max_files:
        most = {"max": material.max_files}
        raise InvalidInput(FieldError(material.code, "too_many_files", N_("At most %(max)s files."), most))
    return (last if last is not None else -1) + 1


def _refuse_frozen_materials(employer: Employer) -> None:
    if employer.state not in BEFORE_APPROVAL:
        raise Blocked(Block("wrong_status", {"status": employer.state}))


@retried
def detach(engine: Engine, *, actor: Actor, attachment_id: int, now: datetime) -> bool:
    """Take a registration material off again; submitted versions keep theirs.

    False for one that was taken off before: nothing changes. Raises Blocked, NotFound.
    """
    with unit_of_work(engine, actor, now=now) as work:
        employer = own_employer(work, lock=None, verb=RegistrationVerb.EDIT)
        _refuse_frozen_materials(employer)
        attachment = work.session.scalar(
            select(Attachment).where(
                Attachment.id == attachment_id,
                Attachment.owner_kind == "employer",
                Attachment.owner_id == employer.id,
            )
        )
        if attachment is None:
            raise NotFound
        if attachment.removed_at is not None:
            return False
        slot = attachment.slot
        work.session.execute(update(Attachment).where(Attachment.id == attachment_id).values(removed_at=now))
        work.audit("employer", employer.id, "detach", {"slot": slot})
    return True
