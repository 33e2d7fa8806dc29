"""Rosters: the list, one with its members and scans, and the form to print (R32–R36)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import require
from app.access.scope import visible
from app.domain.errors import NotAllowed, NotFound, Unavailable
from app.domain.ports import Cipher
from app.domain.programme import Programme
from app.domain.roles import Actor, Permission
from app.domain.roster import (
    Cell,
    PageMarks,
    RosterSheet,
    cells_from_json,
    check_code,
    page_code,
)
from app.domain.worktime import local_day
from app.models.account import Account
from app.models.application import Application, Submission
from app.models.employer import Employer
from app.models.programme import Programme as ProgrammeRow
from app.models.programme import ProgrammeVersion
from app.models.roster import Roster, RosterItem, RosterScan
from app.models.work import SecretValue
from app.queries.paging import Order, Page, capped_count, chunks, page_of
from app.queries.programmes import programmes_of
from app.queries.roster_rows import width_of


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One roster in a list."""

    id: int
    lock: int
    no: str
    employer_id: int
    employer_name: str
    programme_name: str
    state: str
    size: int
    pages: int
    exported_at: datetime
    sealed_at: datetime | None
    verified_by: str | None
    seal_hint: str | None


@dataclass(frozen=True, slots=True)
class RosterMember:
    """A printed member with where its case is now; `is_linked`: whether it still stands on this roster."""

    application_id: int
    position: int
    version_no: int
    no: str | None
    name: str
    cells: tuple[str, ...]
    status: str
    stage_code: str | None
    is_linked: bool
    is_opened: bool


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One uploaded file of the stamped sheet; superseded ones stay as evidence."""

    id: int
    position: int
    file_name: str
    pages: tuple[int, ...]
    blob_id: int
    uploaded_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True, slots=True)
class RosterDetail:
    """A roster with its members in printed order and its scans; numbers are masked."""

    row: RosterRow
    title: str
    columns: tuple[str, ...]
    members: tuple[RosterMember, ...]
    scans: tuple[ScanRow, ...]
    exported_by: str
    return_reason: str | None

    @property
    def live_scans(self) -> tuple[ScanRow, ...]:
        """The scans that prove the roster now."""
        return tuple(scan for scan in self.scans if scan.superseded_at is None)

    @property
    def is_opened(self) -> bool:
        """Whether the county has opened a member since: the scan can then only be returned by it (A25)."""
        return any(member.is_opened for member in self.members)


def _rows() -> Any:
    r = Roster
    return (
        select(
            r.id, r.lock, r.no, r.employer_id, Employer.name.label("employer_name"), ProgrammeRow.short_name,
            r.state, r.size, r.pages, r.exported_at, r.sealed_at, r.verified_by, r.seal_hint,
        )
        .select_from(r)
        .join(Employer, Employer.id == r.employer_id)
        .join(ProgrammeVersion, ProgrammeVersion.id == r.programme_version_id)
        .join(ProgrammeRow, ProgrammeRow.id == ProgrammeVersion.programme_id)
    )  # fmt: skip


def _row(row: Any) -> RosterRow:
    return RosterRow(*row)


def rosters(
    session: Session, actor: Actor, *, states: Sequence[str] = (), cursor: str | None = None, limit: int = 50
) -> Page[RosterRow]:
    """The rosters in the actor's scope, newest first, of these states (all if none is named)."""
    require(actor, Permission.ROSTER_LIST)
    order = Order(Roster.id, Roster.exported_at, ascending=False)
    return page_of(session, _of_states(actor, states), _row, order=order, cursor=cursor, limit=limit)


def _of_states(actor: Actor, states: Sequence[str]) -> Any:
    statement = visible(_rows(), actor, Roster)
    return statement.where(Roster.state.in_(states)) if states else statement


def every_roster(session: Session, actor: Actor, *, states: Sequence[str] = ()) -> Iterator[RosterRow]:
    """The rows of the list, all of them in chunks and the same order."""
    require(actor, Permission.ROSTER_LIST)
    keys = ((Roster.exported_at, False), (Roster.id, False))
    for rows in chunks(session, _of_states(actor, states), keys):
        yield from (_row(row[: -len(keys)]) for row in rows)


def how_many_rosters(session: Session, actor: Actor, *, states: Sequence[str] = ()) -> int:
    """The number of rows of the list, at most to the cap."""
    require(actor, Permission.ROSTER_LIST)
    return capped_count(session, _of_states(actor, states))


def state_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many rosters of each state the actor sees."""
    require(actor, Permission.ROSTER_LIST)
    counted = visible(select(Roster.state, func.count()).group_by(Roster.state), actor, Roster)
    return {row[0]: row[1] for row in session.execute(counted)}


def roster(session: Session, actor: Actor, roster_id: int) -> RosterDetail:
    """One roster. Raises NotFound for foreign and missing alike."""
    require(actor, Permission.ROSTER_SHOW)
    found = session.execute(visible(_rows().where(Roster.id == roster_id), actor, Roster)).first()
    if found is None:
        raise NotFound
    stored = session.get_one(Roster, roster_id)
    programme = _programme(session, stored)
    scans = session.scalars(
        select(RosterScan)
        .where(RosterScan.roster_id == roster_id)
        .order_by(RosterScan.position, RosterScan.id)
    )
    exporter = session.scalar(select(Account.full_name).where(Account.id == stored.exported_by))
    return RosterDetail(
        row=_row(found),
        title=programme.roster_title,
        columns=tuple(column.title for column in programme.roster.columns) if programme.roster else (),
        members=_members(session, roster_id),
        scans=tuple(_scan(scan) for scan in scans),
        exported_by=exporter or "",
        return_reason=stored.return_reason,
    )


def _programme(session: Session, stored: Roster) -> Programme:
    return programmes_of(session, (stored.programme_version_id,))[stored.programme_version_id]


def _members(session: Session, roster_id: int) -> tuple[RosterMember, ...]:
    i, a, s = RosterItem, Application, Submission
    rows = session.execute(
        select(i, a.no, a.status, a.stage_code, a.roster_id, a.opened_at, s.person_name)
        .join(a, a.id == i.application_id)
        .join(s, (s.application_id == i.application_id) & (s.n == i.version_no))
        .where(i.roster_id == roster_id)
        .order_by(i.position)
    )
    return tuple(
        RosterMember(
            application_id=row.RosterItem.application_id,
            position=row.RosterItem.position,
            version_no=row.RosterItem.version_no,
            no=row.no,
            name=row.person_name,
            cells=tuple(cell.text for cell in cells_from_json(row.RosterItem.row or ())),
            status=row.status,
            stage_code=row.stage_code,
            is_linked=row.roster_id == roster_id,
            is_opened=row.opened_at is not None,
        )
        for row in rows
    )


def _scan(scan: RosterScan) -> ScanRow:
    return ScanRow(
        scan.id,
        scan.position,
        scan.file_name,
        tuple(scan.pages),
        scan.blob_id,
        scan.uploaded_at,
        scan.superseded_at,
    )


def may_print(actor: Actor) -> bool:
    """Whether the actor may have the form with full numbers."""
    may = actor.may(Permission.ROSTER_EXPORT) or actor.may(Permission.REVEAL)
    return may and actor.may(Permission.ROSTER_SHOW) and not actor.is_superuser


def sheet(session: Session, actor: Actor, roster_id: int, *, cipher: Cipher) -> RosterSheet:
    """The form of a roster with full numbers, as it was exported: the same digest, whenever it is printed.

    Only who makes rosters, or may see numbers in full, gets it; a superuser never (D8, I10). The caller logs the
    access. Raises NotAllowed, NotFound; Unavailable if a member's numbers were erased.
    """
    if not may_print(actor):
        raise NotAllowed
    stored = session.scalar(visible(select(Roster).where(Roster.id == roster_id), actor))
    if stored is None:
        raise NotFound
    programme = _programme(session, stored)
    form = programme.roster
    if form is None:
        raise NotFound
    items = session.scalars(
        select(RosterItem).where(RosterItem.roster_id == roster_id).order_by(RosterItem.position)
    )
    rows = [cells_from_json(item.row or ()) for item in items]
    numbers = _numbers(session, rows, cipher)
    return RosterSheet(
        title=programme.roster_title,
        roster_no=stored.no,
        employer=session.scalars(select(Employer.name).where(Employer.id == stored.employer_id)).one(),
        exported_on=local_day(stored.exported_at),
        head=form.head,
        columns=tuple(column.title for column in form.columns),
        widths=tuple(width_of(column.source) for column in form.columns),
        rows=tuple(tuple(_printed(cell, numbers) for cell in row) for row in rows),
        foot=form.foot,
        marks=_marks(stored, cipher),
    )


def _numbers(session: Session, rows: Sequence[Sequence[Cell]], cipher: Cipher) -> dict[int, str]:
    ids = {cell.secret_id for row in rows for cell in row if cell.secret_id is not None}
    found = session.execute(select(SecretValue.id, SecretValue.enc).where(SecretValue.id.in_(ids)))
    return {
        row.id: cipher.open("secret_value", "enc", row.id, row.enc) for row in found if row.enc is not None
    }


def _printed(cell: Cell, numbers: Mapping[int, str]) -> str:
    if cell.secret_id is None:
        return cell.text
    if cell.secret_id not in numbers:
        raise Unavailable
    return numbers[cell.secret_id].removeprefix("+86")


def _marks(stored: Roster, cipher: Cipher) -> tuple[PageMarks, ...]:
    pages = range(1, stored.pages + 1)
    return tuple(
        PageMarks(
            str(page_code(stored.id, page, stored.pages, digest=stored.digest, mac=cipher.mac)),
            check_code(stored.id, page, stored.pages, digest=stored.digest, mac=cipher.mac),
        )
        for page in pages
    )
