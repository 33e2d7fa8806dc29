"""Rosters: make, list, one with its members, the form to print, the stamped scan (R32–R37)."""

from typing import Any

from flask import Response

from app.commands import roster_export
from app.commands import rosters as commands
from app.commands.rosters import SCAN_RULE, SCAN_TOTAL_MB, ScanTools
from app.domain.errors import NotFound
from app.domain.materials import MEGABYTE
from app.domain.roster import RosterState, SealHint, VerifiedBy
from app.queries import rosters as reading
from app.queries.rosters import RosterDetail, RosterMember, RosterRow, ScanRow
from app.web import big_uploads
from app.web.api import results, wire
from app.web.api.body import Form, Given
from app.web.api.call import ROOT, Bytes, CallApi, Takes, call
from app.web.api.shapes import Choice, Text
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.deliver import PDF, XLSX, attachment
from app.web.keys import key_of

NUMBER_LENGTH = CODE_LENGTH = 40
FIELDS: dict[str, Any] = {
    "id": wire.ID,
    "lock": wire.WHOLE,
    "no": wire.STRING,
    "state": wire.codes(RosterState),
    "employer": wire.STRING,
    "programme": wire.STRING,
    "size": wire.WHOLE,
    "pages": wire.WHOLE,
    "exported_at": wire.MOMENT,
    "sealed_at": wire.nullable(wire.MOMENT),
    "verified_by": wire.nullable(wire.codes(VerifiedBy)),
    "seal_hint": wire.nullable(wire.codes(SealHint)),
}
MEMBER = wire.of(
    id=wire.ID,
    position=wire.WHOLE,
    no=wire.nullable(wire.STRING),
    name=wire.STRING,
    version=wire.WHOLE,
    status=wire.STATUS,
    stage=wire.nullable(wire.STRING),
    is_on_roster=wire.FLAG,
)
SCAN = wire.of(
    file=wire.STRING,
    pages=wire.many(wire.WHOLE),
    uploaded_at=wire.MOMENT,
    superseded_at=wire.nullable(wire.MOMENT),
)
DETAIL = wire.of(
    **FIELDS,
    members=wire.many(MEMBER),
    scans=wire.many(SCAN),
    return_reason=wire.nullable(wire.STRING),
)
MADE = wire.of(
    id=wire.ID,
    no=wire.STRING,
    lock=wire.WHOLE,
    state=wire.codes([RosterState.EXPORTED]),
    size=wire.WHOLE,
    pages=wire.WHOLE,
)
SEALED = wire.of(
    state=wire.codes([RosterState.SEALED]), verified_by=wire.codes(VerifiedBy), seal_hint=wire.codes(SealHint)
)


class RosterApi(CallApi):
    """`/rosters`."""

    route_base = f"{ROOT}/rosters"
    class_permission_name = "Roster"
    openapi_spec_tag = "rosters"

    @call(
        "",
        about="Rosters in the caller's scope, newest first",
        right="list",
        answer=wire.page_schema(wire.of(**FIELDS)),
        takes=Takes(query={"status": Choice([state.value for state in RosterState]), **wire.PAGING}),
    )
    def directory(self, given: Given) -> object:
        """Rosters by state."""
        states = (given.query["status"],) if given.query["status"] else ()
        found = reading.rosters(read_session(), current_actor(), states=states, **wire.paging(given.query))
        return wire.page(found, _row)

    @call(
        "",
        "POST",
        about="Put exactly these approved cases, in this order, on a new roster: all or none",
        right="export",
        answer=MADE,
        status=201,
        refusals=(404, 409),
        takes=Takes(body=results.CHOSEN, key=True),
    )
    def create(self, given: Given) -> object:
        """Export: the members are frozen, the roster has its number."""
        asked = results.rows_of(given.body)
        if len(asked.ids) != len(asked.written):  # what cannot be an id is a missing case
            raise NotFound
        made = commands.export(
            engine(),
            actor=current_actor(),
            ids=asked.chosen,
            seen=asked.seen,
            now=utc_now(),
            key=given.key,
        )
        return {
            "id": str(made.id),
            "no": made.no,
            "lock": 0,
            "state": RosterState.EXPORTED.value,
            "size": made.size,
            "pages": made.pages,
        }

    @call("/<string:key>", about="One roster with members and scans", right="show", answer=DETAIL)
    def show(self, given: Given, key: str) -> object:
        """A roster in the caller's scope."""
        del given
        return _detail(reading.roster(read_session(), current_actor(), key_of(key)))

    @call(
        "/<string:key>/sheet.xlsx",
        about="The form with full numbers as a spreadsheet; every download is logged",
        right="show",
        answer=Bytes(XLSX),
    )
    def sheet_xlsx(self, given: Given, key: str) -> object:
        """The form to stamp."""
        del given
        return _sheet(key_of(key), "xlsx")

    @call(
        "/<string:key>/sheet.pdf",
        about="The form with full numbers as a PDF; every download is logged",
        right="show",
        answer=Bytes(PDF),
    )
    def sheet_pdf(self, given: Given, key: str) -> object:
        """The form to stamp."""
        del given
        return _sheet(key_of(key), "pdf")

    @call(
        "/<string:key>/scan",
        "POST",
        about="Upload the stamped sheet: all pages at once; every refusal names its page",
        right="upload",
        answer=SEALED,
        refusals=(409,),
        takes=Takes(
            form=Form(
                {"roster_no": Text(NUMBER_LENGTH)},
                "files",
                most=SCAN_RULE.max_files,
                lists={"check_codes": Text(CODE_LENGTH)},
            ),
            key=True,
        ),
    )
    def scan(self, given: Given, key: str) -> object:
        """All members become ready, or none."""
        adapters = ports()
        sealed = commands.seal(
            engine(),
            actor=current_actor(),
            roster_id=key_of(key),
            uploads=given.files,
            tools=ScanTools(adapters.vault, adapters.images, adapters.cipher),
            roster_no=given.body["roster_no"] or "",
            check_codes=given.body["check_codes"],
            now=utc_now(),
            key=given.key,
        )
        return {"state": sealed.state, "verified_by": sealed.verified_by, "seal_hint": sealed.seal_hint}


def _sheet(roster_id: int, kind: str) -> Response:
    adapters = ports()
    form = reading.sheet(read_session(), current_actor(), roster_id, cipher=adapters.cipher)
    data = adapters.pdf.roster(form) if kind == "pdf" else adapters.sheets.roster(form)
    roster_export.record_print(
        engine(), actor=current_actor(), roster_id=roster_id, file_format=kind, now=utc_now()
    )
    return attachment(data, PDF if kind == "pdf" else XLSX, f"{form.title}-{form.roster_no}.{kind}")


def _row(row: RosterRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "lock": row.lock,
        "no": row.no,
        "state": row.state,
        "employer": row.employer_name,
        "programme": row.programme_name,
        "size": row.size,
        "pages": row.pages,
        "exported_at": wire.moment(row.exported_at),
        "sealed_at": wire.moment(row.sealed_at),
        "verified_by": row.verified_by,
        "seal_hint": row.seal_hint,
    }


def _detail(found: RosterDetail) -> dict[str, Any]:
    return _row(found.row) | {
        "members": [_member(member) for member in found.members],
        "scans": [_scan(scan) for scan in found.scans],
        "return_reason": found.return_reason,
    }


def _member(member: RosterMember) -> dict[str, Any]:
    return {
        "id": str(member.application_id),
        "position": member.position,
        "no": member.no,
        "name": member.name,
        "version": member.version_no,
        "status": member.status,
        "stage": member.stage_code,
        "is_on_roster": member.is_linked,
    }


def _scan(scan: ScanRow) -> dict[str, Any]:
    return {
        "file": scan.file_name,
        "pages": list(scan.pages),
        "uploaded_at": wire.moment(scan.uploaded_at),
        "superseded_at": wire.moment(scan.superseded_at),
    }


def allow_large_scans() -> None:
    """The stamped roster has up to 40 photos."""
    big_uploads.allow("RosterApi.scan", (SCAN_TOTAL_MB + 1) * MEGABYTE)
