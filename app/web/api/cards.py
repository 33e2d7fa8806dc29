"""Cards: issue in the request, the card of a number, its PDF (I3, I7)."""

from typing import Any

from app.commands import card_print, openings
from app.commands import cards as commands
from app.commands.card_print import PrintTools
from app.domain.cards import CardState
from app.domain.errors import NotFound
from app.queries import cards as reading
from app.queries.cards import CardDetail, PrintRow
from app.queries.places import card_numbers, places
from app.web.api import results, wire
from app.web.api.body import Given
from app.web.api.call import ROOT, Bytes, CallApi, Takes, call
from app.web.api.shapes import printable
from app.web.base import batch_max
from app.web.current import current_actor, engine, ports, public_url, read_session, utc_now
from app.web.deliver import PDF, attachment

NUMBER_LENGTH = 60
PRINTED = wire.of(
    results=wire.many(results.result_schema(card_no=wire.nullable(wire.STRING))),
    moved=wire.WHOLE,
    skipped=wire.WHOLE,
    job=wire.nullable(wire.ID),
)
PRINT = wire.of(
    at=wire.MOMENT,
    reason=wire.nullable(wire.STRING),
    handed_to=wire.nullable(wire.STRING),
    handed_at=wire.nullable(wire.MOMENT),
    is_newest=wire.FLAG,
)
CARD = wire.of(
    id=wire.ID,
    no=wire.STRING,
    lock=wire.WHOLE,
    state=wire.codes(CardState),
    name=wire.STRING,
    employer=wire.STRING,
    programme=wire.STRING,
    category=wire.STRING,
    valid_from=wire.DAY,
    valid_to=wire.nullable(wire.DAY),
    issued_at=wire.MOMENT,
    application_id=wire.ID,
    application_no=wire.nullable(wire.STRING),
    prints=wire.many(PRINT),
)


class CardApi(CallApi):
    """`/cards`."""

    route_base = f"{ROOT}/cards"
    class_permission_name = "Card"
    openapi_spec_tag = "cards"

    @call(
        "/print",
        "POST",
        about="Issue cards of approved cases; a job renders the PDF, the numbers stand even if it fails",
        right="print",
        answer=PRINTED,
        takes=Takes(body=results.CHOSEN, key=True),
    )
    def issue(self, given: Given) -> object:
        """A card for every approved case that may have one; the others say why not."""
        asked = results.rows_of(given.body)
        issued = commands.issue(
            engine(),
            actor=current_actor(),
            ids=asked.chosen,
            seen=asked.seen,
            pdf=ports().pdf,
            base_url=public_url(),
            now=utc_now(),
            key=given.key,
            batch_max=batch_max(),
        )
        session, actor = read_session(), current_actor()
        session.rollback()  # what this request has read is older than the command
        rows = places(session, actor, asked.chosen, moved=issued.result.moved)
        numbers = card_numbers(session, actor, issued.result.moved)
        answer = results.answer(
            asked,
            issued.result,
            {row.id: (row.status, row.stage_code) for row in rows.values()},
            lambda key: {"card_no": numbers.get(key or 0)},
        )
        return answer | {"job": wire.text_id(issued.job_id)}

    @call("/<string:no>", about="The card of a number", right="show", answer=CARD)
    def show(self, given: Given, no: str) -> object:
        """A card in the caller's scope."""
        del given
        return _card(_found(no))

    @call(
        "/<string:no>/card.pdf",
        about="The newest print of a card; every download is logged",
        right="print",
        answer=Bytes(PDF),
    )
    def pdf(self, given: Given, no: str) -> object:
        """The card to print."""
        del given
        card_id, adapters = _found(no).row.id, ports()
        newest = reading.newest_print(read_session(), current_actor(), card_id)
        tools = PrintTools(adapters.pdf, adapters.vault, adapters.images, adapters.clock.now)
        data = card_print.render_prints(engine(), [newest], base_url=public_url(), tools=tools)
        openings.record_export(
            engine(), actor=current_actor(), kind="card", object_id=card_id, detail="pdf", now=utc_now()
        )
        return attachment(data, PDF, f"{no}.pdf")


def _found(no: str) -> CardDetail:
    """The card of a number; what cannot be a number is a missing card."""
    if len(no) > NUMBER_LENGTH or not printable(no, lines=False):
        raise NotFound
    return reading.card_by_no(read_session(), current_actor(), no, now=utc_now())


def _card(found: CardDetail) -> dict[str, Any]:
    row = found.row
    return {
        "id": str(row.id),
        "no": row.no,
        "lock": row.lock,
        "state": row.state.value,
        "name": row.name,
        "employer": row.employer_name,
        "programme": row.programme_name,
        "category": row.category,
        "valid_from": wire.day(row.valid_from),
        "valid_to": wire.day(row.valid_to),
        "issued_at": wire.moment(row.issued_at),
        "application_id": str(row.application_id),
        "application_no": found.application_no,
        "prints": [_print(printed) for printed in found.prints],
    }


def _print(printed: PrintRow) -> dict[str, Any]:
    return {
        "at": wire.moment(printed.at),
        "reason": printed.reason,
        "handed_to": printed.handed_to,
        "handed_at": wire.moment(printed.handed_at),
        "is_newest": printed.is_newest,
    }
