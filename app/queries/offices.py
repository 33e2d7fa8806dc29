"""What an office knows of a case: its employer's or its bureau's people, taken together."""

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from app.domain.roles import AccountKind, Actor
from app.models.account import Account
from app.models.application import MaterialView, Review


def office_saw(session: Session, actor: Actor, application_id: int, version_no: int) -> bool:
    """Whether somebody of the actor's office opened a material of this version or decided on it."""
    if actor.kind is AccountKind.EMPLOYER:
        here = Account.employer_id == actor.employer_id
    elif actor.kind is AccountKind.OFFICER:
        here = Account.agency_id == actor.agency_id
    else:
        return False
    v, r = MaterialView, Review
    colleagues = select(Account.id).where(here)
    opened = exists().where(
        v.application_id == application_id, v.version_no == version_no, v.actor_id.in_(colleagues)
    )
    decided = exists().where(
        r.application_id == application_id, r.version_no == version_no, r.actor_id.in_(colleagues)
    )
    return bool(session.scalar(select(or_(opened, decided))))
