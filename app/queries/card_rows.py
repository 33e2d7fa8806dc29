"""What a card's face says, from the submission it was granted on (model 4: Card)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.programme import FaceItem, Programme
from app.models.agency import Agency
from app.models.application import Application, Submission
from app.queries.programmes import code_lists
from app.queries.roster_rows import SEX_LIST


@dataclass(frozen=True, slots=True)
class Holder:
    """What issuing needs of one application beside its workflow facts."""

    application_id: int
    programme_id: int
    agency_path: str
    agency_code: str
    name: str
    sex: str
    employer: str
    category: str | None
    values: Mapping[str, object]
    photo_blob_id: int | None

    def face(self, programme: Programme, *, card_no: str, valid_to: date | None) -> dict[str, str]:
        """The printed values, frozen in `card.face`."""
        titles = {category.code: category.title for category in programme.categories}
        face = {
            FaceItem.NAME: self.name,
            FaceItem.SEX: self.sex,
            FaceItem.CATEGORY: titles.get(self.category or "", ""),
            FaceItem.CARD_NO: card_no,
            FaceItem.VALID_TO: valid_to.isoformat() if valid_to else "",
            FaceItem.EMPLOYER: self.employer,
        }
        printed = {item.value: text for item, text in face.items()}
        photo = {"photo_blob": str(self.photo_blob_id)} if self.photo_blob_id else {}
        return {**printed, **photo, "programme": programme.name}

    def printed_text(self, programme: Programme) -> str:
        """All text on the face that needs glyphs, before the number is known."""
        return "".join(self.face(programme, card_no="", valid_to=None).values())


def holders(session: Session, application_ids: Sequence[int]) -> dict[int, Holder]:
    """The holders of these applications, at their present submissions. Two statements."""
    sexes = code_lists(session, (SEX_LIST,), also_inactive=True).get(SEX_LIST, {})
    a, s = Application, Submission
    rows = session.execute(
        select(a.id, a.programme_id, a.agency_path, Agency.code, a.category, s)
        .join(s, (s.application_id == a.id) & (s.n == a.version_no))
        .outerjoin(Agency, Agency.id == a.county_id)
        .where(a.id.in_(application_ids))
    )
    return {
        row.id: Holder(
            application_id=row.id,
            programme_id=row.programme_id,
            agency_path=row.agency_path or "",
            agency_code=row.code or "",
            name=row.Submission.person_name,
            sex=sexes.get(row.Submission.person_sex, ""),
            employer=row.Submission.employer_name,
            category=row.category,
            values=row.Submission.data or {},
            photo_blob_id=_photo(row.Submission.files),
        )
        for row in rows
    }


def _photo(files: Sequence[Mapping[str, Any]]) -> int | None:
    """The file in the slot whose code is that of the face's photo."""
    return next((int(file["blob_id"]) for file in files if file["slot"] == FaceItem.PHOTO), None)
