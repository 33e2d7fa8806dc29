"""Addresses of stored files for pages: preview images, download, state of the preview, record of the opening.

Every address names the owner's file (`domain.file_ref`); the file view asks the owner's scope each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.domain import file_ref
from app.domain.file_ref import FileRef
from app.queries.drafts import FileRow


@dataclass(frozen=True, slots=True)
class Link:
    """All addresses of one file."""

    ref: str

    def page(self, n: int) -> str:
        """The image of page `n`, counted from 1."""
        return url_for("FileView.page", ref=self.ref, n=n)

    def pages(self, count: int | None) -> Sequence[str]:
        """The images of all pages; at least one, so that a file without a preview says so."""
        return tuple(self.page(n) for n in range(1, max(count or 1, 1) + 1))

    @property
    def preview(self) -> str:
        """The page that shows the file."""
        return url_for("FileView.show", ref=self.ref)

    @property
    def download(self) -> str:
        """The original, as an attachment."""
        return url_for("FileView.download", ref=self.ref)

    @property
    def status(self) -> str:
        """State of the preview as JSON."""
        return url_for("FileView.status", ref=self.ref)

    @property
    def view(self) -> str:
        """A POST here records that this person opened the file."""
        return url_for("FileView.view", ref=self.ref)


def link(ref: FileRef) -> Link:
    """The addresses of any reference."""
    return Link(str(ref))


def line(link: Link, file: FileRow, *, delete_url: str | None = None) -> dict[str, Any]:
    """A file in the checklist of materials: what it is, where it is shown, fetched and removed."""
    return {
        "name": file.file_name,
        "size": file.size,
        "pages": file.pages,
        "preview_url": link.preview,
        "download_url": link.download,
        "delete_url": delete_url,
    }


def attachment(attachment_id: int) -> Link:
    """An employer's material, or any other row of `attachment`."""
    return link(file_ref.attachment(attachment_id))


def case_file(application_id: int, version: int, blob_id: int) -> Link:
    """A material of a submission; version 0 is the draft."""
    return link(file_ref.case_file(application_id, version, blob_id))


def scan(scan_id: int) -> Link:
    """A page or file of a stamped roster."""
    return link(file_ref.scan(scan_id))
