"""What a review queue shows: tabs with counts, rows, batch actions with their questions (R29, R31, R32)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext

from app.domain.programme import BatchMode, Party, ReasonFor, Stage, Verdict
from app.domain.roles import Permission
from app.domain.states import Status, Waiting
from app.domain.worktime import Calendar
from app.queries.applications import Filters, Row, Tab, cap_of
from app.queries.calendar import calendar
from app.queries.paging import Page
from app.queries.reports.queue import OVER
from app.web import everything
from app.web.current import current_actor, read_session
from app.web.kept import kept
from app.web.pages import cases, export_forms, stages
from app.web.pages.stages import Queue


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address (or the post of a number) asks for."""

    queue: Queue
    tab: Tab
    filters: Filters
    number: str = ""
    cursor: str | None = None
    size: int = 25

    @property
    def is_employer(self) -> bool:
        """Whether this is the employer's desk."""
        return self.queue.party is Party.EMPLOYER

    @property
    def stage(self) -> Stage:
        """The stage that names the queue."""
        return self.queue.programme.stage(self.queue.code)

    @property
    def narrowed(self) -> dict[str, str]:
        """The filters that only an address sets, as it names them; those that are off are left out."""
        given = {
            "roster": "none" if self.filters.without_roster else "",
            "due": OVER if self.filters.due_before else "",
        }
        return {name: value for name, value in given.items() if value}

    @property
    def url_of_list(self) -> str:
        """The address of this tab, without a search."""
        return self.url(tab=self.tab.value, **self.narrowed)

    def url(self, **values: object) -> str:
        """An address of this queue."""
        return stages.queue_url(self.queue.programme.code, self.queue.code, **values)


def working_calendar() -> Calendar:
    """The holiday table, read at most once in half a minute and process."""
    return kept("working-calendar", lambda: calendar(read_session()))


def queue_page(
    asked: Asked,
    page: Page[Row],
    counts: Mapping[Tab, int],
    *,
    now: datetime,
    undo: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything the template of a queue needs."""
    rows = [_row(asked, row, now) for row in page.items]
    actions = _actions(asked) if any(row["can_be_ticked"] for row in rows) else ()
    is_filtered = bool(asked.filters.q or asked.number or _chips(asked))
    return {
        "title": asked.queue.title,
        "note": cases.application_title(asked.queue.programme),
        "links": _links(asked),
        "tabs": _tabs(asked, counts),
        "tab": asked.tab.value,
        "tab_note": _tab_note(asked, makes_rosters=_shows_roster(asked) and bool(actions)),
        "search": asked.filters.q,
        "search_url": asked.url(),
        "clear_url": asked.url(tab=asked.tab.value),
        "is_filtered": is_filtered,
        "chips": _chips(asked),
        "rows": rows,
        "columns": columns(
            shows_employer=not asked.is_employer,
            last=last_column(asked.tab),
            shows_roster=_shows_roster(asked),
        ),
        "last_column": last_column(asked.tab),
        "shows_roster": _shows_roster(asked),
        "is_waiting": asked.tab is Tab.READY,
        "shows_employer": not asked.is_employer,
        "count": page.count,
        "next_cursor": page.next_cursor,
        "previous_cursor": "" if asked.cursor else None,
        "size": asked.size,
        "actions": actions,
        "action_url": url_for("ApplicationView.action_post"),
        "everything": _token(asked, page.count, now),
        "here": asked.url(tab=asked.tab.value, q=asked.filters.q or None, **asked.narrowed),
        "empty_title": _empty(asked),
        "empty_note": gettext("New cases appear here by themselves.") if asked.tab is Tab.READY else "",
        "undo": undo,
        "export": _export(asked),
    }


def _export(asked: Asked) -> dict[str, Any] | None:
    """The tab as it is shown, as a sheet."""
    filters = {
        "programme": asked.queue.programme.code,
        "role": asked.queue.role,
        "tab": asked.tab.value,
        "q": asked.filters.q,
        **asked.narrowed,
    }
    return export_forms.button("queue", filters, number=asked.number)


def last_column(tab: Tab) -> str:
    """What waits shows its time limit, the rest its state; where all are alike, nothing."""
    if tab is Tab.WAITING:
        return ""
    return gettext("Time limit") if tab is Tab.READY else gettext("State")


def who_columns() -> list[tuple[str, str]]:
    """The columns that say which case it is and whose (R29)."""
    return [
        ("no", gettext("Case no.")),
        ("name", gettext("Name in Chinese")),
        ("sex", gettext("Sex")),
        ("doc_no", gettext("ID number")),
        ("employer", gettext("Employer")),
    ]


def columns(*, shows_employer: bool, last: str, shows_roster: bool = False) -> list[tuple[str, ...]]:
    """The manual's columns (R29), with number, category, time and limit or state.

    Where a roster comes next, it and the state stand beside the name, in sight on a narrow screen too.
    """
    number, name, *rest = who_columns()
    early = [("state", last), ("roster", gettext("Roster"))] if shows_roster else []
    found = [
        number,
        name,
        *early,
        *rest,
        ("service", gettext("Name of the service staff")),
        ("phone", gettext("Contact of the service staff")),
        ("category", gettext("Category")),
        ("submitted", gettext("Submitted")),
        ("state", "" if shows_roster else last),
    ]
    return [column for column in found if column[1] and (shows_employer or column[0] != "employer")]


def _token(asked: Asked, count: int, now: datetime) -> str:
    """What “select all” posts. A roster holds what its clerk ticked; numbers never stand in a page."""
    if asked.tab is not Tab.READY or asked.number:
        return ""
    return everything.token(
        now,
        count,
        programme=asked.queue.programme.code,
        desk=asked.queue.role,
        tab=asked.tab.value,
        q=asked.filters.q,
        **asked.narrowed,
    )


def tab_titles(*, has_gate: bool) -> dict[Tab, str]:
    """The tabs of a desk in order; 待汇总表 only where a roster gates the stage."""
    found = {Tab.READY: gettext("To review")}
    if has_gate:
        found[Tab.WAITING] = gettext("Waiting for the roster")
    return {**found, Tab.PASSED: gettext("Passed"), Tab.RETURNED: gettext("Returned")}


def _tabs(asked: Asked, counts: Mapping[Tab, int]) -> list[dict[str, Any]]:
    # Cases begun under an earlier version may still wait where today's roster only advises.
    titles = tab_titles(
        has_gate=_has_gate(asked) or asked.tab is Tab.WAITING or counts.get(Tab.WAITING, 0) > 0
    )
    return [
        {
            "title": title,
            "url": asked.url(tab=tab.value, q=asked.filters.q or None),
            "count": counts.get(tab, 0),
            "cap": cap_of(tab, asked.tab),
            "current": tab is asked.tab,
            "quiet": tab is not Tab.READY or not counts.get(tab, 0),
        }
        for tab, title in titles.items()
    ]


def _has_gate(asked: Asked) -> bool:
    """Whether cases wait here for the stamped roster: at the gate's desk and at the employer."""
    gate = asked.queue.programme.closed_gate
    return gate is not None and (asked.is_employer or gate.role == asked.queue.role)


def _tab_note(asked: Asked, *, makes_rosters: bool) -> str:
    if makes_rosters:
        return gettext("Choose people and export the roster; print it, stamp it and upload the scan.")
    if asked.tab is Tab.WAITING and not asked.is_employer:
        return gettext(
            "The employer has approved these cases; they can be decided once its stamped roster is uploaded."
        )
    return ""


def _chips(asked: Asked) -> list[dict[str, str]]:
    found = []
    if asked.filters.without_roster:
        found.append((gettext("Roster"), gettext("without a roster")))
    if asked.filters.due_before:
        found.append((gettext("Time limit"), gettext("Overdue")))
    url = asked.url(tab=asked.tab.value)
    return [{"title": title, "text": text, "clear_url": url} for title, text in found]


def _empty(asked: Asked) -> str:
    texts = {
        Tab.READY: gettext("Nothing waits for review"),
        Tab.WAITING: gettext("No case waits for a roster"),
        Tab.PASSED: gettext("No case has passed yet"),
        Tab.RETURNED: gettext("No case is returned at present"),
    }
    return texts[asked.tab]


def _row(asked: Asked, row: Row, now: datetime) -> dict[str, Any]:
    role = asked.queue.role if asked.tab is Tab.READY else ""
    found = {**row_facts(row, now), "url": stages.case_url(row.id, role)}
    if _shows_roster(asked):
        found |= {
            "can_be_ticked": row.lacks_roster,
            "roster_no": row.roster_no,
            "roster_url": _roster_url(row),
        }
    return found


def _shows_roster(asked: Asked) -> bool:
    """Whether the tab is one from which its employer makes rosters."""
    follows = asked.tab in (Tab.PASSED, Tab.WAITING)
    return asked.is_employer and follows and bool(asked.queue.programme.roster)


def _roster_url(row: Row) -> str:
    if row.roster_id is None or not current_actor().may(Permission.ROSTER_SHOW):
        return ""
    return url_for("RosterView.detail", key=row.roster_id)


def row_facts(row: Row, now: datetime) -> dict[str, Any]:
    """A row of any list in words."""
    left = cases.days_left(working_calendar(), row.due_at, now) if row.status == Status.IN_REVIEW else None
    return {
        "id": row.id,
        "lock": row.lock,
        "no": row.no,
        "name": row.name,
        "sex": row.sex,
        "doc_no_masked": row.doc_no_masked,
        "employer_name": row.employer_name,
        "service_name": row.service_name,
        "service_phone_masked": row.service_phone_masked,
        "category": row.category_title,
        "submitted_at": row.submitted_at,
        "look": look(row),
        "step": row.stage_title,
        "frozen_reason": row.frozen_reason,
        "can_be_ticked": True,
        "overdue": left is not None and left < 0,
        "days_left": left if left is not None and left >= 0 else None,
    }


def look(row: Row) -> str:
    """The status tag: waiting for whoever reads the row, or the status itself."""
    if row.status == Status.IN_REVIEW and row.waits_for is Waiting.ROSTER:
        return "unready"
    return "waiting" if row.status == Status.IN_REVIEW else row.status


def _links(asked: Asked) -> list[dict[str, str]]:
    """What the employer does with approved cases (R32, R33)."""
    if not (asked.is_employer and asked.queue.programme.roster):
        return []
    links = []
    to_choose = stages.choosing_url(asked.queue)
    if current_actor().may(Permission.ROSTER_EXPORT) and asked.url_of_list != to_choose:
        text = gettext("Export %(title)s", title=asked.queue.programme.roster_title)
        links.append({"url": to_choose, "symbol": "list-details", "text": text})
    if current_actor().may(Permission.ROSTER_UPLOAD) and "RosterView.directory" in current_app.view_functions:
        url = url_for("RosterView.directory")
        links.append({"url": url, "symbol": "upload", "text": gettext("Upload roster")})
    return links


def _actions(asked: Asked) -> Sequence[dict[str, Any]]:
    """Batch actions of the tab, for the verdicts the stage offers."""
    if asked.tab in (Tab.PASSED, Tab.WAITING) and asked.is_employer:
        return _roster_actions(asked)
    stage = asked.stage
    if asked.tab is not Tab.READY or stage.batch is BatchMode.OFF:
        return ()
    found: list[dict[str, Any]] = []
    if Verdict.APPROVE in stage.verdicts:
        programme = asked.queue.programme
        chain = [stage.code for stage in programme.stages]
        what_next = cases.goes_on(programme, chain, asked.queue.code)
        question = gettext("Approve the chosen applications ({n})?") + " " + what_next
        found.append(
            {
                "name": "approve",
                "text": gettext("Approve"),
                "symbol": "check",
                "style": "approve",
                "key": "a",
                "confirm": question,
            }
        )
    if Verdict.SEND_BACK in stage.verdicts:
        found.append(
            {
                "name": "send_back",
                "text": gettext("Return for correction"),
                "symbol": "arrow-back-up",
                "style": "",
                "key": "r",
                "confirm": gettext(
                    "Return the chosen applications ({n}) to their applicants for correction?"
                ),
                "reason": True,
                "phrases": [
                    reason.text
                    for reason in asked.queue.programme.reasons
                    if reason.text and reason.use is not ReasonFor.REJECT
                ],
            }
        )
    if Verdict.APPROVE in stage.verdicts:
        found.append(
            {"name": "check", "text": gettext("Check first"), "symbol": "checklist", "style": "text"}
        )
    return found


def _roster_actions(asked: Asked) -> Sequence[dict[str, Any]]:
    if not (asked.queue.programme.roster and current_actor().may(Permission.ROSTER_EXPORT)):
        return ()
    if "RosterView.export" not in current_app.view_functions:
        return ()
    text = gettext("Export %(title)s", title=asked.queue.programme.roster_title)
    return (
        {
            "name": "export",
            "text": text,
            "symbol": "download",
            "style": "primary",
            "url": url_for("RosterView.export"),
        },
    )
