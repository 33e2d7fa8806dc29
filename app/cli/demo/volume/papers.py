"""A few shared files that really lie in the vault, and one small scan for each sealed roster."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import Engine

from app.cli.demo.papers import page, portrait, stamped_page
from app.commands.files import make_preview, store_uploads
from app.domain.materials import FileRule, Upload
from app.domain.ports import Ports, Vault
from app.domain.programme import FaceItem, Material
from app.domain.roles import Actor
from app.models.ids import new_id
from app.queries.drafts import FileRow

VARIANTS, FEW = 8, 2
"""Different files for each material, of a large load and of a small one."""
SCAN_SIZE = (620, 877)


@dataclass(frozen=True, slots=True)
class Papers:
    """The shared files by material, and the picture that every scan is made from."""

    files: Mapping[str, tuple[FileRow, ...]]
    scan: bytes


def store_papers(
    engine: Engine,
    ports: Ports,
    materials: tuple[Material, ...],
    *,
    variants: int,
    actor: Actor,
    now: datetime,
) -> Papers:
    """Draw and store the shared files with their page images, through the commands that uploads go through."""
    files = {
        material.code: _files(engine, ports, material, variants=variants, actor=actor, now=now)
        for material in materials
    }
    return Papers(files, scan_picture())


def _files(
    engine: Engine, ports: Ports, material: Material, *, variants: int, actor: Actor, now: datetime
) -> tuple[FileRow, ...]:
    rule = FileRule(material.types, material.max_mb, variants)
    is_photo = material.code == FaceItem.PHOTO
    uploads = [
        Upload(
            f"{material.title}.jpg",
            portrait(n) if is_photo else page(material.title, [f"批量样例 {n + 1}"]),
        )
        for n in range(variants)
    ]
    stored = store_uploads(
        engine, actor=actor, uploads=uploads, rule=rule, field=material.code, vault=ports.vault,
        images=ports.images, now=now,
    )  # fmt: skip
    for file in stored:
        make_preview(engine, blob_id=file.blob_id, vault=ports.vault, images=ports.images, clock=lambda: now)
    return tuple(FileRow(material.code, file.blob_id, file.file_name, file.sha256) for file in stored)


def scan_picture() -> bytes:
    """A small stamped sheet."""
    image = Image.open(BytesIO(stamped_page("汇总表"))).resize(SCAN_SIZE).convert("RGB")
    out = BytesIO()
    image.save(out, "JPEG", quality=30)
    return out.getvalue()


def store_scan(
    vault: Vault, picture: bytes, mark: str, at: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Store a scan of its own for a roster; return the rows of the blob and of its page image (itself)."""
    comment = mark.encode()
    data = picture[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + picture[2:]
    blob_id = new_id()
    stored = vault.put(blob_id, data)
    width, height = SCAN_SIZE
    blob = {
        "id": blob_id, "sha256": stored.sha256, "size": stored.size, "type": "image/jpeg", "pages": 1,
        "width": width, "height": height, "key": stored.key, "data_key": stored.data_key,
        "key_id": stored.key_id, "preview_state": "done", "created": at,
    }  # fmt: skip
    image = {"blob_id": blob_id, "page": 1, "image_id": blob_id, "width": width, "height": height}
    return blob, image
