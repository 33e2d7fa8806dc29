"""The stamped roster: upload and verification, replacement, return, void (R33–R37, model 4)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from app.access.policy import require
from app.commands import transitions
from app.commands.employer_state import require_active
from app.commands.files import StoredFile, fingerprints, store_content
from app.commands.form import Form
from app.commands.retry import retried
from app.commands.roster_checks import (
    Members,
    load,
    refuse_moved,
    refuse_outdated,
    refuse_state,
    refuse_used,
    touch,
)
from app.commands.roster_export import Exported, export
from app.commands.roster_uploads import SCAN_RULE, SCAN_TOTAL_MB, Scan, ScanTools, read_scan
from app.commands.unit_of_work import Work, replayed, sent_once, unit_of_work
from app.domain.blocks import Block
from app.domain.errors import Blocked, Stale
from app.domain.materials import Upload
from app.domain.names import plain_text
from app.domain.roles import Actor, Permission, Role
from app.domain.roster import RosterState, SealHint
from app.domain.roster_scan import PrintedRoster, Verified, verify
from app.models.ids import new_id
from app.models.roster import Roster, RosterScan

__all__ = [
    "SCAN_RULE",
    "SCAN_TOTAL_MB",
    "Exported",
    "ScanTools",
    "Sealed",
    "export",
    "replace_scan",
    "return_scan",
    "seal",
    "void",
]

REASON_LENGTH = 500
_UNSEALED = (RosterState.EXPORTED, RosterState.SCAN_RETURNED)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An accepted scan."""

    state: str
    verified_by: str
    seal_hint: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was sent, under which key."""

    key: str | None
    request: object
    asks_back: bool
    """Whether a sheet without a recognised seal is asked about before it is accepted."""


def seal(
    engine: Engine,
    *,
    actor: Actor,
    roster_id: int,
    uploads: Sequence[Upload],
    tools: ScanTools,
    roster_no: str = "",
    check_codes: Sequence[str] = (),
    asks_back: bool = False,
    now: datetime,
    key: str | None = None,
) -> Sealed:
    """Accept the stamped sheet of an exported roster: all members become ready, or none (上传汇总表).

    Raises NotFound, InvalidInput (files), Blocked: roster_file_used, roster_already_sealed, roster_outdated
    naming the members, roster_of_other, roster_page_missing, roster_code_unreadable; with `asks_back`
    seal_not_recognised, once all else is right: the detector only advises. Source: R33–R35, T8.
    """
    _require_upload(engine, actor)
    asked = _Asked(
        key, ["seal", str(roster_id), fingerprints(uploads), roster_no, list(check_codes)], asks_back
    )
    known = replayed(engine, actor, key=key, request=asked.request, now=now)
    if known is not None:  # before the pages are read, which takes seconds
        return Sealed(**known)
    scan = read_scan(uploads, tools, roster_no=roster_no, check_codes=check_codes)
    return _upload(engine, actor, roster_id, scan, tools=tools, now=now, replacing=False, asked=asked)


def replace_scan(
    engine: Engine,
    *,
    actor: Actor,
    roster_id: int,
    uploads: Sequence[Upload],
    tools: ScanTools,
    roster_no: str = "",
    check_codes: Sequence[str] = (),
    asks_back: bool = False,
    now: datetime,
    key: str | None = None,
) -> Sealed:
    """Replace the scan of a sealed roster, until the county first opened a member (A25).

    Raises as `seal`, and Blocked: scan_opened.
    """
    _require_upload(engine, actor)
    asked = _Asked(
        key, ["replace_scan", str(roster_id), fingerprints(uploads), roster_no, list(check_codes)], asks_back
    )
    known = replayed(engine, actor, key=key, request=asked.request, now=now)
    if known is not None:
        return Sealed(**known)
    scan = read_scan(uploads, tools, roster_no=roster_no, check_codes=check_codes)
    return _upload(engine, actor, roster_id, scan, tools=tools, now=now, replacing=True, asked=asked)


def _require_upload(engine: Engine, actor: Actor) -> None:
    require(actor, Permission.ROSTER_UPLOAD)
    require_active(engine, actor)


@retried
def void(engine: Engine, *, actor: Actor, roster_id: int, lock: int | None = None, now: datetime) -> None:
    """Give up a roster that is not sealed; its members are free. Raises NotFound, Blocked, Stale."""
    require(actor, Permission.ROSTER_EXPORT)
    require_active(engine, actor)
    with unit_of_work(engine, actor, now=now) as work:
        roster, _ = _locked(work, roster_id, lock)
        if roster.state not in _UNSEALED:
            raise Blocked(Block("roster_wrong_state", {"state": roster.state}))
        transitions.void_rosters(work, [roster.id])


@retried
def return_scan(
    engine: Engine, *, actor: Actor, roster_id: int, reason: str, lock: int | None = None, now: datetime
) -> None:
    """The holder of the gate stage returns the scan: the members wait again until a better one is uploaded.

    Raises NotFound, Blocked: not_your_role, reason_required, roster_wrong_state, roster_outdated if a member
    has left the sheet or moved on. Source: A25, model 4.
    """
    require(actor, Permission.ROSTER_RETURN)
    form = Form()
    why = form.optional("reason", lambda text: plain_text(text, REASON_LENGTH), reason)
    form.finish()
    with unit_of_work(engine, actor, now=now) as work:
        roster, members = _locked(work, roster_id, lock)
        if not members.is_held_by(actor):
            raise Blocked(Block("not_your_role"))
        if roster.state != RosterState.SEALED:
            raise Blocked(Block("roster_wrong_state", {"state": roster.state}))
        if not why:
            raise Blocked(Block("reason_required"))
        refuse_moved(work.session, roster, members)
        values = {
            "state": RosterState.SCAN_RETURNED,
            "sealed_at": None,
            "sealed_by": None,
            "verified_by": None,
        }
        _change(work, roster, **values, seal_hint=None, return_reason=why)
        _supersede(work, roster)
        touch(work, roster, members, event="scan_return", ready=False)
        work.audit("roster", roster.id, "scan_return", {"no": roster.no}, role=members.gate_role)


@retried
def _upload(
    engine: Engine,
    actor: Actor,
    roster_id: int,
    scan: Scan,
    *,
    tools: ScanTools,
    now: datetime,
    replacing: bool,
    asked: _Asked,
) -> Sealed:
    known = replayed(engine, actor, key=asked.key, request=asked.request, now=now)
    if known is not None:  # the same upload was accepted while the pages of this one were read
        return Sealed(**known)
    with (
        sent_once(engine, actor, key=asked.key, request=asked.request),
        Session(engine) as session,
    ):
        _judge(session, actor, roster_id, scan, tools=tools, replacing=replacing)
        if asked.asks_back and scan.hint is not SealHint.FOUND:
            raise Blocked(Block("seal_not_recognised"))
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
    with unit_of_work(engine, actor, now=now, key=asked.key, request=asked.request) as work:
        if work.replay is not None:
            return Sealed(**work.replay)
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
        touch(work, roster, members, event=event, ready=None if replacing else True)
        payload = {
            "no": roster.no,
            "digest": roster.digest,
            "files": [f.sha256 for f in stored],
            "by": verified.by.value,
        }
        work.audit("roster", roster.id, event, payload, role=Role.EMPLOYER_REVIEWER)
        sealed = Sealed(RosterState.SEALED.value, verified.by.value, scan.hint.value)
        work.remember(asdict(sealed))
        return sealed


def _judge(
    session: Session,
    actor: Actor,
    roster_id: int,
    scan: Scan,
    *,
    tools: ScanTools,
    replacing: bool,
    lock: bool = False,
) -> tuple[Roster, Members, Verified]:
    """Everything that can be wrong with an upload, each with its own message; asked again under the lock."""
    roster, members = load(session, actor, roster_id, lock=lock)
    refuse_used(session, scan.files)
    refuse_state(session, roster, members, replacing=replacing)
    printed = PrintedRoster(roster.id, roster.no, roster.digest, roster.pages)
    verified = verify(
        scan.files, printed, roster_no=scan.roster_no, check_codes=scan.check_codes, mac=tools.cipher.mac
    )
    if isinstance(verified, Block):
        raise Blocked(verified)
    refuse_outdated(session, roster, members)
    if replacing and any(case.opened_at is not None for case in members.loaded.cases):
        raise Blocked(Block("scan_opened"))
    return roster, members, verified


def _locked(work: Work, roster_id: int, seen: int | None) -> tuple[Roster, Members]:
    roster, members = load(work.session, work.actor, roster_id, lock=True)
    if seen is not None and seen != roster.lock:
        raise Stale
    return roster, members


def _insert_scans(work: Work, roster: Roster, stored: Sequence[StoredFile], verified: Verified) -> None:
    earlier = select(func.count()).where(RosterScan.roster_id == roster.id)
    start = work.session.scalar(earlier) or 0
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
