"""The closed list of conditions a programme document may use, over one frozen value of facts.

There is no expression language (D3): a list of conditions means all of them, alternatives exist only as
lists of values. `when` is judged on the submission, `requires` at the verdict (model: Programme document).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from app.domain.document import as_day
from app.domain.text import N_

Argument = tuple[str, ...]
"""Arguments are kept as texts in order: they are frozen, hashable and written back as they were read."""


class Use(StrEnum):
    """Where a predicate may stand."""

    WHEN = "when"
    REQUIRES = "requires"


class Shape(StrEnum):
    """The type of a predicate's argument in the document."""

    NOTHING = "nothing"
    CODES = "codes"
    TEXTS = "texts"
    CODE = "code"
    FIELD_AND_VALUES = "field_and_values"
    FIELD_AND_BOUND = "field_and_bound"
    AGES = "ages"
    YES_NO = "yes_no"


class Target(StrEnum):
    """What the codes of an argument must name, for the check of references."""

    NOTHING = "nothing"
    CATEGORY = "category"
    KIND = "kind"
    FIELD = "field"
    MATERIAL = "material"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a condition may ask about; what is unknown is None or empty and fulfils nothing."""

    kind: str = ""
    category: str | None = None
    document_type: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    age: int | None = None
    agency_code: str = ""
    agency_level: str = ""
    credit_code: str = ""
    materials: frozenset[str] = frozenset()
    card_active: bool = False
    roster_sealed: bool = False
    materials_viewed: bool = False
    checks_clean: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One predicate with its argument, as a document states it."""

    predicate: str
    argument: Argument = ()

    def holds(self, facts: Facts) -> bool:
        """Whether the condition is fulfilled by `facts`."""
        return PREDICATES[self.predicate].holds(facts, self.argument)


@dataclass(frozen=True, slots=True)
class Predicate:
    """An entry of the closed list: its argument, where it may stand, how it is judged, how it is called."""

    shape: Shape
    uses: frozenset[Use]
    title: str
    holds: Callable[[Facts, Argument], bool]
    target: Target = Target.NOTHING


def all_hold(conditions: Iterable[Condition], facts: Facts) -> bool:
    """Whether every condition is fulfilled; an empty list always is."""
    return all(condition.holds(facts) for condition in conditions)


def is_given(value: object) -> bool:
    """Whether a field has a value: nothing, blank text and an empty list are none."""
    return value is not None and value not in ("", [], ())


def comparable(value: object) -> Decimal | date | None:
    """A number or a day to compare with a bound, None for anything else."""
    if isinstance(value, bool):
        return None
    day = as_day(value)
    if day is not None:
        return day
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _compared(facts: Facts, argument: Argument) -> int | None:
    """-1, 0 or 1 as the field is below, at or above the bound; None when the two cannot be compared."""
    value, bound = comparable(facts.values.get(argument[0])), comparable(argument[1])
    if isinstance(value, Decimal) and isinstance(bound, Decimal):
        return (value > bound) - (value < bound)
    if isinstance(value, date) and isinstance(bound, date):
        return (value > bound) - (value < bound)
    return None


def _field_in(facts: Facts, argument: Argument) -> bool:
    value = facts.values.get(argument[0])
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return is_given(value) and text in argument[1:]


def _field_at_least(facts: Facts, argument: Argument) -> bool:
    return _compared(facts, argument) in (0, 1)


def _field_at_most(facts: Facts, argument: Argument) -> bool:
    return _compared(facts, argument) in (-1, 0)


def _age_between(facts: Facts, argument: Argument) -> bool:
    return facts.age is not None and int(argument[0]) <= facts.age <= int(argument[1])


def _employer_kind_in(facts: Facts, argument: Argument) -> bool:
    return bool(facts.credit_code) and facts.credit_code.startswith(argument)


_WHEN = frozenset({Use.WHEN})
_REQUIRES = frozenset({Use.REQUIRES})
_BOTH = _WHEN | _REQUIRES

ROSTER_SEALED = "roster_sealed"
MATERIALS_VIEWED = "materials_viewed"
CHECKS_CLEAN = "checks_clean"

PREDICATES: Mapping[str, Predicate] = {
    "category_in": Predicate(
        Shape.CODES, _WHEN, N_("Category is one of"), lambda f, a: f.category in a, Target.CATEGORY
    ),
    "kind_in": Predicate(
        Shape.CODES, _WHEN, N_("Kind of application is one of"), lambda f, a: f.kind in a, Target.KIND
    ),
    "document_type_in": Predicate(
        Shape.TEXTS, _WHEN, N_("Type of ID document is one of"), lambda f, a: f.document_type in a
    ),
    "field_in": Predicate(Shape.FIELD_AND_VALUES, _WHEN, N_("Field is one of"), _field_in, Target.FIELD),
    "field_given": Predicate(
        Shape.CODE, _WHEN, N_("Field is filled in"), lambda f, a: is_given(f.values.get(a[0])), Target.FIELD
    ),
    "field_missing": Predicate(
        Shape.CODE, _WHEN, N_("Field is empty"), lambda f, a: not is_given(f.values.get(a[0])), Target.FIELD
    ),
    "field_at_least": Predicate(
        Shape.FIELD_AND_BOUND, _WHEN, N_("Field is at least"), _field_at_least, Target.FIELD
    ),
    "field_at_most": Predicate(
        Shape.FIELD_AND_BOUND, _WHEN, N_("Field is at most"), _field_at_most, Target.FIELD
    ),
    "age_between": Predicate(Shape.AGES, _WHEN, N_("Age in years is between"), _age_between),
    "agency_level_is": Predicate(
        Shape.CODE, _WHEN, N_("Level of the bureau is"), lambda f, a: f.agency_level == a[0]
    ),
    "agency_in": Predicate(Shape.TEXTS, _WHEN, N_("Bureau is one of"), lambda f, a: f.agency_code in a),
    "employer_kind_in": Predicate(Shape.TEXTS, _WHEN, N_("Credit code starts with"), _employer_kind_in),
    "material_given": Predicate(
        Shape.CODE, _BOTH, N_("Material is attached"), lambda f, a: a[0] in f.materials, Target.MATERIAL
    ),
    "card_active": Predicate(
        Shape.YES_NO, _BOTH, N_("The person has a valid card"), lambda f, a: f.card_active == (a[0] == "true")
    ),
    ROSTER_SEALED: Predicate(
        Shape.NOTHING, _REQUIRES, N_("The stamped roster is verified"), lambda f, _: f.roster_sealed
    ),
    MATERIALS_VIEWED: Predicate(
        Shape.NOTHING, _REQUIRES, N_("Every material was opened"), lambda f, _: f.materials_viewed
    ),
    CHECKS_CLEAN: Predicate(
        Shape.NOTHING, _REQUIRES, N_("All automatic checks pass"), lambda f, _: f.checks_clean
    ),
}
