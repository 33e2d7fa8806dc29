"""The check before publishing: references, routes, exits, holders (D3, model.

Programme document, invariant I17).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from app.domain.document import Level, Problem
from app.domain.predicates import PREDICATES, Condition, Facts, Shape, Target, all_hold
from app.domain.programme import (
    CARD_YEARS,
    CATEGORIES_LIST,
    ROSTER_SOURCES,
    FaceItem,
    FieldKind,
    Party,
    Programme,
    ReasonFor,
    Stage,
    Verdict,
)
from app.domain.programme_card import unknown_places
from app.domain.text import N_

DUPLICATE = N_("The code “%(value)s” is used twice; every code in this list must differ.")
NO_SUCH = N_("“%(value)s” is not defined in this document; define it or correct the name.")
NO_SUCH_ROLE = N_("There is no role “%(value)s”; create the role or name an existing one.")
NO_SUCH_LIST = N_("There is no code list “%(value)s”; create it or name an existing one.")
FIRST_NOT_EMPLOYER = N_("The first stage must belong to the employer.")
FIRST_CONDITIONAL = N_("The first stage must not have a condition, so that every case has a beginning.")
FIRST_REQUIRES_ROSTER = N_("The stage that waits for the roster must come after the employer's stage.")
AFTER_AGENCY = N_("The employer's stages must stand before the bureaus' stages.")
NO_APPROVE = N_("Every stage must offer approve.")
UNDO_OFFERED = N_("undo is not offered by a stage; set “undo: true” or “undo: false” instead.")
NO_WAY_OUT = N_("The stage leaves no way out for the unfit; offer send_back, back or reject.")
NO_EXIT_AHEAD = N_(
    "From here on a case can never be sent back to the applicant or refused; offer send_back or reject."
)
BACK_ON_FIRST = N_("The first stage has no stage before it; remove back.")
BACK_OVER_GATE = N_("back must not lead across the stage that waits for the roster; remove back.")
TWO_GATES = N_("Only one stage may wait for the roster; remove roster_sealed here.")
GATE_WITHOUT_ROSTER = N_("A stage waits for the roster, but there is no roster section; add one.")
ROSTER_WITHOUT_GATE = N_(
    "There is a roster section, but no stage requires roster_sealed; add it to one stage."
)
UNREACHABLE = N_("No case can reach this stage; correct its condition.")
LIST_NEEDED = N_("A select field needs a list.")
LIST_UNUSED = N_("Only select fields have a list; remove it.")
LATE_REFERENCE = N_(
    "The condition asks for “%(value)s”, which itself depends on this field; remove one of the two."
)
WINDOW_ORDER = N_("The window closes before it opens; exchange the days.")
KIND_NEVER_OPEN = N_("No window offers this kind; add it to a window.")
NOT_A_DATE_FIELD = N_("“%(value)s” is neither a date field nor category.valid_years.")
BAD_PLACE = N_("“%(value)s” is not known in this text; possible: %(choices)s.")
NO_SEQUENCE = N_("The card number needs {seq}, so that no number is given twice.")
PART_OUTSIDE = N_("This part lies outside the card.")
NEEDS_SIZE = N_("Pictures need a size such as [18, 24].")
NO_RETURN_REASON = N_("There is no reason for sending back; add one with “for: both”.")
NO_REJECT_REASON = N_("A stage offers reject, but no reason is for it; add one with “for: reject”.")
LONG_UNDO = N_("Messages leave only after the undo window; %(minutes)s minutes is long.")
HOLDER_TWICE = N_("The role “%(value)s” holds two stages; a case then needs two different people with it.")

_LONG_UNDO_MINUTES = 120


def check(
    programme: Programme,
    *,
    roles: Collection[str],
    lists: Collection[str] | None = None,
    unread: Collection[str] = (),
) -> tuple[Problem, ...]:
    """Every problem that keeps the document from being published, and warnings that do not.

    `roles` are the names of the roles that exist, `lists` those of the code lists (None: not asked), `unread`
    the sections whose form is wrong: what needs them is not judged. Source: model section 5, invariant I17.
    """
    parts: tuple[tuple[str, Callable[[], Iterator[Problem]]], ...] = (
        ("kinds categories fields materials stages roster", lambda: _references(programme, lists)),
        ("windows kinds", lambda: _windows(programme)),
        ("stages issue", lambda: _stages(programme, roles)),
        ("stages roster", lambda: _gate(programme)),
        ("stages kinds categories settings", lambda: _routes(programme)),
        ("card fields", lambda: _card(programme)),
        ("reasons stages", lambda: _reasons(programme)),
    )
    judged = (judge() for needed, judge in parts if not set(needed.split()) & set(unread))
    return (*_duplicates(programme, unread), *(problem for found in judged for problem in found))


def _problem(path: str, code: str, message: str, level: Level = Level.ERROR, **params: object) -> Problem:
    return Problem(path, code, message, params, level)


def _duplicates(programme: Programme, unread: Collection[str]) -> Iterator[Problem]:
    lists: dict[str, Sequence[str]] = {
        "kinds": [kind.code for kind in programme.kinds],
        "windows": [window.code for window in programme.windows],
        "categories": [category.code for category in programme.categories],
        "fields": [field.code for field in programme.fields],
        "materials": [material.code for material in programme.materials],
        "reasons": [reason.code for reason in programme.reasons],
        "stages": [stage.code for stage in programme.stages],
        "roster.columns": [column.source for column in programme.roster.columns] if programme.roster else [],
    }
    for name, codes in lists.items():
        if name.partition(".")[0] in unread:
            continue
        for code, count in Counter(codes).items():
            if count > 1:
                yield _problem(name, "duplicate", DUPLICATE, value=code)


def _references(programme: Programme, lists: Collection[str] | None) -> Iterator[Problem]:
    materials = {material.code for material in programme.materials}
    for at, field in enumerate(programme.fields):
        path = f"fields[{at}]"
        yield from _conditions(programme, f"{path}.when", field.when)
        yield from _missing(f"{path}.proved_by", field.proved_by, materials)
        yield from _field_list(path, field.kind, field.list, lists)
        if any(condition.argument[:1] == (field.code,) for condition in field.when):
            yield _problem(f"{path}.when", "refers_to_itself", LATE_REFERENCE, value=field.code)
    for at, material in enumerate(programme.materials):
        yield from _conditions(programme, f"materials[{at}].when", material.when)
    for at, stage in enumerate(programme.stages):
        yield from _conditions(programme, f"stages[{at}].when", stage.when)
        yield from _conditions(programme, f"stages[{at}].requires", stage.requires)
    if programme.roster:
        sources = {*ROSTER_SOURCES, *(field.code for field in programme.fields)}
        columns = [column.source for column in programme.roster.columns]
        yield from _missing("roster.columns", columns, sources)


def _field_list(
    path: str, kind: FieldKind, name: str | None, lists: Collection[str] | None
) -> Iterator[Problem]:
    if kind is not FieldKind.SELECT:
        if name is not None:
            yield _problem(f"{path}.list", "list_unused", LIST_UNUSED)
    elif name is None:
        yield _problem(path, "list_needed", LIST_NEEDED)
    elif lists is not None and name != CATEGORIES_LIST and name not in lists:
        yield _problem(f"{path}.list", "no_such_list", NO_SUCH_LIST, value=name)


def _missing(path: str, names: Iterable[str], known: Collection[str]) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield _problem(path, "no_such", NO_SUCH, value=name)


def _conditions(programme: Programme, path: str, conditions: Iterable[Condition]) -> Iterator[Problem]:
    known = {
        Target.CATEGORY: {category.code for category in programme.categories},
        Target.KIND: {kind.code for kind in programme.kinds},
        Target.FIELD: {field.code for field in programme.fields},
        Target.MATERIAL: {material.code for material in programme.materials},
    }
    for at, condition in enumerate(conditions):
        predicate = PREDICATES[condition.predicate]
        if predicate.target is Target.NOTHING:
            continue
        is_list = predicate.shape in (Shape.CODES, Shape.TEXTS)
        names = condition.argument if is_list else condition.argument[:1]
        yield from _missing(f"{path}[{at}]", names, known[predicate.target])


def _windows(programme: Programme) -> Iterator[Problem]:
    kinds = {kind.code for kind in programme.kinds}
    for at, window in enumerate(programme.windows):
        yield from _missing(f"windows[{at}].kinds", window.kinds, kinds)
        if window.closes is not None and window.closes < window.opens:
            yield _problem(f"windows[{at}].closes", "window_order", WINDOW_ORDER)
    for at, kind in enumerate(programme.kinds):
        if programme.windows and not programme.windows_for(kind.code):
            yield _problem(f"kinds[{at}]", "kind_never_open", KIND_NEVER_OPEN)


def _stages(programme: Programme, roles: Collection[str]) -> Iterator[Problem]:
    holders: Counter[str] = Counter()
    for at, stage in enumerate(programme.stages):
        path = f"stages[{at}]"
        yield from _stage(path, stage)
        if stage.role not in roles:
            yield _problem(f"{path}.role", "no_such_role", NO_SUCH_ROLE, value=stage.role)
        holders[stage.role] += 1
        if holders[stage.role] == 2:  # noqa: PLR2004 - the second one is where the warning belongs
            yield _problem(f"{path}.role", "holder_twice", HOLDER_TWICE, Level.WARNING, value=stage.role)
    if programme.issue.role not in roles:
        yield _problem("issue.role", "no_such_role", NO_SUCH_ROLE, value=programme.issue.role)
    yield from _order(programme)


def _stage(path: str, stage: Stage) -> Iterator[Problem]:
    offered = set(stage.verdicts)
    if Verdict.APPROVE not in offered:
        yield _problem(f"{path}.verdicts", "no_approve", NO_APPROVE)
    if Verdict.UNDO in offered:
        yield _problem(f"{path}.verdicts", "undo_offered", UNDO_OFFERED)
    if not offered & {Verdict.SEND_BACK, Verdict.BACK, Verdict.REJECT}:
        yield _problem(f"{path}.verdicts", "no_way_out", NO_WAY_OUT)


def _order(programme: Programme) -> Iterator[Problem]:
    first = programme.stages[0]
    if first.party is not Party.EMPLOYER:
        yield _problem("stages[0].party", "first_not_employer", FIRST_NOT_EMPLOYER)
    if first.when:
        yield _problem("stages[0].when", "first_conditional", FIRST_CONDITIONAL)
    if Verdict.BACK in first.verdicts:
        yield _problem("stages[0].verdicts", "back_on_first", BACK_ON_FIRST)
    if not {Verdict.SEND_BACK, Verdict.REJECT} & set(first.verdicts):
        yield _problem("stages[0].verdicts", "no_exit_ahead", NO_EXIT_AHEAD)
    reached_agency = False
    for at, stage in enumerate(programme.stages):
        if stage.party is Party.EMPLOYER and reached_agency:
            yield _problem(f"stages[{at}].party", "after_agency", AFTER_AGENCY)
        reached_agency = reached_agency or stage.party is not Party.EMPLOYER


def _gate(programme: Programme) -> Iterator[Problem]:
    gates = [at for at, stage in enumerate(programme.stages) if stage.is_gate]
    for at in gates[1:]:
        yield _problem(f"stages[{at}].requires", "two_gates", TWO_GATES)
    if not gates:
        if programme.roster is not None:
            yield _problem("roster", "roster_without_gate", ROSTER_WITHOUT_GATE)
        return
    gate = programme.stages[gates[0]]
    path = f"stages[{gates[0]}]"
    if programme.roster is None:
        yield _problem(f"{path}.requires", "gate_without_roster", GATE_WITHOUT_ROSTER)
    if gate.party is Party.EMPLOYER:
        yield _problem(f"{path}.party", "gate_at_employer", FIRST_REQUIRES_ROSTER)
    if any(stage.party is not Party.EMPLOYER for stage in programme.stages[: gates[0]]):
        yield _problem(f"{path}.requires", "gate_not_first_agency", AFTER_AGENCY)
    if Verdict.BACK in gate.verdicts:
        yield _problem(f"{path}.verdicts", "back_over_gate", BACK_OVER_GATE)
    yield from _back_over_conditional_gate(programme, gates[0])


def _back_over_conditional_gate(programme: Programme, gate: int) -> Iterator[Problem]:
    """A gate that may be left out of the chain.

    The first agency stage after it must not go back over its place.
    """
    if not programme.stages[gate].when:
        return
    for at in range(gate + 1, len(programme.stages)):
        stage = programme.stages[at]
        if Verdict.BACK in stage.verdicts:
            yield _problem(f"stages[{at}].verdicts", "back_over_gate", BACK_OVER_GATE)
        if not stage.when:
            return


def _routes(programme: Programme) -> Iterator[Problem]:
    """Every stage is on the route of some category and kind, as far as these two decide."""
    combinations = [
        Facts(category=category.code if category else None, kind=kind.code)
        for category in (programme.categories or (None,))
        for kind in programme.kinds
    ]
    decided = {"category_in", "kind_in"}
    for at, stage in enumerate(programme.stages):
        known = [condition for condition in stage.when if condition.predicate in decided]
        contradicts = _contradicts(stage.when)
        if contradicts or not any(all_hold(known, facts) for facts in combinations):
            yield _problem(f"stages[{at}].when", "unreachable", UNREACHABLE)
    if programme.settings.undo_minutes > _LONG_UNDO_MINUTES:
        minutes = programme.settings.undo_minutes
        yield _problem("settings.undo_minutes", "long_undo", LONG_UNDO, Level.WARNING, minutes=minutes)


def _contradicts(conditions: Sequence[Condition]) -> bool:
    """Whether two conditions can never hold together: a field given and missing, a card active and not."""
    given = {condition.argument for condition in conditions if condition.predicate == "field_given"}
    missing = {condition.argument for condition in conditions if condition.predicate == "field_missing"}
    cards = {condition.argument for condition in conditions if condition.predicate == "card_active"}
    return bool(given & missing) or len(cards) > 1


def _card(programme: Programme) -> Iterator[Problem]:
    dates = {field.code for field in programme.fields if field.kind is FieldKind.DATE}
    for source in programme.card.earliest:
        if source != CARD_YEARS and source not in dates:
            yield _problem("card.valid_to.earliest", "not_a_date_field", NOT_A_DATE_FIELD, value=source)
    for place, known in unknown_places(programme.card.number):
        yield _problem("card.number", "bad_place", BAD_PLACE, value=place, choices=known)
    if "{seq" not in programme.card.number:
        yield _problem("card.number", "no_sequence", NO_SEQUENCE)
    width, height = programme.card.size_mm
    for at, part in enumerate(programme.card.face):
        size = part.size or (0.0, 0.0)
        if part.at[0] + size[0] > width or part.at[1] + size[1] > height:
            yield _problem(f"card.face[{at}]", "part_outside", PART_OUTSIDE)
        if part.what in (FaceItem.PHOTO, FaceItem.QR) and (part.size is None or 0.0 in part.size):
            yield _problem(f"card.face[{at}]", "needs_size", NEEDS_SIZE)


def _reasons(programme: Programme) -> Iterator[Problem]:
    uses = {reason.use for reason in programme.reasons}
    if any(Verdict.SEND_BACK in stage.verdicts for stage in programme.stages) and not uses & {
        ReasonFor.BOTH,
        ReasonFor.FIELD,
        ReasonFor.MATERIAL,
    }:
        yield _problem("reasons", "no_return_reason", NO_RETURN_REASON)
    if any(Verdict.REJECT in stage.verdicts for stage in programme.stages) and not uses & {
        ReasonFor.REJECT,
        ReasonFor.BOTH,
    }:
        yield _problem("reasons", "no_reject_reason", NO_REJECT_REASON)


def is_publishable(problems: Iterable[Problem]) -> bool:
    """Whether nothing but warnings was found."""
    return all(problem.level is Level.WARNING for problem in problems)
