"""Uploads: checked by decoding, encrypted, stored durably, and only then a row (D22, T33).

The same content shares one blob. Pages call `store_uploads` and hand the result to the command of the owner;
a blob id never comes from a form.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.commands.retry import retried
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.errors import FieldError, InvalidInput, NotAllowed, TooLarge, WrongType
from app.domain.materials import (
    CONTENT_TYPES,
    MEGABYTE,
    REFUSALS,
    FileFacts,
    FileRefused,
    FileRule,
    Refusal,
    Upload,
    check_outside,
    clean_file_name,
    is_other_picture,
    jpeg_name,
    may_be_reencoded,
    type_of_content,
)
from app.domain.measures import to_json
from app.domain.ports import BlobRef, ImageTools, Vault
from app.domain.programme import FileType
from app.domain.roles import Actor
from app.models.file import Blob, BlobPage
from app.models.ids import ensure_lease, new_id

PREVIEW_JOB = "preview"
_Taken = TypeVar("_Taken")
_TELLING = frozenset({Refusal.ANIMATED, Refusal.TOO_MANY_PIXELS})
"""Why a picture of another format is not re-encoded, where that says more than its format."""
_ERRORS: dict[Refusal, type[InvalidInput]] = {Refusal.TOO_LARGE: TooLarge, Refusal.WRONG_TYPE: WrongType}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A durable blob as an owner's command takes it."""

    blob_id: int
    sha256: str
    size: int
    type: FileType
    pages: int
    file_name: str


def store_uploads(
    engine: Engine,
    *,
    actor: Actor,
    uploads: Sequence[Upload],
    rule: FileRule,
    field: str,
    vault: Vault,
    images: ImageTools,
    now: datetime,
) -> tuple[StoredFile, ...]:
    """Check and store every file, or none: each refused file is named with its cause at `field`.

    A picture that only its format, its name or its size keeps out is stored re-encoded as a JPEG.

    Raises TooLarge (413), WrongType (415) or InvalidInput (422). Source: R11, R33, security.md (documents).
    """
    if actor.is_anonymous:
        raise NotAllowed

    def take(upload: Upload) -> tuple[Upload, FileFacts]:
        fitting = _fitting(upload, rule, images)
        return fitting, images.inspect(fitting.data, check_outside(fitting, rule))

    return tuple(
        store_content(
            engine, actor=actor, data=upload.data, facts=facts, name=upload.file_name, vault=vault, now=now
        )
        for upload, facts in _each(uploads, take, rule=rule, field=field)
    )


def fingerprints(uploads: Sequence[Upload]) -> list[list[str]]:
    """What an idempotency key stands for where files are sent: their names and contents (T7)."""
    return [[upload.file_name, sha256(upload.data).hexdigest()] for upload in uploads]


def _fitting(upload: Upload, rule: FileRule, images: ImageTools) -> Upload:
    """The file as it can be taken; what cannot be re-encoded stays, to be refused for what it is."""
    if not may_be_reencoded(upload, rule):
        return upload
    try:
        return Upload(jpeg_name(upload.file_name), images.as_jpeg(upload.data, rule.max_mb * MEGABYTE))
    except FileRefused as refused:
        if refused.refusal in _TELLING and is_other_picture(upload.data):
            raise
        return upload


def check_all(
    uploads: Sequence[Upload], *, rule: FileRule, field: str, images: ImageTools
) -> tuple[FileFacts, ...]:
    """The facts of every file. Raises InvalidInput (or its subclass) naming each refused one."""
    return _each(
        uploads,
        lambda upload: images.inspect(upload.data, check_outside(upload, rule)),
        rule=rule,
        field=field,
    )


def _each(
    uploads: Sequence[Upload], take: Callable[[Upload], _Taken], *, rule: FileRule, field: str
) -> tuple[_Taken, ...]:
    if len(uploads) > rule.max_files:
        text = REFUSALS[Refusal.TOO_MANY_FILES]
        raise InvalidInput(FieldError(field, Refusal.TOO_MANY_FILES, text, {"max_files": rule.max_files}))
    taken, errors = [], []
    for upload in uploads:
        try:
            taken.append(take(upload))
        except FileRefused as refused:
            errors.append(field_error(field, refused, upload.file_name))
    if errors:
        kinds = {_ERRORS.get(Refusal(error.code), InvalidInput) for error in errors}
        raise (kinds.pop() if len(kinds) == 1 else InvalidInput)(*errors)
    return tuple(taken)


def field_error(field: str, refused: FileRefused, file_name: str) -> FieldError:
    """The sentence about a refused file, with the file's name and the limits in it."""
    params = {"file": clean_file_name(file_name), "max_pages": 50, **refused.params}
    return FieldError(field, refused.refusal, REFUSALS[refused.refusal], params)


def store_content(
    engine: Engine, *, actor: Actor, data: bytes, facts: FileFacts, name: str, vault: Vault, now: datetime
) -> StoredFile:
    """Keep checked content under its digest; a preview job is queued for new content."""
    digest = sha256(data).hexdigest()
    blob_id = _find(engine, digest, data, vault)
    if blob_id is None:
        blob_id = _add(engine, actor, data, facts=facts, vault=vault, now=now)
    else:
        _adopt(engine, actor, blob_id, facts=facts, now=now)
    return StoredFile(blob_id, digest, len(data), facts.type, facts.pages, clean_file_name(name))


@retried
def _adopt(engine: Engine, actor: Actor, blob_id: int, *, facts: FileFacts, now: datetime) -> None:
    """What the product made itself (a page image that somebody saved) has neither measures nor a preview;
    once it is uploaded it gets both, as any upload.
    """
    made_here = (Blob.id == blob_id, Blob.preview_state == "none")
    with Session(engine) as session:
        if session.scalar(select(Blob.id).where(*made_here)) is None:
            return
    measured = {"pages": facts.pages, "width": facts.width, "height": facts.height}
    with unit_of_work(engine, actor, now=now) as work:
        changed = update(Blob).where(*made_here).values(preview_state="waiting", **measured)
        changed = changed.values(measures=to_json(facts.measures)).returning(Blob.id)
        if work.session.execute(changed).first() is not None:
            work.job(PREVIEW_JOB, {"blob": str(blob_id)}, key=f"preview:{blob_id}")


def _find(engine: Engine, digest: str, data: bytes, vault: Vault) -> int | None:
    """The blob that holds this content already; its object is written anew if it was lost."""
    with Session(engine) as session:
        blob: Blob | None = session.scalar(select(Blob).where(Blob.sha256 == digest))
    if blob is None:
        return None
    if not vault.exists(blob.key):
        stored = vault.put(blob.id, data)
        with Session(engine.execution_options(write=True)) as session, session.begin():
            values = {"key": stored.key, "data_key": stored.data_key, "key_id": stored.key_id}
            session.execute(update(Blob).where(Blob.id == blob.id).values(**values))
    return blob.id


@retried
def _add(engine: Engine, actor: Actor, data: bytes, *, facts: FileFacts, vault: Vault, now: datetime) -> int:
    ensure_lease(engine)
    blob_id = new_id()
    stored = vault.put(blob_id, data)
    with unit_of_work(engine, actor, now=now) as work:
        kept = _insert_blob(
            work,
            {
                "id": blob_id,
                "sha256": stored.sha256,
                "size": stored.size,
                "type": CONTENT_TYPES[facts.type],
                "pages": facts.pages,
                "width": facts.width,
                "height": facts.height,
                "measures": to_json(facts.measures),
                "key": stored.key,
                "data_key": stored.data_key,
                "key_id": stored.key_id,
                "preview_state": "waiting",
                "created": now,
            },
        )
        if kept == blob_id:
            work.job(PREVIEW_JOB, {"blob": str(blob_id)}, key=f"preview:{blob_id}")
    if kept != blob_id:
        vault.delete(stored.key)
    return kept


def _insert_blob(work: Work, values: dict[str, object]) -> int:
    """Insert the row, or find the one that another upload of the same content put there first."""
    try:
        with work.session.begin_nested():
            work.session.execute(insert(Blob).values(**values))
    except IntegrityError:
        return work.session.scalars(select(Blob.id).where(Blob.sha256 == values["sha256"])).one()
    return int(str(values["id"]))


def make_preview(
    engine: Engine, *, blob_id: int, vault: Vault, images: ImageTools, clock: Callable[[], datetime]
) -> int:
    """Make the page images of a blob and return their number; doing it twice leaves the same rows.

    What cannot be rendered leaves the blob without preview; the original can still be downloaded.
    """
    with Session(engine) as session:
        blob = session.get(Blob, blob_id)
    if blob is None or blob.preview_state == "done":
        return 0
    file_type = type_of_content(blob.type)
    try:
        made = images.pages(vault.open(blob_ref(blob)), file_type) if file_type else ()
    except FileRefused:
        made = ()
    rows = [
        _store_page(
            engine, blob_id, vault, clock, page=page.page, data=page.data, size=(page.width, page.height)
        )
        for page in made
    ]
    with Session(engine.execution_options(write=True)) as session, session.begin():
        session.execute(delete(BlobPage).where(BlobPage.blob_id == blob_id))
        if rows:
            session.execute(insert(BlobPage), rows)
        state = "done" if rows else "failed"
        measures = to_json([page.measures for page in made if page.measures])
        session.execute(
            update(Blob)
            .where(Blob.id == blob_id)
            .values(preview_state=state, pages=len(rows) or Blob.pages, measures=measures or Blob.measures)
        )
    return len(rows)


def _store_page(
    engine: Engine,
    blob_id: int,
    vault: Vault,
    clock: Callable[[], datetime],
    *,
    page: int,
    data: bytes,
    size: tuple[int, int],
) -> dict[str, int]:
    image_id = store_derived(
        engine, data=data, content_type="image/jpeg", vault=vault, now=clock(), size=size
    )
    return {"blob_id": blob_id, "page": page, "image_id": image_id, "width": size[0], "height": size[1]}


@retried
def store_derived(
    engine: Engine,
    *,
    data: bytes,
    content_type: str,
    vault: Vault,
    now: datetime,
    size: tuple[int, int] | None = None,
) -> int:
    """Keep content that the product itself made (page images, print files) and return its blob id."""
    found = _find(engine, sha256(data).hexdigest(), data, vault)
    if found is not None:
        return found
    ensure_lease(engine)
    blob_id = new_id()
    stored = vault.put(blob_id, data)
    with unit_of_work(engine, Actor.system(), now=now) as work:
        values: dict[str, object] = {
            "id": blob_id,
            "sha256": stored.sha256,
            "size": stored.size,
            "type": content_type,
            "width": size[0] if size else None,
            "height": size[1] if size else None,
            "key": stored.key,
            "data_key": stored.data_key,
            "key_id": stored.key_id,
            "preview_state": "none",
            "created": now,
        }
        kept = _insert_blob(work, values)
    if kept != blob_id:
        vault.delete(stored.key)
    return kept


def blob_ref(blob: Blob) -> BlobRef:
    """What the vault needs to open a blob."""
    return BlobRef(blob.id, blob.sha256, blob.key, blob.data_key)
