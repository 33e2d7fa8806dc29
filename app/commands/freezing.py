"""Open applications freeze while their person or employer cannot go on.

And thaw when no cause is left (I9).
"""

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.commands.transitions import Move, kept, touch
from app.commands.unit_of_work import Work
from app.domain.registration import EmployerState, PersonState
from app.domain.states import OPEN, FrozenBy
from app.models.application import Application
from app.models.employer import Employer
from app.models.person import Person
from app.queries.cases import load_unscoped
from app.queries.locks import lock_rows
from app.queries.sets import AnySelect, among


def recompute_frozen(
    work: Work,
    *,
    application_ids: Collection[int] = (),
    person_ids: Collection[int] = (),
    employer_ids: Collection[int] = (),
) -> int:
    """Recompute the causes of the open applications concerned; return how many changed.

    A case is frozen while its employer is suspended, or its person is not active under that very employer.
    Every change raises the lock and stands on the case's chain. Source: I9, model section 2.
    """
    wanted = _causes(work, application_ids, person_ids, employer_ids)
    if not wanted:
        return 0
    loaded = load_unscoped(work.session, work.actor, list(wanted), lock=True)
    moves = [Move(case, kept(case, frozen_reason=wanted[case.id])) for case in loaded.cases]
    for event, chosen in (
        ("freeze", [move for move in moves if move.step.frozen_reason is not None]),
        ("thaw", [move for move in moves if move.step.frozen_reason is None]),
    ):
        touch(work, chosen, event=event, programmes=loaded.programmes, digests=loaded.digests)
    return len(moves)


def hold_bonds(session: Session, persons: AnySelect, employers: AnySelect) -> None:
    """Keep these persons and employers (selects of their ids) as they are while a case of theirs is opened: who
    leaves or is suspended at this moment waits, and then finds the case to freeze (I9).
    """
    for model, ids in ((Person, persons), (Employer, employers)):
        held = select(model.id).where(model.id.in_(ids)).order_by(model.id)
        session.execute(held.with_for_update(read=True)).all()


def _causes(
    work: Work, application_ids: Collection[int], person_ids: Collection[int], employer_ids: Collection[int]
) -> dict[int, str | None]:
    """The cause each concerned open application should name now, where it differs from the one it names."""
    a, session = Application, work.session
    concerned = or_(
        among(session, a.id, application_ids),
        among(session, a.person_id, person_ids),
        among(session, a.employer_id, employer_ids),
    )
    statement = (
        select(
            a.id,
            a.employer_id,
            a.frozen_reason,
            Person.state.label("person_state"),
            Person.employer_id.label("bound_to"),
            Employer.state.label("employer_state"),
        )
        .join(Person, Person.id == a.person_id)
        .join(Employer, Employer.id == a.employer_id)
        .where(a.status.in_([status.value for status in OPEN]), concerned)
        .order_by(a.id)
    )
    lock_rows(session, statement, a.id)
    found = {}
    for row in session.execute(statement):
        cause = _cause(row.employer_state, row.person_state, is_bound=row.bound_to == row.employer_id)
        if cause != row.frozen_reason:
            found[row.id] = cause
    return found


def _cause(employer_state: str, person_state: str, *, is_bound: bool) -> str | None:
    if employer_state == EmployerState.SUSPENDED:
        return FrozenBy.EMPLOYER_SUSPENDED.value
    return None if is_bound and person_state == PersonState.ACTIVE else FrozenBy.PERSON_LEFT.value
