"""The decisions of the review desk: which are offered, which blocked and why, what each asks for (D11)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from app.domain.form import TargetKind
from app.domain.programme import ReasonFor
from app.domain.roles import Actor
from app.domain.roster import SealHint
from app.domain.states import Status, Verb
from app.domain.workflow import reasons_for
from app.queries.decisions import Action
from app.queries.desk import DeskCase, Place
from app.queries.scans import Scan
from app.web import labels
from app.web.forms.desk import target_name
from app.web.pages import cases
from app.web.pages.stages import Queue

DECIDING = (Verb.BACK, Verb.REJECT, Verb.SEND_BACK, Verb.APPROVE)
LOOKS = {
    Verb.BACK: ("chevrons-left", "", ""),
    Verb.REJECT: ("ban", "danger", ""),
    Verb.SEND_BACK: ("arrow-back-up", "danger", "r"),
    Verb.APPROVE: ("check", "approve", "a"),
}
MORE = (Verb.PULL_BACK, Verb.CLAIM, Verb.RELEASE, Verb.CANCEL)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the page is made from."""

    found: DeskCase
    actor: Actor
    now: datetime
    queue: Queue | None = None
    place: Place | None = None
    scans: Sequence[Scan] = ()
    service_phone: str = ""
    undo: Mapping[str, Any] | None = None
    errors: Sequence[str] = ()
    posted: Mapping[str, str] | None = None
    ticked: frozenset[str] = frozenset()
    came_from: tuple[str, str] | None = None
    """Title and address of the list the reviewer came from."""
    refused: str = ""
    """The verb that was posted and refused: its dialog opens again with everything typed."""

    @property
    def unseen(self) -> int:
        """How many files of the present version this account has not opened."""
        seen, current = self.found.seen_by(self.actor), self.found.current
        return sum(file.slot not in seen for file in current.files) if current else 0

    @property
    def is_holder(self) -> bool:
        """Whether some decision is offered here to this account, allowed or not."""
        return any(self.action(verb) is not None for verb in DECIDING)

    def action(self, verb: Verb) -> Action | None:
        """A verb with its blocks; None where it is not this account's or this stage's to do at all."""
        action = next((entry for entry in self.found.actions if entry.verb is verb), None)
        if action is None or any(block.code in _NOT_HERE for block in action.blocks):
            return None
        return action


_NOT_HERE = frozenset(
    {"not_your_role", "wrong_status", "wrong_stage", "verdict_not_offered", "superuser_never_decides"}
)


def decisions(desk: Desk) -> dict[str, Any]:
    """The decision bar with its dialogs, and what stands under “more”."""
    found = desk.found
    offered = [_decision(desk, action) for verb in DECIDING if (action := desk.action(verb)) is not None]
    posted = desk.posted or {}
    targets = list(_targets(desk)) if offered else []
    return {
        "deciding": offered,
        "refused": desk.refused,
        "return_error": _return_error(desk, targets),
        "reject_reason": posted.get("reason_code", ""),
        "reject_error": _reject_error(desk),
        "blocked": _blocked(offered),
        "decide_url": url_for("DeskView.decide", key=found.case.id),
        "opening_url": url_for("DeskView.opened", key=found.case.id) if offered else "",
        "why_not": "" if offered else why_not(desk),
        "notes": list(_notes(found)),
        "keep": f"{found.case.id}:{found.case.lock}",
        "opinion": posted.get("opinion", ""),
        "opinion_hint": _opinion_hint(desk),
        "phrases": found.phrases,
        "targets": targets,
        "more": [_further(desk, action) for verb in MORE if (action := _offered(desk, verb)) is not None],
    }


def _opinion_hint(desk: Desk) -> str:
    """Who reads the opinion; only the words of “one step back” stay between the offices."""
    if desk.action(Verb.BACK) is None:
        return gettext("Opinion (the applicant sees it)")
    return gettext("Opinion (the applicant sees it, except with “back one step”)")


def _blocked(offered: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Why decisions are blocked; one line for those that share their reasons."""
    lines: dict[str, dict[str, str]] = {}
    for action in offered:
        if action["allowed"]:
            continue
        reasons = " ".join(action["reasons"])
        line = lines.setdefault(reasons, {"name": action["name"], "titles": "", "reasons": reasons})
        line["titles"] = gettext(", ").join(part for part in (line["titles"], action["text"]) if part)
        action["why"] = line["name"]
    return list(lines.values())


def _decision(desk: Desk, action: Action) -> dict[str, Any]:
    symbol, style, key = LOOKS[action.verb]
    programme = desk.found.programme
    return {
        "name": action.verb.value,
        "text": labels.label("verb", action.verb.value),
        "symbol": symbol,
        "style": style,
        "key": key,
        "allowed": action.is_allowed,
        "reasons": [labels.block_reason(block) for block in action.blocks],
        "dialog": {Verb.SEND_BACK: "return-items", Verb.REJECT: "reject-case"}.get(action.verb, ""),
        "confirm": gettext("Send the case back one step? The applicant does not see the reason.")
        if action.verb is Verb.BACK
        else _question(desk, action.verb),
        "unseen": desk.unseen,
        "unseen_said": gettext("Materials not looked at yet: %(n)s.", n="{n}") + " "
        if action.verb is Verb.APPROVE and desk.unseen
        else "",
        "reason": action.verb is Verb.BACK,
        "phrases": desk.found.phrases if action.verb is Verb.BACK else (),
        "reasons_offered": [reason for reason in programme.reasons if reason.use is ReasonFor.REJECT],
    }


def _question(desk: Desk, verb: Verb) -> str:
    if verb is not Verb.APPROVE or desk.found.stage is None:
        return ""
    what_next = cases.goes_on(desk.found.programme, desk.found.case.chain, desk.found.stage.code)
    question = gettext("Approve this application?") + " " + what_next
    checks = len(desk.found.findings)
    if not checks:
        return question
    said = ngettext("%(num)s check needs a look.", "%(num)s checks need a look.", checks)
    return f"{said} {question}"


def _notes(found: DeskCase) -> Iterator[str]:
    """What a reviewer must know beside the case: no roster in an advisory programme, one checked by hand or
    without a recognised seal.
    """
    gate = found.programme.gate
    at_gate = gate is not None and found.stage is not None and found.stage.code == gate.code
    is_sealed = found.roster is not None and found.roster.sealed_at is not None
    if at_gate and not is_sealed and found.programme.roster_advises:
        yield gettext("No stamped roster has been uploaded for this case.")
    if found.roster and found.roster.verified_by == "typed":
        yield gettext("Roster %(no)s was checked by hand: its page codes were typed.", no=found.roster.no)
    if found.roster and found.roster.seal_hint not in (None, SealHint.FOUND):
        yield gettext(
            "No red seal was recognised on the scan of roster %(no)s. Please look at it.", no=found.roster.no
        )


def _targets(desk: Desk) -> Iterator[dict[str, Any]]:
    """Everything that can be returned: entries, materials, the whole case; each with its reasons."""
    found = desk.found
    items = [(TargetKind.FIELD, entry.code, entry.title) for entry in found.form.fields]
    items += [(TargetKind.MATERIAL, material.code, material.title) for material in found.form.materials]
    items.append((TargetKind.GENERAL, "", gettext("The whole case")))
    posted = desk.posted or {}
    for kind, code, title in items:
        name = target_name(kind.value, code)
        reason, words = posted.get(f"reason-{name}", ""), posted.get(f"words-{name}", "")
        is_wrong = desk.refused == Verb.SEND_BACK and name in desk.ticked
        yield {
            "name": name,
            "title": title,
            "kind_word": labels.label("finding", kind.value),
            "reasons": [
                reason
                for reason in reasons_for(found.programme, kind.value)
                if reason.use is not ReasonFor.REJECT
            ],
            "ticked": name in desk.ticked,
            "reason": reason,
            "words": words,
            "error": _item_error(desk, reason, words) if is_wrong else "",
        }


def _item_error(desk: Desk, reason: str, words: str) -> str:
    """What a ticked item lacks; empty if its reason suffices."""
    if words.strip():
        return ""
    if not reason:
        return gettext("Choose a reason for this item, or write one.")
    needs_words = any(entry.code == reason and entry.text_required for entry in desk.found.programme.reasons)
    return gettext("This reason needs words: write what has to be corrected.") if needs_words else ""


def _return_error(desk: Desk, targets: Sequence[Mapping[str, Any]]) -> str:
    """Why the return was not taken, for the head of its dialog."""
    if desk.refused != Verb.SEND_BACK:
        return ""
    if not desk.ticked:
        return gettext("Tick at least one item and give its reason.")
    if any(target["error"] for target in targets):
        return gettext("Some ticked items have no reason yet. They are marked below; nothing is lost.")
    return " ".join(desk.errors)


def _reject_error(desk: Desk) -> str:
    if desk.refused != Verb.REJECT:
        return ""
    posted = desk.posted or {}
    if not posted.get("reason_code") and not posted.get("opinion", "").strip():
        return gettext("Choose the reason for the rejection.")
    return " ".join(desk.errors)


def why_not(desk: Desk) -> str:
    """Why this account decides nothing here, in one sentence."""
    if desk.actor.is_superuser:
        return gettext("Superusers configure the system and never decide cases.")
    found = desk.found
    if found.case.status is Status.IN_REVIEW and found.stage:
        return gettext("The case is with: %(stage)s.", stage=found.stage.title)
    return ""


def _offered(desk: Desk, verb: Verb) -> Action | None:
    action = desk.action(verb)
    if action is None or (verb in (Verb.CLAIM, Verb.RELEASE) and not _claims(desk.found)):
        return None
    if verb is Verb.PULL_BACK and any(block.code == "no_previous_stage" for block in action.blocks):
        return None
    return action


def _claims(found: DeskCase) -> bool:
    return found.stage is not None and found.stage.claim


def _further(desk: Desk, action: Action) -> dict[str, Any]:
    questions = {
        Verb.PULL_BACK: gettext("Pull the case back to your own step?"),
        Verb.CANCEL: gettext("Cancel this case for good? Please give the reason."),
    }
    return {
        "name": action.verb.value,
        "text": labels.label("verb", action.verb.value),
        "symbol": {Verb.CANCEL: "ban", Verb.PULL_BACK: "arrow-forward-up"}.get(action.verb, "lock"),
        "url": url_for("DeskView.decide", key=desk.found.case.id),
        "fields": {"verb": action.verb.value, "lock": desk.found.case.lock},
        "allowed": action.is_allowed,
        "reasons": [labels.block_reason(block) for block in action.blocks],
        "confirm": questions.get(action.verb, ""),
        "reason": action.verb is Verb.CANCEL,
        "danger": action.verb is Verb.CANCEL,
    }
