"""Pictures and PDFs of strangers, decoded by `decoder.py` in a process with limits (T11, T12, T14)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.domain import materials
from app.domain.materials import FileFacts, FileRefused, PageImage, Refusal
from app.domain.measures import from_json
from app.domain.programme import FileType
from app.domain.roster import ScannedPage, SealHint

_SCRIPT = Path(__file__).with_name("decoder.py")
MEMORY_MB = 512
CPU_S = 10
CPU_S_ALL_PAGES = 40


class LimitedImageTools:
    """The `ImageTools` port: one short-lived process per question."""

    def inspect(self, data: bytes, file_type: FileType) -> FileFacts:
        """See the port."""
        answer, _ = _ask("inspect", data, file_type)
        measures = from_json(answer["measures"])
        return FileFacts(file_type, answer["pages"], answer["width"], answer["height"], measures)

    def as_jpeg(self, data: bytes, most_bytes: int) -> bytes:
        """See the port."""
        return _ask("jpeg", data, FileType.JPG, most_bytes=most_bytes)[1]

    def pages(self, data: bytes, file_type: FileType) -> tuple[PageImage, ...]:
        """See the port."""
        answer, body = _ask("pages", data, file_type, cpu_s=CPU_S_ALL_PAGES)
        measures = from_json(answer["measures"])
        images, at = [], 0
        for number, (width, height, size) in enumerate(answer["images"], 1):
            own = measures[number - 1] if measures else None
            images.append(PageImage(number, width, height, body[at : at + size], own))
            at += size
        return tuple(images)

    def scan(self, data: bytes, file_type: FileType) -> tuple[ScannedPage, ...]:
        """See the port."""
        answer, _ = _ask("scan", data, file_type, cpu_s=CPU_S_ALL_PAGES)
        return tuple(
            ScannedPage(number, tuple(page["codes"]), page["blank"])
            for number, page in enumerate(answer["pages"], 1)
        )

    def seal_hint(self, data: bytes, file_type: FileType) -> SealHint:
        """See the port."""
        answer, _ = _ask("seal", data, file_type, cpu_s=CPU_S_ALL_PAGES)
        return SealHint(answer["hint"])

    def clean_pdf(self, data: bytes) -> bytes:
        """See the port."""
        return _ask("clean", data, FileType.PDF)[1]


def _ask(
    operation: str, data: bytes, file_type: FileType, *, cpu_s: int = CPU_S, most_bytes: int = 0
) -> tuple[dict[str, Any], bytes]:
    request = {
        "op": operation,
        "type": file_type.value,
        "memory_mb": MEMORY_MB,
        "cpu_s": cpu_s,
        "max_pages": materials.MAX_PAGES,
        "max_pixels": materials.MAX_PIXELS,
        "max_jpeg_pixels": materials.MAX_JPEG_PIXELS,
        "max_side": materials.MAX_SIDE,
        "side": materials.PREVIEW_SIDE,
        "sides": materials.REENCODED_SIDES,
        "most_bytes": most_bytes,
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no shell, no name from outside
            [sys.executable, "-I", "-B", str(_SCRIPT)],
            input=json.dumps(request).encode() + b"\n" + data,
            capture_output=True,
            timeout=cpu_s * 3 + 10,
            env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise FileRefused(Refusal.DAMAGED) from expired
    head, _, body = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise FileRefused(Refusal.DAMAGED)
    answer: dict[str, Any] = json.loads(head)
    if "refused" in answer:
        raise FileRefused(Refusal(answer["refused"]))
    return answer, body
