"""The demo's applications, each driven by the commands to the step its account shows."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from app.cli.demo.papers import page, portrait, stamped
from app.cli.demo.people import DATA, Loader
from app.commands import applications, cards, drafts, rosters, submissions
from app.commands.materials import attach_material
from app.commands.roster_export import export
from app.domain.materials import Upload
from app.domain.programme import Material, Programme
from app.models.application import Application
from app.queries import drafts as draft_queries
from app.queries import programmes as programme_queries
from app.queries import rosters as roster_queries

CASES: Any = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "seed" / "demo" / "cases.yaml").read_text(encoding="utf-8")
)
STEPS = ("none", "draft", "submitted", "approved", "sealed", "issued")
BASE_URL = "http://127.0.0.1:8000"


def load_cases(loader: Loader) -> None:
    """Applications from draft to printed card; the older ones lie longer in the past."""
    for person in DATA["persons"]:
        _case(loader, person)


def _case(loader: Loader, person: dict[str, Any]) -> None:
    step = STEPS.index(person["case"])
    if step == 0:
        return
    days = 4.0 * step
    application_id = _draft(loader, person["username"], days, complete=step > 1)
    if step > 1:
        _submit(loader, person["username"], application_id, days)
    if step > 2:  # noqa: PLR2004 - the place in STEPS
        _approve(loader, _clerk(person["employer"]), application_id, days - 1)
    if step > 3:  # noqa: PLR2004 - the place in STEPS
        _roster(loader, person["employer"], application_id, days - 2)
    if step > 4:  # noqa: PLR2004 - the place in STEPS
        _to_the_card(loader, person["employer"], application_id, days - 3)


def _programme(loader: Loader) -> Programme:
    return loader.read(lambda s: programme_queries.published_by_code(s, CASES["programme"])).document


def _draft(loader: Loader, username: str, days: float, *, complete: bool) -> int:
    actor = loader.actor(username)
    created = drafts.new(
        loader.engine, actor=actor, programme=CASES["programme"], kind=CASES["kind"], now=loader.ago(days)
    )
    data = CASES["data"] | CASES["per_person"].get(username, {})
    values = {code: _value(loader, value) for code, value in data.items()}
    drafts.save(
        loader.engine,
        actor=actor,
        application_id=created.application_id,
        lock=created.lock,
        data=values,
        now=loader.ago(days),
    )
    if complete:
        _attach_all(loader, username, created.application_id, days)
    return created.application_id


def _value(loader: Loader, value: Any) -> object:
    if isinstance(value, dict):
        end: date = (loader.now + timedelta(days=365 * value["years_from_now"])).date()
        return end.isoformat()
    return value


def _attach_all(loader: Loader, username: str, application_id: int, days: float) -> None:
    actor = loader.actor(username)
    view = loader.read(lambda s: draft_queries.draft(s, actor, application_id, now=loader.now))
    for material in _programme(loader).materials:
        if material.code in view.form.required_materials:
            attach_material(
                loader.engine,
                actor=actor,
                application_id=application_id,
                slot=material.code,
                uploads=[_paper(material, actor.full_name, application_id)],
                vault=loader.ports.vault,
                images=loader.ports.images,
                now=loader.ago(days),
            )


def _paper(material: Material, name: str, seed: int) -> Upload:
    if material.code == CASES["portrait"]:
        return Upload(f"{name}-{material.title}.jpg", portrait(seed))
    return Upload(
        f"{name}-{material.title}.jpg", page(material.title, [f"姓名：{name}", f"编号：{seed % 10_000:04d}"])
    )


def _submit(loader: Loader, username: str, application_id: int, days: float) -> None:
    submissions.submit(
        loader.engine,
        actor=loader.actor(username),
        application_id=application_id,
        lock=_lock(loader, application_id),
        now=loader.ago(days - 0.2),
    )


def _lock(loader: Loader, application_id: int) -> int:
    statement = select(Application.lock).where(Application.id == application_id)
    return loader.read(lambda s: s.execute(statement).scalar_one())


def _clerk(employer: str) -> str:
    """Who reviews for an employer: its clerk where there is one, else its administrator."""
    staff = [
        s["username"]
        for s in DATA["staff"]
        if s["employer"] == employer and "employer_reviewer" in s["functions"]
    ]
    return str(staff[0]) if staff else employer


def _approve(loader: Loader, username: str, application_id: int, days: float) -> None:
    result = applications.approve(
        loader.engine,
        actor=loader.actor(username),
        ids=[application_id],
        seen={application_id: _lock(loader, application_id)},
        now=loader.ago(days),
    )
    _demand(result.moved, application_id)


def _demand(moved: Sequence[int], application_id: int) -> None:
    if tuple(moved) != (application_id,):
        raise RuntimeError(f"demo: application {application_id} did not move")


def _roster(loader: Loader, employer: str, application_id: int, days: float) -> None:
    """Export the roster, print it, stamp it, photograph it, upload it."""
    actor = loader.actor(_clerk(employer))
    exported = export(
        loader.engine,
        actor=actor,
        ids=[application_id],
        seen={application_id: _lock(loader, application_id)},
        now=loader.ago(days),
    )
    sheet = loader.read(lambda s: roster_queries.sheet(s, actor, exported.id, cipher=loader.ports.cipher))
    photos = [
        Upload(f"盖章汇总表-{n}.jpg", photo)
        for n, photo in enumerate(stamped(loader.ports.pdf.roster(sheet)), start=1)
    ]
    rosters.seal(
        loader.engine,
        actor=actor,
        roster_id=exported.id,
        uploads=photos,
        tools=rosters.ScanTools(loader.ports.vault, loader.ports.images, loader.ports.cipher),
        now=loader.ago(days - 0.5),
    )


def _to_the_card(loader: Loader, employer: str, application_id: int, days: float) -> None:
    """Every stage after the roster by an officer who holds it, then the print."""
    county = next(e["agency"] for e in DATA["employers"] if e["username"] == employer)
    programme = _programme(loader)
    for n, stage in enumerate(programme.stages[1:]):
        officer = _holder(stage.role, county if stage.party == "county" else DATA["agencies"][0]["code"])
        _approve(loader, officer, application_id, days - n)
    printer = loader.actor(_holder(programme.issue.role, DATA["agencies"][0]["code"]))
    issued = cards.issue(
        loader.engine,
        actor=printer,
        ids=[application_id],
        seen={application_id: _lock(loader, application_id)},
        pdf=loader.ports.pdf,
        base_url=BASE_URL,
        now=loader.ago(days - len(programme.stages)),
    )
    _demand(issued.result.moved, application_id)


def _holder(role: str, agency: str) -> str:
    return next(str(o["username"]) for o in DATA["officers"] if role in o["roles"] and o["agency"] == agency)
