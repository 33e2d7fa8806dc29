"""What the page of a roster shows: steps, printed members, scans, what may be done (R32–R36)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request
from flask_babel import gettext, lazy_gettext, ngettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from app.domain.roles import AccountKind, Actor, Permission
from app.domain.roster import RosterState, SealHint
from app.queries import stored_files
from app.queries.rosters import RosterDetail, RosterMember, ScanRow, may_print
from app.web import files, labels
from app.web.pages import stages
from app.web.pages.employer_desk import FileTab

_ = lazy_gettext
HINTS: Mapping[str, LazyString] = {
    SealHint.FOUND: _("Something like a red seal is on the sheet."),
    SealHint.NOT_FOUND: _("No red seal was recognised on the sheet. Please look at it."),
    SealHint.GREY: _("The scan has no colours, so a seal cannot be recognised. Please look at it."),
}
OWN_HINTS: Mapping[str, LazyString] = {
    SealHint.FOUND: HINTS[SealHint.FOUND],
    SealHint.NOT_FOUND: _("No red seal was recognised on the sheet. The county bureau will look at it."),
    SealHint.GREY: _(
        "The scan has no colours, so a seal cannot be recognised. The county bureau will look at it."
    ),
}
"""What the detector says, to officers and to the employer: who looks is part of it."""
UNSEALED = frozenset({RosterState.EXPORTED, RosterState.SCAN_RETURNED})


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One printed member and where the case is now; `gone` says that it left the sheet."""

    cells: Sequence[str]
    name: str
    url: str
    status: str
    gone: bool


@dataclass(frozen=True, slots=True)
class RosterPage:
    """Everything the template loops over."""

    roster: RosterDetail
    columns: Sequence[str]
    members: Sequence[MemberLine]
    files: Sequence[FileTab]
    old_files: Sequence[FileTab]
    facts: Sequence[tuple[str, object]]
    step: int
    hint: str
    hint_is_good: bool
    checked_by_hand: bool
    gone: Sequence[str]
    may_upload: bool
    may_replace: bool
    replace_blocked: bool
    may_void: bool
    may_return: bool
    may_print: bool


def roster_page(session: Session, actor: Actor, found: RosterDetail) -> RosterPage:
    """Prepare the page for this account; the commands judge again."""
    row, state = found.row, RosterState(found.row.state)
    own = actor.kind is AccountKind.EMPLOYER
    uploads = own and actor.may(Permission.ROSTER_UPLOAD)
    old = tuple(scan for scan in found.scans if scan.superseded_at is not None)
    return RosterPage(
        roster=found,
        columns=found.columns,
        members=[_member(member, state) for member in found.members],
        files=_tabs(session, found.live_scans),
        old_files=_tabs(session, old),
        facts=_facts(found),
        step=3 if state is RosterState.SEALED else 2,
        hint=str((OWN_HINTS if own else HINTS).get(row.seal_hint or "", "")),
        hint_is_good=row.seal_hint == SealHint.FOUND,
        checked_by_hand=row.verified_by == "typed",
        gone=[
            member.name for member in found.members if not member.is_linked and state is not RosterState.VOID
        ],
        may_upload=uploads and state in UNSEALED,
        may_replace=uploads and state is RosterState.SEALED and not found.is_opened,
        replace_blocked=uploads and state is RosterState.SEALED and found.is_opened,
        may_void=own and actor.may(Permission.ROSTER_EXPORT) and state in UNSEALED,
        may_return=actor.may(Permission.ROSTER_RETURN) and state is RosterState.SEALED,
        may_print=state is not RosterState.VOID and may_print(actor),
    )


def _facts(found: RosterDetail) -> list[tuple[str, object]]:
    row = found.row
    lines: list[tuple[str, object]] = [
        (gettext("Employer"), row.employer_name),
        (gettext("Programme"), row.programme_name),
        (gettext("Members"), row.size),
        (gettext("Number of pages"), row.pages),
        (gettext("Exported"), row.exported_at),
        (gettext("Exported by"), found.exported_by),
    ]
    if row.sealed_at is not None:
        lines += [
            (gettext("Uploaded on"), row.sealed_at),
            (gettext("Recognised"), labels.label("verified_by", row.verified_by)),
        ]
    return lines


def _member(member: RosterMember, state: RosterState) -> MemberLine:
    return MemberLine(
        cells=member.cells,
        name=member.name,
        url=stages.case_url(member.application_id, back=request.path),
        status=member.status,
        gone=not member.is_linked and state is not RosterState.VOID,
    )


def _tabs(session: Session, scans: Sequence[ScanRow]) -> list[FileTab]:
    pages = stored_files.page_counts(session, [scan.blob_id for scan in scans])
    return [_tab(scan, pages.get(scan.blob_id, 1)) for scan in scans]


def _tab(scan: ScanRow, pages: int) -> FileTab:
    link = files.scan(scan.id)
    said = ngettext(
        "Page %(pages)s", "Pages %(pages)s", len(scan.pages), pages=", ".join(map(str, scan.pages))
    )
    return FileTab(
        f"scan{scan.id}",
        said if scan.pages else scan.file_name,
        link.pages(pages),
        link.download,
        link.preview,
        link.view,
    )
