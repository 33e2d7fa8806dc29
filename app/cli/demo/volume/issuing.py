"""Cards of issued applications: numbers, validity, faces and prints as the command makes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.cli.demo.volume.life import History, Live
from app.cli.demo.volume.registrations import Firm
from app.cli.demo.volume.series import Numbers, Series
from app.cli.demo.volume.trail import Trail
from app.commands.cards import card_row, print_row
from app.domain.cards import CardState, CardVerb, after, ended_by_renewal
from app.domain.programme import FaceItem
from app.domain.roles import Actor
from app.domain.states import Verb
from app.models.card import Card, CardPrint
from app.models.ids import new_id
from app.queries.card_rows import Holder

LOST_EVERY = 60


class Issuing:
    """The cards of one employer's people; rows are written when all that happens to them is known."""

    def __init__(self, history: History, trail: Trail, numbers: Numbers) -> None:
        self._history = history
        self._trail = trail
        self._numbers = numbers
        self._series = Series(history.scene.programme)
        self._live: dict[int, dict[str, Any]] = {}
        self._holders: dict[int, tuple[Actor, dict[str, Any]]] = {}
        self._rows: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def has_card(self, person_id: int) -> bool:
        """Whether a person holds a live card."""
        return person_id in self._live

    def issue(self, lives: Sequence[Live], firm: Firm, at: datetime) -> None:
        """Issue the cards of these approved applications in one batch; older cards end first."""
        if not lives:
            return
        scene = self._history.scene
        printer, batch_no = firm.bureau.desks[scene.programme.issue.role], new_id()
        for live in lives:
            self._end(live.case.person_id, printer, at)
        for live in lives:
            self._card(live, firm, printer, batch_no, at)
        self._history.do(Verb.ISSUE, lives, printer, at, batch_id=batch_no)

    def _end(self, person_id: int, printer: Actor, at: datetime) -> None:
        card = self._live.pop(person_id, None)
        if card is None:
            return
        state = ended_by_renewal(CardState(card["state"]), card["valid_to"], self._history.scene.day(at))
        card["state"], card["lock"] = state.value, card["lock"] + 1
        self._trail.note("card", card["id"], f"end_{state}", {"by": "renewal"}, actor=printer, at=at)

    def _card(self, live: Live, firm: Firm, printer: Actor, batch_no: int, at: datetime) -> None:  # noqa: PLR0917
        scene = self._history.scene
        code = firm.bureau.code
        seq = self._numbers.next(self._series.card(code, at))
        row = card_row(live.case, self._holder(live, firm), scene.programme, now=at, seq=seq)
        row |= {"state": CardState(row["state"]).value, "state_reason": None}
        printed = print_row(row["id"], batch_no, by=printer.account_id, at=at) | {
            "handed_to": None, "handed_at": None,
        }  # fmt: skip
        self._rows.append((row, printed))
        self._live[live.case.person_id] = row
        self._holders[row["id"]] = (live.human.actor, printed)
        self._trail.note("card", row["id"], "issue", {"no": row["no"]}, actor=printer, at=at)
        handed = at + timedelta(days=4)
        if handed < scene.now:
            self._become(row, CardVerb.HAND_OVER, printer, handed)
            printed |= {"handed_to": live.back.person_name, "handed_at": handed}

    def _holder(self, live: Live, firm: Firm) -> Holder:
        photo = next((file.blob_id for file in live.files if file.slot == FaceItem.PHOTO), None)
        return Holder(
            application_id=live.case.id, programme_id=self._history.scene.offered.programme_id,
            agency_path=firm.bureau.path, agency_code=firm.bureau.code, name=live.back.person_name,
            sex=self._history.scene.sexes.get(live.back.sex, ""), employer=firm.name, category=live.category,
            values=live.frozen["data"], photo_blob_id=photo,
        )  # fmt: skip

    def _become(self, row: dict[str, Any], verb: CardVerb, actor: Actor, at: datetime) -> None:
        following = after(verb, CardState(row["state"]))
        if not isinstance(following, CardState):
            raise TypeError(f"{verb} of a card that is {row['state']}")
        payload = {"no": row["no"], "from": row["state"], "to": following.value}
        self._trail.note("card", row["id"], verb.value, payload, actor=actor, at=at)
        row["state"], row["lock"] = following.value, row["lock"] + 1

    def finish(self) -> None:
        """Report some live cards lost, and hand over the rows."""
        scene = self._history.scene
        for n, row in enumerate(list(self._live.values())):
            at = row["issued_at"] + timedelta(days=9)
            if n % LOST_EVERY == LOST_EVERY - 1 and at < scene.now:
                self._become(row, CardVerb.REPORT_LOST, self._holders[row["id"]][0], at)
        for row, printed in self._rows:
            self._history.tables.add(Card, row)
            self._history.tables.add(CardPrint, printed)
