"""Rosters of a wave: exported, sealed with a scan of their own, or with the scan returned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from app.cli.demo.volume.life import History, Live
from app.cli.demo.volume.outcomes import End
from app.cli.demo.volume.papers import store_scan
from app.cli.demo.volume.plan import Wave
from app.cli.demo.volume.registrations import Firm
from app.cli.demo.volume.trail import Trail
from app.domain.roles import Actor, Role
from app.domain.roster import MemberRow, SealHint, VerifiedBy, page_count, roster_digest, row_as_json
from app.domain.states import RosterLink, RosterState
from app.models.file import Blob, BlobPage
from app.models.ids import new_id
from app.models.roster import Roster, RosterItem, RosterScan
from app.queries.roster_rows import Frozen, Member, cells_of

RETURN_REASON = "扫描件不清晰，请重新上传盖章的汇总表。"


class Listing:
    """Makes the rosters of one employer."""

    def __init__(self, history: History, trail: Trail, firm: Firm) -> None:
        self._history = history
        self._trail = trail
        self._firm = firm

    def make(self, lives: Sequence[Live], no: str, end: End, wave: Wave) -> None:
        """Export a roster of these members and bring it to its end."""
        actor, history = self._firm.reviewer.actor, self._history
        roster_id = new_id()
        rows = [self._printed(live, at) for at, live in enumerate(lives, 1)]
        digest = roster_digest(rows)
        history.rosters[roster_id] = RosterLink(roster_id, no, RosterState.EXPORTED, digest)
        history.touch(lives, "roster_export", actor, wave.exported, ref=no, roster_id=roster_id)
        pages = page_count(len(rows))
        payload = {
            "no": no,
            "digest": digest,
            "pages": pages,
            "members": [str(row.application_id) for row in rows],
        }
        self._note(roster_id, "export", payload, actor, wave.exported)
        self._items(roster_id, rows)
        facts: dict[str, Any] = {}
        if end is not End.EXPORTED:
            gone = wave.scan_returned if end is End.SCAN_RETURNED else None
            facts = self._seal(roster_id, lives, wave, gone)
        if end is End.SCAN_RETURNED:
            facts = self._return(roster_id, lives, wave.scan_returned)
        self._row(roster_id, no, digest, size=len(rows), pages=pages, at=wave.exported, facts=facts)

    def _note(self, roster_id: int, event: str, payload: dict[str, Any], actor: Actor, at: datetime) -> None:  # noqa: PLR0917
        role = Role.EMPLOYER_REVIEWER.value
        self._trail.note("roster", roster_id, event, payload, actor=actor, at=at, role=role)

    def _printed(self, live: Live, position: int) -> MemberRow:
        frozen, human, staff = live.frozen, live.human, self._firm.service.numbered
        digests = {
            human.numbered.doc_no[0]: human.numbered.doc_no[2],
            human.numbered.mobile[0]: human.numbered.mobile[2],
            staff.mobile[0]: staff.mobile[2],
        }
        submission = cast(Frozen, SimpleNamespace(**frozen))
        member = Member(position, submission, live.case.kind, human.birth.isoformat(), digests)
        return MemberRow(live.case.id, live.case.version_no, cells_of(member, self._history.scene.page))

    def _items(self, roster_id: int, rows: Sequence[MemberRow]) -> None:
        for position, row in enumerate(rows, 1):
            item = {
                "roster_id": roster_id, "application_id": row.application_id, "position": position,
                "version_no": row.version_no, "row": row_as_json(row),
            }  # fmt: skip
            self._history.tables.add(RosterItem, item)

    def _seal(
        self, roster_id: int, lives: Sequence[Live], wave: Wave, gone: datetime | None
    ) -> dict[str, Any]:
        actor, at, history = self._firm.reviewer.actor, wave.sealed, self._history
        link = history.rosters[roster_id]
        scan = self._scan(roster_id, link.no, at, superseded=gone)
        history.rosters[roster_id] = replace(link, state=RosterState.SEALED)
        limit = history.scene.programme.stage(lives[0].case.stage_code or "").limit_days
        due = history.scene.due(at)(limit)
        history.touch(lives, "seal", actor, at, ref=link.no, is_ready=True, entered_at=at, due_at=due)
        payload = {"no": link.no, "digest": link.digest, "files": [scan], "by": VerifiedBy.CODE.value}
        self._note(roster_id, "seal", payload, actor, at)
        return {
            "state": "sealed", "verified_by": VerifiedBy.CODE.value, "sealed_at": at,
            "sealed_by": actor.account_id, "seal_hint": SealHint.FOUND.value, "lock": 1,
        }  # fmt: skip

    def _scan(self, roster_id: int, no: str, at: datetime, *, superseded: datetime | None) -> str:
        scene, tables = self._history.scene, self._history.tables
        blob, image = store_scan(scene.vault, scene.papers.scan, f"{no} {roster_id}", at)
        tables.add(Blob, blob)
        tables.add(BlobPage, image)
        row = {
            "id": new_id(), "roster_id": roster_id, "position": 1, "pages": [1], "sha256": blob["sha256"],
            "blob_id": blob["id"], "file_name": f"汇总表-{no}.jpg",
            "uploaded_by": self._firm.reviewer.actor.account_id, "uploaded_at": at, "superseded_at": superseded,
        }  # fmt: skip
        tables.add(RosterScan, row)
        digest: str = blob["sha256"]
        return digest

    def _return(self, roster_id: int, lives: Sequence[Live], at: datetime) -> dict[str, Any]:
        history = self._history
        link = history.rosters[roster_id]
        stage = history.scene.programme.stage(lives[0].case.stage_code or "")
        holder = self._firm.bureau.desks[stage.role]
        history.rosters[roster_id] = replace(link, state=RosterState.SCAN_RETURNED)
        history.touch(
            lives, "scan_return", holder, at, ref=link.no, is_ready=False, entered_at=at, due_at=None
        )  # fmt: skip
        self._trail.note(
            "roster", roster_id, "scan_return", {"no": link.no}, actor=holder, at=at, role=stage.role
        )
        return {"state": "scan_returned", "return_reason": RETURN_REASON, "lock": 2}

    def _row(
        self,
        roster_id: int,
        no: str,
        digest: str,
        *,
        size: int,
        pages: int,
        at: datetime,
        facts: dict[str, Any],
    ) -> None:
        bureau = self._firm.bureau
        row = {
            "id": roster_id, "no": no, "employer_id": self._firm.id, "county_id": bureau.id,
            "agency_path": bureau.path, "programme_version_id": self._history.scene.offered.version_id,
            "state": "exported", "digest": digest, "pages": pages, "size": size,
            "exported_by": self._firm.reviewer.actor.account_id, "exported_at": at, "verified_by": None,
            "sealed_at": None, "sealed_by": None, "seal_hint": None, "return_reason": None, "lock": 0,
        }  # fmt: skip
        self._history.tables.add(Roster, row | facts)
