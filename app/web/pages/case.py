"""What the applicant sees outside the form: own cases, what may be started, notice, status, receipt."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.domain.programme import Programme
from app.domain.roles import Actor
from app.domain.states import Status, Verb, Waiting
from app.domain.worktime import local_day
from app.queries import applications, desk
from app.queries.applications import Row
from app.queries.desk import DeskCase
from app.queries.own_cards import OwnCard, own_cards
from app.queries.starting import Option
from app.web import files, labels
from app.web.current import utc_now
from app.web.pages import apply as apply_pages
from app.web.pages import cases
from app.web.pages import desk as desk_pages


def offered(options: Sequence[Option], cards: Sequence[OwnCard], day: date) -> list[dict[str, Any]]:
    """Every programme with its kinds; a kind that cannot be started says why and who can solve it."""
    return [
        {
            "title": cases.application_title(programme),
            "kinds": [_kind(option, cards, day) for option in group],
        }
        for programme, group in groupby(options, key=lambda option: option.programme)
    ]


def _kind(option: Option, cards: Sequence[OwnCard], day: date) -> dict[str, Any]:
    ends = [
        card.valid_to for card in cards if card.programme == option.programme.code and card.state == "active"
    ]
    waits = option.kind.needs_card and not any(option.kind.is_near(end, day) for end in ends)
    return {
        "note": gettext("Your card is valid until %(day)s; it is not time yet.", day=max(filter(None, ends)))
        if waits and any(ends)
        else "",
        "is_due": not waits,
        "title": option.kind.title,
        "allowed": not option.blocks,
        "reasons": [labels.block_reason(block) for block in option.blocks],
        "url": url_for("ApplyView.new", programme=option.programme.code, kind=option.kind.code),
    }


def notice_page(option: Option) -> dict[str, Any]:
    """Step 1: what to have ready and which way the application goes."""
    programme = option.programme
    return {
        "title": cases.application_title(programme),
        "kind_title": option.kind.title,
        "steps": apply_pages.steps(),
        "home_url": url_for("ApplyView.start"),
        "start_url": url_for("ApplyView.new", programme=programme.code, kind=option.kind.code),
        "route": _way(programme),
        "materials": [
            {
                "title": m.title,
                "rules": cases.material_rules(m),
                "hint": m.hint,
                "conditional": bool(m.when) or not m.required,
            }
            for m in programme.materials
        ],
    }


def _way(programme: Programme) -> list[str]:
    """The offices in words, with the stamped roster before the stage that waits for it."""
    titles: list[str] = []
    for stage in programme.stages:
        if stage.is_gate:
            titles.append(gettext("the employer uploads the stamped roster"))
        titles.append(stage.public_title or stage.title)
    return [*dict.fromkeys(titles), programme.issue.title]


def own_case(session: Session, actor: Actor, application_id: int, now: datetime) -> DeskCase:
    """One's own case with its history. Raises NotFound for anybody else's."""
    return desk.case(session, actor, application_id, now=now)


def start_page(session: Session, actor: Actor, options: Sequence[Option]) -> dict[str, Any]:
    """Own applications, newest first, what may be started, and the cards one has."""
    cards = own_cards(session, actor)
    return {
        "cases": [_line(row) for row in applications.own(session, actor)],
        "programmes": offered(options, cards, local_day(utc_now())),
        "cards": cards,
    }


def _line(row: Row) -> dict[str, Any]:
    status = url_for("ApplyView.status", key=row.id)
    form = url_for("ApplyView.form", key=row.id)
    actions = [{"url": status, "text": gettext("See the progress")}]
    if row.status == Status.DRAFT:
        actions.insert(0, {"url": form, "text": gettext("Continue filling in")})
    if row.status == Status.RETURNED:
        actions.insert(0, {"url": form, "text": gettext("Correct and submit again")})
    kept = [
        (gettext("Case no."), row.no),
        (gettext("Category"), row.category_title),
        (gettext("Submitted"), row.submitted_at),
    ]
    return {
        "title": gettext("Application for %(name)s", name=row.programme_name),
        "status": row.status,
        "is_open": row.status in (Status.DRAFT, Status.RETURNED),
        "facts": [*kept, (gettext("Waits for"), waits_text(row.waits_for, row.public_stage_title))],
        "actions": actions,
    }


def waits_text(waiting: Waiting, stage: str = "") -> str:
    """Whom a case waits for, in words."""
    texts = {
        Waiting.APPLICANT: gettext("you"),
        Waiting.ROSTER: gettext("the employer's stamped roster"),
        Waiting.PRINTER: gettext("card printing"),
        Waiting.NOBODY: "",
    }
    return texts.get(waiting, stage or labels.label("party", waiting.value))


def _route(found: DeskCase) -> list[str]:
    codes = found.case.chain or [stage.code for stage in found.programme.stages]
    return list(codes)


def _timeline(found: DeskCase) -> list[dict[str, Any]]:
    """What happened, oldest first, then where it is now and what is still to come."""
    entries = list(reversed(desk_pages.history(found.history)))
    if found.case.status is Status.IN_REVIEW and found.stage:
        now = found.stage.public_title or found.stage.title
        text = waits_text(found.waits_for)  # the title names the office
        entries.append({"title": now, "at": None, "who": gettext("now"), "text": text, "state": "now"})
        entries += [_coming(title) for title in _coming_titles(found)]
    elif found.case.status is Status.APPROVED:
        entries.append(
            {
                "title": found.programme.issue.title,
                "at": None,
                "who": gettext("now"),
                "text": "",
                "state": "now",
            }
        )
    return entries


def _coming(title: str) -> dict[str, Any]:
    return {"title": title, "at": None, "who": "", "text": "", "state": "next"}


def _coming_titles(found: DeskCase) -> list[str]:
    route = _route(found)
    at = route.index(found.case.stage_code) + 1 if found.case.stage_code in route else len(route)
    here = cases.public_title(found.programme, found.case.stage_code)
    titles = [cases.public_title(found.programme, code) for code in route[at:]]
    return [title for title in dict.fromkeys(titles) if title != here] + [found.programme.issue.title]


def _action(found: DeskCase, verb: Verb) -> bool:
    return any(action.verb is verb and action.is_allowed for action in found.actions)


def status_page(found: DeskCase) -> dict[str, Any]:
    """One case as its applicant follows it."""
    case, current = found.case, found.current
    with_applicant = case.status in (Status.DRAFT, Status.RETURNED)
    text = (
        gettext("Continue filling in") if case.status is Status.DRAFT else gettext("Correct and submit again")
    )
    actions = [{"url": url_for("ApplyView.form", key=case.id), "text": text}] if with_applicant else []
    return {
        "title": cases.application_title(found.programme),
        "kind_title": cases.kind_title(found.programme, case.kind),
        "no": case.no,
        "lock": case.lock,
        "status": case.status.value,
        "home_url": url_for("ApplyView.start"),
        "actions": actions,
        "withdraw_url": url_for("ApplyView.withdraw", key=case.id) if _action(found, Verb.WITHDRAW) else "",
        "withdraw_question": gettext("Withdraw this application? It cannot be continued afterwards."),
        "frozen": desk_pages.frozen_text(found),
        "returned": _returned(found) if case.status is Status.RETURNED else None,
        "timeline": _timeline(found),
        "facts": _facts(found),
        "entries": [(title, value) for _code, title, value in desk_pages.entries(found, current)]
        if current
        else [],
        "materials": _materials(found),
    }


def _returned(found: DeskCase) -> dict[str, Any] | None:
    if not found.returned:
        return None
    lines = [
        {
            "title": cases.target_title(found.programme, item.target),
            "text": item.text or item.reason_title,
            "anchor": "",
        }
        for item in found.returned
    ]
    return {"office": found.returned[0].stage_title, "text": found.returned[0].opinion, "lines": lines}


def _facts(found: DeskCase) -> list[tuple[str, Any]]:
    current = found.current
    stage = (found.stage.public_title or found.stage.title) if found.stage else ""
    return [
        (gettext("Case no."), found.case.no),
        (gettext("Category"), cases.category_title(found.programme, current.category if current else None)),
        (gettext("Employer"), found.employer_name),
        (gettext("Submitted"), current.submitted_at if current else None),
        (gettext("Waits for"), waits_text(found.waits_for, stage)),
        (gettext("Name of the service staff"), current.service_name if current else None),
    ]


def _materials(found: DeskCase) -> list[dict[str, Any]]:
    if found.current is None:
        return []
    version = found.current
    return [
        {
            "id": material.code,
            "title": material.title,
            "required": False,
            "rules": "",
            "error": "",
            "flag": "",
            "files": [
                files.line(files.case_file(found.case.id, version.n, file.blob_id), file)
                for file in version.files
                if file.slot == material.code
            ],
            "upload": None,
        }
        for material in found.form.materials
        if any(file.slot == material.code for file in version.files)
    ]


def receipt_page(found: DeskCase) -> dict[str, Any]:
    """The number, and what happens next."""
    stage = (found.stage.public_title or found.stage.title) if found.stage else ""
    return {
        "title": cases.application_title(found.programme),
        "steps": apply_pages.steps(),
        "home_url": url_for("ApplyView.start"),
        "status_url": url_for("ApplyView.status", key=found.case.id),
        "facts": [
            (gettext("Case no."), found.case.no),
            (gettext("Submitted"), found.current.submitted_at if found.current else None),
            (gettext("Waits for"), waits_text(found.waits_for, stage)),
        ],
        "next_note": gettext(
            "You get a message as soon as something is decided. You can follow every step here."
        ),
    }
