"""The programme document as frozen values (D3, D4): what one kind of card or subsidy asks for and its stages.

`programme_parse.parse` makes these from a mapping, `programme_check.check` judges them before publishing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from app.domain.predicates import ROSTER_SEALED, Condition, Facts, all_hold


class Party(StrEnum):
    """Who holds a stage: the applicant's employer, or the bureau of a level (D4)."""

    EMPLOYER = "employer"
    COUNTY = "county"
    CITY = "city"


class FieldKind(StrEnum):
    """What a field of the form holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    SELECT = "select"
    YES_NO = "yes_no"
    PHONE = "phone"
    STAFF_MEMBER = "staff_member"


MOST_UNDO_MINUTES = 24 * 60
"""The longest undo window a programme may set."""


class RosterGate(StrEnum):
    """Whether the stamped roster must be verified before the gate stage decides (D5)."""

    REQUIRED = "required"
    ADVISORY = "advisory"


class Unlock(StrEnum):
    """What a returned applicant may change: the flagged items, or everything."""

    FLAGGED = "flagged"
    ALL = "all"


class BatchMode(StrEnum):
    """Whether a stage may be decided for many cases at once."""

    ANY = "any"
    CLEAN = "clean"
    OFF = "off"


class ReasonFor(StrEnum):
    """What a reason may be given for."""

    FIELD = "field"
    MATERIAL = "material"
    BOTH = "both"
    REJECT = "reject"


class Verdict(StrEnum):
    """What a reviewer may decide at a stage; `undo` takes one of the others back."""

    APPROVE = "approve"
    SEND_BACK = "send_back"
    BACK = "back"
    REJECT = "reject"
    UNDO = "undo"


class FileType(StrEnum):
    """Types of files a material may accept."""

    JPG = "jpg"
    PNG = "png"
    PDF = "pdf"


class Shows(StrEnum):
    """What a material is a picture of, for the automatic checks.

    A page of a document, a portrait on a white ground, or both sides of a card.
    """

    PAGE = "page"
    PHOTO = "photo"
    CARD = "card"


class FaceItem(StrEnum):
    """What can be printed on a card's face."""

    NAME = "name"
    SEX = "sex"
    CATEGORY = "category"
    CARD_NO = "card_no"
    VALID_TO = "valid_to"
    EMPLOYER = "employer"
    PHOTO = "photo"
    QR = "qr"


class Occasion(StrEnum):
    """When the applicant is told something."""

    RETURNED = "returned"
    APPROVED = "approved"
    READY_TO_COLLECT = "ready_to_collect"
    REJECTED = "rejected"


NEAR_DAYS = 90
"""How long before the end of a card its renewal is put forward where the document does not say."""

CATEGORIES_LIST = "categories"
"""The name of a select field's list that means the document's own categories."""

ROSTER_SOURCES = (
    "seq",
    "name",
    "sex",
    "birth",
    "doc_type",
    "doc_no",
    "mobile",
    "employer",
    "employer_position",
    "education_degree",
    "service_name",
    "service_phone",
    "kind",
    "remark",
)
"""Column sources of a roster beside the programme's own fields (H: `domain.roster` renders them)."""

CARD_YEARS = "category.valid_years"
"""The one source of a card's end that is no date field."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Programme-wide switches."""

    roster_gate: RosterGate = RosterGate.REQUIRED
    undo_minutes: int = 10
    unlock: Unlock = Unlock.FLAGGED
    cooling_off_days: int = 0
    application_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of application; `needs_card` demands an active card, else an active card excludes it (I7).

    `near_days` before the end of that card the home page of its holder puts the kind forward.
    """

    code: str
    title: str
    needs_card: bool = False
    near_days: int = NEAR_DAYS

    def is_near(self, valid_to: date | None, day: date) -> bool:
        """Whether a card that is valid until `valid_to` ends soon."""
        return valid_to is not None and (valid_to - day).days <= self.near_days


@dataclass(frozen=True, slots=True)
class Window:
    """When applications of `kinds` may be started; both days are included (Asia/Shanghai)."""

    code: str
    opens: date
    closes: date | None
    kinds: tuple[str, ...]

    def is_open(self, kind: str, day: date) -> bool:
        """Whether `kind` may be started on `day`."""
        return kind in self.kinds and self.opens <= day and (self.closes is None or day <= self.closes)


@dataclass(frozen=True, slots=True)
class Category:
    """A class of talents and how long its card is valid."""

    code: str
    title: str
    valid_years: int


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form."""

    code: str
    title: str
    kind: FieldKind
    list: str | None = None
    required: bool = False
    when: tuple[Condition, ...] = ()
    proved_by: tuple[str, ...] = ()
    max_length: int | None = None
    min: int = 0
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """A slot for files."""

    code: str
    title: str
    required: bool = True
    types: tuple[FileType, ...] = (FileType.JPG, FileType.PNG, FileType.PDF)
    max_mb: int = 10
    max_files: int = 1
    when: tuple[Condition, ...] = ()
    hint: str = ""
    shows: Shows = Shows.PAGE


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason reviewers choose, with the text the applicant reads."""

    code: str
    title: str
    use: ReasonFor
    text: str = ""
    text_required: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A review stage (D4). Four-eyes is no key: it always holds (D8)."""

    code: str
    title: str
    public_title: str
    party: Party
    role: str
    verdicts: tuple[Verdict, ...]
    requires: tuple[Condition, ...] = ()
    when: tuple[Condition, ...] = ()
    limit_days: int | None = None
    pull_back: bool = False
    batch: BatchMode = BatchMode.ANY
    claim: bool = False
    undo: bool = True

    @property
    def is_gate(self) -> bool:
        """Whether the stage waits for the sealed roster (D5)."""
        return any(condition.predicate == ROSTER_SEALED for condition in self.requires)


@dataclass(frozen=True, slots=True)
class Issue:
    """The printing step after the last approval."""

    title: str
    party: Party
    role: str
    limit_days: int | None = None


@dataclass(frozen=True, slots=True)
class RosterColumn:
    """A column of the roster: where its text comes from, and its heading."""

    source: str
    title: str


@dataclass(frozen=True, slots=True)
class RosterForm:
    """The sheet the employer stamps."""

    title: str
    head: tuple[str, ...]
    columns: tuple[RosterColumn, ...]
    foot: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FacePart:
    """Something printed on the card, in millimetres from the upper left corner."""

    what: FaceItem
    at: tuple[float, float]
    size: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class CardForm:
    """Number pattern, sources of the end of validity (the earliest counts), size and face."""

    number: str
    earliest: tuple[str, ...]
    size_mm: tuple[float, float]
    face: tuple[FacePart, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """A whole document. Codes are unique within each list."""

    code: str
    name: str
    short_name: str
    settings: Settings
    kinds: tuple[Kind, ...]
    windows: tuple[Window, ...]
    categories: tuple[Category, ...]
    fields: tuple[Field, ...]
    materials: tuple[Material, ...]
    reasons: tuple[Reason, ...]
    stages: tuple[Stage, ...]
    issue: Issue
    roster: RosterForm | None
    card: CardForm
    messages: Mapping[Occasion, str] = field(default_factory=dict)

    def stage(self, code: str) -> Stage:
        """The stage of this code. Raises KeyError."""
        return _named(self.stages, code)

    def field(self, code: str) -> Field:
        """The field of this code. Raises KeyError."""
        return _named(self.fields, code)

    def material(self, code: str) -> Material:
        """The material of this code. Raises KeyError."""
        return _named(self.materials, code)

    def kind(self, code: str) -> Kind:
        """The kind of this code. Raises KeyError."""
        return _named(self.kinds, code)

    def category(self, code: str) -> Category:
        """The category of this code. Raises KeyError."""
        return _named(self.categories, code)

    def reason(self, code: str) -> Reason:
        """The reason of this code. Raises KeyError."""
        return _named(self.reasons, code)

    @property
    def gate(self) -> Stage | None:
        """The stage that waits for the sealed roster, if the programme has one."""
        return next((stage for stage in self.stages if stage.is_gate), None)

    @property
    def roster_advises(self) -> bool:
        """Whether cases pass the gate without a roster, which is only a paper beside them (D5)."""
        return self.settings.roster_gate is RosterGate.ADVISORY

    @property
    def closed_gate(self) -> Stage | None:
        """The gate that only the sealed roster opens; none where the roster only advises."""
        return None if self.roster_advises else self.gate

    def route(self, facts: Facts) -> tuple[str, ...]:
        """The chain of a submission: codes of the stages whose `when` holds, in order (model.

        Application).
        """
        return tuple(stage.code for stage in self.stages if all_hold(stage.when, facts))

    def windows_for(self, kind: str) -> tuple[Window, ...]:
        """The windows in which `kind` is offered."""
        return tuple(window for window in self.windows if kind in window.kinds)

    def is_open(self, kind: str, day: date) -> bool:
        """Whether `kind` may be started on `day`; without windows always (I6)."""
        return not self.windows or any(window.is_open(kind, day) for window in self.windows)

    def composed(self, text: str) -> str:
        """`text` with `{programme.name}` and `{programme.short_name}` filled in (D1)."""
        return text.replace("{programme.name}", self.name).replace("{programme.short_name}", self.short_name)

    @property
    def roster_title(self) -> str:
        """The title of the roster sheet; empty for a programme without one."""
        return self.composed(self.roster.title) if self.roster else ""


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


C = TypeVar("C", bound=_Coded)


def _named(entries: Iterable[C], code: str) -> C:
    for entry in entries:
        if entry.code == code:
            return entry
    raise KeyError(code)
