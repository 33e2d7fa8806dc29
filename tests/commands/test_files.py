"""Uploads and the materials of a draft (D22, T33, R11, R30)."""

import threading
from datetime import datetime
from hashlib import sha256

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from app.commands import applications, files, materials
from app.commands.files import StoredFile, make_preview, store_uploads
from app.domain.errors import Blocked, InvalidInput, NotAllowed, NotFound, TooLarge, WrongType
from app.domain.materials import FileRule, Upload
from app.domain.ports import BlobRef, Ports
from app.domain.roles import Actor
from app.models.application import Draft
from app.models.file import Blob, BlobPage
from app.models.work import Job
from tests.adapters import samples
from tests.commands.flow import RETURNED, Flow

SOMEBODY = Actor(account_id=1, kind=None)
LARGE = b"\xff\xd8\xff" + bytes(11 * 1024 * 1024)


def store(
    engine: Engine, ports: Ports, now: datetime, *uploads: Upload, rule: FileRule | None = None
) -> tuple[StoredFile, ...]:
    return store_uploads(
        engine,
        actor=SOMEBODY,
        uploads=uploads,
        rule=rule or FileRule(max_files=5),
        field="photo",
        vault=ports.vault,
        images=ports.images,
        now=now,
    )


def blobs(engine: Engine) -> list[Blob]:
    with Session(engine, expire_on_commit=False) as session:
        return list(session.scalars(select(Blob).where(Blob.data_key != b"k").order_by(Blob.id)))


def content(ports: Ports, blob: Blob) -> bytes:
    return ports.vault.open(BlobRef(blob.id, blob.sha256, blob.key, blob.data_key))


def test_an_upload_is_a_durable_encrypted_object_with_its_facts(
    engine: Engine, wired: Ports, now: datetime
) -> None:
    data = samples.picture()

    (made,) = store(engine, wired, now, Upload("证件照.jpg", data))

    (blob,) = blobs(engine)
    assert (made.blob_id, made.sha256, made.file_name) == (blob.id, sha256(data).hexdigest(), "证件照.jpg")
    assert (blob.type, blob.pages, blob.width, blob.height) == ("image/jpeg", 1, 900, 1200)
    assert content(wired, blob) == data


def test_the_same_content_shares_one_blob_and_one_preview_job(
    engine: Engine, wired: Ports, now: datetime
) -> None:
    data = samples.picture()

    made = store(engine, wired, now, Upload("a.jpg", data), Upload("b.jpg", data))

    with Session(engine) as session:
        jobs = session.scalars(select(Job.kind)).all()
    assert (made[0].blob_id, [each.file_name for each in made]) == (made[1].blob_id, ["a.jpg", "b.jpg"])
    assert (len(blobs(engine)), jobs) == (1, ["preview"])


def test_two_uploads_of_one_content_at_once_leave_one_blob_that_opens(
    engine: Engine, wired: Ports, now: datetime
) -> None:
    data, made = samples.picture(), []
    ready = threading.Barrier(2)

    def upload() -> None:
        ready.wait()
        made.extend(store(engine, wired, now, Upload("a.jpg", data)))

    threads = [threading.Thread(target=upload) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (blob,) = blobs(engine)
    assert [each.blob_id for each in made] == [blob.id, blob.id]
    assert content(wired, blob) == data


def test_a_lost_object_is_stored_again_with_the_next_upload(
    engine: Engine, wired: Ports, now: datetime
) -> None:
    data = samples.picture()
    store(engine, wired, now, Upload("a.jpg", data))
    wired.vault.delete(blobs(engine)[0].key)

    store(engine, wired, now, Upload("a.jpg", data))

    (blob,) = blobs(engine)
    assert content(wired, blob) == data


@pytest.mark.parametrize(
    ("upload", "kind", "code"),
    [
        (Upload("空.jpg", b""), InvalidInput, "file_empty"),
        (Upload("大.jpg", LARGE), TooLarge, "file_too_large"),
        (Upload("页.html", b"<html>"), WrongType, "file_wrong_type"),
        (Upload("坏.jpg", b"\xff\xd8\xff broken"), InvalidInput, "file_damaged"),
        (Upload("锁.pdf", samples.locked_pdf()), InvalidInput, "file_encrypted"),
        (Upload("厚.pdf", samples.pdf(51)), InvalidInput, "file_too_many_pages"),
    ],
)
def test_a_refused_file_is_named_with_its_cause_and_nothing_is_stored(
    engine: Engine, wired: Ports, now: datetime, upload: Upload, kind: type[InvalidInput], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        store(engine, wired, now, Upload("好.jpg", samples.picture()), upload)

    (error,) = refused.value.errors
    assert (type(refused.value), error.field, error.code, error.params["file"]) == (
        kind,
        "photo",
        code,
        upload.file_name,
    )
    assert blobs(engine) == []


def test_several_refused_files_are_all_named(engine: Engine, wired: Ports, now: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        store(engine, wired, now, Upload("空.jpg", b""), Upload("大.jpg", LARGE))

    assert type(refused.value) is InvalidInput
    assert [error.code for error in refused.value.errors] == ["file_empty", "file_too_large"]


def test_too_many_files_and_visitors_are_refused(engine: Engine, wired: Ports, now: datetime) -> None:
    two = [Upload("a.jpg", samples.picture()), Upload("b.jpg", samples.picture(seed=2))]

    with pytest.raises(InvalidInput) as many:
        store(engine, wired, now, *two, rule=FileRule(max_files=1))
    with pytest.raises(NotAllowed):
        store_uploads(
            engine, actor=Actor.anonymous(), uploads=two, rule=FileRule(), field="x", vault=wired.vault,
            images=wired.images, now=now,
        )  # fmt: skip

    assert [error.code for error in many.value.errors] == ["too_many_files"]
    assert blobs(engine) == []


def test_a_preview_is_made_of_every_page_and_twice_is_as_once(
    engine: Engine, wired: Ports, now: datetime
) -> None:
    (made,) = store(engine, wired, now, Upload("合同.pdf", samples.pdf(2)))

    def preview() -> list[tuple[int, int]]:
        make_preview(engine, blob_id=made.blob_id, vault=wired.vault, images=wired.images, clock=lambda: now)
        with Session(engine) as session:
            rows = session.execute(select(BlobPage.page, BlobPage.image_id).order_by(BlobPage.page))
            return [row.tuple() for row in rows]

    first = preview()
    with Session(engine.execution_options(write=True)) as session, session.begin():
        session.execute(update(Blob).where(Blob.id == made.blob_id).values(preview_state="waiting"))
    second = preview()

    assert ([page for page, _ in first], first) == ([1, 2], second)


def test_what_cannot_be_rendered_has_no_preview_and_stays(
    engine: Engine, wired: Ports, now: datetime
) -> None:
    broken = files.store_derived(
        engine, data=b"%PDF-broken", content_type="application/pdf", vault=wired.vault, now=now
    )

    pages = make_preview(engine, blob_id=broken, vault=wired.vault, images=wired.images, clock=lambda: now)

    assert (pages, blobs(engine)[0].preview_state) == (0, "failed")


# --- materials of a draft ---


def attach(
    flow: Flow, ports: Ports, case: int, slot: str, *uploads: Upload
) -> tuple[materials.DraftFile, ...]:
    return materials.attach_material(
        flow.engine, actor=flow.me(case), application_id=case, slot=slot, uploads=uploads, vault=ports.vault,
        images=ports.images, now=flow.now,
    )  # fmt: skip


def draft_files(flow: Flow, case: int) -> list[tuple[str, str]]:
    with Session(flow.engine) as session:
        stored = session.scalars(select(Draft.files).where(Draft.application_id == case)).one()
        return [(file["slot"], file["file_name"]) for file in stored]


def test_a_material_holds_the_files_attached_to_it_until_they_are_removed(flow: Flow, wired: Ports) -> None:
    case = flow.draft()

    attach(flow, wired, case, "id_document", Upload("正面.jpg", samples.picture()))
    both = attach(flow, wired, case, "id_document", Upload("反面.jpg", samples.picture(seed=2)))
    left = materials.remove_material(
        flow.engine,
        actor=flow.me(case),
        application_id=case,
        slot="id_document",
        blob_id=both[0].blob_id,
        now=flow.now,
    )

    assert [file.file_name for file in both] == ["正面.jpg", "反面.jpg"]
    assert [file.file_name for file in left] == ["反面.jpg"]
    assert draft_files(flow, case) == [("id_document", "反面.jpg")]


def test_the_programmes_limits_hold_for_each_material(flow: Flow, wired: Ports) -> None:
    case = flow.draft()
    photo = Upload("照片.jpg", samples.picture())
    attach(flow, wired, case, "photo", photo)
    refused = []

    for upload in (photo, Upload("二.jpg", samples.picture(seed=2)), Upload("照片.pdf", samples.pdf())):
        with pytest.raises(InvalidInput) as error:
            attach(flow, wired, case, "photo", upload)
        refused += [each.code for each in error.value.errors]

    assert refused == ["same_file_twice", "too_many_files", "file_wrong_type"]
    assert draft_files(flow, case) == [("photo", "照片.jpg")]


def test_strangers_and_unknown_materials_are_not_found(flow: Flow, wired: Ports) -> None:
    case, other = flow.draft(), flow.draft()
    upload = Upload("a.jpg", samples.picture())

    with pytest.raises(NotFound):
        attach(flow, wired, case, "no_such", upload)
    with pytest.raises(NotFound):
        materials.attach_material(
            flow.engine,
            actor=flow.me(other),
            application_id=case,
            slot="photo",
            uploads=[upload],
            vault=wired.vault,
            images=wired.images,
            now=flow.now,
        )
    with pytest.raises(NotAllowed):
        materials.attach_material(
            flow.engine,
            actor=flow.clerk,
            application_id=case,
            slot="photo",
            uploads=[upload],
            vault=wired.vault,
            images=wired.images,
            now=flow.now,
        )

    assert (draft_files(flow, case), blobs(flow.engine)) == ([], [])


def test_nothing_is_attached_to_a_case_under_review(flow: Flow, wired: Ports) -> None:
    (case,) = flow.submitted(1)
    before = draft_files(flow, case)

    with pytest.raises(Blocked) as refused:
        attach(flow, wired, case, "id_document", Upload("a.jpg", samples.picture()))

    assert [block.code for block in refused.value.blocks] == ["wrong_status"]
    assert draft_files(flow, case) == before


def test_after_a_return_only_the_returned_material_can_be_changed(flow: Flow, wired: Ports) -> None:
    (case,) = flow.submitted(1)
    returned = applications.send_back(
        flow.engine, actor=flow.clerk, ids=[case], seen=flow.locks(case), order=RETURNED, now=flow.now
    )
    assert returned.moved == (case,)

    attach(flow, wired, case, "diploma", Upload("新证书.jpg", samples.picture()))
    with pytest.raises(InvalidInput) as locked:
        attach(flow, wired, case, "contract", Upload("合同.jpg", samples.picture(seed=3)))

    assert [error.code for error in locked.value.errors] == ["item_locked"]
    assert ("diploma", "新证书.jpg") in draft_files(flow, case)
    assert ("contract", "合同.jpg") not in draft_files(flow, case)


def test_a_page_image_that_somebody_uploads_again_has_a_preview_too(
    engine: Engine, wired: Ports, now: datetime
) -> None:
    (scan,) = store(engine, wired, now, Upload("证书.jpg", samples.picture()))
    given = {"vault": wired.vault, "images": wired.images, "clock": lambda: now}
    make_preview(engine, blob_id=scan.blob_id, **given)
    with Session(engine) as session:
        image = session.get_one(Blob, session.scalars(select(BlobPage.image_id)).one())
    saved = content(wired, image)

    (again,) = store(engine, wired, now, Upload("另存.jpg", saved))

    with Session(engine) as session:
        queued = session.scalars(select(Job.args).where(Job.kind == "preview")).all()
        blob = session.get_one(Blob, again.blob_id)
    assert (blob.preview_state, {"blob": str(again.blob_id)} in queued) == ("waiting", True)
    assert (blob.pages, blob.measures is not None) == (1, True)
    assert make_preview(engine, blob_id=again.blob_id, **given) == 1
