"""The demo's applications, each driven by the commands to the step its account shows."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from zlib import crc32

import yaml

from app.cli.demo.loader import DATA, SEED, Loader, demand_moved, lock_of, officer_with
from app.cli.demo.papers import page, portrait, stamped
from app.commands import applications, cards, drafts, rosters, submissions
from app.commands.materials import attach_material
from app.commands.roster_export import export
from app.commands.submissions import Answer
from app.domain.materials import Upload
from app.domain.programme import FileType, Material, Programme
from app.models.application import Application
from app.queries import drafts as draft_queries
from app.queries import programmes as programme_queries
from app.queries import rosters as roster_queries

CASES: Any = yaml.safe_load((SEED / "cases.yaml").read_text(encoding="utf-8"))
STEPS = ("none", "draft", "submitted", "approved", "sealed", "issued")
BASE_URL = "http://127.0.0.1:8000"


def load_cases(loader: Loader) -> None:
    """Applications of the contract's persons; the older ones lie longer in the past."""
    for person in DATA["persons"]:
        _case(loader, person)


def _case(loader: Loader, person: dict[str, Any]) -> None:
    step = STEPS.index(person["case"])
    if step == 0:
        return
    days, username, employer = 4.0 * step, person["username"], person["employer"]
    data = CASES["per_person"].get(username, {})
    application_id = draft(loader, username, data, days, complete=step > 1)
    if step > STEPS.index("draft"):
        submit(loader, username, application_id, days - 0.2)
    if step > STEPS.index("submitted"):
        approve(loader, clerk_of(employer), [application_id], days - 1)
    if step > STEPS.index("approved"):
        roster_id = export_roster(loader, employer, [application_id], days - 2)
        seal(loader, employer, roster_id, days - 2.5)
    if step > STEPS.index("sealed"):
        approve_until(loader, employer, [application_id], days - 3)
        issue(loader, [application_id], days - 8)


def programme_of(loader: Loader) -> Programme:
    """The programme the demo's persons apply to."""
    return loader.read(lambda s: programme_queries.published_by_code(s, CASES["programme"])).document


def draft(loader: Loader, username: str, data: dict[str, Any], days: float, *, complete: bool) -> int:
    """Begin an application with the common data and the person's own; `complete` adds every material."""
    actor = loader.actor(username)
    created = drafts.new(
        loader.engine, actor=actor, programme=CASES["programme"], kind=CASES["kind"], now=loader.ago(days)
    )
    save(loader, username, created.application_id, CASES["data"] | data, days=days)
    if complete:
        attach_all(loader, username, created.application_id, days)
    return created.application_id


def save(loader: Loader, username: str, application_id: int, data: dict[str, Any], *, days: float) -> None:
    """Fill fields of a draft."""
    drafts.save(
        loader.engine,
        actor=loader.actor(username),
        application_id=application_id,
        lock=lock_of(loader, Application, application_id),
        data={code: _value(loader, value) for code, value in data.items()},
        cipher=loader.ports.cipher,
        now=loader.ago(days),
    )


def _value(loader: Loader, value: Any) -> object:
    if isinstance(value, dict):
        end: date = (loader.now + timedelta(days=365 * value["years_from_now"])).date()
        return end.isoformat()
    return value


def attach_all(loader: Loader, username: str, application_id: int, days: float) -> None:
    """Attach a drawn paper to every material the draft requires."""
    actor = loader.actor(username)
    view = loader.read(lambda s: draft_queries.draft(s, actor, application_id, now=loader.now))
    for material in programme_of(loader).materials:
        if material.code in view.form.required_materials:
            _attach(loader, username, application_id, material, days=days)


def _attach(loader: Loader, username: str, application_id: int, material: Material, *, days: float) -> None:
    actor = loader.actor(username)
    attach_material(
        loader.engine,
        actor=actor,
        application_id=application_id,
        slot=material.code,
        uploads=[_paper(material, actor.full_name)],
        vault=loader.ports.vault,
        images=loader.ports.images,
        now=loader.ago(days),
    )


def _paper(material: Material, name: str) -> Upload:
    """A portrait, or a page with the person's name: everybody hands in files of his own."""
    file_name = f"{name}-{material.title}.jpg"
    if material.code == CASES["portrait"]:
        return Upload(file_name, portrait(crc32(name.encode())))
    return Upload(file_name, page(material.title, [f"姓名：{name}"]))


def examine(loader: Loader, names: Sequence[str]) -> None:
    """Draw and examine the papers that everybody needs, several at once; the cases then find the answers."""
    always = [material for material in programme_of(loader).materials if not material.when]
    papers = [_paper(material, name).data for name in names for material in always]
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda data: loader.ports.images.inspect(data, FileType.JPG), papers))


def submit(
    loader: Loader, username: str, application_id: int, days: float, *, answers: Sequence[Answer] = ()
) -> None:
    """Hand the draft in, after a return with answers."""
    submissions.submit(
        loader.engine,
        actor=loader.actor(username),
        application_id=application_id,
        lock=lock_of(loader, Application, application_id),
        answers=answers,
        now=loader.ago(days),
    )


def clerk_of(employer: str) -> str:
    """Who reviews for an employer: its clerk where there is one, else its administrator."""
    staff = [
        s["username"]
        for s in DATA["staff"]
        if s["employer"] == employer and "employer_reviewer" in s["functions"]
    ]
    return str(staff[0]) if staff else employer


def locks(loader: Loader, ids: Sequence[int]) -> dict[int, int]:
    """The locks of applications as they are now."""
    return {application_id: lock_of(loader, Application, application_id) for application_id in ids}


def approve(loader: Loader, username: str, ids: Sequence[int], days: float) -> None:
    """Approve applications as one batch."""
    result = applications.approve(
        loader.engine, actor=loader.actor(username), ids=ids, seen=locks(loader, ids), now=loader.ago(days)
    )
    demand_moved(result.moved, ids)


def export_roster(loader: Loader, employer: str, ids: Sequence[int], days: float) -> int:
    """Put applications on a new roster; returns its id."""
    return export(
        loader.engine,
        actor=loader.actor(clerk_of(employer)),
        ids=ids,
        seen=locks(loader, ids),
        now=loader.ago(days),
    ).id


def seal(loader: Loader, employer: str, roster_id: int, days: float) -> None:
    """Print the roster, stamp it, photograph it, upload it."""
    actor = loader.actor(clerk_of(employer))
    sheet = loader.read(lambda s: roster_queries.sheet(s, actor, roster_id, cipher=loader.ports.cipher))
    photos = [
        Upload(f"盖章汇总表-{n}.jpg", photo)
        for n, photo in enumerate(stamped(loader.ports.pdf.roster(sheet)), start=1)
    ]
    rosters.seal(
        loader.engine,
        actor=actor,
        roster_id=roster_id,
        uploads=photos,
        tools=rosters.ScanTools(loader.ports.vault, loader.ports.images, loader.ports.cipher),
        now=loader.ago(days),
    )


def approve_until(
    loader: Loader, employer: str, ids: Sequence[int], days: float, *, until: str | None = None
) -> None:
    """Every stage after the employer's, one a day, by an officer who holds it; stops before stage `until`."""
    for n, stage in enumerate(programme_of(loader).stages[1:]):
        if stage.code == until:
            return
        approve(loader, officer_with(stage.role, office_of(employer, stage.party)), ids, days - n)


def office_of(employer: str, party: str) -> str:
    """Code of the bureau that decides for an employer at a party's stages."""
    if party == "city":
        return str(DATA["agencies"][0]["code"])
    return next(str(e["agency"]) for e in DATA["employers"] if e["username"] == employer)


def issue(loader: Loader, ids: Sequence[int], days: float) -> None:
    """Print the cards."""
    issuing = programme_of(loader).issue
    issued = cards.issue(
        loader.engine,
        actor=loader.actor(officer_with(issuing.role, office_of("", issuing.party))),
        ids=ids,
        seen=locks(loader, ids),
        pdf=loader.ports.pdf,
        base_url=BASE_URL,
        now=loader.ago(days),
    )
    demand_moved(issued.result.moved, ids)
