"""The home of whoever decides cases: his desks by load, and what he decided (I4)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext

from app.domain.roles import Actor
from app.domain.worktime import local_day
from app.queries import my_day, statistics
from app.queries.applications import TODAY, Filters
from app.queries.my_day import Load
from app.queries.reports.queue import OVER
from app.web import labels
from app.web.current import current_actor, read_session
from app.web.pages import stages
from app.web.pages.queue import working_calendar


def page(now: datetime) -> dict[str, Any]:
    """The parts of the home page; nothing for an account that holds no desk."""
    actor = current_actor()
    queues = list(stages.queues(actor))
    if not queues:
        return {}
    session = read_session()
    loads = my_day.loads(session, actor, now, {queue.role for queue in queues})
    return {
        "desks": [_desk(queue, loads.get((queue.programme.code, queue.role)), now) for queue in queues],
        "handled": my_day.handled_today(session, actor, now),
        "handled_url": _query(handled=TODAY),
        "latest": [
            {
                "title": labels.label("verb", one.verdict),
                "at": one.at,
                "text": f"{one.name} {one.no}",
                "url": stages.case_url(one.application_id, back=_query(handled=TODAY)),
            }
            for one in my_day.latest(session, actor)
        ],
    }


def _desk(queue: stages.Queue, load: Load | None, now: datetime) -> dict[str, Any]:
    code = queue.programme.code
    return {
        "title": queue.title,
        "note": queue.programme.short_name,
        "url": stages.queue_url(code, queue.code),
        "waiting": load.waiting if load else 0,
        "overdue": load.overdue if load else 0,
        "overdue_url": stages.queue_url(code, queue.code, due=OVER),
        "oldest": working_calendar().between(local_day(load.oldest), local_day(now)) if load else None,
    }


def progress(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Where an employer's open cases are, step by step, each with the address of exactly these."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in statistics.ages(read_session(), actor, Filters(), now=now):
        code, stage = one.programme.code, one.stage_code or ""
        title = next((entry.title for entry in one.programme.stages if entry.code == stage), stage)
        narrowed = {"status": "in_review", "stage": stage} if stage else {"status": "approved"}
        line = found.setdefault(
            (code, stage),
            {"title": title or gettext("To print"), "url": _query(programme=code, **narrowed), "n": 0},
        )
        line["n"] += sum(one.counts)
    return list(found.values())


def _query(**filters: str) -> str:
    return url_for("QueryView.search") + "?" + urlencode(filters)
