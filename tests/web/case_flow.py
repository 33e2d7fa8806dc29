"""Making applications by commands for tests of pages: draft, materials, submission, verdicts."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import applications, drafts, materials, submissions
from app.domain.materials import Upload
from app.domain.results import BatchResult
from app.domain.roles import Actor
from app.domain.states import Item, Order
from app.models.application import Application
from app.queries import drafts as reading
from tests.web.town import Talent, Town

PROGRAMME = "bohai-talent-card"
VALUES = {
    "category": "C",
    "education": "",
    "position": "工程师",
    "contract_kind": "open_ended",
}


def picture(shade: int = 200, size: tuple[int, int] = (700, 900)) -> bytes:
    """A plain JPEG; every shade is another file."""
    out = BytesIO()
    Image.new("RGB", size, (shade % 256, (shade * 7) % 256, (shade * 13) % 256)).save(out, "JPEG")
    return out.getvalue()


@dataclass(slots=True)
class Flow:
    """Applications in a town."""

    town: Town
    shade: int = 0

    def row(self, application_id: int) -> Application:
        """The case as it stands."""
        with Session(self.town.engine) as session:
            found = session.scalar(select(Application).where(Application.id == application_id))
            assert found is not None
            session.expunge(found)
            return found

    def draft(self, talent: Talent, now: datetime | None = None) -> int:
        """A draft with nothing filled in but the service contact."""
        made = drafts.new(
            self.town.engine,
            actor=self.town.actor(talent.account_id),
            programme=PROGRAMME,
            kind="first",
            now=now or self.town.now,
        )
        return made.application_id

    def filled(self, talent: Talent, **values: str) -> int:
        """A draft with every entry and material that it asks for."""
        town, actor, application_id = self.town, self.town.actor(talent.account_id), self.draft(talent)
        with Session(town.engine) as session:
            view = reading.draft(session, actor, application_id, now=town.now)
        education = next(iter(view.lists["GB4658"]))
        data = {**VALUES, "education": education, **values}
        drafts.save(
            town.engine,
            actor=actor,
            application_id=application_id,
            lock=0,
            data=data,
            cipher=town.ports.cipher,
            now=town.now,
        )
        with Session(town.engine) as session:
            asked = reading.draft(session, actor, application_id, now=town.now).form.materials
        for material in asked:
            self.attach(talent, application_id, material.code)
        return application_id

    def attach(self, talent: Talent, application_id: int, slot: str) -> None:
        """A new picture for a material."""
        self.shade += 1
        materials.attach_material(
            self.town.engine,
            actor=self.town.actor(talent.account_id),
            application_id=application_id,
            slot=slot,
            uploads=[Upload(f"{slot}.jpg", picture(self.shade + hash(talent.id) % 199))],
            vault=self.town.ports.vault,
            images=self.town.ports.images,
            now=self.town.now,
        )

    def submitted(self, talent: Talent, now: datetime | None = None, **values: str) -> int:
        """A case that waits at the first stage."""
        application_id = self.filled(talent, **values)
        submissions.submit(
            self.town.engine,
            actor=self.town.actor(talent.account_id),
            application_id=application_id,
            lock=0,
            now=now or self.town.now,
        )
        return application_id

    def submit_again(self, talent: Talent, application_id: int) -> None:
        """A returned case goes to the reviewers once more."""
        submissions.submit(
            self.town.engine,
            actor=self.town.actor(talent.account_id),
            application_id=application_id,
            lock=self.row(application_id).lock,
            now=self.town.now,
        )

    def approve(self, actor: Actor, *ids: int) -> BatchResult:
        """审核通过 with the locks as they are."""
        seen = {i: self.row(i).lock for i in ids}
        return applications.approve(self.town.engine, actor=actor, ids=ids, seen=seen, now=self.town.now)

    def send_back(self, actor: Actor, application_id: int, *items: Item) -> BatchResult:
        """退回修改 with items."""
        seen = {application_id: self.row(application_id).lock}
        chosen = items or (Item("material", "diploma", "unclear", ""),)
        return applications.send_back(
            self.town.engine,
            actor=actor,
            ids=[application_id],
            seen=seen,
            order=Order("请补正", chosen),
            now=self.town.now,
        )
