"""What commands need of the outside world; adapters implement it, `create_app` wires it (D9)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from app.domain.cards import CardFace
from app.domain.materials import FileFacts, PageImage
from app.domain.programme import CardForm, FileType
from app.domain.reports import DataSheet, MakeWording, as_written
from app.domain.roster import RosterSheet, ScannedPage, SealHint


class Clock(Protocol):
    """The present moment."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        ...


class WrongKey(ValueError):
    """What was encrypted does not open: the key ring is another one, or the ciphertext was changed."""


class Cipher(Protocol):
    """Field encryption, blind index and keyed codes (D23)."""

    key_id: str
    index_version: int

    def seal(self, table: str, column: str, row_id: int, text: str) -> bytes:
        """Encrypt `text` for exactly this place; a blob moved to another row does not open."""
        ...

    def open(self, table: str, column: str, row_id: int, blob: bytes) -> str:
        """Decrypt what `seal` made for this place. Raises WrongKey, or ValueError for what is no ciphertext."""
        ...

    def digest(self, space: str, value: str) -> bytes:
        """Keyed blind index, 32 bytes, of a normalised value in its number space."""
        ...

    def mac(self, purpose: str, message: bytes) -> bytes:
        """Keyed code, 32 bytes, over `message` for one purpose (page codes, object names)."""
        ...


@dataclass(frozen=True, slots=True)
class SmsMessage:
    """One text to one number; `params` fill the provider's template."""

    to: str
    template: str
    params: dict[str, str]
    text: str


class SmsSender(Protocol):
    """An SMS provider."""

    def send(self, message: SmsMessage, *, idempotency_key: str) -> str:
        """Hand one message over and return the provider's id; sending twice with one key is one message."""
        ...


class FileStore(Protocol):
    """Bytes under keys (D22)."""

    def put(self, key: str, data: bytes) -> None:
        """Store durably and atomically; the same key with the same bytes again is fine."""
        ...

    def open(self, key: str) -> bytes:
        """The bytes of `key`. Raises FileNotFoundError."""
        ...

    def delete(self, key: str) -> None:
        """Remove `key`; a missing key is fine."""
        ...

    def exists(self, key: str) -> bool:
        """Whether `key` is stored."""
        ...


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What the vault says about content it stored: the columns of `blob`."""

    sha256: str
    size: int
    key: str
    data_key: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class BlobRef:
    """What the vault needs to open stored content again."""

    id: int
    sha256: str
    key: str
    data_key: bytes


class Vault(Protocol):
    """Files encrypted at rest, each under a data key of its own (D22)."""

    def put(self, blob_id: int, data: bytes) -> StoredBlob:
        """Encrypt and store durably; the object exists before this returns (T33)."""
        ...

    def open(self, ref: BlobRef) -> bytes:
        """The content.

        Raises FileNotFoundError if the object is gone, WrongKey if its data key does not open, ValueError if it
        was changed.
        """
        ...

    def rewrap(self, ref: BlobRef) -> tuple[bytes, str]:
        """The data key wrapped under the current key, and that key's id (key rotation)."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; a missing one is fine."""
        ...

    def exists(self, key: str) -> bool:
        """Whether the object is stored."""
        ...


class ImageTools(Protocol):
    """Decoding of untrusted pictures and PDFs, in a process with limits (T11, T14).

    Every method raises `materials.FileRefused` (without the file's name) for what cannot be decoded.
    """

    def inspect(self, data: bytes, file_type: FileType) -> FileFacts:
        """Decode and measure; `file_type` is what the name and the first bytes speak of."""
        ...

    def as_jpeg(self, data: bytes, most_bytes: int) -> bytes:
        """A picture of any format as an upright JPEG without metadata, not larger than `most_bytes`."""
        ...

    def pages(self, data: bytes, file_type: FileType) -> tuple[PageImage, ...]:
        """Page images re-encoded without metadata."""
        ...

    def scan(self, data: bytes, file_type: FileType) -> tuple[ScannedPage, ...]:
        """The codes on every page of a scanned roster (R34)."""
        ...

    def seal_hint(self, data: bytes, file_type: FileType) -> SealHint:
        """Whether something like a red seal is on one of the pages; it only advises."""
        ...

    def clean_pdf(self, data: bytes) -> bytes:
        """A copy of a PDF without scripts, actions and attachments, for delivery."""
        ...


class CodeTools(Protocol):
    """QR codes, level M, with their quiet zone."""

    def qr_svg(self, text: str) -> bytes:
        """A QR code as SVG, one unit per module; scale it as a whole."""
        ...

    def qr_png(self, text: str, *, scale: int = 12) -> bytes:
        """A QR code as PNG with `scale` pixels per module."""
        ...


class SheetWriter(Protocol):
    """Spreadsheets."""

    def roster(self, sheet: RosterSheet) -> bytes:
        """The roster form as xlsx (domain.md 9)."""
        ...

    def report(self, sheet: DataSheet, target: Path) -> int:
        """Write a data export as xlsx into `target` in constant memory and return the number of its rows.

        Text is written as text whatever it begins with, never as a formula (T9); counts and moments as such.
        """
        ...


class PdfWriter(Protocol):
    """Print files."""

    def roster(self, sheet: RosterSheet) -> bytes:
        """The roster form as PDF, the normal print file."""
        ...

    def cards(self, cards: Sequence[tuple[CardForm, CardFace]]) -> bytes:
        """One page per card, in order, each in the size and layout of its form."""
        ...

    def missing_glyphs(self, text: str) -> str:
        """The characters of `text` that cannot be printed, each once; empty if all can."""
        ...


class JobStopped(Exception):
    """The job is no longer this worker's: cancelled by its owner, or taken over after a lost lease."""


def _says_nothing(percent: int) -> None:
    del percent


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job taken by a worker: `worker` and `attempts` fence every later word about it.

    A handler calls `report(percent)` between its steps, 0 to 100. That is a heartbeat as well, and raises
    JobStopped once the job was cancelled or taken over; the handler lets it pass and leaves nothing half done.
    """

    id: int
    kind: str
    args: Mapping[str, Any]
    attempts: int
    worker: str
    owner_id: int | None = None
    report: Callable[[int], None] = _says_nothing


class JobBoard(Protocol):
    """The job table as an executor sees it (D21)."""

    def claim(self, worker: str, now: datetime, job_id: int | None = None) -> ClaimedJob | None:
        """Take one due job, or None."""
        ...

    def heartbeat(self, job: ClaimedJob, now: datetime, progress: int | None = None) -> bool:
        """Prolong the lease; False if the job is no longer this worker's."""
        ...

    def finish(self, job: ClaimedJob, result: Mapping[str, object] | None, now: datetime) -> bool:
        """Note the result; False if the job was taken over."""
        ...

    def fail(self, job: ClaimedJob, error: BaseException, now: datetime) -> bool:
        """Note the failure; the job is tried again or dead."""
        ...

    def sweep(self, now: datetime, publish: Callable[[int], None] | None = None) -> int:
        """Bury what died on its last attempt, publish what was forgotten."""
        ...


class Executor(Protocol):
    """What runs jobs and sends messages in this process."""

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self, timeout_s: float = 10.0) -> None:
        """Finish the work at hand and end."""
        ...

    def wake(self) -> None:
        """Look for work at once."""
        ...

    def run_once(self) -> bool:
        """Run one due job here and now; whether there was one."""
        ...


class MakeExecutor(Protocol):
    """The kind of executor that the settings ask for."""

    def __call__(
        self,
        board: JobBoard,
        handlers: Mapping[str, Callable[[ClaimedJob], Mapping[str, object] | None]],
        *,
        clock: Clock,
        send_messages: Callable[[str], int] | None = None,
    ) -> Executor:
        """An executor, not yet started."""
        ...


class PasswordHasher(Protocol):
    """Password hashing."""

    def hash(self, password: str) -> str:
        """A hash to store."""
        ...

    def verify(self, stored: str, password: str) -> bool:
        """Whether `password` belongs to `stored`."""
        ...

    def needs_rehash(self, stored: str) -> bool:
        """Whether `stored` was made with older parameters."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Every adapter of a running system, wired once by `create_app`."""

    clock: Clock
    cipher: Cipher
    vault: Vault
    images: ImageTools
    codes: CodeTools
    sheets: SheetWriter
    pdf: PdfWriter
    hasher: PasswordHasher
    sms: SmsSender
    executor: MakeExecutor
    wording: MakeWording = as_written
