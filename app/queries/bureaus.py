"""All bureaus with their full path, for superusers who put officers into them (I4)."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.agency import Agency
from app.queries.reference import path_name


def bureaus(session: Session) -> Mapping[int, str]:
    """Return id → full path of every active bureau, in tree order."""
    rows = session.scalars(select(Agency).order_by(Agency.path)).all()
    names = {row.id: row.name for row in rows}
    return {row.id: path_name(row.path, names) for row in rows if row.active}
