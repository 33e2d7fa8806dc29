"""The stamped roster: upload and verification, replacement, return, void (R33–R37, model 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from app.access.policy import require
from app.access.scope import visible
from app.commands import transitions
from app.commands.employer_state import require_active
from app.commands.files import StoredFile, check_all, field_error, store_content
from app.commands.form import Form
from app.commands.roster_export import Exported, export, names_by_id
from app.commands.unit_of_work import Work, unit_of_work
from app.domain.blocks import Block
from app.domain.errors import Blocked, FieldError, InvalidInput, NotFound, Stale, TooLarge
from app.domain.materials import (
    MEGABYTE,
    REFUSALS,
    FileFacts,
    FileRefused,
    FileRule,
    Refusal,
    Upload,
    clean_file_name,
)
from app.domain.names import plain_text
from app.domain.ports import Cipher, ImageTools, Vault
from app.domain.programme import Programme, RosterGate
from app.domain.roles import Actor, Permission, Role
from app.domain.roster import (
    MemberRow,
    RosterState,
    SealHint,
    cells_from_json,
    changed_members,
)
from app.domain.roster_members import is_gated, stays_on_roster
from app.domain.roster_scan import SEPARATOR, PrintedRoster, ScannedFile, Verified, verify
from app.domain.states import Case, agency_of
from app.domain.text import N_
from app.models.ids import new_id
from app.models.roster import Roster, RosterItem, RosterScan
from app.queries.calendar import calendar
from app.queries.cases import Loaded, load_unscoped
from app.queries.roster_rows import member_rows

__all__ = ["Exported", "Sealed", "export", "replace_scan", "return_scan", "seal", "void"]

SCAN_RULE = FileRule(max_mb=12, max_files=40)
SCAN_TOTAL_MB = 120
FIELD = "files"
REASON_LENGTH = 500
CHOOSE_FILE = N_("Please choose the pictures or the scan of the stamped sheet.")
_UNSEALED = (RosterState.EXPORTED, RosterState.SCAN_RETURNED)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An accepted scan."""

    state: str
    verified_by: str
    seal_hint: str


@dataclass(frozen=True, slots=True)
class _Scan:
    """An upload, decoded: its files with what was read on them, and what was typed beside them."""

    uploads: tuple[Upload, ...]
    facts: tuple[FileFacts, ...]
    files: tuple[ScannedFile, ...]
    roster_no: str
    check_codes: tuple[str, ...]
    hint: SealHint


@dataclass(frozen=True, slots=True)
class ScanTools:
    """The adapters an upload needs."""

    vault: Vault
    images: ImageTools
    cipher: Cipher


def seal(
    engine: Engine,
    *,
    actor: Actor,
    roster_id: int,
    uploads: Sequence[Upload],
    tools: ScanTools,
    roster_no: str = "",
    check_codes: Sequence[str] = (),
    now: datetime,
) -> Sealed:
    """Accept the stamped sheet of an exported roster: all members become ready, or none (上传汇总表).

    Raises NotFound, InvalidInput (files), Blocked: roster_file_used, roster_already_sealed, roster_outdated naming
    the members, roster_of_other, roster_page_missing, roster_code_unreadable. Source: R33–R35, T8.
    """
    return _upload(
        engine, actor, roster_id, _read(actor, engine, uploads, tools, roster_no=roster_no, check_codes=check_codes),
        tools=tools, now=now, replacing=False,
    )  # fmt: skip


def replace_scan(
    engine: Engine,
    *,
    actor: Actor,
    roster_id: int,
    uploads: Sequence[Upload],
    tools: ScanTools,
    roster_no: str = "",
    check_codes: Sequence[str] = (),
    now: datetime,
) -> Sealed:
    """Replace the scan of a sealed roster, until the county first opened a member (A25). Raises as `seal`, scan_opened."""
    return _upload(
        engine, actor, roster_id, _read(actor, engine, uploads, tools, roster_no=roster_no, check_codes=check_codes),
        tools=tools, now=now, replacing=True,
    )  # fmt: skip


def void(engine: Engine, *, actor: Actor, roster_id: int, lock: int | None = None, now: datetime) -> None:
    """Give up a roster that is not sealed; its members can stand on another. Raises NotFound, Blocked, Stale."""
    require(actor, Permission.ROSTER_EXPORT)
    require_active(engine, actor)
    with unit_of_work(engine, actor, now=now) as work:
        roster = _locked(work, roster_id, lock)
        if roster.state not in _UNSEALED:
            raise Blocked(Block("roster_wrong_state", {"state": roster.state}))
        transitions.void_rosters(work, [roster.id])


def return_scan(
    engine: Engine, *, actor: Actor, roster_id: int, reason: str, lock: int | None = None, now: datetime
) -> None:
    """The holder of the gate stage returns the scan: the members wait again until a better one is uploaded.

    Raises NotFound, Blocked: not_your_role, reason_required, roster_wrong_state, roster_outdated when a member has
    left the sheet or moved on. Source: A25, model 4.
    """
    require(actor, Permission.ROSTER_RETURN)
    form = Form()
    why = form.optional("reason", lambda text: plain_text(text, REASON_LENGTH), reason)
    form.finish()
    with unit_of_work(engine, actor, now=now) as work:
        roster = _locked(work, roster_id, lock)
        members = _members(work.session, actor, roster)
        if not _holds_gate(actor, members):
            raise Blocked(Block("not_your_role"))
        if roster.state != RosterState.SEALED:
            raise Blocked(Block("roster_wrong_state", {"state": roster.state}))
        if not why:
            raise Blocked(Block("reason_required"))
        _refuse_moved(work, roster, members)
        values = {
            "state": RosterState.SCAN_RETURNED,
            "sealed_at": None,
            "sealed_by": None,
            "verified_by": None,
        }
        _change(work, roster, **values, seal_hint=None, return_reason=why)
        _supersede(work, roster)
        _touch(work, roster, members, event="scan_return", ready=False)
        work.audit("roster", roster.id, "scan_return", {"no": roster.no}, role=_gate_role(members))


@dataclass(frozen=True, slots=True)
class _Members:
    """The members of a roster: what was printed, and the cases now, locked."""

    items: tuple[RosterItem, ...]
    loaded: Loaded

    @property
    def cases(self) -> dict[int, Case]:
        return {case.id: case for case in self.loaded.cases}

    @property
    def programme(self) -> Programme:
        return self.loaded.programmes[self.loaded.cases[0].version_id]


def _read(
    actor: Actor,
    engine: Engine,
    uploads: Sequence[Upload],
    tools: ScanTools,
    *,
    roster_no: str,
    check_codes: Sequence[str],
) -> _Scan:
    """Decode every file and read its codes, before anything is stored or locked."""
    require(actor, Permission.ROSTER_UPLOAD)
    require_active(engine, actor)
    if not uploads:
        raise InvalidInput(FieldError(FIELD, "required", CHOOSE_FILE))
    total = sum(len(upload.data) for upload in uploads)
    if total > SCAN_TOTAL_MB * MEGABYTE:
        params = {"file": "", "size_mb": f"{total / MEGABYTE:.0f}", "max_mb": SCAN_TOTAL_MB}
        raise TooLarge(FieldError(FIELD, Refusal.TOO_LARGE, REFUSALS[Refusal.TOO_LARGE], params))
    facts = check_all(uploads, rule=SCAN_RULE, field=FIELD, images=tools.images)
    files = tuple(_scanned(upload, fact, tools.images) for upload, fact in zip(uploads, facts, strict=True))
    hint = _hint(uploads, facts, tools.images)
    return _Scan(tuple(uploads), facts, files, roster_no, tuple(check_codes), hint)


def _scanned(upload: Upload, facts: FileFacts, images: ImageTools) -> ScannedFile:
    try:
        pages = images.scan(upload.data, facts.type)
    except FileRefused as refused:
        raise InvalidInput(field_error(FIELD, refused, upload.file_name)) from refused
    return ScannedFile(clean_file_name(upload.file_name), sha256(upload.data).hexdigest(), pages)


def _hint(uploads: Sequence[Upload], facts: Sequence[FileFacts], images: ImageTools) -> SealHint:
    """The best of what the detector says about the files; it only advises, so its failure is no refusal."""
    hints = set()
    for upload, fact in zip(uploads, facts, strict=True):
        try:
            hints.add(images.seal_hint(upload.data, fact.type))
        except FileRefused:
            continue
        if SealHint.FOUND in hints:
            return SealHint.FOUND
    return SealHint.NOT_FOUND if SealHint.NOT_FOUND in hints else SealHint.GREY


def _upload(
    engine: Engine,
    actor: Actor,
    roster_id: int,
    scan: _Scan,
    *,
    tools: ScanTools,
    now: datetime,
    replacing: bool,
) -> Sealed:
    with Session(engine) as session:
        _judge(session, actor, roster_id, scan, tools=tools, replacing=replacing)
    stored = [
        store_content(
            engine,
            actor=actor,
            data=upload.data,
            facts=facts,
            name=upload.file_name,
            vault=tools.vault,
            now=now,
        )
        for upload, facts in zip(scan.uploads, scan.facts, strict=True)
    ]
    with unit_of_work(engine, actor, now=now) as work:
        roster, members, verified = _judge(
            work.session, actor, roster_id, scan, tools=tools, replacing=replacing, lock=True
        )
        if replacing:
            _supersede(work, roster)
        _insert_scans(work, roster, stored, verified)
        facts = {
            "sealed_at": now,
            "sealed_by": actor.account_id,
            "verified_by": verified.by,
            "seal_hint": scan.hint,
        }
        _change(work, roster, state=RosterState.SEALED, return_reason=None, **facts)
        event = "scan_replace" if replacing else "seal"
        _touch(work, roster, members, event=event, ready=None if replacing else True)
        payload = {
            "no": roster.no,
            "digest": roster.digest,
            "files": [f.sha256 for f in stored],
            "by": verified.by.value,
        }
        work.audit("roster", roster.id, event, payload, role=Role.EMPLOYER_REVIEWER)
        return Sealed(RosterState.SEALED, verified.by, scan.hint)


def _judge(
    session: Session,
    actor: Actor,
    roster_id: int,
    scan: _Scan,
    *,
    tools: ScanTools,
    replacing: bool,
    lock: bool = False,
) -> tuple[Roster, _Members, Verified]:
    """Everything that can be wrong with an upload, each with its own message; asked again under the lock."""
    roster = _load(session, actor, roster_id, lock=lock)
    _refuse_used(session, scan.files)
    members = _members(session, actor, roster, lock=lock)
    _refuse_state(session, roster, members, replacing=replacing)
    printed = PrintedRoster(roster.id, roster.no, roster.digest, roster.pages)
    verified = verify(
        scan.files, printed, roster_no=scan.roster_no, check_codes=scan.check_codes, mac=tools.cipher.mac
    )
    if isinstance(verified, Block):
        raise Blocked(verified)
    _refuse_outdated(session, roster, members)
    if replacing and any(case.opened_at is not None for case in members.loaded.cases):
        raise Blocked(Block("scan_opened"))
    return roster, members, verified


def _load(session: Session, actor: Actor, roster_id: int, *, lock: bool) -> Roster:
    statement = visible(select(Roster).where(Roster.id == roster_id), actor)
    roster: Roster | None = session.scalar(statement.with_for_update(of=Roster) if lock else statement)
    if roster is None:
        raise NotFound
    return roster


def _locked(work: Work, roster_id: int, seen: int | None) -> Roster:
    roster = _load(work.session, work.actor, roster_id, lock=True)
    if seen is not None and seen != roster.lock:
        raise Stale
    return roster


def _members(session: Session, actor: Actor, roster: Roster, *, lock: bool = True) -> _Members:
    items = session.scalars(
        select(RosterItem).where(RosterItem.roster_id == roster.id).order_by(RosterItem.position)
    ).all()
    loaded = load_unscoped(session, actor, [item.application_id for item in items], lock=lock)
    return _Members(tuple(items), loaded)


def _refuse_used(session: Session, files: Sequence[ScannedFile]) -> None:
    """One file proves one roster, once and for all (R35)."""
    digests = [file.sha256 for file in files]
    used = set(session.scalars(select(RosterScan.sha256).where(RosterScan.sha256.in_(digests))))
    used |= {digest for digest in digests if digests.count(digest) > 1}
    names = dict.fromkeys(file.file_name for file in files if file.sha256 in used)
    if names:
        raise Blocked(Block("roster_file_used", {"file": SEPARATOR.join(names)}))


def _refuse_state(session: Session, roster: Roster, members: _Members, *, replacing: bool) -> None:
    if roster.state == RosterState.VOID:
        moved = _moved(roster, members)
        if moved:
            raise Blocked(_outdated(session, moved))
        raise Blocked(Block("roster_wrong_state", {"state": roster.state}))
    if replacing and roster.state != RosterState.SEALED:
        raise Blocked(Block("roster_wrong_state", {"state": roster.state}))
    if not replacing and roster.state == RosterState.SEALED:
        raise Blocked(Block("roster_already_sealed"))


def _moved(roster: Roster, members: _Members) -> list[int]:
    """Members that are no longer what the sheet says; of a void roster those that left the gate or their version."""
    cases = members.cases
    programme = members.programme
    gone = []
    for item in members.items:
        case = cases[item.application_id]
        if roster.state == RosterState.VOID:
            here = case.version_no == item.version_no and (
                is_gated(case, programme) or programme.settings.roster_gate is RosterGate.ADVISORY
            )
        else:
            here = stays_on_roster(case, programme, roster_id=roster.id, version_no=item.version_no)
        if not here:
            gone.append(item.application_id)
    return gone


def _refuse_moved(work: Work, roster: Roster, members: _Members) -> None:
    moved = _moved(roster, members)
    if moved:
        raise Blocked(_outdated(work.session, moved))


def _refuse_outdated(session: Session, roster: Roster, members: _Members) -> None:
    """Every printed member is where it was, and its row would be printed the same today."""
    moved = _moved(roster, members)
    if not moved:
        ids = [item.application_id for item in members.items]
        printed = [
            MemberRow(i.application_id, i.version_no, cells_from_json(i.row or ())) for i in members.items
        ]
        moved = list(changed_members(printed, member_rows(session, members.programme, ids)))
    if moved:
        raise Blocked(_outdated(session, moved))


def _outdated(session: Session, ids: Sequence[int]) -> Block:
    names = names_by_id(session, ids)
    return Block("roster_outdated", {"who": SEPARATOR.join(names[i] for i in ids)})


def _insert_scans(work: Work, roster: Roster, stored: Sequence[StoredFile], verified: Verified) -> None:
    start = len(work.session.scalars(select(RosterScan.id).where(RosterScan.roster_id == roster.id)).all())
    rows = [
        {
            "id": new_id(),
            "roster_id": roster.id,
            "position": start + position,
            "pages": list(pages),
            "sha256": file.sha256,
            "blob_id": file.blob_id,
            "file_name": file.file_name,
            "uploaded_by": work.actor.account_id,
            "uploaded_at": work.now,
        }
        for position, (file, pages) in enumerate(zip(stored, verified.pages, strict=True), 1)
    ]
    work.session.execute(insert(RosterScan), rows)


def _supersede(work: Work, roster: Roster) -> None:
    live = (RosterScan.roster_id == roster.id, RosterScan.superseded_at.is_(None))
    work.session.execute(update(RosterScan).where(*live).values(superseded_at=work.now))


def _change(work: Work, roster: Roster, **values: object) -> None:
    changed = update(Roster).where(Roster.id == roster.id, Roster.lock == roster.lock)
    done = work.session.execute(changed.values(lock=roster.lock + 1, **values).returning(Roster.id)).first()
    if done is None:
        raise Stale


def _touch(work: Work, roster: Roster, members: _Members, *, event: str, ready: bool | None) -> None:
    """Raise the lock of every member; at the gate `ready` opens or closes it, and opening starts the working days."""
    days = calendar(work.session)
    programme = members.programme
    moves = []
    for case in members.loaded.cases:
        changes: dict[str, object] = {}
        if ready is not None and is_gated(case, programme):
            limit = programme.stage(case.stage_code or "").limit_days
            due = days.due_at(work.now, limit) if ready and limit is not None else None
            changes = {"is_ready": ready, "entered_at": work.now, "due_at": due}
        moves.append(transitions.Move(case, transitions.kept(case, **changes)))
    loaded = members.loaded
    transitions.touch(
        work, moves, event=event, programmes=loaded.programmes, digests=loaded.digests, ref=roster.no
    )


def _gate_role(members: _Members) -> str:
    gate = members.programme.gate
    return gate.role if gate is not None else ""


def _holds_gate(actor: Actor, members: _Members) -> bool:
    gate, case = members.programme.gate, members.loaded.cases[0]
    if gate is None or gate.role not in actor.roles:
        return False
    return actor.agency_id == agency_of(gate.party, county_id=case.county_id, city_id=case.city_id)
