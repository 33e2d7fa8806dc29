"""Employers on their way through the bureau, and stored files: made by commands from real pictures."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo import papers
from app.commands import employer_materials, employers, files
from app.commands.employers import EmployerForm
from app.commands.files import StoredFile
from app.domain.materials import FileRule, Upload
from app.domain.roles import Actor
from app.models.application import Draft
from app.models.employer import Employer
from app.models.work import Job
from tests.commands.flow import Flow
from tests.web.town import CONSENT, PASSWORD, VISITOR, Town

MATERIALS = ("licence", "authorization")


def outcomes(page: str) -> tuple[int, int, int]:
    """How many rows of a result page moved, were skipped, are unknown; independent of the language."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return tuple(body.count(f"#{icon}") for icon in ("check", "alert-triangle", "circle-x"))  # type: ignore[return-value]


def store(town: Town, actor: Actor, name: str, data: bytes) -> StoredFile:
    """A file as an upload stores it."""
    return files.store_uploads(
        town.engine,
        actor=actor,
        uploads=[Upload(name, data)],
        rule=FileRule(),
        field="file",
        vault=town.ports.vault,
        images=town.ports.images,
        now=town.now,
    )[0]


def make_previews(town: Town) -> None:
    """What the worker does with the preview jobs."""
    with Session(town.engine) as session:
        wanted = [
            int(args["blob"])
            for args in session.scalars(select(Job.args).where(Job.kind == files.PREVIEW_JOB))
        ]
    for blob_id in wanted:
        ports = town.ports
        files.make_preview(
            town.engine, blob_id=blob_id, vault=ports.vault, images=ports.images, clock=lambda: town.now
        )


@dataclass(slots=True)
class NewEmployer:
    """An employer that registers, attaches its papers and submits."""

    town: Town
    id: int
    name: str
    username: str
    actor: Actor

    @property
    def lock(self) -> int:
        """Its lock now."""
        with Session(self.town.engine) as session:
            return session.scalars(select(Employer.lock).where(Employer.id == self.id)).one()

    @property
    def state(self) -> str:
        """Its state now."""
        with Session(self.town.engine) as session:
            return session.scalars(select(Employer.state).where(Employer.id == self.id)).one()

    def attach(self, slot: str, title: str = "营业执照", file_name: str = "营业执照.jpg") -> int:
        """One drawn page as a material; the attachment's id."""
        stored = store(self.town, self.actor, file_name, papers.page(title, [self.name, slot]))
        return employer_materials.attach(
            self.town.engine,
            actor=self.actor,
            slot=slot,
            blob_id=stored.blob_id,
            file_name=stored.file_name,
            now=self.town.now,
        )

    def submit(self, answers: dict[str, str] | None = None) -> None:
        """Hand in what is there."""
        employers.submit(
            self.town.engine, actor=self.actor, lock=self.lock, answers=answers or {}, now=self.town.now
        )


def new_employer(
    town: Town, name: str = "云海新企业有限公司", username: str = "emp-new", county: str = "a"
) -> NewEmployer:
    """A registered employer without papers."""
    doc_no, mobile = town.numbers()
    form = EmployerForm(
        name, getattr(town.bureaus, county), username, PASSWORD, "陈新联", "1", doc_no, mobile, CONSENT
    )
    made = employers.register(
        town.engine,
        actor=VISITOR,
        form=form,
        cipher=town.ports.cipher,
        passwords=town.passwords,
        now=town.now,
    )
    return NewEmployer(town, made.employer_id, name, username, town.actor(made.account_id))


def waiting_employer(
    town: Town, name: str = "云海新企业有限公司", username: str = "emp-new", county: str = "a"
) -> NewEmployer:
    """An employer whose registration waits for the bureau."""
    made = new_employer(town, name, username, county)
    for slot in MATERIALS:
        made.attach(slot)
    made.submit()
    return made


def real_paper(flow: Flow, application_id: int, slot: str, file_name: str, data: bytes) -> StoredFile:
    """A stored file in a slot of a draft, in place of what is there."""
    stored = store(flow.town, flow.me(application_id), file_name, data)
    entry = {
        "slot": slot,
        "sha256": stored.sha256,
        "blob_id": str(stored.blob_id),
        "file_name": stored.file_name,
    }
    with flow.town.writing() as session:
        draft = session.get(Draft, application_id)
        assert draft is not None
        draft.files = [*(file for file in draft.files if file["slot"] != slot), entry]
    return stored


def approved_with_photo(flow: Flow, count: int = 1) -> list[int]:
    """Cases that wait for the printer, each with a portrait that can be printed."""
    ids = [flow.filled() for _ in range(count)]
    for application_id in ids:
        real_paper(flow, application_id, "photo", "证件照.jpg", papers.portrait(application_id % 1000))
        flow.submit(application_id)
    flow.approve(flow.clerk, *ids)
    flow.seal(flow.export(*ids))
    for actor in (flow.county, flow.county_leader, flow.city, flow.city_leader):
        flow.approve(actor, *ids)
    make_previews(flow.town)
    return ids
