"""How a page names a stored file: by its owner, never by its content, so that its right follows the owner.

Content is stored once however many owners have it (D22); a name made of the content would open a file to
whoever can guess it. A reference is text of an address: `a12`, `c34-2-56`, `s78`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_REF = re.compile(r"(?:([as])([1-9][0-9]{0,18})|c([1-9][0-9]{0,18})-([0-9]{1,4})-([1-9][0-9]{0,18}))\Z")
_KEYS = 2**63


class FileOwner(StrEnum):
    """Who owns a file; the letter of its reference."""

    ATTACHMENT = "a"
    CASE = "c"
    SCAN = "s"


@dataclass(frozen=True, slots=True)
class FileRef:
    """One file of one owner. `version` and `blob_id` are of a case only; version 0 is the draft."""

    owner: FileOwner
    id: int
    version: int = 0
    blob_id: int = 0

    def __str__(self) -> str:
        """The reference as it stands in an address."""
        if self.owner is FileOwner.CASE:
            return f"{self.owner.value}{self.id}-{self.version}-{self.blob_id}"
        return f"{self.owner.value}{self.id}"


def attachment(attachment_id: int) -> FileRef:
    """A file in a slot of an employer, a person or a job."""
    return FileRef(FileOwner.ATTACHMENT, attachment_id)


def case_file(application_id: int, version: int, blob_id: int) -> FileRef:
    """A material of a submission, or of the draft (version 0)."""
    return FileRef(FileOwner.CASE, application_id, version, blob_id)


def scan(scan_id: int) -> FileRef:
    """A page or file of a stamped roster."""
    return FileRef(FileOwner.SCAN, scan_id)


def parse_ref(text: str) -> FileRef | None:
    """Read a reference from an address; None for anything that cannot be one."""
    found = _REF.fullmatch(text)
    if found is None:
        return None
    letter, own, *case = found.groups()
    ref = FileRef(FileOwner(letter), int(own)) if letter else case_file(*map(int, case))
    return ref if max(ref.id, ref.blob_id) < _KEYS else None
