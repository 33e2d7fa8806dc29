"""Who calls, and what waits for him."""

from typing import Any

from flask import abort

from app.domain.roles import AccountKind
from app.web.api import wire
from app.web.api.body import Given
from app.web.api.call import ROOT, CallApi, call
from app.web.current import current_actor, current_sign_in, read_session
from app.web.pages import todo

NAMED = wire.of(id=wire.ID, name=wire.STRING)
ME = wire.of(
    account=wire.of(id=wire.ID, username=wire.STRING, name=wire.STRING),
    party=wire.codes(AccountKind),
    roles=wire.many(wire.STRING),
    permissions=wire.many(wire.STRING),
    scope=wire.of(
        employer=wire.nullable(wire.of(id=wire.ID, name=wire.STRING, status=wire.STRING)),
        person=wire.nullable(wire.of(id=wire.ID, status=wire.STRING)),
        agency=wire.nullable(wire.of(id=wire.ID, name=wire.STRING, level=wire.STRING)),
    ),
)
TODO = wire.many(wire.of(code=wire.STRING, title=wire.STRING, count=wire.WHOLE, url=wire.STRING))


class MeApi(CallApi):
    """`/me` and `/todo`."""

    route_base = ROOT
    openapi_spec_tag = "account"

    @call("/me", about="Account, party, roles and scope of the token", answer=ME)
    def me(self, given: Given) -> object:
        """The account of the token."""
        del given
        actor = current_actor()
        return {
            "account": {
                "id": str(actor.account_id),
                "username": actor.username,
                "name": actor.full_name,
            },
            "party": actor.kind.value if actor.kind else "",
            "roles": sorted(actor.roles),
            "permissions": sorted(actor.permissions),
            "scope": _scope(),
        }

    @call("/todo", about="What waits: the counts of the left panel", answer=TODO)
    def todo(self, given: Given) -> object:
        """The lines of the left panel."""
        del given
        lines = todo.shown(read_session(), current_actor())
        return [{"code": n.code, "title": n.text, "count": n.count, "url": n.url} for n in lines]


def _scope() -> dict[str, Any]:
    found, actor = current_sign_in(), current_actor()
    if found is None:
        abort(401)
    own = {
        "id": str(actor.employer_id),
        "name": found.employer_name or "",
        "status": found.employer_state or "",
    }
    person = {"id": str(actor.person_id), "status": found.person_state or ""}
    agency = {
        "id": str(actor.agency_id),
        "name": found.agency_name or "",
        "level": found.agency_level or "",
    }
    return {
        "employer": own if actor.employer_id else None,
        "person": person if actor.person_id else None,
        "agency": agency if actor.agency_id else None,
    }
