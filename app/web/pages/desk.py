"""What the review desk shows of one case: facts, difference, history, checks, files, decisions, why not."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import url_for
from flask_babel import gettext

from app.domain.form import Target, TargetKind
from app.domain.programme import FieldKind, Material
from app.domain.roles import Permission
from app.domain.states import Status, Waiting
from app.queries.desk import DeskCase, Version
from app.queries.drafts import FileRow
from app.queries.history import Moment
from app.web import files, findings, labels, moments
from app.web.pages import cases, stages
from app.web.pages.desk_decisions import Desk, decisions
from app.web.pages.queue import working_calendar
from app.web.pages.stages import Queue

SYMBOLS = {"application/pdf": "file-type-pdf"}


def desk_page(desk: Desk) -> dict[str, Any]:
    """The whole page."""
    found, current = desk.found, desk.found.current
    no = found.case.no or gettext("Draft")
    return {
        "id": found.case.id,
        "lock": found.case.lock,
        "no": no,
        "name": found.person_name,
        "category": cases.category_title(found.programme, current.category if current else None),
        "look": _look(desk),
        "subtitle": list(_subtitle(desk)),
        "list_url": desk.came_from[1] if desk.came_from else "",
        "list_title": desk.came_from[0] if desk.came_from else "",
        "errors": desk.errors,
        "frozen": frozen_text(found),
        "tabs": [
            ("information", gettext("Application data")),
            ("history", gettext("History"), len(found.history)),
            ("checks", gettext("Automatic checks"), len(found.findings)),
        ],
        "history": history(found.history),
        "checks": checks(found),
        "warnings": [findings.found_text(one) for one in found.findings],
        **_information(desk),
        "files": list(_files(desk)),
        "unseen": desk.unseen,
        **_neighbours(desk),
        **decisions(desk),
        "undo": desk.undo,
    }


def _look(desk: Desk) -> str:
    found = desk.found
    if found.case.status is not Status.IN_REVIEW:
        return found.case.status.value
    if found.waits_for is Waiting.ROSTER:
        return "unready"
    return "waiting" if desk.is_holder else "in_review"


def _subtitle(desk: Desk) -> Iterator[str]:
    found = desk.found
    yield found.employer_name
    if found.stage:
        yield found.stage.title
    if found.current:
        yield gettext("submitted %(time)s", time=moments.local(found.current.submitted_at))
    left = cases.days_left(working_calendar(), found.case.due_at, desk.now)
    if left is not None and found.case.status is Status.IN_REVIEW:
        yield time_left(left)
    if found.case.claimed_by and found.case.claimed_until and found.case.claimed_until > desk.now:
        yield gettext("%(name)s is working on it", name=found.case.claimer_name)


def time_left(days: int) -> str:
    """How long a step still has, in words."""
    if days < 0:
        return gettext("overdue")
    return gettext("due today") if days == 0 else gettext("%(n)s working days left", n=days)


def frozen_text(found: DeskCase) -> str:
    """Why nothing can be decided now; empty for a case that is not frozen."""
    if found.case.frozen_reason is None:
        return ""
    return gettext("The case is frozen: %(reason)s.", reason=labels.label("frozen", found.case.frozen_reason))


def history(moments: Iterable[Moment]) -> list[dict[str, Any]]:
    """The timeline, newest first."""
    return [_moment(moment) for moment in reversed(list(moments))]


def _moment(moment: Moment) -> dict[str, Any]:
    title = labels.label("verdict", moment.event)
    title = labels.label("verb", moment.event) if title == moment.event else title
    if moment.is_undone:
        title = gettext("%(event)s (taken back)", event=title)
    words = [f"{item.target_title or gettext('The whole case')}: {item.text}" for item in moment.items]
    return {
        "title": f"{moment.stage_title} · {title}" if moment.stage_title else title,
        "at": moment.at,
        "who": moment.actor_name or labels.label("party", moment.party),
        "text": " ".join(part for part in (moment.text, *words) if part),
        "state": "bad" if moment.event in ("send_back", "reject", "back") and not moment.is_undone else "",
    }


def checks(found: DeskCase) -> list[dict[str, Any]]:
    """Findings of the automatic checks; a line of its own where there are none."""
    if found.current is None:
        return []
    if not found.findings:
        return [{"ok": True, "title": gettext("All automatic checks pass"), "text": ""}]
    return [
        {"ok": False, "title": findings.found_text(one), "text": findings.look_text(one)}
        for one in found.findings
    ]


def _information(desk: Desk) -> dict[str, Any]:
    found, current = desk.found, desk.found.current
    if current is None:
        note = [(gettext("Employer"), found.employer_name)]
        return {
            "person": note,
            "numbers": [],
            "entries": [],
            "changes": [],
            "changes_first": False,
            "unchanged": [],
            "unchanged_note": "",
        }
    was_returned = found.previous is not None and bool(found.returned)
    is_again = was_returned and found.office_saw_previous
    lines = entries(found, current)
    changed = {target.code for target in found.changed if target.kind is TargetKind.FIELD}
    shown = [(title, text) for code, title, text in lines if not is_again or code in changed]
    rest = [(title, text) for code, title, text in lines if is_again and code not in changed]
    return {
        "person": _person(desk, current),
        "numbers": _numbers(desk, current),
        "entries": shown,
        "changes": _changes(found) if was_returned else [],
        "changes_first": is_again,
        "unchanged": rest,
        "unchanged_note": _seen_note(found),
    }


def _person(desk: Desk, current: Version) -> list[tuple[str, Any]]:
    return [
        (gettext("Name in Chinese"), current.person_name),
        (gettext("Sex"), labels.label("sex", current.person_sex)),
        (gettext("Document type"), labels.label("doc_type", current.doc_type)),
        (gettext("Employer"), current.employer_name),
        (gettext("Kind"), cases.kind_title(desk.found.programme, desk.found.case.kind)),
        (gettext("Name of the service staff"), current.service_name),
        (gettext("Contact of the service staff"), desk.service_phone or current.service_phone_masked),
    ]


def _numbers(desk: Desk, current: Version) -> list[dict[str, Any]]:
    may = desk.actor.may(Permission.REVEAL)
    person = desk.found.person_id
    return [
        {
            "title": title,
            "masked": masked,
            "url": url_for("RevealView.reveal", kind="person", key=person, what=what) if may else None,
        }
        for title, masked, what in (
            (gettext("ID number"), current.doc_no_masked, "doc_no"),
            (gettext("Mobile number"), current.mobile_masked, "mobile"),
        )
    ]


def entries(found: DeskCase, version: Version) -> list[tuple[str, str, Any]]:
    """Code, title and words of every entry that has a value."""
    staff = {
        str(version.values.get(e.code)): version.service_name or ""
        for e in found.programme.fields
        if e.kind is FieldKind.STAFF_MEMBER
    }
    lines = []
    for entry in found.programme.fields:
        text = cases.value_text(entry, version.values.get(entry.code), found.lists, staff)
        if text:
            lines.append((entry.code, entry.title, cases.as_day(text)))
    return lines


def _changes(found: DeskCase) -> list[dict[str, Any]]:
    """Returned items first, each with old and new; then what changed beside them."""
    reasons = {item.target: item.text or item.reason_title for item in found.returned}
    answers = dict(found.current.answers) if found.current else {}
    targets = [
        *reasons,
        *(
            target
            for target in sorted(found.changed, key=lambda t: (t.kind, t.code))
            if target not in reasons
        ),
    ]
    return [
        {
            "title": cases.target_title(found.programme, target),
            "flag": reasons.get(target, ""),
            "before": _side(found, found.previous, target),
            "after": _side(found, found.current, target),
            "changed": target in found.changed or (target.kind is TargetKind.GENERAL and bool(found.changed)),
            "answer": answers.get(target, ""),
        }
        for target in targets
    ]


def _side(found: DeskCase, version: Version | None, target: Target) -> str:
    if version is None:
        return ""
    if target.kind is TargetKind.FIELD:
        return next((str(text) for code, _title, text in entries(found, version) if code == target.code), "")
    if target.kind is TargetKind.MATERIAL:
        return gettext(", ").join(file.file_name for file in version.files if file.slot == target.code)
    return gettext("see the items") if version is found.current else ""


def _seen_note(found: DeskCase) -> str:
    """Who looked at the unchanged materials of the version before, and when."""
    earlier = [view for view in found.views if view.version_no == found.case.version_no - 1]
    if not earlier:
        return ""
    last = earlier[-1]
    return gettext(
        "Seen before the return by %(name)s, %(time)s", name=last.actor_name, time=moments.local(last.at)
    )


def _files(desk: Desk) -> Iterator[dict[str, Any]]:
    found, current = desk.found, desk.found.current
    if current is None:
        return
    seen = found.seen_by(desk.actor)
    order = {material.code: at for at, material in enumerate(found.programme.materials)}
    titles = {material.code: material for material in found.programme.materials}
    held = sorted(current.files, key=lambda file: order.get(file.slot, len(order)))
    for file in held:
        same = [other for other in held if other.slot == file.slot]
        title = _title(titles.get(file.slot), file)
        number = f" {same.index(file) + 1}/{len(same)}" if len(same) > 1 else ""
        yield _file(
            files.case_file(found.case.id, current.n, file.blob_id),
            file,
            title + number,
            viewed=file.slot in seen,
        )
    for at, scan in enumerate(desk.scans, start=1):
        title = gettext("Stamped roster %(no)s", no=found.roster.no if found.roster else "")
        number = f" {at}/{len(desk.scans)}" if len(desk.scans) > 1 else ""
        link = files.scan(scan.id)
        yield {
            "slot": "roster",
            "title": title + number,
            "symbol": "rubber-stamp",
            "pages": link.pages(scan.pages),
            "download": link.download,
            "preview": link.preview,
            "view": link.view,
            "viewed": False,
            "counts": False,
        }


def _title(material: Material | None, file: FileRow) -> str:
    return material.title if material else file.slot


def _file(link: files.Link, file: FileRow, title: str, *, viewed: bool) -> dict[str, Any]:
    return {
        "slot": file.slot,
        "title": title,
        "symbol": SYMBOLS.get(file.type or "", "photo"),
        "pages": link.pages(file.pages),
        "download": link.download,
        "preview": link.preview,
        "view": link.view,
        "viewed": viewed,
        "counts": True,
    }


def _case_url(queue: Queue, key: int | None) -> str:
    return stages.case_url(key, queue.role) if key is not None else ""


def _neighbours(desk: Desk) -> dict[str, Any]:
    if desk.place is None or desk.queue is None:
        return {"previous_url": "", "next_url": "", "position": "", "came_from": ""}
    return {
        "previous_url": _case_url(desk.queue, desk.place.previous_id),
        "next_url": _case_url(desk.queue, desk.place.next_id),
        "position": f"{desk.place.at} / {desk.place.of}" if desk.place.at <= desk.place.of else "",
        "came_from": desk.queue.role,
    }
